"""Reports that are sent by the clock, as files by e-mail."""

from app.reporting.delivering import DELIVER
from app.reporting.due_times import Every, RelativePeriod
from app.reporting.errors import DeliveryRunning, NotScheduleOwner, OutsideRecipient, OwnerMayNotRead
from app.reporting.scheduling import DUE_REPORTS, send_now
from app.reporting.service import (
    change_schedule,
    create_schedule,
    delete_schedule,
    get_schedule,
    list_deliveries,
    list_schedules,
)
from app.reporting.types import (
    MAX_RECIPIENTS,
    DeliveryState,
    LeftOut,
    PauseReason,
    ReportDelivery,
    ReportRecipient,
    ReportSchedule,
    SentTo,
)

__all__ = [
    "DELIVER",
    "DUE_REPORTS",
    "MAX_RECIPIENTS",
    "DeliveryRunning",
    "DeliveryState",
    "Every",
    "LeftOut",
    "NotScheduleOwner",
    "OutsideRecipient",
    "OwnerMayNotRead",
    "PauseReason",
    "RelativePeriod",
    "ReportDelivery",
    "ReportRecipient",
    "ReportSchedule",
    "SentTo",
    "change_schedule",
    "create_schedule",
    "delete_schedule",
    "get_schedule",
    "list_deliveries",
    "list_schedules",
    "send_now",
]
