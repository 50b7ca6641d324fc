"""Reminding the participants of sessions that begin soon."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from app.calibration.meeting import telling
from app.calibration.sessions.repository import sessions
from app.jobs import DueJob, JobContext, JobSchedule
from app.platform import clock
from app.platform.database import Session

# How long before a session its participants are reminded.
REMIND_BEFORE = timedelta(hours=1)


async def _due(session: Session) -> Iterable[DueJob]:
    now = clock.now()
    due = await sessions.due_reminders(session, now, now + REMIND_BEFORE)
    return [DueJob(row.tenant_id, {"session_id": str(row.id)}) for row in due]


async def _work(context: JobContext) -> None:
    async with context.finishing() as session:
        await telling.remind(session, UUID(context.payload["session_id"]), REMIND_BEFORE)


REMINDERS = JobSchedule("calibration.reminders", "* * * * *", _due, _work)
