"""Commitments: the seed of every window is fixed, and its hash published, before there are calls to choose from.

Until the draw is made, only the hash of the seed is published. Then the seed is published too, and anyone can repeat
the draw with it. So nobody can have picked the calls or tried seeds until one gave a welcome sample.
"""

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from app import events
from app.platform import clock
from app.platform.database import Session
from app.platform.ids import new_id
from app.sampling.events import CommitmentDocument, DrawCommitted, DrawVoided
from app.sampling.plans import commitment_repository as repository
from app.sampling.plans.types import Plan
from app.sampling.types import Draw, Seeds, seed_commitment
from app.sampling.windows import Window, next_window, window_at
from app.statistics.systematic import SEED_BYTES


async def commit(session: Session, plan: Plan, window: Window, supplement_no: int = 0) -> Draw:
    """Fix the seeds of a future draw, and record the hash of the selection seed in the journal."""
    seeds = Seeds(selection=new_seed(), assignment=new_seed())
    draw = Draw(
        id=new_id(),
        plan_id=plan.id,
        supplement_no=supplement_no,
        window=window,
        seed_commitment=seed_commitment(seeds.selection),
        committed_at=clock.now(),
    )
    await repository.insert_commitment(session, draw, seeds)
    await events.record(session, DrawCommitted(subject_id=draw.id, after=_summary(draw)))
    return draw


async def keep_committed(session: Session, plan: Plan) -> None:
    """Commit to every window of an active plan that has no commitment yet, up to the window after the present one.

    Windows that overlap others, as they may after a change of the plan's windows, are left out.
    """
    if plan.active_since is None:
        return
    until = await repository.committed_until(session, plan.id)
    since = plan.active_since if until is None else max(until, plan.active_since)
    for window in _windows(plan, since, clock.now()):
        if not await repository.draws_over(session, plan.id, window):
            await commit(session, plan, window)


async def void_open(session: Session, plan: Plan) -> None:
    """Void the commitments of windows that are not over: the plan was stopped or its windows changed.

    Where the new window of this moment would overlap one that was drawn, and so never be drawn itself, the old one
    that is running is kept.
    """
    now = clock.now()
    over = await repository.draws_over(session, plan.id, window_at(plan.window, plan.timezone, now))
    keep_running = plan.active and any(row.ends_at <= now for row in over)
    await _voided(session, plan, await repository.void_open(session, plan.id, now, keep_running=keep_running))


async def void_late(session: Session, plan: Plan, before: datetime) -> None:
    """Void the commitments for late calls of windows that ended before a time."""
    await _voided(session, plan, await repository.void_late(session, plan.id, before, clock.now()))


async def _voided(session: Session, plan: Plan, draw_ids: Sequence[UUID]) -> None:
    for draw_id in draw_ids:
        await events.record(session, DrawVoided(subject_id=draw_id, after={"plan_id": plan.id}))


def _windows(plan: Plan, since: datetime, now: datetime) -> Iterator[Window]:
    """From the one that holds `since` to the one after the present."""
    window = window_at(plan.window, plan.timezone, since)
    last = next_window(window_at(plan.window, plan.timezone, now))
    while window.starts_at <= last.starts_at:
        # A date that the clocks skipped is no window.
        if window.starts_at < window.ends_at:
            yield window
        window = next_window(window)


def new_seed() -> bytes:
    """A new random seed. No other function makes seeds of draws and of their fault checks."""
    return secrets.token_bytes(SEED_BYTES)


def _summary(draw: Draw) -> CommitmentDocument:
    return {
        "plan_id": draw.plan_id,
        "window": draw.window,
        "part": draw.supplement_no,
        "seed_commitment": draw.seed_commitment.hex(),
    }
