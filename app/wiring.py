"""Where the packages are connected: who hears of which event, who runs which kind of job, what comes round.

API and worker connect the same things, so that a job can be enqueued by either and a subscriber hears both.
"""

from app.jobs.worker import Schedule
from app.platform.uow import Database


def connect() -> None:
    """Register every subscriber and job kind; doing it again changes nothing."""


def schedules(_database: Database) -> tuple[Schedule, ...]:
    """What the workers do by the clock."""
    return ()
