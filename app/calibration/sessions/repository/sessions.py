"""SQL of sessions: written, locked, and read with their participants and calls."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from app.calibration.sessions.models import CalibrationSessionModel
from app.calibration.sessions.types import (
    CalibrationSession,
    ParticipantProgress,
    PickedCall,
    Reopening,
    SeeOthers,
    SessionCall,
    SessionState,
    SessionSummary,
)
from app.platform.database import Row, Session, Where
from app.platform.database.pages import Keyset, fetch_page
from app.platform.database.records import Columns, compose, insert_record, read_as, update_record
from app.platform.pagination import Page, PageRequest

_SESSION = Columns(CalibrationSession, CalibrationSessionModel)
_LOCK = compose("SELECT {columns} FROM calibration_sessions WHERE id = :id", columns=_SESSION.names)
_CALLS = """
SELECT x.call_id, x.position, x.inclusion_prob_e12, c.started_at, c.duration_s, c.direction, c.language,
    EXISTS (SELECT FROM recordings r WHERE r.call_id = c.id) AS has_recording,
    coalesce((SELECT t.status FROM transcripts t WHERE t.call_id = c.id ORDER BY t.id DESC LIMIT 1), 'none')
        AS transcript_status,
    CASE WHEN NOT o.hide_agent THEN (SELECT g.full_name FROM agents g WHERE g.id = c.agent_id) END AS agent_name
FROM calibration_calls x
JOIN calibration_sessions o ON o.id = x.session_id
JOIN calls c ON c.id = x.call_id
"""
_READ = compose(
    """
SELECT {columns}, coalesce((SELECT l.last_number FROM live_channels l WHERE l.id = s.id), 0) AS last_event,
    (SELECT k.name FROM scorecards k WHERE k.id = s.scorecard_id) AS scorecard_name,
    -- Documents: with a join each participant and each call would repeat the session.
    (SELECT coalesce(jsonb_agg(to_jsonb(p) || jsonb_build_object(
        'present', EXISTS (SELECT FROM calibration_presence n
                           WHERE n.session_id = p.session_id AND n.participant_id = p.id AND n.present_until > :now),
        'begun', (SELECT coalesce(jsonb_agg(x.call_id ORDER BY x.call_id), '[]') FROM calibration_scores x
                  WHERE x.session_id = p.session_id AND x.participant_id = p.id),
        'scored', (SELECT coalesce(jsonb_agg(x.call_id ORDER BY x.call_id), '[]') FROM calibration_scores x
                   WHERE x.session_id = p.session_id AND x.participant_id = p.id AND x.complete)
        ) ORDER BY p.id), '[]')
     FROM calibration_participants p WHERE p.session_id = s.id) AS participants,
    (SELECT jsonb_agg(to_jsonb(k) ORDER BY k.position) FROM ({calls} WHERE x.session_id = s.id) k) AS calls
FROM calibration_sessions s
WHERE s.id = :id
""",
    columns=_SESSION.of("s"),
    calls=_CALLS,
)
_CALL = f"{_CALLS} WHERE x.session_id = :session_id AND x.call_id = :call_id"
_INSERT_CALLS = """
INSERT INTO calibration_calls (tenant_id, session_id, call_id, position, inclusion_prob_e12)
SELECT :tenant_id, :session_id, * FROM unnest(:call_ids::uuid[], :positions::int[], :probs::bigint[])
"""
_SUMMARIES = """
SELECT s.id, s.name, s.state, s.project_id, s.scorecard_id, s.scheduled_at, s.duration_min, s.created_at,
    (SELECT count(*)::int FROM calibration_calls c WHERE c.session_id = s.id) AS calls,
    (SELECT count(*)::int FROM calibration_participants p WHERE p.session_id = s.id AND p.withdrawn_at IS NULL)
        AS participants
FROM calibration_sessions s
"""
_TAKES_PART = """
s.id IN (SELECT p.session_id FROM calibration_participants p
         WHERE (p.user_id = :person_id OR p.guest_id = :person_id) AND p.withdrawn_at IS NULL)
