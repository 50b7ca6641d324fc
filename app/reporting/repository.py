"""SQL of scheduled reports and of what was sent."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.platform.database import Row, Session, Where, dumps
from app.platform.database.pages import Keyset, fetch_page
from app.platform.database.records import Columns, compose, insert_record, update_record
from app.platform.pagination import Page, PageRequest
from app.reporting.models import ReportDeliveryModel, ReportScheduleModel
from app.reporting.types import DeliveryState, ReportDelivery, ReportSchedule, SentTo, read_delivery, read_schedule

_SCHEDULES: Final = compose(
    "SELECT {columns} FROM report_schedules", columns=Columns(ReportSchedule, ReportScheduleModel).names
)
_DELIVERY: Final = Columns(ReportDelivery, ReportDeliveryModel)
_DELIVERIES: Final = compose("SELECT {columns} FROM report_deliveries", columns=_DELIVERY.names)
_DUE: Final = "SELECT tenant_id, id FROM report_schedules WHERE next_due_at <= :now"
_SET_NEXT: Final = "UPDATE report_schedules SET next_due_at = :next_due_at WHERE id = :id"
_DELETE: Final = "DELETE FROM report_schedules WHERE id = :id"
# The index on queued deliveries lets one of a schedule in, and waits for a transaction that is about to add another.
_INSERT_DELIVERIES: Final = """
INSERT INTO report_deliveries (tenant_id, id, schedule_id, due_at, requested_by, since, until, state, reason,
    recipients, job_id, created_at, finished_at)
SELECT :tenant_id, d.id, :schedule_id, d.due_at, :requested_by, d.since, d.until, d.state, d.reason, '[]'::jsonb, NULL,
    :now::timestamptz, CASE WHEN d.state <> 'queued' THEN :now::timestamptz END
FROM unnest(:ids::uuid[], :due_at::timestamptz[], :since::timestamptz[], :until::timestamptz[], :states::text[],
    :reasons::text[]) AS d (id, due_at, since, until, state, reason)
ON CONFLICT DO NOTHING
RETURNING id
"""
_SET_JOB: Final = "UPDATE report_deliveries SET job_id = :job_id WHERE id = :id"
_HAS_QUEUED: Final = """
SELECT EXISTS (SELECT FROM report_deliveries WHERE schedule_id = :schedule_id AND state = 'queued')
"""
_END: Final = """
UPDATE report_deliveries SET state = :state, reason = :reason, file_name = :file_name, size_bytes = :size_bytes,
    attached = :attached, recipients = :recipients::jsonb, finished_at = :now
WHERE id = :id AND state = 'queued'
"""
_REFERENCES: Final = """
SELECT (SELECT timezone FROM projects WHERE id = :project_id) AS timezone,
       EXISTS (SELECT FROM teams WHERE id = :team_id) AS team,
       EXISTS (SELECT FROM scorecards WHERE id = :scorecard_id) AS scorecard
