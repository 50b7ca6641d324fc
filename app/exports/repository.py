"""SQL of exports: their records, and the rows that they hold."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.exports.models import ExportModel
from app.exports.types import Export, ExportFormat, ExportState, Progress
from app.platform.database import Row, Session, Where
from app.platform.database.pages import Keyset, fetch_page
from app.platform.database.records import insert_record, read_as
from app.platform.pagination import Page, PageRequest

_SELECT = """
SELECT e.id, e.tables, e.everything, e.format, e.recordings, e.state, e.requested_by, e.job_id, e.attempts,
       e.snapshot_at, e.row_count, e.size_bytes, e.sha256, e.storage_key, e.error, e.created_at, e.finished_at,
       e.expires_at, e.files_removed_at, j.done, j.total, j.unit
FROM exports e LEFT JOIN jobs j ON j.id = e.job_id
"""
_NEWEST_FIRST = Keyset({"e.id": UUID}, descending=True)

# Requests of a tenant wait for each other, so that the limit holds for those that come at once.
_LOCK_REQUESTS = "SELECT pg_advisory_xact_lock(hashtextextended('exports ' || current_setting('app.tenant_id'), 0))"

_COUNT_UNFINISHED = "SELECT count(*) FROM exports WHERE state IN ('queued', 'running')"

_GET = f"{_SELECT} WHERE e.id = :id"

_LOCK = f"{_GET} FOR UPDATE OF e"

_BEGIN_ATTEMPT = """
UPDATE exports SET state = 'running', attempts = attempts + 1
WHERE id = :id AND state IN ('queued', 'running') RETURNING attempts
"""

_SET_READY = """
UPDATE exports SET state = 'ready', snapshot_at = :snapshot_at, row_count = :row_count, size_bytes = :size_bytes,
                   sha256 = :sha256, storage_key = :storage_key, finished_at = :finished_at, expires_at = :expires_at
WHERE id = :id AND state = 'running'
"""

_END = """
UPDATE exports SET state = :state, error = :error, finished_at = coalesce(finished_at, :finished_at)
WHERE id = :id AND state = ANY(:before)
"""

_SET_FILES_REMOVED = "UPDATE exports SET files_removed_at = :at WHERE id = :id AND files_removed_at IS NULL"

# Files that are there for nobody any more.
_DUE = """
e.files_removed_at IS NULL AND
(e.state IN ('failed', 'cancelled', 'deleted', 'expired') OR (e.state = 'ready' AND e.expires_at <= :now))
"""
_TENANTS_WITH_FILES_TO_REMOVE = f"SELECT DISTINCT e.tenant_id FROM exports e WHERE {_DUE}"  # noqa: S608 (our own text)
_FILES_TO_REMOVE = f"{_SELECT} WHERE {_DUE} ORDER BY e.id"

_WAS_DOWNLOADED = """
SELECT EXISTS (SELECT FROM events WHERE subject_id = :id AND type = :type AND actor_id = :actor_id)
"""

_COLUMN_TYPES = """
SELECT c.relname AS table_name, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relname = ANY(:tables) AND a.attnum > 0 AND NOT a.attisdropped
"""

_SNAPSHOT = """
SELECT now() AS at, t.slug, t.name, (SELECT version_num FROM alembic_version) AS schema_version,
       (SELECT min(started_at) FROM calls) AS first_call_at, (SELECT max(started_at) FROM calls) AS last_call_at,
       (SELECT count(*) FROM recordings) AS recordings
FROM tenants t
"""

_RECORDINGS = "SELECT id, storage_key, size_bytes, sha256, container FROM recordings ORDER BY id"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the manifest says of the moment that the rows are of. `recordings`: how many there are."""

    at: datetime
    slug: str
    name: str
    schema_version: str
    first_call_at: datetime | None
    last_call_at: datetime | None
    recordings: int


