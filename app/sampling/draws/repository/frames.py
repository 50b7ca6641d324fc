"""SQL of frames: the calls of a window that can be drawn, grouped by agent and size.

A frame may hold a million calls, so it never leaves the database call by call. Calls with the same signals are grouped
first, and sizes are computed once for each group.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.platform.database import Row, Session
from app.sampling.draws.selection import stratum_offsets
from app.sampling.draws.sizes import Sizing
from app.sampling.draws.types import ClassDesign, Excluded, SelectedCall, SizeClass
from app.sampling.plans.types import Plan
from app.sampling.windows import Window, midnights

# Sorting and hashing a large frame in memory takes a few seconds less.
_ROOM = "SELECT set_config('work_mem', '128MB', true)"

_RECORDED = "EXISTS (SELECT FROM recordings r WHERE r.tenant_id = c.tenant_id AND r.call_id = c.id)"
_NOT_DRAWN_FROM = """NOT EXISTS (
    SELECT FROM frame_classes k CROSS JOIN unnest(k.call_ids) AS known (id)
    WHERE k.draw_id = ANY (:except_of::uuid[]) AND known.id = c.id
)"""
# Days since the agent was hired, on the local day of the call; only of agents who were new when the window began.
_TENURE = """CASE WHEN a.hired_on > :start_on::date - :tenure_days::int
    THEN greatest(:start_on::date + width_bucket(c.started_at, :midnights::timestamptz[]) - 1 - a.hired_on, 0) END"""
# The product of the multipliers, in millionths and rounded once, halves up.
_SIZE = """round(
    coalesce((:by_tenure::bigint[])[g.tenure + 1], 1000000)::numeric * coalesce(e.multiplier, 1000000)
    * CASE WHEN g.complaint THEN :complaint::bigint ELSE 1000000 END
    * CASE WHEN g.low_csat THEN :low_csat::bigint ELSE 1000000 END
    * CASE WHEN g.long_hold THEN :long_hold::bigint ELSE 1000000 END * 1e-24
)::bigint"""
_ELIGIBLE = """c.project_id = :project_id AND c.started_at >= :starts_at AND c.started_at < :ends_at
    AND c.duration_s >= :min_duration_s"""
_SIZED = """
SELECT g.agent_id, {size} AS size_e6, g.calls
FROM (
    SELECT c.agent_id, {tenure} AS tenure, c.complaint AND :complaint::bigint > 1000000 AS complaint,
        (c.csat <= :low_csat_at_most::int) IS TRUE AS low_csat, (c.hold_s > :long_hold_over_s::int) IS TRUE
        AS long_hold, {calls} AS calls
    FROM calls c JOIN agents a ON a.tenant_id = c.tenant_id AND a.id = c.agent_id
    WHERE {condition}
    GROUP BY 1, 2, 3, 4, 5
) AS g
LEFT JOIN unnest(:erring_agents::uuid[], :erring_multipliers::bigint[]) AS e (agent_id, multiplier)
    ON e.agent_id = g.agent_id
