"""The events of exports. Who has taken data out of the service can be read from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.events import DomainEvent
from app.exports.types import ExportFormat


@dataclass(frozen=True, slots=True)
class RequestedExport:
    """`everything`: all tables were asked for."""

    tables: Sequence[str]
    everything: bool
    format: ExportFormat
    recordings: bool
    requested_by: UUID


@dataclass(frozen=True, kw_only=True)
class ExportRequested(DomainEvent):
    """Somebody asked for an export."""

    name = "export.requested"
    subject_type = "export"
    after: RequestedExport


@dataclass(frozen=True, slots=True)
class StartedExport:
    attempt: int


@dataclass(frozen=True, kw_only=True)
class ExportStarted(DomainEvent):
    """An attempt to write an export began."""

    name = "export.started"
    subject_type = "export"
    after: StartedExport


@dataclass(frozen=True, slots=True)
class ReadyExport:
    """`snapshot_at`: the moment that the rows are of. `sha256` is that of the file, in hexadecimal."""

    snapshot_at: datetime
    row_count: int
    size_bytes: int
    sha256: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class ExportReady(DomainEvent):
    """An export can be downloaded."""

    name = "export.ready"
    subject_type = "export"
    after: ReadyExport


@dataclass(frozen=True, slots=True)
class FailedExport:
    error: str


@dataclass(frozen=True, kw_only=True)
class ExportFailed(DomainEvent):
    """An export was given up."""

    name = "export.failed"
    subject_type = "export"
    after: FailedExport


@dataclass(frozen=True, kw_only=True)
class ExportDownloaded(DomainEvent):
    """Somebody downloads an export. Fetching the rest of it later is no event of its own."""

    name = "export.downloaded"
    subject_type = "export"


@dataclass(frozen=True, kw_only=True)
class ExportCancelled(DomainEvent):
    """An export was cancelled before it was ready."""

    name = "export.cancelled"
    subject_type = "export"


@dataclass(frozen=True, kw_only=True)
class ExportDeleted(DomainEvent):
    """Somebody deleted the file of an export."""

    name = "export.deleted"
    subject_type = "export"


@dataclass(frozen=True, kw_only=True)
class ExportExpired(DomainEvent):
    """The time of an export is over: it cannot be downloaded any more."""

    name = "export.expired"
    subject_type = "export"


@dataclass(frozen=True, kw_only=True)
class ExportFileRemoved(DomainEvent):
    """Nothing of an export is left in the object store."""

    name = "export.file_removed"
    subject_type = "export"
