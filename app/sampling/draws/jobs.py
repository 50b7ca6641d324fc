"""The jobs of draws: windows of active plans are drawn when they are over, and later the calls that came late.

The clock finds the plans with something due and enqueues a job for each. That job commits to windows and enqueues a
job for a draw. Nothing waits for a plan that is locked: its next turn comes. A draw that cannot be made backs off, is
refused with its reason in the end, and delays no other plan.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from app import jobs
from app.jobs import DueJob, JobContext, JobKind, JobSchedule
from app.platform import clock
from app.platform.database import Session
from app.sampling.draws import service as draws
from app.sampling.errors import NoLateCalls
from app.sampling.plans import commitment_repository as commitments
from app.sampling.plans.commitments import keep_committed, void_late
from app.sampling.plans.repository import try_lock_plan
from app.sampling.plans.service import get_plan
from app.sampling.plans.types import Plan

# How long after its window a call may still come and be drawn.
LATENESS = timedelta(days=60)
# A transaction that writes calls may take this long until its commit shows them.
_COMMIT_DELAY = timedelta(minutes=15)


async def find_due_plans(session: Session) -> list[DueJob]:
    """Plans with a window to draw, or without a commitment for the window after the present one."""
    return _jobs_of(await commitments.plans_with_due_windows(session, clock.now()))


async def find_plans_with_late_windows(session: Session) -> list[DueJob]:
    """Plans with windows whose late calls would be drawn."""
    return _jobs_of(await commitments.plans_with_open_supplements(session))


async def queue_due_draws(context: JobContext) -> None:
    """Commit to the windows of a plan that have no commitment, and enqueue its oldest draw that is due."""
    async with context.finishing() as session:
        plan = await _locked_plan(session, context)
        if plan is not None:
            await keep_committed(session, plan)
            await _queue_next(session, plan)


async def queue_late_draws(context: JobContext) -> None:
    """Enqueue the supplementary draws of a plan that have calls to draw from."""
    now = clock.now()
    async with context.finishing() as session:
        plan = await _locked_plan(session, context)
        if plan is None:
            return
        earliest = now - LATENESS
        await void_late(session, plan, earliest)
        since = (await commitments.late_calls_searched_until(session, plan.id) or plan.created_at) - _COMMIT_DELAY
        for draw_id in await commitments.possibly_late(session, plan, earliest, since):
            if await draws.has_late_calls(session, plan, draw_id):
                await _queue(session, draw_id)
        await commitments.note_search_for_late_calls(session, plan.id, now)


async def make_draw(context: JobContext) -> None:
    """Make the draw of a job. One that the plan does not allow is refused, with a reason for its readers."""
    draw_id = UUID(context.payload["draw_id"])
    try:
        async with context.finishing({"draw_id": str(draw_id)}) as session:
            plan = await draws.make_draw(session, draw_id)
            await _queue_next(session, plan)
    except NoLateCalls:
        async with context.finishing({"draw_id": None}):
            pass
    except draws.DrawImpossible as error:
        async with context.begin() as session:
            await draws.refuse(session, draw_id, error)
        raise jobs.PermanentFailure(error.reason) from error


async def note_failure(session: Session, payload: dict[str, Any], reason: str) -> None:
    """Let the readers of a draw know why its job has failed for good."""
    await draws.note_failure(session, UUID(payload["draw_id"]), reason)


DRAW = JobKind(
    name=draws.JOB,
    handler=make_draw,
    queue="sampling",
    max_attempts=10,
    time_limit_s=1800,
    on_failure=note_failure,
)
DUE_DRAWS = JobSchedule("sampling.draw_due", "* * * * *", find_due_plans, queue_due_draws)
LATE_DRAWS = JobSchedule("sampling.draw_late", "11 3 * * *", find_plans_with_late_windows, queue_late_draws)


def _jobs_of(plans: Sequence[tuple[UUID, UUID]]) -> list[DueJob]:
    return [DueJob(tenant_id, {"plan_id": str(plan_id)}) for tenant_id, plan_id in plans]


async def _locked_plan(session: Session, context: JobContext) -> Plan | None:
    """The plan of the job; None while it is being changed or drawn from: the clock comes round again."""
    plan_id = UUID(context.payload["plan_id"])
    return await get_plan(session, plan_id) if await try_lock_plan(session, plan_id) else None


async def _queue_next(session: Session, plan: Plan) -> None:
    """Enqueue one draw of the plan: several would wait for the same lock, and keep workers from other plans."""
    for draw_id in (await commitments.due_draws(session, plan, clock.now()))[:1]:
        await _queue(session, draw_id)


async def _queue(session: Session, draw_id: UUID) -> None:
    await jobs.enqueue_once(session, draws.JOB, {"draw_id": str(draw_id)})
