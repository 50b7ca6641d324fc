"""SQL of calls and recordings: calls are written by the thousand and read by page.

Agents and projects, to which calls have foreign keys, belong to a package below.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from app.calls.models import RecordingModel
from app.calls.types import Call, CallFilter, CallKey, NewCall, Recording
from app.platform.database import Row, Session, Where, escape_like
from app.platform.database.pages import Keyset, fetch_page
from app.platform.database.records import insert_row, read_as
from app.platform.exact_json import read_stored_json, write_json
from app.platform.pagination import Page, PageRequest, moment_of

# The columns that a source reports, with the types of the arrays in which they are sent. An array of arrays of unequal
# lengths cannot be a parameter, so that tags and roles are sent as texts.
_SENT_AS = {
    "id": "uuid",
    "source": "text",
    "external_id": "text",
    "project_id": "uuid",
    "agent_id": "uuid",
    "started_at": "timestamptz",
    "duration_s": "numeric",
    "direction": "text",
    "language": "text",
    "hold_s": "numeric",
    "hold_count": "int",
    "csat": "smallint",
    "complaint": "bool",
    "customer_ref": "text",
    "tags": "text",
    "attributes": "text",
    "recording_url": "text",
    "channel_roles": "text",
}
_STORED_AS = {"tags": "text[]", "attributes": "jsonb", "channel_roles": "text[]"}
_KEY = ("id", "source", "external_id")


def _each(template: str, *, but: tuple[str, ...] = ()) -> str:
    """The template once for each reported column, in order."""
    names = [name for name in _SENT_AS if name not in but]
    return ", ".join(template.format(name=name, sent=_SENT_AS[name], stored=_STORED_AS.get(name)) for name in names)


def _upsert() -> str:
    """One statement for any number of rows. A row that has not changed is neither written nor returned."""
    values = ", ".join(f"{name}::{_STORED_AS[name]}" if name in _STORED_AS else name for name in _SENT_AS)
    return f"""
INSERT INTO calls AS c (tenant_id, {_each("{name}")})
SELECT :tenant_id, {values}
FROM unnest({_each(":{name}::{sent}[]")}) AS new ({_each("{name}")})
ON CONFLICT (tenant_id, source, external_id) DO UPDATE SET
    {_each("{name} = excluded.{name}", but=_KEY)}, updated_at = now()
WHERE ({_each("c.{name}", but=_KEY)}) IS DISTINCT FROM ({_each("excluded.{name}", but=_KEY)})
RETURNING id, source, external_id
"""  # noqa: S608 (names of our own columns)


_UPSERT = _upsert()
_REFERENCES = """
SELECT id, external_id FROM agents WHERE external_id = ANY(:agents::text[])
UNION ALL
SELECT id, NULL FROM projects WHERE id = ANY(:projects::uuid[])
"""
_BY_KEY = """
SELECT c.id, c.source, c.external_id
FROM calls c
JOIN unnest(:sources::text[], :external_ids::text[]) AS key (source, external_id) USING (source, external_id)
"""
_SELECT = """
SELECT c.id, c.source, c.external_id, c.project_id, c.agent_id, a.external_id AS agent_external_id, c.started_at,
    c.duration_s, c.direction, c.language, c.hold_s, c.hold_count, c.csat, c.complaint, c.customer_ref, c.tags,
    c.attributes::text AS attributes, c.recording_url, c.channel_roles, c.created_at, c.updated_at,
    r.id AS recording_id, r.storage_key, encode(r.sha256, 'hex') AS sha256, r.size_bytes, r.media_type, r.container,
    r.codec, r.channels, r.sample_rate, r.duration_s AS recorded_s, r.created_at AS recorded_at
FROM calls c
LEFT JOIN agents a ON (a.tenant_id, a.id) = (c.tenant_id, c.agent_id)
LEFT JOIN LATERAL (
    SELECT * FROM recordings WHERE (tenant_id, call_id) = (c.tenant_id, c.id) ORDER BY id DESC LIMIT 1
) r ON true
"""

_BEGINS_WITH = """
c.external_id ILIKE :q OR c.customer_ref ILIKE :q OR EXISTS (SELECT FROM unnest(c.tags) AS tag WHERE tag ILIKE :q)
"""
_NEWEST_FIRST = Keyset({"c.started_at": moment_of, "c.id": UUID}, descending=True)

_RECORDING = """
SELECT id, call_id, storage_key, encode(sha256, 'hex') AS sha256, size_bytes, media_type, container, codec, channels,
    sample_rate, duration_s, created_at