async def lock_requests(session: Session) -> int:
    """How many exports of the tenant are unfinished; no other request is let in before this transaction ends."""
    await session.fetch_value(_LOCK_REQUESTS)
    return int(await session.fetch_value(_COUNT_UNFINISHED))


async def insert(session: Session, export: Export) -> None:
    await insert_record(session, ExportModel, export)


async def get(session: Session, export_id: UUID) -> Export | None:
    row = await session.fetch_optional(_GET, id=export_id)
    return None if row is None else _read(row)


async def lock(session: Session, export_id: UUID) -> Export | None:
    row = await session.fetch_optional(_LOCK, id=export_id)
    return None if row is None else _read(row)


async def page_of_exports(session: Session, page: PageRequest, state: ExportState | None) -> Page[Export]:
    where = Where().given("e.state = :state", state=state)
    return await fetch_page(session, _SELECT, where, page, keyset=_NEWEST_FIRST, read=_read)


async def begin_attempt(session: Session, export_id: UUID) -> int | None:
    """The number of the attempt; None where the export is not wanted any more."""
    attempt: int | None = await session.fetch_value(_BEGIN_ATTEMPT, id=export_id)
    return attempt


async def set_ready(session: Session, export_id: UUID, **columns: Any) -> bool:
    """Whether it is ready now: it may have been cancelled meanwhile."""
    return await session.execute(_SET_READY, id=export_id, **columns) > 0


async def end(
    session: Session,
    export_id: UUID,
    state: ExportState,
    at: datetime,
    *,
    before: Sequence[ExportState],
    error: str | None = None,
) -> bool:
    """Bring an export from one of the states `before` to its end; whether it was in one of them."""
    states = [str(one) for one in before]
    changed = await session.execute(_END, id=export_id, state=str(state), error=error, finished_at=at, before=states)
    return changed > 0


async def set_files_removed(session: Session, export_id: UUID, at: datetime) -> bool:
    return await session.execute(_SET_FILES_REMOVED, id=export_id, at=at) > 0


async def was_downloaded(session: Session, export_id: UUID, event_type: str) -> bool:
    """Whether the journal has an event of this type by the one who acts in the session."""
    values = {"id": export_id, "type": event_type, "actor_id": session.actor.id}
    return bool(await session.fetch_value(_WAS_DOWNLOADED, **values))


async def tenants_with_files_to_remove(session: Session, now: datetime) -> list[UUID]:
    return await session.fetch_column(_TENANTS_WITH_FILES_TO_REMOVE, now=now)


async def files_to_remove(session: Session, now: datetime) -> list[Export]:
    return [_read(row) for row in await session.fetch_all(_FILES_TO_REMOVE, now=now)]


async def column_types(session: Session, tables: Sequence[str]) -> dict[str, dict[str, str]]:
    """The PostgreSQL types of the columns of each table, such as `numeric(5,2)`."""
    types: dict[str, dict[str, str]] = {table: {} for table in tables}
    for row in await session.fetch_all(_COLUMN_TYPES, tables=list(tables)):
        types[row.table_name][row.name] = row.type
    return types


async def read_snapshot(session: Session) -> Snapshot:
    return read_as(Snapshot, await session.fetch_one(_SNAPSHOT))


async def count_rows(session: Session, table: str, condition: str) -> int:
    """How many rows of a table meet the condition, both of them names and texts of our own."""
    return int(await session.fetch_value(f"SELECT count(*) FROM {table} WHERE {condition}"))  # noqa: S608


async def stream_recordings(session: Session) -> AsyncIterator[Row]:
    async for row in session.stream(_RECORDINGS):
        yield row


def _read(row: Row) -> Export:
    return read_as(
        Export,
        row,
        format=ExportFormat(row["format"]),
        state=ExportState(row.state),
        sha256=row.sha256 and bytes(row.sha256),
        progress=None if row.total is None else Progress(row.done, row.total, row.unit),
    )
