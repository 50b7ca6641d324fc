"""Which kinds of job there are. Handlers are registered once, at start, in app.wiring."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from app.jobs.context import JobContext
from app.platform.database import Session

JobHandler = Callable[[JobContext], Awaitable[None]]
FailureHandler = Callable[[Session, dict[str, Any], str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class JobKind:
    """How a kind of job is run.

    `queue`: which workers take it. `fair`: tenants take turns, however many such jobs each of them has waiting.
    `on_failure`: told in the transaction that gives the job up.
    """

    name: str
    handler: JobHandler
    queue: str = "default"
    fair: bool = False
    max_attempts: int = 5
    on_failure: FailureHandler | None = None


_kinds: dict[str, JobKind] = {}


def register(kind: JobKind) -> None:
    _kinds[kind.name] = kind


def kind_of(name: str) -> JobKind:
    return _kinds[name]


def kind_or_stand_in(name: str) -> JobKind:
    """The kind, or one that puts the job off: while releases are being exchanged, a newer worker may know it."""
    return _kinds.get(name) or JobKind(name, handler=_refuse, max_attempts=10)


def queues() -> tuple[str, ...]:
    return tuple(sorted({kind.queue for kind in _kinds.values()}))


async def _refuse(_: JobContext) -> None:
    raise LookupError("this worker does not know jobs of this kind")