"""
_COUNT = "SELECT s.agent_id, s.size_e6, sum(s.calls)::int AS calls FROM ({sized}) AS s GROUP BY s.agent_id, s.size_e6"
# Groups of the same size become one class. A row of the table's own type carries the ids of each through the
# aggregate, which could not take arrays of different lengths.
_FREEZE = """
INSERT INTO frame_classes (tenant_id, draw_id, agent_id, size_e6, call_ids)
SELECT :tenant_id::uuid, :draw_id::uuid, s.agent_id, s.size_e6, ARRAY(
    SELECT id FROM unnest(array_agg(ROW(:tenant_id, :draw_id, s.agent_id, s.size_e6, s.calls)::frame_classes)) AS k,
        unnest(k.call_ids) AS id
    ORDER BY id
)
FROM ({sized}) AS s
GROUP BY s.agent_id, s.size_e6
RETURNING agent_id, size_e6, cardinality(call_ids) AS calls
"""
_DIGEST = """
SELECT sha256(coalesce(string_agg(uuid_send(k.agent_id) || int8send(k.size_e6) || sha256(
    (SELECT string_agg(uuid_send(u.id), ''::bytea ORDER BY u.n) FROM unnest(k.call_ids) WITH ORDINALITY AS u (id, n))
), ''::bytea ORDER BY k.agent_id, k.size_e6), ''::bytea))
FROM frame_classes k WHERE k.draw_id = :draw_id
"""
# Each stratum is passed through by itself, from the running sum of probabilities at its beginning: sorting a thousand
# small strata takes half as long as sorting the frame.
_SELECT = """
SELECT o.agent_id, p.call_id, p.size_e6, p.inclusion_prob_e12
FROM (
    SELECT agent_id, array_agg(size_e6) AS sizes, array_agg(prob_e12) AS probs, array_agg(remainder_count) AS remainders
    FROM unnest(:agents::uuid[], :sizes::bigint[], :probs::bigint[], :remainders::int[])
        AS i (agent_id, size_e6, prob_e12, remainder_count)
    GROUP BY agent_id
) AS c
JOIN unnest(:offset_agents::uuid[], :offsets::bigint[]) AS o (agent_id, reached) ON o.agent_id = c.agent_id
CROSS JOIN LATERAL (
    SELECT h.call_id, h.size_e6, h.inclusion_prob_e12,
        o.reached + sum(h.inclusion_prob_e12) OVER (ORDER BY h.hash ROWS UNBOUNDED PRECEDING)::bigint AS reached
    FROM (
        SELECT u.call_id, k.size_e6, i.prob_e12 + (u.n <= i.remainder_count)::int AS inclusion_prob_e12,
            sha256(:seed::bytea || uuid_send(u.call_id)) AS hash
        FROM unnest(c.sizes, c.probs, c.remainders) AS i (size_e6, prob_e12, remainder_count)
        JOIN frame_classes k ON k.draw_id = :draw_id AND k.agent_id = c.agent_id AND k.size_e6 = i.size_e6
        CROSS JOIN unnest(k.call_ids) WITH ORDINALITY AS u (call_id, n)
    ) AS h
) AS p
WHERE p.reached / 1000000000000 > (p.reached - p.inclusion_prob_e12) / 1000000000000
ORDER BY sha256(:seed || 'order'::bytea || uuid_send(p.call_id))
"""
# A statement of its own: within the one above, the planner would go through all calls there are.
_FACTS = f"""
SELECT c.id, c.started_at, {_TENURE} AS tenure_days, c.complaint, c.csat, ceil(c.hold_s)::int AS hold_s
FROM unnest(:calls::uuid[], :agents::uuid[]) AS s (call_id, agent_id)
JOIN calls c ON c.id = s.call_id
JOIN agents a ON a.id = s.agent_id
"""  # noqa: S608
_HAS_LATE = f"""
SELECT EXISTS (
    SELECT FROM calls c
    WHERE {_ELIGIBLE} AND c.agent_id IS NOT NULL AND (NOT :require_recording::boolean OR {_RECORDED})
      AND {_NOT_DRAWN_FROM}
)
"""  # noqa: S608
_HAS_MORE = """
SELECT count(*) > :than FROM (
    SELECT FROM calls WHERE project_id = :project_id AND started_at >= :starts_at AND started_at < :ends_at
    LIMIT :than + 1
) AS found
"""
_EXCLUDED = f"""
SELECT count(*) FILTER (WHERE c.agent_id IS NULL) AS no_agent,
    count(*) FILTER (WHERE c.agent_id IS NOT NULL AND c.duration_s < :min_duration_s) AS too_short,
    count(*) FILTER (
        WHERE c.agent_id IS NOT NULL AND c.duration_s >= :min_duration_s
          AND :require_recording::boolean AND NOT {_RECORDED}
    ) AS no_recording
