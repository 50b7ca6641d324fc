"""SQL of calls: pushed by the thousand, read by page.

Agents, projects and evaluations are named here by their tables. Agents and projects lie below and calls have foreign
keys to them; evaluations lie above, and `evaluated` asks for their existence alone, which spares a second query a page.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from app.calls.types import Call, CallFilter, CallKey, NewCall, Recording
from app.platform.database import Row, Session, escape_like
from app.platform.database.compat import driver_sql
from app.platform.database.records import read_as
from app.platform.exact_json import read_stored_json, write_json
from app.platform.pagination import PageRequest, moment_of

_REFERENCES = """
SELECT id, external_id FROM agents WHERE external_id = ANY($1::text[])
UNION ALL
SELECT id, NULL FROM projects WHERE id = ANY($2::uuid[])
"""

# One statement whatever the number of rows. What has not changed is not written again, nor returned.
_UPSERT = """
INSERT INTO calls AS c (
    tenant_id, id, source, external_id, project_id, agent_id, started_at, duration_s, direction, language, hold_s,
    hold_count, csat, complaint, customer_ref, tags, attributes, recording_url, channel_roles
)
SELECT $1, id, source, external_id, project_id, agent_id, started_at, duration_s, direction, language, hold_s,
    hold_count, csat, complaint, customer_ref, tags::text[], attributes::jsonb, recording_url, channel_roles::text[]
FROM unnest(
    $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::timestamptz[], $8::numeric[], $9::text[],
    $10::text[], $11::numeric[], $12::int[], $13::smallint[], $14::bool[], $15::text[], $16::text[], $17::text[],
    $18::text[], $19::text[]
) AS new (
    id, source, external_id, project_id, agent_id, started_at, duration_s, direction, language, hold_s,
    hold_count, csat, complaint, customer_ref, tags, attributes, recording_url, channel_roles
)
ON CONFLICT (tenant_id, source, external_id) DO UPDATE SET
    project_id = excluded.project_id, agent_id = excluded.agent_id, started_at = excluded.started_at,
    duration_s = excluded.duration_s, direction = excluded.direction, language = excluded.language,
    hold_s = excluded.hold_s, hold_count = excluded.hold_count, csat = excluded.csat,
    complaint = excluded.complaint, customer_ref = excluded.customer_ref, tags = excluded.tags,
    attributes = excluded.attributes, recording_url = excluded.recording_url,
    channel_roles = excluded.channel_roles, updated_at = now()
WHERE (c.project_id, c.agent_id, c.started_at, c.duration_s, c.direction, c.language, c.hold_s, c.hold_count, c.csat,
       c.complaint, c.customer_ref, c.tags, c.attributes, c.recording_url, c.channel_roles)
    IS DISTINCT FROM
      (excluded.project_id, excluded.agent_id, excluded.started_at, excluded.duration_s, excluded.direction,
       excluded.language, excluded.hold_s, excluded.hold_count, excluded.csat, excluded.complaint,
       excluded.customer_ref, excluded.tags, excluded.attributes, excluded.recording_url, excluded.channel_roles)
RETURNING id, source, external_id
"""

_BY_KEY = """
SELECT c.id, c.source, c.external_id
FROM calls c JOIN unnest($1::text[], $2::text[]) AS key (source, external_id) USING (source, external_id)
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

_CONDITIONS: Mapping[str, str] = {
    "project_id": "c.project_id = {}",
    "agent_id": "c.agent_id = {}",
    "team_id": "a.team_id = {}",
    "since": "c.started_at >= {}",
    "until": "c.started_at < {}",
    "complaint": "c.complaint = {}",
    "csat_max": "c.csat <= {}",
    "tag": "c.tags @> ARRAY[{}]",
    "has_recording": "(r.id IS NOT NULL) = {}",
    "evaluated": "EXISTS (SELECT FROM evaluations e WHERE (e.tenant_id, e.call_id) = (c.tenant_id, c.id)"
    " AND e.status = 'submitted' AND ({1}::uuid IS NULL OR e.verifier_id = {1})) = {0}",
    "q": "(c.external_id ILIKE {0} OR c.customer_ref ILIKE {0}"
    " OR EXISTS (SELECT FROM unnest(c.tags) AS tag WHERE tag ILIKE {0}))",
}


