"""Work that outlives its request: enqueued in a transaction, run under a lease, finished once."""

from app.jobs.context import JobContext
from app.jobs.metrics import measure
from app.jobs.registry import JobKind, register
from app.jobs.service import enqueue, enqueue_once, get_job
from app.jobs.types import Job, JobState, PermanentFailure

__all__ = [
    "Job",
    "JobContext",
    "JobKind",
    "JobState",
    "PermanentFailure",
    "enqueue",
    "enqueue_once",
    "get_job",
    "measure",
    "register",
]
