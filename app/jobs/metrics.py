"""Metrics of jobs.

What waits in the queues is asked of the database when `/metrics` of the API is read: every worker being down is when
one most wants to know it. What workers did (`qmt_job_attempts_total`) is counted in the process that did it; a
worker shows its own on `qmt worker --metrics-port`.
"""

from prometheus_client import Counter, Gauge

from app.jobs import engine
from app.platform.database import Session

ATTEMPTS = Counter("qmt_job_attempts_total", "Attempts at jobs", ["kind", "outcome"])
_JOBS = Gauge("qmt_jobs", "Jobs that are not finished", ["queue", "state"])
_OLDEST = Gauge("qmt_jobs_oldest_seconds", "Time since the oldest of them was enqueued", ["queue", "state"])


async def measure(session: Session) -> None:
    """Set the gauges to the present; a state that has emptied disappears."""
    present = await engine.census(session)
    _JOBS.clear()
    _OLDEST.clear()
    for row in present:
        _JOBS.labels(row.queue, row.state).set(row.jobs)
        _OLDEST.labels(row.queue, row.state).set(row.oldest_s)