"""
_ZONE: Final = "SELECT timezone FROM projects WHERE id = :project_id"
_USERS: Final = """
SELECT id, email, full_name, role, active FROM users
WHERE tenant_id = :tenant_id AND (id = ANY (:ids::uuid[]) OR email = ANY (:emails::text[]))
"""
_ADMINS: Final = "SELECT id FROM users WHERE tenant_id = :tenant_id AND role = 'admin' AND active ORDER BY id"
_EMAIL_STATES: Final = "SELECT id, state FROM emails WHERE id = ANY (:ids::uuid[])"
_BY_ID = Keyset({"id": UUID})
_NEWEST_FIRST = Keyset({"id": UUID}, descending=True)


async def insert_schedule(session: Session, schedule: ReportSchedule) -> None:
    await insert_record(session, ReportScheduleModel, schedule)


async def schedule_by_id(session: Session, schedule_id: UUID) -> ReportSchedule | None:
    row = await session.fetch_optional(f"{_SCHEDULES} WHERE id = :id", id=schedule_id)
    return None if row is None else _schedule(row)


async def lock_schedule(session: Session, schedule_id: UUID) -> ReportSchedule | None:
    """The schedule, which nobody else changes until the transaction ends."""
    row = await session.fetch_optional(f"{_SCHEDULES} WHERE id = :id FOR NO KEY UPDATE", id=schedule_id)
    return None if row is None else _schedule(row)


async def page_of_schedules(session: Session, page: PageRequest) -> Page[ReportSchedule]:
    return await fetch_page(session, _SCHEDULES, Where(), page, keyset=_BY_ID, read=_schedule)


async def update_schedule(session: Session, schedule: ReportSchedule, *, expected: int) -> None:
    await update_record(session, ReportScheduleModel, schedule, expected=expected)


async def set_next_due(session: Session, schedule_id: UUID, at: datetime) -> None:
    await session.execute(_SET_NEXT, id=schedule_id, next_due_at=at)


async def delete_schedule(session: Session, schedule_id: UUID) -> None:
    await session.execute(_DELETE, id=schedule_id)


async def due_schedules(session: Session, now: datetime) -> list[Row]:
    """Tenant and id of each schedule that is due; in the system scope."""
    return await session.fetch_all(_DUE, now=now)


async def insert_deliveries(session: Session, deliveries: Sequence[ReportDelivery]) -> list[UUID]:
    """Insert deliveries of one schedule; the ids of those that are new.

    Of a due time there is one delivery, and one of a schedule at most is queued.
    """
    first = deliveries[0]
    inserted: list[UUID] = await session.fetch_column(
        _INSERT_DELIVERIES,
        tenant_id=session.tenant_id,
        schedule_id=first.schedule_id,
        requested_by=first.requested_by,
        now=first.created_at,
        ids=[one.id for one in deliveries],
        due_at=[one.due_at for one in deliveries],
        since=[one.since for one in deliveries],
        until=[one.until for one in deliveries],
        states=[str(one.state) for one in deliveries],
        reasons=[one.reason for one in deliveries],
    )
    return inserted


async def set_job(session: Session, delivery_id: UUID, job_id: UUID) -> None:
    await session.execute(_SET_JOB, id=delivery_id, job_id=job_id)


async def has_queued(session: Session, schedule_id: UUID) -> bool:
    return bool(await session.fetch_value(_HAS_QUEUED, schedule_id=schedule_id))


async def delivery_by_id(session: Session, delivery_id: UUID) -> ReportDelivery | None:
    row = await session.fetch_optional(f"{_DELIVERIES} WHERE id = :id", id=delivery_id)
    return None if row is None else _delivery(row)


async def page_of_deliveries(session: Session, schedule_id: UUID, page: PageRequest) -> Page[ReportDelivery]:
    """The deliveries of a schedule, the newest first."""
    where = Where().add("schedule_id = :schedule_id", schedule_id=schedule_id)
    return await fetch_page(session, _DELIVERIES, where, page, keyset=_NEWEST_FIRST, read=_delivery)


async def end_delivery(
    session: Session,
    delivery_id: UUID,
    state: DeliveryState,
    now: datetime,
    *,
    reason: str | None = None,
    file_name: str | None = None,
    size_bytes: int | None = None,
    attached: bool | None = None,
    recipients: Sequence[SentTo] = (),
) -> bool:
    """Whether it was ended: another one may have done so, or the schedule may be gone."""
    changed = await session.execute(
        _END,
        id=delivery_id,
        state=str(state),
        reason=reason,
        file_name=file_name,
        size_bytes=size_bytes,
        attached=attached,
        recipients=dumps(list(recipients)),
        now=now,
    )
    return changed == 1


async def references(session: Session, schedule: ReportSchedule) -> Row:
    """The time zone of the project, None if there is no such project, and whether team and scorecard exist."""
    return await session.fetch_one(
        _REFERENCES, project_id=schedule.project_id, team_id=schedule.team_id, scorecard_id=schedule.scorecard_id
    )


async def zone_of_project(session: Session, project_id: UUID | None) -> str | None:
    zone: str | None = await session.fetch_value(_ZONE, project_id=project_id)
    return zone


async def users(session: Session, ids: Collection[UUID], emails: Collection[str]) -> Sequence[Row]:
    """The users with these ids or addresses, active or not."""
    return await session.fetch_all(_USERS, tenant_id=session.tenant_id, ids=list(ids), emails=list(emails))


async def admins(session: Session) -> list[UUID]:
    return await session.fetch_column(_ADMINS, tenant_id=session.tenant_id)


async def email_states(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """The states of those e-mails that are still in the outbox."""
    rows = await session.fetch_all(_EMAIL_STATES, ids=list(ids))
    return {row.id: row.state for row in rows}


def _schedule(row: Row) -> ReportSchedule:
    return read_schedule(dict(row))


def _delivery(row: Row) -> ReportDelivery:
    fields: dict[str, Any] = dict(row)
    return read_delivery(fields)
