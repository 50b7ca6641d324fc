"""The job that makes a report and puts its e-mails into the outbox.

The e-mails, the state of the delivery and the success of the job are one transaction: a worker that is killed leaves
all of it or nothing, and the next attempt begins again. Sending is the outbox's: at least once, each copy with the same
Message-ID.
"""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app import analysis, identity
from app.analysis import REPORTS_BY_NAME, CsvStyle, FileFormat, Filters, GroupBy, Locale, ReportQuestion
from app.calibration import Language
from app.identity import User
from app.jobs import JobContext, JobKind
from app.platform.database import Session, Tenant
from app.platform.errors import Unavailable
from app.platform.settings import Settings
from app.reporting import repository
from app.reporting.readers import may_read
from app.reporting.scheduling import DELIVER_JOB
from app.reporting.sending import fail, pause, send, skip
from app.reporting.types import DeliveryState, PauseReason, ReportDelivery, ReportFile, ReportSchedule

QUEUE = "reports"
MAX_ATTEMPTS = 5
_TIME_LIMIT_S = 900
STOPPED = "the schedule was stopped before the report was sent"


async def deliver(context: JobContext) -> None:
    delivery_id = UUID(context.payload["delivery_id"])
    async with context.begin() as session:
        found = await _wanted(session, delivery_id)
    if found is None:
        return
    made_for, delivery = found
    made = await _make(context, made_for, delivery)
    settings: Settings = context.resources["settings"]
    async with context.finishing() as session:
        again = await _wanted(session, delivery_id)
        if again is None:
            return
        schedule, _ = again
        if schedule.version != made_for.version:
            raise Unavailable("the schedule was changed while its report was made")
        await send(session, schedule, delivery, made, settings.max_report_attachment_bytes)


async def _wanted(session: Session, delivery_id: UUID) -> tuple[ReportSchedule, ReportDelivery] | None:
    """The delivery and its schedule; None where nothing is to be sent, which is then written down."""
    delivery = await repository.delivery_by_id(session, delivery_id)
    if delivery is None or delivery.state is not DeliveryState.QUEUED:
        return None
    schedule = await repository.lock_schedule(session, delivery.schedule_id)
    if schedule is None:
        return None
    if not schedule.active and delivery.requested_by is None:
        await skip(session, delivery, STOPPED)
        return None
    reason = _reason_against_owner(await identity.get_user(session, schedule.owner_id))
    if reason is not None:
        await pause(session, schedule, delivery, reason)
        return None
    return schedule, delivery


def _reason_against_owner(owner: User) -> PauseReason | None:
    if not owner.active:
        return PauseReason.OWNER_INACTIVE
    return None if may_read(owner.role) else PauseReason.OWNER_MAY_NOT_READ_REPORTS


async def _make(context: JobContext, schedule: ReportSchedule, delivery: ReportDelivery) -> ReportFile:
    kind, zone = REPORTS_BY_NAME[schedule.report], ZoneInfo(schedule.timezone)
    filters = Filters(
        since=delivery.since,
        until=delivery.until,
        project_id=schedule.project_id,
        team_id=schedule.team_id,
        scorecard_id=schedule.scorecard_id,
        zone=zone,
    )
    language, file_format = Language(schedule.language), FileFormat(schedule.format)
    by = None if schedule.by is None else GroupBy(schedule.by)
    # Not `context.begin`, which would keep the renewal of the lease waiting.
    begin = partial(context.database.begin, Tenant(context.tenant_id))
    async with begin() as session:
        owner = await identity.principal_of_user(session, context.tenant_id, schedule.owner_id)
        document = await kind.compute(session, ReportQuestion(owner, filters, language, by))
    # What recipients quote is kept as what a client asked for is.
    await analysis.keep(begin, getattr(document, "figure", None))
    style = CsvStyle(Locale(schedule.locale), language, schedule.bom)
    content = await kind.file(document, file_format, language, style)
    days = (delivery.since.astimezone(zone), delivery.until.astimezone(zone) - timedelta(microseconds=1))
    name = "_".join((kind.report.name, *dict.fromkeys(f"{day:%Y-%m-%d}" for day in days)))
    title, about = kind.report.title(language), analysis.caption(document.period, language)
    return ReportFile(title, about, f"{name}.{file_format}", file_format.media_type, content)


async def give_up(session: Session, payload: dict[str, Any], reason: str) -> None:
    """The report could not be made: its owner is told why."""
    delivery = await repository.delivery_by_id(session, UUID(payload["delivery_id"]))
    schedule = None if delivery is None else await repository.schedule_by_id(session, delivery.schedule_id)
    if delivery is not None and schedule is not None:
        await fail(session, schedule, delivery, reason)


DELIVER = JobKind(
    DELIVER_JOB,
    deliver,
    queue=QUEUE,
    fair=True,
    max_attempts=MAX_ATTEMPTS,
    time_limit_s=_TIME_LIMIT_S,
    on_failure=give_up,
)
