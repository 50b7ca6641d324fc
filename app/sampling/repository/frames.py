"""SQL of frames: the calls of a window that can be drawn, grouped by agent and size.

A frame may hold a million calls, so that it never leaves the database call by call. Calls that give the same signals
are grouped first, and sizes computed once a group.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.platform.database import Row, Session
from app.platform.database.compat import driver_sql
from app.sampling.records import Excluded, Plan
from app.sampling.selection import stratum_offsets
from app.sampling.sizes import Sizing
from app.sampling.types import ClassDesign, SelectedCall, SizeClass, Window
from app.sampling.windows import midnights

# Sorting and hashing a large frame in memory takes a few seconds less.
_ROOM = "SELECT set_config('work_mem', '128MB', true)"

_RECORDED = "EXISTS (SELECT FROM recordings r WHERE r.tenant_id = c.tenant_id AND r.call_id = c.id)"
_NOT_DRAWN_FROM = """NOT EXISTS (
    SELECT FROM frame_classes k CROSS JOIN unnest(k.call_ids) AS known (id)
    WHERE k.draw_id = ANY ({draws}::uuid[]) AND known.id = c.id
)"""
# Days since the agent was hired, on the local day of the call; only of agents who were new when the window began.
_TENURE = """CASE WHEN a.hired_on > {start_on}::date - {tenure_days}::int
    THEN greatest({start_on}::date + width_bucket(c.started_at, {midnights}::timestamptz[]) - 1 - a.hired_on, 0) END"""
# The product of the multipliers, in millionths and rounded once, halves up.
_SIZE = """round(
    coalesce(($8::bigint[])[g.tenure + 1], 1000000)::numeric * coalesce(e.multiplier, 1000000)
    * CASE WHEN g.complaint THEN $11::bigint ELSE 1000000 END * CASE WHEN g.low_csat THEN $13::bigint ELSE 1000000 END
    * CASE WHEN g.long_hold THEN $15::bigint ELSE 1000000 END * 1e-24
)::bigint"""
_ELIGIBLE = "c.project_id = $1 AND c.started_at >= $2 AND c.started_at < $3 AND c.duration_s >= $4"
_SIZED = """
SELECT g.agent_id, {size} AS size, g.calls
FROM (
    SELECT c.agent_id, {tenure} AS tenure, c.complaint AND $11::bigint > 1000000 AS complaint,
        (c.csat <= $12::int) IS TRUE AS low_csat, (c.hold_s > $14::int) IS TRUE AS long_hold, {calls} AS calls
    FROM calls c JOIN agents a ON a.tenant_id = c.tenant_id AND a.id = c.agent_id
    WHERE {condition}
    GROUP BY 1, 2, 3, 4, 5
) AS g
LEFT JOIN unnest($9::uuid[], $10::bigint[]) AS e (agent_id, multiplier) ON e.agent_id = g.agent_id
"""
_COUNT = "SELECT s.agent_id, s.size, sum(s.calls)::int AS calls FROM ({sized}) AS s GROUP BY s.agent_id, s.size"
# Groups of the same size become one class. A row of the table's own type carries the ids of each through the
# aggregate, which could not take arrays of different lengths.
_FREEZE = """
INSERT INTO frame_classes (tenant_id, draw_id, agent_id, size, call_ids)
SELECT $16::uuid, $17::uuid, s.agent_id, s.size, ARRAY(
    SELECT id FROM unnest(array_agg(ROW($16, $17, s.agent_id, s.size, s.calls)::frame_classes)) AS k,
        unnest(k.call_ids) AS id
    ORDER BY id
)
FROM ({sized}) AS s
GROUP BY s.agent_id, s.size
RETURNING agent_id, size, cardinality(call_ids) AS calls
"""
_DIGEST = """
SELECT sha256(coalesce(string_agg(uuid_send(k.agent_id) || int8send(k.size) || sha256(
    (SELECT string_agg(uuid_send(u.id), ''::bytea ORDER BY u.n) FROM unnest(k.call_ids) WITH ORDINALITY AS u (id, n))
), ''::bytea ORDER BY k.agent_id, k.size), ''::bytea))
FROM frame_classes k WHERE k.draw_id = $1
"""
# Each stratum is passed through by itself, from where the running sum of probabilities stands as it begins: sorting
# a thousand small strata takes half as long as sorting the frame.
_SELECT = """
SELECT o.agent_id, p.call_id, p.size, p.inclusion
FROM (
    SELECT agent_id, array_agg(size) AS sizes, array_agg(inclusion) AS inclusions, array_agg(raised) AS raised
    FROM unnest($3::uuid[], $4::bigint[], $5::bigint[], $6::int[]) AS i (agent_id, size, inclusion, raised)
    GROUP BY agent_id
) AS c
JOIN unnest($7::uuid[], $8::bigint[]) AS o (agent_id, reached) ON o.agent_id = c.agent_id
CROSS JOIN LATERAL (
    SELECT h.call_id, h.size, h.inclusion,
        o.reached + sum(h.inclusion) OVER (ORDER BY h.hash ROWS UNBOUNDED PRECEDING)::bigint AS reached
    FROM (
        SELECT u.call_id, k.size, i.inclusion + (u.n <= i.raised)::int AS inclusion,
            sha256($2::bytea || uuid_send(u.call_id)) AS hash
        FROM unnest(c.sizes, c.inclusions, c.raised) AS i (size, inclusion, raised)
        JOIN frame_classes k ON k.draw_id = $1 AND k.agent_id = c.agent_id AND k.size = i.size
        CROSS JOIN unnest(k.call_ids) WITH ORDINALITY AS u (call_id, n)
    ) AS h
) AS p
WHERE p.reached / 1000000000000 > (p.reached - p.inclusion) / 1000000000000
ORDER BY sha256($2 || 'order'::bytea || uuid_send(p.call_id))
"""
# A statement of its own: within the one above, the planner would go through all calls there are.
_FACTS = f"""
SELECT c.id, c.started_at, {_TENURE.format(start_on="$3", tenure_days="$4", midnights="$5")} AS tenure_days,
    c.complaint, c.csat, ceil(c.hold_s)::int AS hold_s
