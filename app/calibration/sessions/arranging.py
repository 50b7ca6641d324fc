"""Arranging sessions: which calls, by which scorecard, with whom; read, listed and changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app import events, sampling
from app.calibration.sessions.access import (
    leads_sessions,
    may_enter,
    person_id,
    seat_for_changing,
)
from app.calibration.sessions.errors import SessionUnderWay
from app.calibration.sessions.events import (
    CalibrationSessionChanged,
    CalibrationSessionCreated,
    PickedCallDocument,
)
from app.calibration.sessions.people import new_participants
from app.calibration.sessions.repository import participants, sessions
from app.calibration.sessions.types import (
    CalibrationSession,
    NewSession,
    Participant,
    PickedCall,
    SessionDetail,
    SessionSettings,
    SessionState,
    SessionSummary,
)
from app.evaluations import EvaluationStatus, ScorecardNotPublished
from app.identity import Principal
from app.platform import clock
from app.platform.database import Session
from app.platform.database.records import read_as
from app.platform.errors import FieldError, Invalid, NotFound, invalid, require_version
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest
from app.statistics.fixed_point import TRILLION
from app.statistics.systematic import keyed_hash

# These can be changed until the session opens; the name and the time until it ends.
_BEFORE_OPENING = frozenset({"hide_agent", "see_others", "reference_user_id", "reference_evaluation_id"})


async def create_session(session: Session, principal: Principal, new: NewSession) -> SessionDetail:
    """A session of the calls that are named, or of calls chosen at random from a draw."""
    calls = await _by_hand(session, new) if new.from_draw is None else await _by_chance(session, new)
    made = await _new_session(session, principal, new, [call.call_id for call in calls])
    people = await new_participants(session, made.id, new.participants)
    await _check_reference(session, made, calls, people)
    await sessions.insert(session, made, calls)
    await participants.insert(session, people)
    picked: list[PickedCallDocument] = [
        {"call_id": call.call_id, "inclusion_prob_e12": call.inclusion_prob_e12} for call in calls
    ]
    created = CalibrationSessionCreated(
        subject_id=made.id,
        after={
            "session": made,
            "calls": picked,
            "participants": people,
        },
    )
    await events.record(session, created)
    return await get_session(session, principal, made.id)


async def get_session(session: Session, principal: Principal, session_id: UUID) -> SessionDetail:
    """A session with its participants, their progress, and its calls. Nobody's answers are part of it."""
    found = await sessions.read(session, session_id, clock.now())
    leads = leads_sessions(principal)
    people = () if found is None else found.participants
    own = next((one for one in people if one.active and _is(one, principal)), None)
    if found is None or not may_enter(principal, session_id) or (own is None and not leads):
        raise NotFound(f"there is no calibration session {session_id}")
    return SessionDetail(
        session=found.session,
        scorecard_name=found.scorecard_name,
        last_event=found.last_event,
        participants=people,
        calls=found.calls,
        own=own,
        leads=leads,
    )


async def list_sessions(
    session: Session, principal: Principal, page: PageRequest, state: SessionState | None
) -> Page[SessionSummary]:
    """Sessions, newest first: all of them for one who leads sessions, otherwise those that one takes part in."""
    only = None if leads_sessions(principal) else person_id(principal)
    return await sessions.page_of_summaries(session, page, person_id=only, state=state)


async def change_session(
    session: Session, principal: Principal, session_id: UUID, version: int, changes: Mapping[str, Any]
) -> tuple[CalibrationSession, CalibrationSession]:
    """Change the settings of a session: the session before and after.

    What participants rely on stays as it is once the session is open.
    """
    before = (await seat_for_changing(session, principal, session_id)).session
    require_version(before.version, version, "session")
    if before.state is not SessionState.ARRANGING and not _BEFORE_OPENING.isdisjoint(changes):
        raise SessionUnderWay(f"{', '.join(sorted(_BEFORE_OPENING & set(changes)))}: the session is {before.state}")
    if "scheduled_at" in changes:
        require_future(changes["scheduled_at"], "/scheduled_at")
    after = replace(before, **changes)
    if not _BEFORE_OPENING.isdisjoint(changes):
        calls, people = (
            await sessions.picked_calls(session, session_id),
            await participants.of_session(session, session_id),
        )
        await _check_reference(session, after, calls, people)
    return before, await write_change(session, before, after)


async def write_change(session: Session, before: CalibrationSession, after: CalibrationSession) -> CalibrationSession:
    """Write changed settings; another time, length, name or place is another version of the calendar entry."""
    rescheduled = appointment(before) != appointment(after)
    another_entry = rescheduled or renamed(before, after)
    after = replace(after, version=before.version + 1, sequence=before.sequence + another_entry)
    await sessions.update(session, after, expected=before.version)
    if rescheduled:
        await sessions.forget_reminder(session, after.id)
    await events.record(session, CalibrationSessionChanged(subject_id=after.id, before=before, after=after))
    return after


def appointment(settings: SessionSettings) -> tuple[datetime, int] | None:
    """When the session takes place and for how many minutes; None while it has no time."""
    return None if settings.scheduled_at is None else (settings.scheduled_at, settings.duration_min)