FROM calls c WHERE c.project_id = :project_id AND c.started_at >= :starts_at AND c.started_at < :ends_at
"""  # noqa: S608


async def count_classes(session: Session, plan: Plan, sizing: Sizing) -> list[SizeClass]:
    """The size classes of the calls that have an agent, are long enough and, if the plan asks for it, recorded."""
    sized = _sized(plan, calls="count(*)")
    rows = await session.fetch_all(_COUNT.format(sized=sized), **_frame_values(plan, sizing))
    return [SizeClass._make(row) for row in rows]


async def freeze_frame(
    session: Session, draw_id: UUID, plan: Plan, sizing: Sizing, except_of: Sequence[UUID]
) -> list[SizeClass]:
    """Store the frame of a draw by size classes, except the calls in the frames of earlier draws."""
    await session.fetch_value(_ROOM)
    sized = _sized(plan, calls="array_agg(c.id)", late=bool(except_of))
    values = _frame_values(plan, sizing) | {"tenant_id": session.tenant_id, "draw_id": draw_id}
    if except_of:
        values["except_of"] = except_of
    rows = await session.fetch_all(_FREEZE.format(sized=sized), **values)
    return [SizeClass._make(row) for row in rows]


async def digest_of_frame(session: Session, draw_id: UUID) -> bytes:
    """As `app.sampling.draws.selection.frame_digest` defines it."""
    return bytes(await session.fetch_value(_DIGEST, draw_id=draw_id))


async def select_calls(session: Session, draw_id: UUID, seed: bytes, frame: ClassDesign) -> list[SelectedCall]:
    """The calls that are drawn from a frozen frame, in the display order of the sample.

    Does the same as `app.sampling.draws.selection.select`.
    """
    offsets = stratum_offsets(seed, frame.strata)
    rows = await session.fetch_all(
        _SELECT,
        draw_id=draw_id,
        seed=seed,
        agents=[size_class.agent_id for size_class in frame.inclusions],
        sizes=[size_class.size_e6 for size_class in frame.inclusions],
        probs=[size_class.inclusion_prob_e12 for size_class in frame.inclusions],
        remainders=[size_class.remainder_count for size_class in frame.inclusions],
        offset_agents=list(offsets),
        offsets=list(offsets.values()),
    )
    return [SelectedCall._make(row) for row in rows]


async def facts_of(session: Session, selected: Sequence[SelectedCall], sizing: Sizing) -> dict[UUID, Row]:
    """By call, when it began and the facts that its size depends on, as they are now."""
    calls, agents = [call.call_id for call in selected], [call.agent_id for call in selected]
    rows = await session.fetch_all(_FACTS, calls=calls, agents=agents, **_day_values(sizing))
    return {row.id: row for row in rows}


async def has_late_calls(session: Session, plan: Plan, window: Window, except_of: Sequence[UUID]) -> bool:
    """Whether the window has eligible calls that are in none of the draws' frames."""
    values = _eligibility_values(plan, window) | {"except_of": except_of}
    return bool(await session.fetch_value(_HAS_LATE, **values))


async def has_more_calls(session: Session, plan: Plan, window: Window, than: int) -> bool:
    return bool(await session.fetch_value(_HAS_MORE, than=than, **_period_values(plan, window)))


async def excluded_calls(session: Session, plan: Plan, window: Window) -> Excluded:
    return Excluded._make(await session.fetch_one(_EXCLUDED, **_eligibility_values(plan, window)))


def _sized(plan: Plan, calls: str, *, late: bool = False) -> str:
    conditions = [_ELIGIBLE]
    if plan.eligibility.require_recording:
        conditions.append(_RECORDED)
    if late:
        conditions.append(_NOT_DRAWN_FROM)
    return _SIZED.format(size=_SIZE, tenure=_TENURE, calls=calls, condition=" AND ".join(conditions))


def _frame_values(plan: Plan, sizing: Sizing) -> dict[str, Any]:
    low_csat_at_most, low_csat = sizing.low_csat
    long_hold_over_s, long_hold = sizing.long_hold
    return {
        **_period_values(plan, sizing.window),
        **_day_values(sizing),
        "min_duration_s": plan.eligibility.min_duration_s,
        "by_tenure": sizing.by_tenure,
        "erring_agents": list(sizing.erring),
        "erring_multipliers": [signal.multiplier_e6 for signal in sizing.erring.values()],
        "complaint": sizing.complaint,
        "low_csat_at_most": low_csat_at_most,
        "low_csat": low_csat,
        "long_hold_over_s": long_hold_over_s,
        "long_hold": long_hold,
    }


def _eligibility_values(plan: Plan, window: Window) -> dict[str, Any]:
    eligibility = plan.eligibility
    return {
        **_period_values(plan, window),
        "min_duration_s": eligibility.min_duration_s,
        "require_recording": eligibility.require_recording,
    }


def _period_values(plan: Plan, window: Window) -> dict[str, Any]:
    return {"project_id": plan.project_id, "starts_at": window.starts_at, "ends_at": window.ends_at}


def _day_values(sizing: Sizing) -> dict[str, Any]:
    window = sizing.window
    return {"start_on": window.start_on, "tenure_days": len(sizing.by_tenure), "midnights": midnights(window)}
