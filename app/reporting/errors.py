"""The errors of scheduled reports."""

from app.platform.errors import Conflict, Forbidden


class NotScheduleOwner(Forbidden):
    code = "not_schedule_owner"
    title = "The schedule is another user's"


class OutsideRecipient(Forbidden):
    code = "outside_recipient"
    title = "Only an administrator sends reports outside"


class OwnerMayNotRead(Conflict):
    code = "owner_may_not_read_reports"
    title = "The owner of the schedule may not read reports"


class DeliveryRunning(Conflict):
    code = "delivery_running"
    title = "A delivery of the schedule is not finished"
