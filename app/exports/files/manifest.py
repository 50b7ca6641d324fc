"""manifest.json: what an archive holds, with checksums, and what it does not hold, with reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from app.exports.files.column_types import ColumnType
from app.exports.repository import Snapshot
from app.exports.tables import NOT_EXPORTED, TABLE_NAMES, TENANT_COLUMN, ExportedTable
from app.exports.types import Export, WrittenFile

# Of the manifest itself: a new number where a program that reads the old one would go wrong.
MANIFEST_VERSION = 1


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """A table in the archive. `rows_left_out`: how many rows its condition has kept out."""

    table: ExportedTable
    columns: Mapping[str, ColumnType]
    rows: int
    rows_left_out: int
    file: WrittenFile


@dataclass(frozen=True, slots=True)
class WrittenRecordings:
    """`faults`: files that are missing or differ from what was stored, each with the reason."""

    files: int
    size_bytes: int
    checksums: WrittenFile
    faults: Sequence[tuple[str, str]]


def manifest(
    tenant_id: UUID,
    export: Export,
    snapshot: Snapshot,
    tables: Sequence[WrittenTable],
    *,
    scripts: Sequence[WrittenFile],
    recordings: WrittenRecordings | None,
) -> bytes:
    """What the archive holds, what it does not hold and why. `scripts`: what loads the tables into DuckDB."""
    named = {written.table.name for written in tables}
    document = {
        "manifest_version": MANIFEST_VERSION,
        "schema_version": snapshot.schema_version,
        "export_id": export.id,
        "tenant": {"id": tenant_id, "slug": snapshot.slug, "name": snapshot.name},
        "requested_at": export.created_at,
        "requested_by": export.requested_by,
        "snapshot_at": snapshot.at,
        "period_of_calls": {"first": snapshot.first_call_at, "last": snapshot.last_call_at},
        "format": export.format,
        "rows": sum(written.rows for written in tables),
        "tables": [_table(written) for written in tables],
        "scripts": [_file(script) for script in scripts],
        "recordings": None if recordings is None else _recordings(recordings),
        "tables_not_asked_for": [name for name in TABLE_NAMES if name not in named],
        "tables_never_exported": NOT_EXPORTED,
        "column_never_exported": {TENANT_COLUMN: "the same in every row: the id of the tenant"},
    }
    return orjson.dumps(document, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z) + b"\n"


def _table(written: WrittenTable) -> dict[str, Any]:
    table = written.table
    return {
        "name": table.name,
        "description": table.description,
        **_file(written.file),
        "rows": written.rows,
        "columns": [{"name": name, "type": kind.text} for name, kind in written.columns.items()],
        "columns_left_out": dict(table.left_out),
        "rows_left_out": None
        if table.rows_left_out is None
        else {"rows": written.rows_left_out, "reason": table.rows_left_out},
    }


def _recordings(written: WrittenRecordings) -> dict[str, Any]:
    return {
        "files": written.files,
        "bytes": written.size_bytes,
        "checksums": _file(written.checksums),
        "faults": [{"file": name, "reason": reason} for name, reason in written.faults],
    }


def _file(written: WrittenFile) -> dict[str, Any]:
    return {"file": written.name, "bytes": written.size_bytes, "sha256": written.sha256}
