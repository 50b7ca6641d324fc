"""What draws by itself: the windows of active plans when they are over, and later what came late.

Nothing is lost while nobody works: what the clock missed is found by what was committed to and has not been drawn.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog

from app import jobs
from app.platform import clock
from app.platform.actor import Actor
from app.platform.database import Database, Session
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.platform.sweep import for_every_tenant
from app.sampling.draws import service as draws
from app.sampling.errors import NoLateCalls
from app.sampling.plans import commitment_repository as commitments
from app.sampling.plans.commitments import keep_committed, void_late
from app.sampling.plans.repository import lock_plan, plans_at_work
from app.sampling.plans.service import get_plan
from app.sampling.plans.types import Plan

log = structlog.get_logger()

# How long after its window a call may still come and be drawn.
LATENESS = timedelta(days=60)


async def draw_due(database: Database) -> None:
    """Commit to the windows that begin, and have those drawn that are over."""
    await for_every_tenant(database, "draws that are due", partial(queue_due, database))


async def draw_late(database: Database) -> None:
    """Have supplementary draws made of the calls that came after their windows were drawn."""
    await for_every_tenant(database, "calls that came late", partial(queue_late, database))


async def queue_due(database: Database, tenant_id: UUID) -> None:
    await _for_every_plan(database, tenant_id, _queue_due)


async def queue_late(database: Database, tenant_id: UUID) -> None:
    await _for_every_plan(database, tenant_id, _queue_late)


async def run(context: jobs.JobContext) -> None:
    """Make the draw of a job. One that cannot be made is refused, for a reason that its readers see."""
    draw_id = UUID(context.payload["draw_id"])
    try:
        async with context.finishing({"draw_id": str(draw_id)}) as session:
            await draws.make_draw(session, draw_id)
    except NoLateCalls:
        async with context.finishing({"draw_id": None}):
            pass
    except draws.DrawRefused as refused:
        async with context.begin() as session:
            await draws.refuse(session, draw_id, refused)
        raise jobs.PermanentFailure(refused.reason) from refused


DRAW = jobs.JobKind(name=draws.JOB, handler=run, queue="sampling")


async def _for_every_plan(
    database: Database, tenant_id: UUID, work: Callable[[Session, Plan], Awaitable[None]]
) -> None:
    """A transaction a plan; trouble with one does not keep the others waiting."""
    async with database.begin(Tenant(tenant_id)) as session:
        plan_ids = await plans_at_work(session)
    for plan_id in plan_ids:
        try:
            async with database.begin(Tenant(tenant_id)) as session:
                act_as(session, Actor("system", None))
                await lock_plan(session, plan_id)
                await work(session, await get_plan(session, plan_id))
        except Exception:
            log.exception("plan left out", tenant_id=str(tenant_id), plan_id=str(plan_id))


async def _queue_due(session: Session, plan: Plan) -> None:
    await keep_committed(session, plan)
    for draw_id in await commitments.due_draws(session, plan, clock.now()):
        await jobs.enqueue_once(session, draws.JOB, {"draw_id": str(draw_id)})


async def _queue_late(session: Session, plan: Plan) -> None:
    earliest = clock.now() - LATENESS
    await void_late(session, plan, earliest)
    for draw_id in await commitments.possibly_late(session, plan, earliest):
        if await draws.has_late_calls(session, plan, draw_id):
            await jobs.enqueue_once(session, draws.JOB, {"draw_id": str(draw_id)})
