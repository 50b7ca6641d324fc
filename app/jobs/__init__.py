"""Work that outlives its request: queued in a transaction, run under a lease, finished once; and work by the clock."""

from app.jobs.context import JobContext
from app.jobs.errors import PermanentFailure
from app.jobs.metrics import measure
from app.jobs.registry import JobKind, queues, register
from app.jobs.runner import Runner
from app.jobs.schedules import DueJob, JobSchedule, Schedule
from app.jobs.service import enqueue, enqueue_once, get_job, remove_finished
from app.jobs.types import Job, JobState
from app.jobs.worker import Worker

__all__ = [
    "DueJob",
    "Job",
    "JobContext",
    "JobKind",
    "JobSchedule",
    "JobState",
    "PermanentFailure",
    "Runner",
    "Schedule",
    "Worker",
    "enqueue",
    "enqueue_once",
    "get_job",
    "measure",
    "queues",
    "register",
    "remove_finished",
]