FROM recordings
"""
_OF_CALL = tuple(field.name for field in fields(Call) if field.name not in ("attributes", "recording"))
_OF_RECORDING = tuple(field.name for field in fields(Recording))


class References(NamedTuple):
    """What the reported calls refer to, as far as it exists: agents by external id, and projects."""

    agents: Mapping[str, UUID]
    projects: frozenset[UUID]


async def references(session: Session, rows: Iterable[NewCall]) -> References:
    agents: set[str] = set()
    projects: set[UUID] = set()
    for row in rows:
        projects.add(row.project_id)
        if row.agent_external_id is not None:
            agents.add(row.agent_external_id)
    found = await session.fetch_all(_REFERENCES, agents=list(agents), projects=list(projects))
    return References(
        agents={row.external_id: row.id for row in found if row.external_id is not None},
        projects=frozenset(row.id for row in found if row.external_id is None),
    )


async def upsert(
    session: Session, rows: Sequence[NewCall], ids: Sequence[UUID], agents: Mapping[str, UUID]
) -> dict[CallKey, UUID]:
    """Write the rows that are new or differ; the ids of those, which for a known call is not the one offered.

    Keys must be distinct.
    """
    values = (_values(row, call_id, agents) for row, call_id in zip(rows, ids, strict=True))
    columns = dict(zip(_SENT_AS, zip(*values, strict=True), strict=True))
    return _by_key(await session.fetch_all(_UPSERT, tenant_id=session.tenant_id, **columns))


def _values(row: NewCall, call_id: UUID, agents: Mapping[str, UUID]) -> tuple[Any, ...]:
    """The row in the order of the columns that are sent."""
    return (
        call_id,
        row.source,
        row.external_id,
        row.project_id,
        None if row.agent_external_id is None else agents[row.agent_external_id],
        row.started_at,
        row.duration_s,
        row.direction,
        row.language,
        row.hold_s,
        row.hold_count,
        row.csat,
        row.complaint,
        row.customer_ref,
        _array(tuple(row.tags)),
        write_json(row.attributes).decode(),
        row.recording_url,
        None if row.channel_roles is None else _array(tuple(row.channel_roles)),
    )


async def ids_by_key(session: Session, keys: Sequence[CallKey]) -> dict[CallKey, UUID]:
    sources, external_ids = zip(*keys, strict=True)
    return _by_key(await session.fetch_all(_BY_KEY, sources=sources, external_ids=external_ids))


def _by_key(rows: Iterable[Any]) -> dict[CallKey, UUID]:
    return {(source, external_id): call_id for call_id, source, external_id in rows}


@lru_cache(maxsize=4096)
def _array(texts: tuple[str, ...]) -> str:
    """A PostgreSQL array literal: an array of arrays of unequal lengths cannot be a parameter.

    Remembered, because the same few tags and roles come with every call.
    """
    return "{" + ",".join('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts) + "}"


async def calls_by_id(session: Session, call_ids: Iterable[UUID]) -> list[Call]:
    rows = await session.fetch_all(f"{_SELECT} WHERE c.id = ANY(:call_ids)", call_ids=list(call_ids))
    return [_call(row) for row in rows]


async def call_by_id(session: Session, call_id: UUID) -> Call | None:
    row = await session.fetch_optional(f"{_SELECT} WHERE c.id = :call_id", call_id=call_id)
    return None if row is None else _call(row)


async def page_of_calls(session: Session, wanted: CallFilter, where: Where, page: PageRequest) -> Page[Call]:
    return await fetch_page(session, _SELECT, _filtered(where, wanted), page, keyset=_NEWEST_FIRST, read=_call)


def _filtered(where: Where, wanted: CallFilter) -> Where:
    return (
        where.given("c.project_id = :project_id", project_id=wanted.project_id)
        .given("c.agent_id = :agent_id", agent_id=wanted.agent_id)
        .given("a.team_id = :team_id", team_id=wanted.team_id)
        .given("c.started_at >= :since", since=wanted.since)
        .given("c.started_at < :until", until=wanted.until)
        .given("c.complaint = :complaint", complaint=wanted.complaint)
        .given("c.csat <= :csat_max", csat_max=wanted.csat_max)
        .given("c.tags @> ARRAY[:tag]", tag=wanted.tag)
        .given("(r.id IS NOT NULL) = :has_recording", has_recording=wanted.has_recording)
        .given(_BEGINS_WITH, q=None if wanted.q is None else escape_like(wanted.q) + "%")
    )


def _call(row: Row) -> Call:
    of_call = {name: row[name] for name in _OF_CALL}
    return Call(**of_call, attributes=read_stored_json(row.attributes), recording=_recording_of(row))


def _recording_of(row: Row) -> Recording | None:
    if row.recording_id is None:
        return None
    return Recording(
        id=row.recording_id,
        call_id=row.id,
        storage_key=row.storage_key,
        sha256=row.sha256,
        size_bytes=row.size_bytes,
        media_type=row.media_type,
        container=row.container,
        codec=row.codec,
        channels=row.channels,
        sample_rate=row.sample_rate,
        duration_s=row.recorded_s,
        created_at=row.recorded_at,
    )


async def call_exists(session: Session, call_id: UUID) -> bool:
    return await session.fetch_optional("SELECT FROM calls WHERE id = :call_id", call_id=call_id) is not None


async def lock_call(session: Session, call_id: UUID) -> None:
    """Until the end of the transaction no other one stores a recording of this call."""
    await session.fetch_optional("SELECT FROM calls WHERE id = :call_id FOR NO KEY UPDATE", call_id=call_id)


async def latest_recording(session: Session, call_id: UUID) -> Recording | None:
    newest = f"{_RECORDING} WHERE call_id = :call_id ORDER BY id DESC LIMIT 1"
    return _recording(await session.fetch_optional(newest, call_id=call_id))


async def recording_by_id(session: Session, recording_id: UUID) -> Recording | None:
    return _recording(await session.fetch_optional(f"{_RECORDING} WHERE id = :id", id=recording_id))


def _recording(row: Row | None) -> Recording | None:
    return None if row is None else read_as(Recording, row)


async def insert_recording(session: Session, recording: Recording) -> None:
    columns = {name: getattr(recording, name) for name in _OF_RECORDING}
    columns |= {"tenant_id": session.tenant_id, "sha256": bytes.fromhex(recording.sha256)}
    await insert_row(session, RecordingModel, **columns)
