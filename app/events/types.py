"""The records of the journal."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.events import merkle
from app.platform.actor import Actor


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event as the journal holds it. `transaction`: the number of the transaction that wrote it."""

    id: UUID
    tenant_id: UUID
    type: str
    occurred_at: datetime
    actor: Actor
    subject_type: str
    subject_id: UUID | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    transaction: int | None = None


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted: `since` is included, `until` is not."""

    type: str | None = None
    subject_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seal:
    """A sealed batch: the text of its columns, which is what its chained root covers (see app.events.merkle)."""

    columns: tuple[str, ...]
    chained_root: bytes

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
    def horizon(self) -> int:
        return int(self.columns[7])


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: who has noted it can tell later that nothing before it was changed or cut off."""

    number: int = 0
    chained_root: bytes = merkle.NO_ROOT
    horizon: int = 0


class FaultKind(StrEnum):
    EVENT_CHANGED = "event_changed"
    EVENT_MISSING = "event_missing"
    EVENT_INSERTED = "event_inserted"
    BATCH_CHANGED = "batch_changed"
    BATCH_MISSING = "batch_missing"


@dataclass(frozen=True, slots=True)
class JournalFault:
    kind: FaultKind
    detail: str
    batch: int | None = None
    event_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    sealed: int
    pending: int
    head: Head
    first_fault: JournalFault | None

    @property
    def valid(self) -> bool:
        return self.first_fault is None