"""
_NEWEST_FIRST = Keyset({"s.id": UUID}, descending=True)
_PICKED = """
SELECT call_id, position, inclusion_prob_e12 FROM calibration_calls WHERE session_id = :session_id ORDER BY position
"""
_PICKED_CALL = """
SELECT call_id, position, inclusion_prob_e12 FROM calibration_calls
WHERE session_id = :session_id AND call_id = :call_id
"""
_COMPARED_CALLS = """
SELECT x.call_id FROM calibration_calls x JOIN calibration_sessions s ON s.id = x.session_id
WHERE s.draw_id = :draw_id AND s.scorecard_id = :scorecard_id
  AND (s.state IN ('revealed', 'closed') OR s.reopenings <> '[]')
"""
_CALL_PROJECTS = "SELECT id, project_id FROM calls WHERE id = ANY(:call_ids::uuid[])"
_SCORECARD = """
SELECT s.project_id, s.name, v.id AS version_id
FROM scorecards s
LEFT JOIN scorecard_versions v
    ON v.scorecard_id = s.id AND v.status = 'published'
    AND v.number = coalesce(:number::int, (SELECT p.number FROM published_versions p WHERE p.scorecard_id = s.id))
WHERE s.id = :id
"""
_REFERENCE = "SELECT call_id, scorecard_version_id, status FROM evaluations WHERE id = :id"
_DUE_REMINDERS = """
SELECT tenant_id, id FROM calibration_sessions
WHERE state IN ('arranging', 'open') AND reminded_at IS NULL AND scheduled_at > :now AND scheduled_at <= :until
"""
_SET_REMINDED = "UPDATE calibration_sessions SET reminded_at = :at WHERE id = :id AND reminded_at IS NULL"
_NEXT_SEQUENCE = "UPDATE calibration_sessions SET sequence = sequence + 1 WHERE id = :id"
_FORGET_REMINDER = "UPDATE calibration_sessions SET reminded_at = NULL WHERE id = :id"


class SessionRow(NamedTuple):
    session: CalibrationSession
    scorecard_name: str
    last_event: int
    participants: list[ParticipantProgress]
    calls: list[SessionCall]


async def insert(session: Session, made: CalibrationSession, calls: Sequence[PickedCall]) -> None:
    await insert_record(session, CalibrationSessionModel, made)
    await session.execute(
        _INSERT_CALLS,
        tenant_id=session.tenant_id,
        session_id=made.id,
        call_ids=[call.call_id for call in calls],
        positions=[call.position for call in calls],
        probs=[call.inclusion_prob_e12 for call in calls],
    )


async def get(session: Session, session_id: UUID) -> CalibrationSession | None:
    return await _read_locked(session, session_id, "")


async def lock(session: Session, session_id: UUID) -> CalibrationSession | None:
    """The session, which no other transaction changes until this one ends."""
    return await _read_locked(session, session_id, "FOR NO KEY UPDATE")


async def share(session: Session, session_id: UUID) -> CalibrationSession | None:
    """The session, whose state stays as it is until this transaction ends; others may share it."""
    return await _read_locked(session, session_id, "FOR SHARE")


async def _read_locked(session: Session, session_id: UUID, strength: str) -> CalibrationSession | None:
    row = await session.fetch_optional(f"{_LOCK} {strength}", id=session_id)
    return None if row is None else _session(row)


async def update(session: Session, changed: CalibrationSession, *, expected: int) -> None:
    await update_record(session, CalibrationSessionModel, changed, expected=expected)


async def next_sequence(session: Session, session_id: UUID) -> None:
    """Let later versions of the calendar entry follow one that only a single person gets."""
    await session.execute(_NEXT_SEQUENCE, id=session_id)


async def read(session: Session, session_id: UUID, now: datetime) -> SessionRow | None:
    """A session with its calls, and its participants in the order in which they were added."""
    row = await session.fetch_optional(_READ, id=session_id, now=now)
    if row is None:
        return None
    people = [_participant(document) for document in row.participants]
    calls = [_call(document) for document in row.calls]
    return SessionRow(_session(row), row.scorecard_name, row.last_event, people, calls)


async def call_of(session: Session, session_id: UUID, call_id: UUID) -> SessionCall | None:
    """One of the session's calls, as its participants may know it."""
    row = await session.fetch_optional(_CALL, session_id=session_id, call_id=call_id)
    return None if row is None else SessionCall(*row)


