"""Metrics of jobs.

What is queued is read from the database when `/metrics` of the API is requested, so that it can be seen when every
worker is down. What a worker did is counted in its process and shown on `qmt worker --metrics-port`.
"""

from prometheus_client import Counter, Gauge, Histogram

from app.jobs import engine, repository
from app.jobs.registry import kinds_of_queue
from app.jobs.schedules import QUEUE
from app.platform.database import Session

ATTEMPTS = Counter("qmt_job_attempts_total", "Attempts at jobs", ["kind", "outcome"])
WAIT_SECONDS = Histogram(
    "qmt_job_wait_seconds",
    "Time from the creation of a job to its first attempt",
    ["kind"],
    buckets=(0.1, 0.5, 1, 2, 5, 15, 60, 300, 900, 3600, 6 * 3600),
)
SCHEDULE_ERRORS = Counter("qmt_schedule_errors_total", "Times that a schedule failed as a whole", ["schedule"])
_JOBS = Gauge("qmt_jobs", "Unfinished jobs", ["queue", "state"])
_OLDEST = Gauge("qmt_jobs_oldest_seconds", "Time since the oldest unfinished job was enqueued", ["queue", "state"])
_SCHEDULE_RETRIES = Gauge(
    "qmt_schedule_failures", "Jobs of a schedule that have failed and will be tried again", ["schedule"]
)


async def measure(session: Session) -> None:
    """Set the gauges to the present; the series of a state that has emptied disappears."""
    stats = await engine.queue_stats(session)
    _JOBS.clear()
    _OLDEST.clear()
    for row in stats:
        _JOBS.labels(row.queue, row.state).set(row.jobs)
        _OLDEST.labels(row.queue, row.state).set(row.oldest_s)
    schedules = kinds_of_queue(QUEUE)
    retries = await repository.count_retries(session, schedules)
    for schedule in schedules:
        _SCHEDULE_RETRIES.labels(schedule).set(retries.get(schedule, 0))
