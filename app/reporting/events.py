"""The events of scheduled reports. Who was sent which report can be read from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.events import DomainEvent
from app.reporting.types import PauseReason, ReportSchedule, SentTo


@dataclass(frozen=True, kw_only=True)
class ReportScheduleCreated(DomainEvent):
    """A report is to be sent by the clock."""

    name = "report_schedule.created"
    subject_type = "report_schedule"
    after: ReportSchedule


@dataclass(frozen=True, kw_only=True)
class ReportScheduleChanged(DomainEvent):
    """A schedule of a report was changed."""

    name = "report_schedule.changed"
    subject_type = "report_schedule"
    before: ReportSchedule
    after: ReportSchedule


@dataclass(frozen=True, kw_only=True)
class ReportScheduleDeleted(DomainEvent):
    """A schedule of a report was deleted, with the list of what was sent."""

    name = "report_schedule.deleted"
    subject_type = "report_schedule"
    before: ReportSchedule


@dataclass(frozen=True, slots=True)
class PausedSchedule:
    reason: PauseReason
    owner_id: UUID


@dataclass(frozen=True, kw_only=True)
class ReportSchedulePaused(DomainEvent):
    """The service stopped a schedule, because its owner may not read the report any more."""

    name = "report_schedule.paused"
    subject_type = "report_schedule"
    after: PausedSchedule


@dataclass(frozen=True, slots=True)
class QueuedDelivery:
    """`since`, `until`: the calls that the report is about. `requested_by`: None where the clock asked for it."""

    schedule_id: UUID
    due_at: datetime
    since: datetime
    until: datetime
    requested_by: UUID | None


@dataclass(frozen=True, kw_only=True)
class ReportDeliveryQueued(DomainEvent):
    """A report is to be made and sent."""

    name = "report_delivery.queued"
    subject_type = "report_delivery"
    after: QueuedDelivery


@dataclass(frozen=True, slots=True)
class SentReport:
    """`attached`: the file went with the e-mails; otherwise they have a link."""

    schedule_id: UUID
    report: str
    file_name: str
    size_bytes: int
    attached: bool
    recipients: Sequence[SentTo]


@dataclass(frozen=True, kw_only=True)
class ReportDeliverySent(DomainEvent):
    """The e-mails with a report were put into the outbox."""

    name = "report_delivery.sent"
    subject_type = "report_delivery"
    after: SentReport


@dataclass(frozen=True, slots=True)
class UnsentDelivery:
    schedule_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class ReportDeliveryFailed(DomainEvent):
    """A report was not sent."""

    name = "report_delivery.failed"
    subject_type = "report_delivery"
    after: UnsentDelivery


@dataclass(frozen=True, slots=True)
class SkippedDeliveries:
    """`due_at`: the times at which nothing was sent."""

    due_at: Sequence[datetime]
    reason: str


@dataclass(frozen=True, kw_only=True)
class ReportDeliveriesSkipped(DomainEvent):
    """Due times of a schedule passed without a report."""

    name = "report_schedule.skipped"
    subject_type = "report_schedule"
    after: SkippedDeliveries