FROM unnest($1::uuid[], $2::uuid[]) AS s (call_id, agent_id)
JOIN calls c ON c.id = s.call_id
JOIN agents a ON a.id = s.agent_id
"""  # noqa: S608
_HAS_LATE = f"""
SELECT EXISTS (
    SELECT FROM calls c
    WHERE {_ELIGIBLE} AND c.agent_id IS NOT NULL AND (NOT $5::boolean OR {_RECORDED})
      AND {_NOT_DRAWN_FROM.format(draws="$6")}
)
"""  # noqa: S608
_HAS_MORE = """
SELECT count(*) > $4 FROM (
    SELECT FROM calls WHERE project_id = $1 AND started_at >= $2 AND started_at < $3 LIMIT $4 + 1
) AS found
"""
_EXCLUDED = f"""
SELECT count(*) FILTER (WHERE c.agent_id IS NULL) AS no_agent,
    count(*) FILTER (WHERE c.agent_id IS NOT NULL AND c.duration_s < $4) AS too_short,
    count(*) FILTER (WHERE c.agent_id IS NOT NULL AND c.duration_s >= $4 AND $5::boolean AND NOT {_RECORDED})
        AS no_recording
FROM calls c WHERE c.project_id = $1 AND c.started_at >= $2 AND c.started_at < $3
"""  # noqa: S608


async def count_classes(session: Session, plan: Plan, sizing: Sizing) -> list[SizeClass]:
    """How many calls of which agent have which size, of those with an agent, long enough and, if need be, recorded."""
    sized = _sized(plan, calls="count(*)")
    rows = await driver_sql(session, _COUNT.format(sized=sized), *_frame_values(plan, sizing))
    return [SizeClass._make(row) for row in rows]


async def freeze_frame(
    session: Session, draw_id: UUID, plan: Plan, sizing: Sizing, besides: Sequence[UUID]
) -> list[SizeClass]:
    """Store the frame of a draw by classes, without the calls in the frames of the draws `besides`."""
    await driver_sql(session, _ROOM)
    sized = _sized(plan, calls="array_agg(c.id)", late=bool(besides))
    values = [*_frame_values(plan, sizing), session.tenant_id, draw_id]
    if besides:
        values.append(besides)
    rows = await driver_sql(session, _FREEZE.format(sized=sized), *values)
    return [SizeClass._make(row) for row in rows]


async def digest_of_frame(session: Session, draw_id: UUID) -> bytes:
    """As `app.sampling.selection.frame_digest` defines it."""
    return bytes((await driver_sql(session, _DIGEST, draw_id)).scalar_one())


async def select_calls(session: Session, draw_id: UUID, seed: bytes, frame: ClassDesign) -> list[SelectedCall]:
    """The calls that are drawn from a frozen frame, in the random order of the sample.

    Does what `app.sampling.selection.select` does.
    """
    classes = ([i.agent_id for i in frame.inclusions], [i.size for i in frame.inclusions])
    probabilities = ([i.inclusion for i in frame.inclusions], [i.raised for i in frame.inclusions])
    offsets = stratum_offsets(seed, frame.strata)
    values = (*classes, *probabilities, list(offsets), list(offsets.values()))
    return [SelectedCall._make(row) for row in await driver_sql(session, _SELECT, draw_id, seed, *values)]


async def facts_of(session: Session, selected: Sequence[SelectedCall], sizing: Sizing) -> dict[UUID, Row]:
    """By call when it began, and what gave it its size: as it is now."""
    calls, agents = [call.call_id for call in selected], [call.agent_id for call in selected]
    return {row.id: row for row in await driver_sql(session, _FACTS, calls, agents, *_day_values(sizing))}


async def has_late_calls(session: Session, plan: Plan, window: Window, besides: Sequence[UUID]) -> bool:
    """Whether the window has eligible calls that are in none of the draws' frames."""
    values = (*_window_values(plan, window), plan.eligibility.require_recording, besides)
    return bool((await driver_sql(session, _HAS_LATE, *values)).scalar_one())


