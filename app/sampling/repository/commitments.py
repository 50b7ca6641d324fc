"""SQL of what draws are committed to: the seeds of windows, published as hashes before they are used."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.platform.database import Row, Session
from app.platform.database.compat import driver_sql
from app.sampling.records import Draw, Plan, Seeds
from app.sampling.types import Window

_INSERT = """
INSERT INTO draws (tenant_id, id, plan_id, window_kind, timezone, window_start, part, starts_at, ends_at,
    seed_commitment, committed_at, seed, assignment_seed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
_SEEDS = "SELECT seed, assignment_seed FROM draws WHERE id = $1"
# Overlapping, not equal: the plan may have had other windows or another time zone before.
_OVERLAPPING = """
SELECT id, part, starts_at, ends_at, drawn_at, sample_size, frame_size, parameters FROM draws
WHERE plan_id = $1 AND voided_at IS NULL AND starts_at < $3 AND ends_at > $2 ORDER BY part
"""
_COMMITTED_UNTIL = "SELECT max(ends_at) FROM draws WHERE plan_id = $1 AND voided_at IS NULL"
_VOID = """
UPDATE draws SET voided_at = $2
WHERE plan_id = $1 AND part = 0 AND drawn_at IS NULL AND voided_at IS NULL
  AND CASE WHEN $3::boolean THEN starts_at ELSE ends_at END > $2
RETURNING id
"""
_VOID_LATE = """
UPDATE draws SET voided_at = $3
WHERE plan_id = $1 AND part > 0 AND drawn_at IS NULL AND voided_at IS NULL AND ends_at <= $2
RETURNING id
"""
# A draw that was refused is tried again once the plan is another, and every day: its cause may lie elsewhere.
_DUE = """
SELECT id FROM draws
WHERE plan_id = $1 AND part = 0 AND drawn_at IS NULL AND voided_at IS NULL
  AND ends_at + make_interval(mins => $3) <= $2
  AND (refused_version IS DISTINCT FROM $4 OR refused_at <= $2 - interval '1 day')
ORDER BY starts_at
"""
_REFUSE = "UPDATE draws SET refused_at = $2, refusal = $3, refused_version = $4 WHERE id = $1"
# Only calls that were written since the earlier part was drawn can be late, or a little before it where a transaction
# took its time; whether they are is settled by the frames.
_WRITTEN_SINCE = """
SELECT d.id FROM draws d
JOIN draws earlier ON earlier.plan_id = d.plan_id AND earlier.starts_at = d.starts_at
    AND earlier.part = d.part - 1 AND earlier.drawn_at IS NOT NULL
WHERE d.plan_id = $1 AND d.part > 0 AND d.drawn_at IS NULL AND d.ends_at > $2 AND EXISTS (
    SELECT FROM calls c LEFT JOIN recordings r ON r.call_id = c.id
    WHERE c.project_id = $3 AND c.started_at >= d.starts_at AND c.started_at < d.ends_at
      AND greatest(c.updated_at, r.created_at) > earlier.drawn_at - interval '15 minutes'
)
ORDER BY d.starts_at
"""


async def insert_commitment(session: Session, draw: Draw, seeds: Seeds) -> None:
    window = draw.window
    await driver_sql(
        session,
        _INSERT,
        session.tenant_id,
        draw.id,
        draw.plan_id,
        window.kind,
        window.timezone,
        window.start_on,
        draw.part,
        window.starts_at,
        window.ends_at,
        draw.seed_commitment,
        draw.committed_at,
        *seeds,
    )


async def seeds_of(session: Session, draw_id: UUID) -> Seeds:
    row = (await driver_sql(session, _SEEDS, draw_id)).one()
    return Seeds(bytes(row.seed), bytes(row.assignment_seed))


async def draws_over(session: Session, plan_id: UUID, window: Window) -> Sequence[Row]:
    """The draws of the plan, made or committed to, with which a window shares any moment."""
    return (await driver_sql(session, _OVERLAPPING, plan_id, window.starts_at, window.ends_at)).all()


async def drawn_over(session: Session, plan_id: UUID, window: Window) -> list[Row]:
    """Those of them that were made, the window's own first."""
    return [row for row in await draws_over(session, plan_id, window) if row.drawn_at is not None]


async def committed_until(session: Session, plan_id: UUID) -> datetime | None:
    until: datetime | None = (await driver_sql(session, _COMMITTED_UNTIL, plan_id)).scalar_one()
    return until


async def void_open(session: Session, plan_id: UUID, now: datetime, *, keep_running: bool = False) -> Sequence[UUID]:
    """Give up the commitments of windows that are not over, or of those that have not begun."""
    return (await driver_sql(session, _VOID, plan_id, now, keep_running)).scalars().all()


async def void_late(session: Session, plan_id: UUID, before: datetime, now: datetime) -> Sequence[UUID]:
    """Give up the commitments to late calls of windows that ended before a time."""
    return (await driver_sql(session, _VOID_LATE, plan_id, before, now)).scalars().all()


async def due_draws(session: Session, plan: Plan, now: datetime) -> Sequence[UUID]:
    """The draws of windows that are over and have not been drawn, the oldest first."""
    return (await driver_sql(session, _DUE, plan.id, now, plan.draw_delay_min, plan.version)).scalars().all()


async def perhaps_late(session: Session, plan: Plan, since: datetime) -> Sequence[UUID]:
    """The supplementary draws of windows that ended after `since`, with calls written to after the last part."""
    return (await driver_sql(session, _WRITTEN_SINCE, plan.id, since, plan.project_id)).scalars().all()


async def refuse(session: Session, draw_id: UUID, at: datetime, why: str, plan_version: int) -> None:
    await driver_sql(session, _REFUSE, draw_id, at, why, plan_version)
