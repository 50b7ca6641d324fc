"""Schedules of reports: who is sent which report, and when."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app import events, identity
from app.identity import Principal
from app.notifications import EmailState
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import Forbidden, require_found, require_version
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest
from app.reporting import repository
from app.reporting.checking import require_valid
from app.reporting.due_times import due_after
from app.reporting.errors import NotScheduleOwner, OutsideRecipient, OwnerMayNotRead
from app.reporting.events import ReportScheduleChanged, ReportScheduleCreated, ReportScheduleDeleted
from app.reporting.readers import may_read
from app.reporting.types import ReportDelivery, ReportRecipient, ReportSchedule, read_schedule

# The permission to send reports to people outside of the tenant, and to change the schedules of others.
ADMINISTER = "admin:write"
# What is shown to the recipients.
_CONTENT = ("report", "project_id", "team_id", "scorecard_id", "by")
_WHEN = ("every", "weekday", "day", "at", "timezone", "active")


async def create_schedule(session: Session, principal: Principal, **fields: Any) -> ReportSchedule:
    """A schedule of the one who asks. The time zone, if None, is the project's, or UTC."""
    derived = {"id": new_id(), "owner_id": principal.user_id, "version": 1, "created_at": clock.now()}
    unset = {"paused_reason": None, "next_due_at": None}
    recipients = _with_permission(principal, (), fields["recipients"])
    wanted = await _read(session, fields | derived | unset | {"recipients": recipients})
    schedule = await _checked(session, wanted)
    await repository.insert_schedule(session, schedule)
    await events.record(session, ReportScheduleCreated(subject_id=schedule.id, after=schedule))
    return schedule


async def get_schedule(session: Session, schedule_id: UUID) -> ReportSchedule:
    return require_found(await repository.schedule_by_id(session, schedule_id), "report schedule", schedule_id)


async def list_schedules(session: Session, page: PageRequest) -> Page[ReportSchedule]:
    return await repository.page_of_schedules(session, page)


async def change_schedule(
    session: Session, principal: Principal, schedule_id: UUID, version: int, changes: dict[str, Any]
) -> ReportSchedule:
    """Change the given fields. Only the owner and administrators may, and only they give it another owner."""
    before = await lock_own(session, principal, schedule_id)
    require_version(before.version, version, "report schedule")
    if "recipients" in changes:
        changes = changes | {"recipients": _with_permission(principal, before.recipients, changes["recipients"])}
    if changes.get("owner_id", before.owner_id) != before.owner_id and not principal.may(ADMINISTER):
        raise Forbidden("only an administrator gives a schedule another owner")
    wanted = await _read(session, asdict(before) | changes | {"version": version + 1})
    _require_same_content(principal, before, wanted)
    after = await _checked(session, wanted, before)
    await repository.update_schedule(session, after, expected=version)
    await events.record(session, ReportScheduleChanged(subject_id=schedule_id, before=before, after=after))
    return after


async def delete_schedule(session: Session, principal: Principal, schedule_id: UUID) -> None:
    """Delete the schedule and the list of what was sent; the journal keeps both."""
    before = await lock_own(session, principal, schedule_id)
    await repository.delete_schedule(session, schedule_id)
    await events.record(session, ReportScheduleDeleted(subject_id=schedule_id, before=before))


async def lock_own(session: Session, principal: Principal, schedule_id: UUID) -> ReportSchedule:
    """The schedule, locked, for its owner or an administrator; NotScheduleOwner for others."""
    found = require_found(await repository.lock_schedule(session, schedule_id), "report schedule", schedule_id)
    if found.owner_id != principal.user_id and not principal.may(ADMINISTER):
        raise NotScheduleOwner("only its owner and administrators change a schedule or send its report")
    return found


async def _checked(session: Session, wanted: ReportSchedule, before: ReportSchedule | None = None) -> ReportSchedule:
    """The schedule with its next due time."""
    await require_valid(session, wanted)
    if before is None or not before.active or wanted.owner_id != before.owner_id:
        await require_reader(session, wanted.owner_id)
    if not wanted.active:
        return replace(wanted, next_due_at=None)
    return replace(wanted, paused_reason=None, next_due_at=_next_due(wanted, before))


def _next_due(schedule: ReportSchedule, before: ReportSchedule | None) -> datetime:
    """What was due and is not sent yet stays due, unless the time itself was changed."""
    unchanged = before is not None and all(getattr(before, name) == getattr(schedule, name) for name in _WHEN)
    if before is not None and before.next_due_at is not None and unchanged:
        return before.next_due_at
    return due_after(schedule.when, clock.now())


async def _read(session: Session, fields: dict[str, Any]) -> ReportSchedule:
    zone = fields["timezone"] or await repository.zone_of_project(session, fields["project_id"])
    return read_schedule(fields | {"timezone": zone or "UTC"})


async def require_reader(session: Session, user_id: UUID) -> None:
    owner = await identity.get_user(session, user_id)
    if not owner.active or not may_read(owner.role):
        raise OwnerMayNotRead("the owner must be an active user who may read reports; an administrator names another")


def _require_same_content(principal: Principal, before: ReportSchedule, wanted: ReportSchedule) -> None:
    """An address outside was allowed for one report: for another one, an administrator allows it again."""
    outside = any(one.email is not None for one in wanted.recipients)
    changed = any(getattr(before, name) != getattr(wanted, name) for name in _CONTENT)
    if outside and changed and not principal.may(ADMINISTER):
        raise OutsideRecipient("only an administrator sends another report, or other filters, to addresses outside")


def _with_permission(
    principal: Principal, before: tuple[ReportRecipient, ...], wanted: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The recipients, each address with who allowed it. New addresses are an administrator's to give."""
    allowed = {one.email: one.allowed_by for one in before if one.email is not None}
    new = [one["email"] for one in wanted if one["email"] is not None and one["email"] not in allowed]
    if new and not principal.may(ADMINISTER):
        raise OutsideRecipient(f"only an administrator sends reports to addresses that are no user's: {', '.join(new)}")
    return [
        one | {"allowed_by": allowed.get(one["email"], principal.user_id) if one["email"] else None} for one in wanted
    ]


async def list_deliveries(
    session: Session, schedule_id: UUID, page: PageRequest
) -> tuple[Page[ReportDelivery], dict[UUID, EmailState]]:
    """What was sent, the newest first, and the states of those e-mails that are still in the outbox."""
    await get_schedule(session, schedule_id)
    found = await repository.page_of_deliveries(session, schedule_id, page)
    ids = [one.email_id for delivery in found.items for one in delivery.recipients if one.email_id is not None]
    states = await repository.email_states(session, ids)
    return found, {email_id: EmailState(state) for email_id, state in states.items()}
