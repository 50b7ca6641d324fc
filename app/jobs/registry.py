"""The kinds of job. `app.wiring` registers them once, at start."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from app.jobs.context import JobContext
from app.platform.database import Session

JobHandler = Callable[[JobContext], Awaitable[None]]
FailureHandler = Callable[[Session, dict[str, Any], str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class JobKind:
    """How jobs of a kind are run.

    `queue`: the workers of this queue take them.
    `fair`: tenants take turns, however many such jobs each of them has queued.
    `max_attempts`: after that many the job fails. None: it is tried until it succeeds, whatever the error.
    `time_limit_s`: an attempt that takes longer is cancelled and counts as failed.
    `keep_result`: whether the job can be read after its success; a failed job always can.
    `on_failure`: called with payload and reason in the transaction in which the job fails.
    """

    name: str
    handler: JobHandler
    queue: str = "default"
    fair: bool = False
    max_attempts: int | None = 5
    time_limit_s: float | None = None
    keep_result: bool = True
    on_failure: FailureHandler | None = None

    def is_last(self, attempt: int) -> bool:
        return self.max_attempts is not None and attempt >= self.max_attempts


_kinds: dict[str, JobKind] = {}


def register(kind: JobKind) -> None:
    _kinds[kind.name] = kind


def kind_of(name: str) -> JobKind:
    return _kinds[name]


def kind_or_fallback(name: str) -> JobKind:
    """The kind. For an unknown one a kind that fails for now: during a release, a newer worker may know it."""
    return _kinds.get(name) or JobKind(name, handler=_fail, max_attempts=10)


def kinds_of_queue(queue: str) -> tuple[str, ...]:
    return tuple(sorted(kind.name for kind in _kinds.values() if kind.queue == queue))


def queues() -> tuple[str, ...]:
    return tuple(sorted({kind.queue for kind in _kinds.values()}))


async def _fail(_: JobContext) -> None:
    raise LookupError("this worker does not know jobs of this kind")
