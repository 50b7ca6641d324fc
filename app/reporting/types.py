"""The records of scheduled reports: schedules, their recipients, and what was sent."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.reporting.due_times import Every, RelativePeriod, When

MAX_RECIPIENTS = 20


@dataclass(frozen=True, slots=True)
class ReportRecipient:
    """A user, or an address outside of the tenant and the administrator who allowed it."""

    user_id: UUID | None = None
    email: str | None = None
    allowed_by: UUID | None = None


class PauseReason(StrEnum):
    """Why the service itself stopped a schedule."""

    OWNER_INACTIVE = "owner_inactive"
    OWNER_MAY_NOT_READ_REPORTS = "owner_may_not_read_reports"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSchedule:
    """A report that is sent by the clock. It shows what its owner may read.

    `by`: the groups of the report, where it has a choice of them. `at`: the local time of day in `timezone`.
    `next_due_at`: None where the schedule is not active.
    """

    id: UUID
    name: str
    owner_id: UUID
    report: str
    format: str
    language: str
    locale: str
    bom: bool
    project_id: UUID | None
    team_id: UUID | None
    scorecard_id: UUID | None
    by: str | None
    period: RelativePeriod
    every: Every
    weekday: int | None
    day: int | None
    at: time
    timezone: str
    recipients: tuple[ReportRecipient, ...]
    active: bool
    paused_reason: PauseReason | None
    next_due_at: datetime | None
    version: int
    created_at: datetime

    @property
    def when(self) -> When:
        return When(self.every, self.at, ZoneInfo(self.timezone), self.weekday, self.day)


def read_schedule(fields: dict[str, Any]) -> ReportSchedule:
    """A schedule from fields as they are stored or sent; ValueError where one of them has no such value."""
    paused = fields["paused_reason"]
    typed = {
        "period": RelativePeriod(fields["period"]),
        "every": Every(fields["every"]),
        "recipients": tuple(map(_recipient, fields["recipients"])),
        "paused_reason": None if paused is None else PauseReason(paused),
    }
    return ReportSchedule(**fields | typed)


class DeliveryState(StrEnum):
    QUEUED = "queued"
    # The e-mails are in the outbox.
    SENT = "sent"
    # Its time passed while no worker ran or while an earlier one was not done, or the schedule was stopped.
    SKIPPED = "skipped"
    FAILED = "failed"


class LeftOut(StrEnum):
    """Why a recipient gets nothing."""

    INACTIVE = "inactive"
    MAY_NOT_READ_REPORTS = "may_not_read_reports"
    NO_MAIL_SERVER = "no_mail_server"


@dataclass(frozen=True, slots=True)
class SentTo:
    """A recipient of a delivery, and the e-mail; or why there is none."""

    name: str
    user_id: UUID | None = None
    email: str | None = None
    email_id: UUID | None = None
    left_out: LeftOut | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDelivery:
    """A report of one due time. `since`, `until`: the calls that it is about.

    `requested_by`: the user who asked for it; None: the clock. `attached`: whether the file went with the e-mails; a
    large one is a link there.
    """

    id: UUID
    schedule_id: UUID
    due_at: datetime
    requested_by: UUID | None
    since: datetime
    until: datetime
    state: DeliveryState
    reason: str | None
    file_name: str | None
    size_bytes: int | None
    attached: bool | None
    recipients: tuple[SentTo, ...]
    job_id: UUID | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report as a file. about: its period and filters in words."""

    title: str
    about: str
    name: str
    media_type: str
    content: bytes


def read_delivery(fields: dict[str, Any]) -> ReportDelivery:
    typed = {
        "state": DeliveryState(fields["state"]),
        "recipients": tuple(map(_sent_to, fields["recipients"])),
    }
    return ReportDelivery(**fields | typed)


def _recipient(document: ReportRecipient | dict[str, Any]) -> ReportRecipient:
    if isinstance(document, ReportRecipient):
        return document
    user_id, allowed_by = (_id(document.get(name)) for name in ("user_id", "allowed_by"))
    return ReportRecipient(user_id, document.get("email"), allowed_by)


def _sent_to(document: dict[str, Any]) -> SentTo:
    left_out = document["left_out"]
    return SentTo(
        name=document["name"],
        user_id=_id(document["user_id"]),
        email=document["email"],
        email_id=_id(document["email_id"]),
        left_out=None if left_out is None else LeftOut(left_out),
    )


def _id(text: str | UUID | None) -> UUID | None:
    return UUID(text) if isinstance(text, str) else text
