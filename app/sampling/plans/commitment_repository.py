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
UPDATE draws SET refused_at = :at, failure_reason = :failure_reason, refused_version = :plan_version WHERE id = :id
"""
# Only calls that were written since the earlier draw of the window can be late, or a little before it where a
# transaction took its time; the frames decide whether they are.
_WRITTEN_SINCE = """
SELECT d.id FROM draws d
JOIN draws earlier ON earlier.plan_id = d.plan_id AND earlier.starts_at = d.starts_at
    AND earlier.supplement_no = d.supplement_no - 1 AND earlier.drawn_at IS NOT NULL
WHERE d.plan_id = :plan_id AND d.supplement_no > 0 AND d.drawn_at IS NULL AND d.ends_at > :since AND EXISTS (
    SELECT FROM calls c LEFT JOIN recordings r ON r.call_id = c.id
    WHERE c.project_id = :project_id AND c.started_at >= d.starts_at AND c.started_at < d.ends_at
      AND greatest(c.updated_at, r.created_at) > earlier.drawn_at - interval '15 minutes'
)
ORDER BY d.starts_at
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


async def possibly_late(session: Session, plan: Plan, since: datetime) -> Sequence[UUID]:
    """The supplementary draws of windows that ended after `since`, with calls written after the draw before."""
    return await session.fetch_column(_WRITTEN_SINCE, plan_id=plan.id, since=since, project_id=plan.project_id)


async def refuse(session: Session, draw_id: UUID, at: datetime, failure_reason: str, plan_version: int) -> None:
    await session.execute(_REFUSE, id=draw_id, at=at, failure_reason=failure_reason, plan_version=plan_version)
