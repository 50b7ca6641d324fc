"""Jobs as their callers and handlers see them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    HELD = "held"  # waiting for another attempt after a transient failure


class PermanentFailure(Exception):
    """The job cannot succeed, now or later. The message is shown to people."""


class LeaseLost(Exception):
    """Another worker has the job: whatever this one still wants to write is refused."""


class HandedBack(Exception):
    """The worker is stopping: the job goes back to the queue as if it had not been begun."""


# Done, out of how much, of what.
Progress = tuple[float, float, str]


@dataclass(frozen=True, slots=True)
class Job:
    id: UUID
    kind: str
    state: JobState
    attempts: int
    done: float | None
    total: float | None
    unit: str | None
    error: str | None
    result: dict[str, Any] | None
    created_at: datetime
    finished_at: datetime | None
