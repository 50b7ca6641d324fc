"""SQL of commitments: the seeds of windows, published as hashes before they are used."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.platform.database import Row, Session
from app.sampling.plans.types import Plan
from app.sampling.types import Draw, Seeds
from app.sampling.windows import Window

_INSERT = """
INSERT INTO draws (tenant_id, id, plan_id, window_kind, timezone, window_start, supplement_no, starts_at, ends_at,
    seed_commitment, committed_at, seed, assignment_seed)
VALUES (:tenant_id, :id, :plan_id, :window_kind, :timezone, :window_start, :supplement_no, :starts_at, :ends_at,
    :seed_commitment, :committed_at, :seed, :assignment_seed)
"""
_SEEDS = "SELECT seed, assignment_seed FROM draws WHERE id = :id"
# Overlapping, not equal: the plan may have had other windows or another time zone before.
_OVERLAPPING = """
SELECT id, supplement_no, starts_at, ends_at, drawn_at, sample_size, frame_size, parameters FROM draws
WHERE plan_id = :plan_id AND voided_at IS NULL AND starts_at < :ends_at AND ends_at > :starts_at
ORDER BY supplement_no
"""
_COMMITTED_UNTIL = "SELECT max(ends_at) FROM draws WHERE plan_id = :plan_id AND voided_at IS NULL"
_VOID = """
UPDATE draws SET voided_at = :now
WHERE plan_id = :plan_id AND supplement_no = 0 AND drawn_at IS NULL AND voided_at IS NULL
  AND CASE WHEN :keep_running::boolean THEN starts_at ELSE ends_at END > :now
RETURNING id
"""
_VOID_LATE = """
UPDATE draws SET voided_at = :now
WHERE plan_id = :plan_id AND supplement_no > 0 AND drawn_at IS NULL AND voided_at IS NULL AND ends_at <= :before
RETURNING id
"""
# A draw that was refused is tried again once the plan is changed, and every day: its cause may lie elsewhere.
_DUE = """
SELECT id FROM draws
WHERE plan_id = :plan_id AND supplement_no = 0 AND drawn_at IS NULL AND voided_at IS NULL
  AND ends_at + make_interval(mins => :delay_min) <= :now
  AND (refused_version IS DISTINCT FROM :plan_version OR refused_at <= :now - interval '1 day')
ORDER BY starts_at
"""
_REFUSE = """
UPDATE draws SET refused_at = :at, failure_reason = :failure_reason, refused_version = :plan_version
WHERE id = :id AND drawn_at IS NULL AND voided_at IS NULL
"""
# Only calls written since the last search can be late without having been found; the frames decide whether they are.
_WRITTEN_SINCE = """
WITH written AS (
    SELECT c.started_at FROM calls c WHERE c.project_id = :project_id AND c.updated_at > :since
    UNION ALL
    SELECT c.started_at
    FROM recordings r JOIN calls c ON c.tenant_id = r.tenant_id AND c.id = r.call_id
    WHERE r.created_at > :since AND c.project_id = :project_id
)
SELECT d.id FROM draws d
WHERE d.plan_id = :plan_id AND d.supplement_no > 0 AND d.drawn_at IS NULL AND d.voided_at IS NULL
  AND d.ends_at > :earliest
  AND EXISTS (SELECT FROM written w WHERE w.started_at >= d.starts_at AND w.started_at < d.ends_at)