async def picked_calls(session: Session, session_id: UUID) -> list[PickedCall]:
    return [PickedCall(*row) for row in await session.fetch_all(_PICKED, session_id=session_id)]


async def picked_call(session: Session, session_id: UUID, call_id: UUID) -> PickedCall | None:
    row = await session.fetch_optional(_PICKED_CALL, session_id=session_id, call_id=call_id)
    return None if row is None else PickedCall(*row)


async def page_of_summaries(
    session: Session, page: PageRequest, *, person_id: UUID | None, state: SessionState | None
) -> Page[SessionSummary]:
    """The sessions, newest first: all of them, or those in which a person takes part."""
    where = Where().given(_TAKES_PART, person_id=person_id).given("s.state = :state", state=state)
    return await fetch_page(session, _SUMMARIES, where, page, keyset=_NEWEST_FIRST, read=_summary)


async def compared_calls(session: Session, draw_id: UUID, scorecard_id: UUID) -> set[UUID]:
    """The calls of a draw that sessions by this scorecard have revealed, or had revealed once."""
    return set(await session.fetch_column(_COMPARED_CALLS, draw_id=draw_id, scorecard_id=scorecard_id))


async def projects_of_calls(session: Session, call_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The project of each of the calls that exist."""
    return {row.id: row.project_id for row in await session.fetch_all(_CALL_PROJECTS, call_ids=list(call_ids))}


async def scorecard(session: Session, scorecard_id: UUID, number: int | None) -> Row | None:
    """A scorecard's project and name, and its published version of that number or its latest one."""
    return await session.fetch_optional(_SCORECARD, id=scorecard_id, number=number)


async def reference(session: Session, evaluation_id: UUID) -> Row | None:
    return await session.fetch_optional(_REFERENCE, id=evaluation_id)


async def due_reminders(session: Session, now: datetime, until: datetime) -> list[Row]:
    """The sessions of all tenants that begin until then and whose participants are not reminded yet."""
    return await session.fetch_all(_DUE_REMINDERS, now=now, until=until)


async def forget_reminder(session: Session, session_id: UUID) -> None:
    """Let the participants be reminded again, of the new time."""
    await session.execute(_FORGET_REMINDER, id=session_id)


async def set_reminded(session: Session, session_id: UUID, at: datetime) -> bool:
    """False where the participants have been reminded already."""
    return await session.execute(_SET_REMINDED, id=session_id, at=at) == 1


def _session(row: Row) -> CalibrationSession:
    reopenings = [_reopening(document) for document in row.reopenings]
    typed = {"state": SessionState(row.state), "see_others": SeeOthers(row.see_others), "reopenings": reopenings}
    return read_as(CalibrationSession, row, **typed)


def _reopening(document: dict[str, str]) -> Reopening:
    at, by = datetime.fromisoformat(document["at"]), UUID(document["by"])
    return {"at": at, "by": by, "why": document["why"]}


def _summary(row: Row) -> SessionSummary:
    return read_as(SessionSummary, row, state=SessionState(row.state))


def _call(document: dict[str, Any]) -> SessionCall:
    """A call from the row as PostgreSQL writes it into JSON."""
    typed = {
        "call_id": UUID(document["call_id"]),
        "started_at": datetime.fromisoformat(document["started_at"]),
        "duration_s": Decimal(str(document["duration_s"])),
    }
    return SessionCall(**document | typed)


_IDS = ("id", "session_id", "user_id", "guest_id")
_TIMES = ("added_at", "invited_at", "withdrawn_at")


def _participant(document: dict[str, Any]) -> ParticipantProgress:
    """A participant from the row as PostgreSQL writes it into JSON."""
    fields = {name: value for name, value in document.items() if name != "tenant_id"}
    for name in _IDS:
        fields[name] = None if fields[name] is None else UUID(fields[name])
    for name in _TIMES:
        fields[name] = None if fields[name] is None else datetime.fromisoformat(fields[name])
    for name in ("begun", "scored"):
        fields[name] = [UUID(text) for text in fields[name]]
    return ParticipantProgress(**fields)