def renamed(before: SessionSettings, after: SessionSettings) -> bool:
    """Whether a session that has a time is called otherwise, or takes place elsewhere."""
    return after.scheduled_at is not None and (before.name, before.place) != (after.name, after.place)


def require_future(at: Any, pointer: str) -> None:
    if at is not None and at <= clock.now():
        raise invalid(pointer, "lies in the past")


def _is(participant: Participant, principal: Principal) -> bool:
    return person_id(principal) in (participant.user_id, participant.guest_id)


async def _new_session(
    session: Session, principal: Principal, new: NewSession, call_ids: Sequence[UUID]
) -> CalibrationSession:
    require_future(new.scheduled_at, "/scheduled_at")
    projects = set((await sessions.projects_of_calls(session, call_ids)).values())
    scorecard = await sessions.scorecard(session, new.scorecard_id, new.scorecard_version)
    if scorecard is None:
        raise invalid("/scorecard_id", f"there is no scorecard {new.scorecard_id}")
    if scorecard.version_id is None:
        number = "" if new.scorecard_version is None else f" {new.scorecard_version}"
        raise ScorecardNotPublished(f"the scorecard {new.scorecard_id} has no published version{number}")
    if scorecard.project_id is not None and projects != {scorecard.project_id}:
        raise invalid("/scorecard_id", "the scorecard is for the calls of another project")
    return read_as(
        CalibrationSession,
        new,
        id=new_id(),
        project_id=next(iter(projects)) if len(projects) == 1 else None,
        scorecard_version_id=scorecard.version_id,
        draw_id=new.from_draw,
        state=SessionState.ARRANGING,
        sequence=0,
        created_by=principal.user_id,
        created_at=clock.now(),
        opened_at=None,
        revealed_at=None,
        closed_at=None,
        cancelled_at=None,
        reopenings=(),
        version=1,
    )


async def _by_hand(session: Session, new: NewSession) -> list[PickedCall]:
    known = await sessions.projects_of_calls(session, new.call_ids)
    errors = [
        FieldError(f"/call_ids/{place}", f"there is no call {call_id}")
        for place, call_id in enumerate(new.call_ids)
        if call_id not in known
    ]
    if errors:
        raise Invalid("some of the calls do not exist", field_errors=tuple(errors))
    return [PickedCall(call_id, position) for position, call_id in enumerate(new.call_ids, 1)]


async def _by_chance(session: Session, new: NewSession) -> list[PickedCall]:
    """The next calls of the draw in its random order, which nobody chooses: it follows from the published seed.

    Calls of the draw that a session has compared already are passed over. A session that was cancelled, or never
    revealed, leaves its calls to the next one, so that trying again gives the same calls. All that were compared are
    the first ones of the order: a simple random sample of the draw.
    """
    assert new.from_draw is not None
    assert new.count is not None
    drawn = await sampling.selected_calls(session, new.from_draw)
    if drawn is None:
        raise invalid("/from_draw", f"there is no draw {new.from_draw}")
    compared = await sessions.compared_calls(session, new.from_draw, new.scorecard_id)
    left = [call_id for call_id in in_random_order(drawn.seed, drawn.call_ids) if call_id not in compared]
    if len(left) < new.count:
        raise invalid("/count", f"the draw has {len(left)} calls that no session has compared yet")
    reached = len(drawn.call_ids) - len(left) + new.count
    probability = TRILLION * reached // len(drawn.call_ids)
    return [PickedCall(call_id, position, probability) for position, call_id in enumerate(left[: new.count], 1)]


def in_random_order(seed: bytes, call_ids: Iterable[UUID]) -> list[UUID]:
    """The calls of a draw in the order in which sessions take them: ascending SHA-256(seed ‖ "calibrate" ‖ id)."""
    return sorted(call_ids, key=lambda call_id: keyed_hash(seed, b"calibrate", call_id))


async def _check_reference(
    session: Session, settings: CalibrationSession, calls: Sequence[PickedCall], people: Sequence[Participant]
) -> None:
    """Whoever, or whatever, the others are compared with belongs to the session."""
    _check_reference_user(settings, people)
    if settings.reference_evaluation_id is None:
        return
    pointer = "/reference_evaluation_id"
    evaluation = await sessions.reference(session, settings.reference_evaluation_id)
    if evaluation is None:
        raise invalid(pointer, f"there is no evaluation {settings.reference_evaluation_id}")
    if evaluation.status != EvaluationStatus.SUBMITTED:
        raise invalid(pointer, "the evaluation is not submitted")
    if evaluation.call_id not in {call.call_id for call in calls}:
        raise invalid(pointer, "the evaluation is of a call that is not in the session")
    if evaluation.scorecard_version_id != settings.scorecard_version_id:
        raise invalid(pointer, "the evaluation was made by another scorecard, or another version of it")


def _check_reference_user(settings: SessionSettings, people: Sequence[Participant]) -> None:
    if settings.reference_user_id is None:
        return
    if settings.reference_evaluation_id is not None:
        raise invalid("/reference_evaluation_id", "a session has one reference: a participant or an evaluation")
    if settings.reference_user_id not in {one.user_id for one in people if one.active}:
        raise invalid("/reference_user_id", "must be one of the participants: add the user to them")
