"""Event types that only tests record."""

from dataclasses import dataclass

from app.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class RowsPrepared(DomainEvent):
    """A test wrote rows past the services."""

    name = "test.prepared"
    subject_type = "test"


@dataclass(frozen=True, kw_only=True)
class JobDone(DomainEvent):
    """A job of a test did its work."""

    name = "test.done"
    subject_type = "job"


@dataclass(frozen=True, kw_only=True)
class JobGivenUp(DomainEvent):
    """A job of a test was given up."""

    name = "test.given_up"
    subject_type = "test"
    after: dict[str, str]