async def has_more_calls(session: Session, plan: Plan, window: Window, than: int) -> bool:
    values = (plan.project_id, window.starts_at, window.ends_at, than)
    return bool((await driver_sql(session, _HAS_MORE, *values)).scalar_one())


async def excluded_calls(session: Session, plan: Plan, window: Window) -> Excluded:
    values = (*_window_values(plan, window), plan.eligibility.require_recording)
    return Excluded._make((await driver_sql(session, _EXCLUDED, *values)).one())


def _sized(plan: Plan, calls: str, *, late: bool = False) -> str:
    conditions = [_ELIGIBLE]
    if plan.eligibility.require_recording:
        conditions.append(_RECORDED)
    if late:
        conditions.append(_NOT_DRAWN_FROM.format(draws="$18"))
    tenure = _TENURE.format(start_on="$5", tenure_days="$6", midnights="$7")
    return _SIZED.format(size=_SIZE, tenure=tenure, calls=calls, condition=" AND ".join(conditions))


def _frame_values(plan: Plan, sizing: Sizing) -> tuple[Any, ...]:
    return (
        *_window_values(plan, sizing.window),
        *_day_values(sizing),
        sizing.by_tenure,
        list(sizing.erring),
        [signal.multiplier for signal in sizing.erring.values()],
        sizing.complaint,
        *sizing.low_csat,
        *sizing.long_hold,
    )


def _window_values(plan: Plan, window: Window) -> tuple[Any, ...]:
    return (plan.project_id, window.starts_at, window.ends_at, plan.eligibility.min_duration_s)


def _day_values(sizing: Sizing) -> tuple[Any, ...]:
    return (sizing.window.start_on, len(sizing.by_tenure), midnights(sizing.window))