_RECORDING = """
SELECT id, call_id, storage_key, encode(sha256, 'hex') AS sha256, size_bytes, media_type, container, codec, channels,
    sample_rate, duration_s, created_at
FROM recordings
"""
_INSERT_RECORDING = """
INSERT INTO recordings (tenant_id, id, call_id, storage_key, sha256, size_bytes, media_type, container, codec,
    channels, sample_rate, duration_s, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""

_OF_CALL = tuple(field.name for field in fields(Call) if field.name not in ("attributes", "recording"))


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
    found = (await driver_sql(session, _REFERENCES, list(agents), list(projects))).all()
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
    written = await driver_sql(session, _UPSERT, session.tenant_id, *zip(*values, strict=True))
    return _by_key(written.all())


def _values(row: NewCall, call_id: UUID, agents: Mapping[str, UUID]) -> tuple[Any, ...]:
    """The row in the order in which the statement takes its columns."""
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
    return _by_key((await driver_sql(session, _BY_KEY, sources, external_ids)).all())


def _by_key(rows: Iterable[Any]) -> dict[CallKey, UUID]:
    return {(source, external_id): call_id for call_id, source, external_id in rows}


@lru_cache(maxsize=4096)
def _array(texts: tuple[str, ...]) -> str:
    """A PostgreSQL array literal: an array of arrays of unequal lengths cannot be a parameter.

    Remembered, because the same few tags and roles come with every call.
    """
    return "{" + ",".join('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts) + "}"


async def calls_by_id(session: Session, call_ids: Iterable[UUID]) -> list[Call]:
    rows = await driver_sql(session, " ".join((_SELECT, "WHERE c.id = ANY($1)")), list(call_ids))
    return [_call(row) for row in rows]


async def call_by_id(session: Session, call_id: UUID) -> Call | None:
    row = (await driver_sql(session, " ".join((_SELECT, "WHERE c.id = $1")), call_id)).one_or_none()
    return None if row is None else _call(row)


async def page_of_calls(session: Session, wanted: CallFilter, page: PageRequest) -> list[Call]:
    """Up to one call more than a page holds, the latest first."""
    conditions, values = _conditions(wanted)
    if after := page.after(moment_of, UUID):
        conditions.append(f"(c.started_at, c.id) < (${len(values) + 1}, ${len(values) + 2})")
        values.extend(after)
    where = "WHERE " + " AND ".join(conditions) if conditions else ""
    order = f"ORDER BY c.started_at DESC, c.id DESC LIMIT {page.limit + 1}"
    return [_call(row) for row in await driver_sql(session, " ".join((_SELECT, where, order)), *values)]


def _conditions(wanted: CallFilter) -> tuple[list[str], list[Any]]:
    values: list[Any] = []
    conditions: list[str] = []
    for name, condition in _CONDITIONS.items():
        if asked := _asked(wanted, name):
            conditions.append(condition.format(*(f"${len(values) + place}" for place in range(1, len(asked) + 1))))
            values.extend(asked)
    return conditions, values


def _asked(wanted: CallFilter, name: str) -> tuple[Any, ...]:
    """The values that a condition takes; none where it is not asked for."""
    value = getattr(wanted, name)
    if value is None:
        return ()
    match name:
        case "q":
            return (escape_like(value) + "%",)
        case "evaluated":
            return (value, wanted.evaluated_by)
        case _:
            return (value,)


def _call(row: Row) -> Call:
    fields_of_call = {name: row[name] for name in _OF_CALL}
    return Call(**fields_of_call, attributes=read_stored_json(row.attributes), recording=_recording_of(row))


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
    return (await driver_sql(session, "SELECT FROM calls WHERE id = $1", call_id)).rowcount == 1


async def lock_call(session: Session, call_id: UUID) -> None:
    """Until the end of the transaction nobody else records for this call."""
    await driver_sql(session, "SELECT FROM calls WHERE id = $1 FOR NO KEY UPDATE", call_id)


async def latest_recording(session: Session, call_id: UUID) -> Recording | None:
    return await _one_recording(session, "WHERE call_id = $1 ORDER BY id DESC LIMIT 1", call_id)


async def recording_by_id(session: Session, recording_id: UUID) -> Recording | None:
    return await _one_recording(session, "WHERE id = $1", recording_id)


async def _one_recording(session: Session, where: str, value: UUID) -> Recording | None:
    row = (await driver_sql(session, " ".join((_RECORDING, where)), value)).one_or_none()
    return None if row is None else read_as(Recording, row)


async def insert_recording(session: Session, recording: Recording) -> None:
    await driver_sql(
        session,
        _INSERT_RECORDING,
        session.tenant_id,
        recording.id,
        recording.call_id,
        recording.storage_key,
        bytes.fromhex(recording.sha256),
        recording.size_bytes,
        recording.media_type,
        recording.container,
        recording.codec,
        recording.channels,
        recording.sample_rate,
        recording.duration_s,
        recording.created_at,
    )
