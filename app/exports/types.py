"""The records of exports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ExportFormat(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


class ExportState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"
    # The file was removed: after its time, or because an administrator deleted it.
    EXPIRED = "expired"
    DELETED = "deleted"


UNFINISHED = (ExportState.QUEUED, ExportState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExport:
    """What is asked for. `tables` is None for everything."""

    tables: Sequence[str] | None
    format: ExportFormat
    recordings: bool
    requested_by: UUID


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the job of an export is: tables and recordings that are done."""

    done: float
    total: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export. `everything`: all tables were asked for. `snapshot_at`: the moment that its rows are of."""

    id: UUID
    tables: list[str]
    everything: bool
    format: ExportFormat
    recordings: bool
    state: ExportState
    requested_by: UUID
    job_id: UUID
    attempts: int
    snapshot_at: datetime | None
    row_count: int | None
    size_bytes: int | None
    sha256: bytes | None
    storage_key: str | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    files_removed_at: datetime | None
    progress: Progress | None

    @property
    def file_name(self) -> str:
        return f"qmt-export-{self.created_at:%Y-%m-%d}-{self.id}.zip"


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file in the archive."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class WrittenExport:
    """What was written. `row_count` is over all tables."""

    snapshot_at: datetime
    row_count: int
