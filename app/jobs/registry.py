"""Which kinds of job there are. Handlers are registered once, at start, in app.wiring."""

from app.jobs.types import JobKind

_kinds: dict[str, JobKind] = {}


def register(kind: JobKind) -> None:
    _kinds[kind.name] = kind


def kind_of(name: str) -> JobKind:
    return _kinds[name]


def queues() -> tuple[str, ...]:
    return tuple(sorted({kind.queue for kind in _kinds.values()}))
