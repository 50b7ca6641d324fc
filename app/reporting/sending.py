"""What becomes of a delivery: its e-mails are put into the outbox, or somebody is told why there are none."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from app import events, identity, notifications
from app.analysis import REPORTS_BY_NAME
from app.notifications import PUBLIC_URL, Attachment, EmailState, NewEmail, NewNotification
from app.platform import clock
from app.platform.database import Session
from app.reporting import repository
from app.reporting.events import (
    PausedSchedule,
    ReportDeliveriesSkipped,
    ReportDeliveryFailed,
    ReportDeliverySent,
    ReportSchedulePaused,
    SentReport,
    SkippedDeliveries,
    UnsentDelivery,
)
from app.reporting.messages import Message, failure_message, pause_message, report_message
from app.reporting.readers import reason_against
from app.reporting.types import (
    DeliveryState,
    LeftOut,
    PauseReason,
    ReportDelivery,
    ReportFile,
    ReportRecipient,
    ReportSchedule,
    SentTo,
)

NO_RECIPIENT = "none of the recipients may be sent the report"
NO_MAIL_SERVER = "no mail server is configured"


async def send(
    session: Session, schedule: ReportSchedule, delivery: ReportDelivery, made: ReportFile, most_bytes: int
) -> None:
    owner = await identity.get_user(session, schedule.owner_id)
    attached = len(made.content) <= most_bytes
    link = None if attached else f"{PUBLIC_URL}{report_path(schedule, delivery)}"
    message = report_message(schedule, owner.full_name, made, link)
    files = (Attachment(made.name, made.media_type, made.content),) if attached else ()
    sent = [await _send_to(session, delivery, one, message, files) for one in await _recipients(session, schedule)]
    if all(one.left_out is not None for one in sent):
        without_server = any(one.left_out is LeftOut.NO_MAIL_SERVER for one in sent)
        await fail(session, schedule, delivery, NO_MAIL_SERVER if without_server else NO_RECIPIENT, sent)
        return
    await repository.end_delivery(
        session,
        delivery.id,
        DeliveryState.SENT,
        clock.now(),
        file_name=made.name,
        size_bytes=len(made.content),
        attached=attached,
        recipients=sent,
    )
    after = SentReport(schedule.id, schedule.report, made.name, len(made.content), attached, sent)
    await events.record(session, ReportDeliverySent(subject_id=delivery.id, after=after))


async def _recipients(session: Session, schedule: ReportSchedule) -> list[SentTo]:
    """The recipients by name and address, as they are now."""
    ids = [one.user_id for one in schedule.recipients if one.user_id is not None]
    users = {user.id: user for user in await repository.users(session, ids, [])}

    def named(one: ReportRecipient) -> SentTo:
        if one.user_id is None:
            return SentTo(name="", email=one.email)
        user = users[one.user_id]
        return SentTo(user.full_name, user.id, user.email, left_out=reason_against(user))

    return [named(one) for one in schedule.recipients]


async def _send_to(
    session: Session, delivery: ReportDelivery, to: SentTo, message: Message, files: tuple[Attachment, ...]
) -> SentTo:
    if to.left_out is not None or to.email is None:
        return to
    new = NewEmail(
        to_name=to.name,
        to_email=to.email,
        subject=message.title,
        text=message.text,
        attachments=files,
        key=f"report/{delivery.id}",
    )
    email = await notifications.send_email(session, new)
    unsent = LeftOut.NO_MAIL_SERVER if email.state is EmailState.NOT_CONFIGURED else None
    return replace(to, email_id=email.id, left_out=unsent)


def report_path(schedule: ReportSchedule, delivery: ReportDelivery) -> str:
    """The address of the same report, for one who signs in."""
    first = delivery.since.astimezone(ZoneInfo(schedule.timezone))
    days = {"from": delivery.since.isoformat(), "to": delivery.until.isoformat()}
    wanted = {
        **({"month": f"{first:%Y-%m}"} if REPORTS_BY_NAME[schedule.report].printed else days),
        "project_id": schedule.project_id,
        "team_id": schedule.team_id,
        "scorecard_id": schedule.scorecard_id,
        "by": schedule.by,
        "format": schedule.format,
        "language": schedule.language,
    }
    query = urlencode({name: str(value) for name, value in wanted.items() if value is not None})
    return f"/v1/reports/{schedule.report}?{query}"


async def pause(session: Session, schedule: ReportSchedule, delivery: ReportDelivery, reason: PauseReason) -> None:
    """Stop a schedule whose owner may not read the report, and tell the administrators."""
    paused = replace(schedule, active=False, paused_reason=reason, next_due_at=None, version=schedule.version + 1)
    await repository.update_schedule(session, paused, expected=schedule.version)
    after = PausedSchedule(reason, schedule.owner_id)
    await events.record(session, ReportSchedulePaused(subject_id=schedule.id, after=after))
    owner = await identity.get_user(session, schedule.owner_id)
    told = pause_message(schedule, owner.full_name, reason)
    await _end_failed(session, delivery, told.text)
    for admin_id in await repository.admins(session):
        await _tell(session, admin_id, delivery, "paused", told)


async def fail(
    session: Session, schedule: ReportSchedule, delivery: ReportDelivery, reason: str, recipients: Sequence[SentTo] = ()
) -> None:
    if await _end_failed(session, delivery, reason, recipients):
        await _tell(session, schedule.owner_id, delivery, "failed", failure_message(schedule, reason))


async def skip(session: Session, delivery: ReportDelivery, reason: str) -> None:
    if await repository.end_delivery(session, delivery.id, DeliveryState.SKIPPED, clock.now(), reason=reason):
        after = SkippedDeliveries((delivery.due_at,), reason)
        await events.record(session, ReportDeliveriesSkipped(subject_id=delivery.schedule_id, after=after))


async def _end_failed(
    session: Session, delivery: ReportDelivery, reason: str, recipients: Sequence[SentTo] = ()
) -> bool:
    now = clock.now()
    ended = await repository.end_delivery(
        session, delivery.id, DeliveryState.FAILED, now, reason=reason, recipients=recipients
    )
    if ended:
        after = UnsentDelivery(delivery.schedule_id, reason)
        await events.record(session, ReportDeliveryFailed(subject_id=delivery.id, after=after))
    return ended


async def _tell(session: Session, user_id: UUID, delivery: ReportDelivery, occasion: str, told: Message) -> None:
    new = NewNotification(
        user_id=user_id,
        kind=f"report_schedule.{occasion}",
        title=told.title,
        text=told.text,
        link=f"/report-schedules/{delivery.schedule_id}",
        key=f"report_schedule.{occasion}/{delivery.id}",
    )
    await notifications.notify(session, new)
