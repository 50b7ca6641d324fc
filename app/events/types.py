"""The records of the journal."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.events import merkle
from app.platform.actor import Actor

# The columns of a row as PostgreSQL prints them.
ColumnTexts = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event as the journal holds it."""

    id: UUID
    tenant_id: UUID
    type: str
    occurred_at: datetime
    actor: Actor
    subject_type: str
    subject_id: UUID | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted: `since` is included, `until` is not."""

    type: str | None = None
    subject_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The newest batch of a chain of seals. A note of it proves later that nothing up to it was changed or removed."""

    number: int = 0
    chained_root: bytes = merkle.NO_ROOT


@dataclass(frozen=True, slots=True)
class Seal:
    """A sealed batch: the text of its columns, which is what its chained root covers (see app.events.merkle)."""

    columns: tuple[str, ...]
    chained_root: bytes

    @property
    def tenant_id(self) -> UUID:
        return UUID(self.columns[0])

    @property
    def id(self) -> UUID:
        return UUID(self.columns[1])

    @property
    def number(self) -> int:
        return int(self.columns[2])

    @property
    def events(self) -> int:
        return int(self.columns[4])

    @property
    def root(self) -> bytes:
        return bytes.fromhex(self.columns[5])

    @property
    def previous_root(self) -> bytes:
        return bytes.fromhex(self.columns[6])

    @property
    def head(self) -> ChainHead:
        """The head of the chain that ends with this batch."""
        return ChainHead(self.number, self.chained_root)


@dataclass(frozen=True, slots=True)
class SealedEvent:
    """An entry of a batch and the event it names; `event` is None when there is no such event any more."""

    batch: int
    position: int
    event_id: UUID
    digest: bytes
    event: ColumnTexts | None


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place of the event that a consumer consumes next, and how often it has failed there."""

    next_batch: int
    next_position: int
    failures: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event for a consumer, with its place in the sealed order."""

    batch: int
    position: int
    event: RecordedEvent


class JournalFaultKind(StrEnum):
    EVENT_CHANGED = "event_changed"
    EVENT_MISSING = "event_missing"
    EVENT_INSERTED = "event_inserted"
    BATCH_CHANGED = "batch_changed"
    BATCH_MISSING = "batch_missing"


@dataclass(frozen=True, slots=True)
class JournalFault:
    kind: JournalFaultKind
    detail: str
    batch: int | None = None
    event_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """`head` is the end of the chain. `verified` is the last batch that was verified without a fault."""

    sealed: int
    pending: int
    head: ChainHead
    verified: ChainHead
    first_fault: JournalFault | None

    @property
    def valid(self) -> bool:
        return self.first_fault is None

    @property
    def complete(self) -> bool:
        """Whether there is nothing left to verify."""
        return self.first_fault is not None or self.verified.number >= self.head.number
