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
    WAITING_FOR_RETRY = "held"


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


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """A job that this worker holds the lease of. `waited_s`: from its creation until now."""

    kind: str
    payload: dict[str, Any]
    attempts: int
    waited_s: float
