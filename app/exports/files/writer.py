"""Writes the archive of an export: the tables as of one moment, the recordings, the manifest."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from app.exports import repository
from app.exports.files.archive import Archive, ArchiveFile, Sink
from app.exports.files.column_types import ColumnType, column_type
from app.exports.files.duckdb import LOAD_FILE, SCHEMA_FILE, load_script, schema_script
from app.exports.files.encoding import make_encoder, rows_query
from app.exports.files.manifest import WrittenTable, manifest
from app.exports.files.recordings import list_recordings, write_recordings
from app.exports.tables import ExportedTable, tables_named
from app.exports.types import Export, ExportFormat, WrittenExport
from app.platform.database import Database, Session, Tenant
from app.platform.storage import ObjectStore

# Called often: notes how many of how many files are done, and raises where the export has to end.
Checkpoint = Callable[[int, int], Awaitable[None]]


@dataclass(frozen=True)
class ExportWriter:
    database: Database
    store: ObjectStore
    tenant_id: UUID
    checkpoint: Checkpoint

    async def write(self, export: Export, sink: Sink) -> WrittenExport:
        """Send the archive to `sink`, block by block. The snapshot ends before the recordings are read."""
        tables = tables_named(export.tables)
        listing = None
        async with self.database.begin_snapshot(Tenant(self.tenant_id)) as session:
            snapshot = await repository.read_snapshot(session)
            total = len(tables) + (snapshot.recordings if export.recordings else 0)
            archive = Archive(sink, snapshot.at)
            written = await self._write_tables(session, archive, tables, export.format, total)
            if export.recordings:
                listing = await list_recordings(session)
        recordings = None
        if listing is not None:

            async def after_each(done: int) -> None:
                await self.checkpoint(len(tables) + done, total)

            recordings = await write_recordings(self.store, archive, listing, after_each)
        scripts = [
            await archive.add(SCHEMA_FILE, schema_script(written)),
            await archive.add(LOAD_FILE, load_script(written, export.format)),
        ]
        document = manifest(self.tenant_id, export, snapshot, written, scripts=scripts, recordings=recordings)
        await archive.add("manifest.json", document)
        await archive.close()
        return WrittenExport(snapshot.at, sum(table.rows for table in written))

    async def _write_tables(
        self, session: Session, archive: Archive, tables: list[ExportedTable], file_format: ExportFormat, total: int
    ) -> list[WrittenTable]:
        types = await repository.column_types(session, [table.name for table in tables])
        written: list[WrittenTable] = []

        async def check() -> None:
            await self.checkpoint(len(written), total)

        for table in tables:
            columns = {name: column_type(types[table.name][name]) for name in table.column_names}
            written.append(await _write_table(session, archive, table, _Encoding(file_format, columns, check)))
        await check()
        return written


@dataclass(frozen=True)
class _Encoding:
    """How a table is written. `check` is called before each block."""

    file_format: ExportFormat
    columns: Mapping[str, ColumnType]
    check: Callable[[], Awaitable[None]]


async def _write_table(session: Session, archive: Archive, table: ExportedTable, encoding: _Encoding) -> WrittenTable:
    # Parquet is compressed already.
    compress = encoding.file_format is not ExportFormat.PARQUET
    async with archive.file(f"{table.name}.{encoding.file_format}", compress=compress) as file:
        rows = await _copy_rows(session, table, encoding, file)
    left_out = 0 if table.rows is None else await repository.count_rows(session, table.name, f"NOT ({table.rows})")
    return WrittenTable(table, encoding.columns, rows, left_out, file.written)


async def _copy_rows(session: Session, table: ExportedTable, encoding: _Encoding, file: ArchiveFile) -> int:
    encoder = make_encoder(encoding.file_format, encoding.columns)
    block = bytearray()

    async def take(rows: bytes) -> None:
        block.extend(rows)
        if len(block) >= encoder.block_bytes:
            await flush()

    async def flush() -> None:
        await encoding.check()
        full = bytes(block)
        block.clear()
        await file.write(full, encoder.encode)

    query = rows_query(table, encoding.columns, encoding.file_format)
    count = await session.copy_out(query, take, file_format=encoder.copy_format)
    if block:
        await flush()
    await file.write(b"", lambda _: encoder.finish())
    return count
