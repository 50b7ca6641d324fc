"""Building roll-ups: every minute, the stale ones of each tenant."""

from uuid import UUID

from app.analysis.repository import selections
from app.analysis.repository.answers import answers_of
from app.analysis.repository.rows import DrawnCalls
from app.analysis.rollups import repository
from app.analysis.rollups.packing import pack
from app.jobs import DueJob, JobContext, JobSchedule
from app.platform.database import Session
from app.platform.threads import REPORTS


async def _due(session: Session) -> list[DueJob]:
    return [DueJob(tenant_id) for tenant_id in await repository.tenants_with_stale_rollups(session)]


async def _work(context: JobContext) -> None:
    """Build each in a transaction of its own. One that changes meanwhile stays stale."""
    async with context.begin() as session:
        draw_ids = await repository.stale_draws(session)
    for draw_id in draw_ids:
        async with context.begin() as session:
            await build(session, draw_id)
    async with context.finishing():
        pass


async def build(session: Session, draw_id: UUID) -> None:
    """Build the roll-up of a draw from the tables."""
    # First: what changes after it was counted is counted again.
    changes = await repository.known_changes(session, draw_id)
    ids = await repository.ids_in(session, draw_id)
    rows, revisions = await selections.drawn_rows(session, ids, revisions=True)
    answers = await answers_of(session, revisions.latest)
    uncorrected = await answers_of(session, revisions.replaced_by_checks)
    rollup = await REPORTS.run(pack, DrawnCalls(rows, answers), uncorrected, ids.agent_ids, ids.user_ids)
    await repository.store(session, draw_id, rollup, changes)


ROLL_UP = JobSchedule("analysis.roll_up", "* * * * *", _due, _work)
