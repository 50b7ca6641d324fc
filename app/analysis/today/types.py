"""What the report of today consists of: entries, each with the most important few."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.analysis.coverage.types import Tally
from app.analysis.sentences import Sentences
from app.platform.clock import Period

# So many of each entry are shown; the link leads to all of them.
MOST_SHOWN = 5
# For an assignment in the pool, and a fault check without a checker.
NOBODY = "(none)"


class EntryKind(StrEnum):
    """What may need a leader, in the order in which it is shown."""

    COVERAGE = "coverage"
    AGENTS_NOT_EVALUATED = "agents_not_evaluated"
    FAILED_DRAWS = "failed_draws"
    FAILED_JOBS = "failed_jobs"
    FAILED_EMAILS = "failed_emails"
    BACKLOG = "backlog"
    AGENTS_OUTSIDE_LIMITS = "agents_outside_limits"
    PROCESS_FAULTS = "process_faults"
    SESSIONS_TODAY = "sessions_today"
    RESULTS_WAITING = "results_waiting"
    FAULT_CHECKS = "fault_checks"
    DOUBLE_SCORES = "double_scores"


@dataclass(frozen=True, slots=True)
class Item:
    """One of an entry. `count` and `at` are what its entry says; `link` is where to act, as a path of the API."""

    id: UUID | None
    name: str
    text: Sentences
    link: str | None
    count: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """`count` of something; `items` are the most important few of them."""

    kind: EntryKind
    count: int
    items: tuple[Item, ...]
    link: str | None

    @classmethod
    def of(cls, kind: EntryKind, items: Sequence[Item], link: str) -> "Entry":
        """The entry of all these, most important first."""
        return cls(kind, len(items), tuple(items[:MOST_SHOWN]), link)


@dataclass(frozen=True, slots=True)
class TodayRow:
    """One item of an entry, as files hold it."""

    entry: Entry
    item: Item


@dataclass(frozen=True, slots=True)
class TodayReport:
    """`period`: that of coverage and errors. `failures_since`: that of failures. `day`: that of sessions."""

    at: datetime
    period: Period
    failures_since: datetime
    tally: Tally
    entries: tuple[Entry, ...]

    def entry(self, kind: EntryKind) -> Entry:
        return next(entry for entry in self.entries if entry.kind is kind)

    @property
    def rows(self) -> Iterator[TodayRow]:
        for entry in self.entries:
            yield from (TodayRow(entry, item) for item in entry.items)


class Happening(NamedTuple):
    """Something that failed or waits: one of `total`. `state` and `message` are what its kind has of them."""

    kind: EntryKind
    total: int
    id: UUID
    name: str
    at: datetime
    state: str
    message: str


class OpenWork(NamedTuple):
    """`n` of `total` that one person has to do; no person: nobody has it. `at`: due date, or age, of the oldest."""

    kind: EntryKind
    total: int
    id: UUID | None
    name: str | None
    n: int
    overdue: int
    at: datetime


class ItemWeight(NamedTuple):
    """The weight of an item in the present version of its scorecard, in percent."""

    scorecard_id: UUID
    item: str
    weight: float