ORDER BY d.starts_at
"""
_SEARCHED_UNTIL = "SELECT searched_until FROM late_call_searches WHERE plan_id = :plan_id"
_NOTE_SEARCH = """
INSERT INTO late_call_searches (tenant_id, plan_id, searched_until) VALUES (:tenant_id, :plan_id, :until)
ON CONFLICT (tenant_id, plan_id) DO UPDATE SET searched_until = excluded.searched_until
"""
# Of all tenants. A plan that was stopped still has to draw from the windows that were over before.
_PLANS_WITH_DUE_WINDOWS = """
SELECT p.tenant_id, p.id
FROM sampling_plans p
WHERE EXISTS (
    SELECT FROM draws d
    WHERE d.tenant_id = p.tenant_id AND d.plan_id = p.id AND d.supplement_no = 0 AND d.drawn_at IS NULL
      AND d.voided_at IS NULL AND d.ends_at + make_interval(mins => p.draw_delay_min) <= :now
      AND (d.refused_version IS DISTINCT FROM p.version OR d.refused_at <= :now - interval '1 day')
) OR p.active AND NOT EXISTS (
    SELECT FROM draws d
    WHERE d.tenant_id = p.tenant_id AND d.plan_id = p.id AND d.voided_at IS NULL AND d.starts_at > :now
)
"""
_PLANS_WITH_OPEN_SUPPLEMENTS = """
SELECT DISTINCT d.tenant_id, d.plan_id FROM draws d
WHERE d.supplement_no > 0 AND d.drawn_at IS NULL AND d.voided_at IS NULL
"""


async def insert_commitment(session: Session, draw: Draw, seeds: Seeds) -> None:
    window = draw.window
    await session.execute(
        _INSERT,
        tenant_id=session.tenant_id,
        id=draw.id,
        plan_id=draw.plan_id,
        window_kind=window.kind,
        timezone=window.timezone,
        window_start=window.start_on,
        supplement_no=draw.supplement_no,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        seed_commitment=draw.seed_commitment,
        committed_at=draw.committed_at,
        seed=seeds.selection,
        assignment_seed=seeds.assignment,
    )


async def seeds_of(session: Session, draw_id: UUID) -> Seeds:
    row = await session.fetch_one(_SEEDS, id=draw_id)
    return Seeds(bytes(row.seed), bytes(row.assignment_seed))


async def draws_over(session: Session, plan_id: UUID, window: Window) -> Sequence[Row]:
    """The draws of the plan, made or committed to, whose windows overlap a window."""
    return await session.fetch_all(_OVERLAPPING, plan_id=plan_id, starts_at=window.starts_at, ends_at=window.ends_at)


async def drawn_over(session: Session, plan_id: UUID, window: Window) -> list[Row]:
    """Those of them that were made, the window's own first."""
    return [row for row in await draws_over(session, plan_id, window) if row.drawn_at is not None]


async def committed_until(session: Session, plan_id: UUID) -> datetime | None:
    until: datetime | None = await session.fetch_value(_COMMITTED_UNTIL, plan_id=plan_id)
    return until


async def void_open(session: Session, plan_id: UUID, now: datetime, *, keep_running: bool = False) -> Sequence[UUID]:
    """Void the commitments of windows that are not over, or of those that have not begun."""
    return await session.fetch_column(_VOID, plan_id=plan_id, now=now, keep_running=keep_running)


async def void_late(session: Session, plan_id: UUID, before: datetime, now: datetime) -> Sequence[UUID]:
    """Void the commitments for late calls of windows that ended before a time."""
    return await session.fetch_column(_VOID_LATE, plan_id=plan_id, before=before, now=now)


async def due_draws(session: Session, plan: Plan, now: datetime) -> Sequence[UUID]:
    """The draws of windows that are over and have not been drawn, the oldest first."""
    return await session.fetch_column(
        _DUE, plan_id=plan.id, now=now, delay_min=plan.draw_delay_min, plan_version=plan.version
    )


async def possibly_late(session: Session, plan: Plan, earliest: datetime, since: datetime) -> Sequence[UUID]:
    """The supplementary draws of windows that ended after `earliest`, with calls written after `since`."""
    values = {"plan_id": plan.id, "project_id": plan.project_id, "earliest": earliest, "since": since}
    return await session.fetch_column(_WRITTEN_SINCE, **values)


async def late_calls_searched_until(session: Session, plan_id: UUID) -> datetime | None:
    until: datetime | None = await session.fetch_value(_SEARCHED_UNTIL, plan_id=plan_id)
    return until


async def note_search_for_late_calls(session: Session, plan_id: UUID, until: datetime) -> None:
    await session.execute(_NOTE_SEARCH, tenant_id=session.tenant_id, plan_id=plan_id, until=until)


async def plans_with_due_windows(session: Session, now: datetime) -> list[tuple[UUID, UUID]]:
    """(tenant, plan) with a draw to make, or without a commitment for a window that has not begun."""
    return [(row.tenant_id, row.id) for row in await session.fetch_all(_PLANS_WITH_DUE_WINDOWS, now=now)]


async def plans_with_open_supplements(session: Session) -> list[tuple[UUID, UUID]]:
    """(tenant, plan) with windows whose late calls are not drawn yet."""
    return [(row.tenant_id, row.plan_id) for row in await session.fetch_all(_PLANS_WITH_OPEN_SUPPLEMENTS)]


async def refuse(session: Session, draw_id: UUID, at: datetime, failure_reason: str, plan_version: int) -> bool:
    """False where the draw has been made or voided."""
    values = {"failure_reason": failure_reason, "plan_version": plan_version}
    return await session.execute(_REFUSE, id=draw_id, at=at, **values) == 1
