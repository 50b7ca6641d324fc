"""Which reports are due: found every minute, each due time taken once.

The delivery of a due time is a row. It is inserted in the transaction that moves the schedule on to its next due time,
so that a worker killed at any moment leaves both or neither. After an outage only the newest due time is delivered.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from app import events, jobs
from app.identity import Principal
from app.jobs import DueJob, JobContext, JobSchedule
from app.platform import clock
from app.platform.clock import start_of_day
from app.platform.database import Session
from app.platform.ids import new_id
from app.reporting import repository
from app.reporting.due_times import days_of, due_after, due_times
from app.reporting.errors import DeliveryRunning
from app.reporting.events import QueuedDelivery, ReportDeliveriesSkipped, ReportDeliveryQueued, SkippedDeliveries
from app.reporting.service import lock_own, require_reader
from app.reporting.types import DeliveryState, ReportDelivery, ReportSchedule

DELIVER_JOB = "reporting.deliver"
SENT_BY_HAND = "the report was sent by hand at this very moment"
MISSED = "its time had passed when the service came to it, and a later one is sent"


async def send_now(session: Session, principal: Principal, schedule_id: UUID) -> ReportDelivery:
    """Queue a delivery of the period before this moment, whether or not the schedule is active."""
    schedule = await lock_own(session, principal, schedule_id)
    await require_reader(session, schedule.owner_id)
    delivery = _delivery(schedule, clock.now(), requested_by=principal.user_id)
    if not await repository.insert_deliveries(session, [delivery]):
        raise DeliveryRunning("the report is being sent already: wait until that is done")
    return await _enqueue(session, delivery)


async def _due(session: Session) -> Iterable[DueJob]:
    rows = await repository.due_schedules(session, clock.now())
    return [DueJob(row.tenant_id, {"schedule_id": str(row.id)}) for row in rows]


async def _work(context: JobContext) -> None:
    async with context.finishing() as session:
        await take_due(session, UUID(context.payload["schedule_id"]))


async def take_due(session: Session, schedule_id: UUID) -> None:
    """Queue the newest due time of a schedule and skip those before it; nothing while a delivery of it is queued."""
    schedule, now = await repository.lock_schedule(session, schedule_id), clock.now()
    if schedule is None or schedule.next_due_at is None or schedule.next_due_at > now:
        return
    if await repository.has_queued(session, schedule_id):
        return
    # Written when the schedule was last moved on, so it is due whatever the rules of its zone say by now.
    due = [schedule.next_due_at, *due_times(schedule.when, schedule.next_due_at, now)]
    await _skip(session, schedule, due[:-1])
    delivery = _delivery(schedule, due[-1])
    await repository.set_next_due(session, schedule_id, due_after(schedule.when, now))
    if await repository.insert_deliveries(session, [delivery]):
        await _enqueue(session, delivery)
        return
    after = SkippedDeliveries((delivery.due_at,), SENT_BY_HAND)
    await events.record(session, ReportDeliveriesSkipped(subject_id=schedule.id, after=after))


async def _skip(session: Session, schedule: ReportSchedule, due: Sequence[datetime]) -> None:
    if not due:
        return
    missed = [_delivery(schedule, at, state=DeliveryState.SKIPPED, reason=MISSED) for at in due]
    await repository.insert_deliveries(session, missed)
    after = SkippedDeliveries(tuple(due), MISSED)
    await events.record(session, ReportDeliveriesSkipped(subject_id=schedule.id, after=after))


async def _enqueue(session: Session, delivery: ReportDelivery) -> ReportDelivery:
    job_id = await jobs.enqueue(session, DELIVER_JOB, {"delivery_id": str(delivery.id)})
    await repository.set_job(session, delivery.id, job_id)
    after = QueuedDelivery(delivery.schedule_id, delivery.due_at, delivery.since, delivery.until, delivery.requested_by)
    await events.record(session, ReportDeliveryQueued(subject_id=delivery.id, after=after))
    return replace(delivery, job_id=job_id)


def _delivery(
    schedule: ReportSchedule,
    due_at: datetime,
    *,
    requested_by: UUID | None = None,
    state: DeliveryState = DeliveryState.QUEUED,
    reason: str | None = None,
) -> ReportDelivery:
    zone = ZoneInfo(schedule.timezone)
    first, end = days_of(schedule.period, due_at, zone)
    now = clock.now()
    return ReportDelivery(
        id=new_id(),
        schedule_id=schedule.id,
        due_at=due_at,
        requested_by=requested_by,
        since=start_of_day(first, zone),
        until=start_of_day(end, zone),
        state=state,
        reason=reason,
        file_name=None,
        size_bytes=None,
        attached=None,
        recipients=(),
        job_id=None,
        created_at=now,
        finished_at=None if state is DeliveryState.QUEUED else now,
    )


DUE_REPORTS = JobSchedule("reporting.due", "* * * * *", _due, _work)
