"""Finding a time for a session: times are proposed, participants vote, one of the times is chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app import events, live
from app.calibration.meeting import repository
from app.calibration.meeting.invitations import extend_links
from app.calibration.meeting.telling import (
    announce_cancellation,
    announce_change,
    announce_course,
    announce_proposal,
    announce_time,
    tell_withdrawn,
)
from app.calibration.meeting.voting import rate_options
from app.calibration.sessions import arranging, lifecycle, people
from app.calibration.sessions.access import Seat, seat_for_changing, seat_for_reading, seat_for_scoring
from app.calibration.sessions.arranging import write_change
from app.calibration.sessions.errors import SessionEnded, SessionUnderWay, TimePassed
from app.calibration.sessions.events import CalibrationTimesProposed, CalibrationVoteCast
from app.calibration.sessions.types import (
    MAX_TIME_OPTIONS,
    CalibrationSession,
    Participant,
    RatedTimeOption,
    SessionState,
    TimeOption,
    Vote,
    VoteAnswer,
)
from app.identity import Principal
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import FieldError, Invalid, invalid, require_found
from app.platform.ids import new_id


async def change_session(
    session: Session, principal: Principal, session_id: UUID, version: int, changes: Mapping[str, Any]
) -> CalibrationSession:
    """Change the settings of a session. Everyone who is invited gets a new time, name or place."""
    before, after = await arranging.change_session(session, principal, session_id, version, changes)
    if arranging.appointment(after) != arranging.appointment(before):
        await _announce(session, before, after)
    elif arranging.renamed(before, after):
        await announce_change(session, after)
    return after


async def withdraw(session: Session, principal: Principal, session_id: UUID, participant_id: UUID) -> Participant:
    """Let a participant leave before the reveal. One who was invited is told, and the calendar entry is cancelled."""
    before, after = await people.withdraw(session, principal, session_id, participant_id)
    if before.active and before.invited_at is not None:
        await tell_withdrawn(session, session_id, after)
    return after


async def open_session(session: Session, principal: Principal, session_id: UUID) -> CalibrationSession:
    """Let the participants score, and tell everyone who is invited."""
    opened = await lifecycle.open_session(session, principal, session_id)
    await announce_course(session, opened)
    return opened


async def reveal(session: Session, principal: Principal, session_id: UUID) -> CalibrationSession:
    """Show everybody's answers to the participants, and tell everyone who is invited."""
    revealed = await lifecycle.reveal(session, principal, session_id)
    await announce_course(session, revealed)
    return revealed


async def cancel_session(session: Session, principal: Principal, session_id: UUID) -> CalibrationSession:
    """Give a session up before its answers are revealed, and tell everyone who is invited."""
    cancelled = await lifecycle.cancel(session, principal, session_id)
    await announce_cancellation(session, cancelled)
    return cancelled


async def propose_times(
    session: Session, principal: Principal, session_id: UUID, times: Sequence[datetime]
) -> list[RatedTimeOption]:
    """Add times that the participants can vote on; a time that is proposed already is not added again."""
    seat = await seat_for_changing(session, principal, session_id)
    _require_arranging(seat)
    now = clock.now()
    past = [place for place, time in enumerate(times) if time <= now]
    if past:
        errors = tuple(FieldError(f"/options/{place}/starts_at", "lies in the past") for place in past)
        raise Invalid("times in the past cannot be proposed", field_errors=errors)
    present = {option.starts_at for option in await repository.options_of(session, session_id)}
    added = [TimeOption(new_id(), session_id, time) for time in sorted(set(times) - present)]
    if sum(time > now for time in present) + len(added) > MAX_TIME_OPTIONS:
        raise invalid("/options", f"at most {MAX_TIME_OPTIONS} times to come can be proposed")
    if added:
        await repository.insert_options(session, added)
        proposed = CalibrationTimesProposed(
            subject_id=session_id, after={"starts_at": [option.starts_at for option in added]}
        )
        await events.record(session, proposed)
        await announce_proposal(session, seat.session, len(present) + len(added))
        await live.publish(session, session_id, "times_proposed", {})
    return await _rated(session, session_id)


async def list_times(session: Session, principal: Principal, session_id: UUID) -> list[RatedTimeOption]:
    """The proposed times with everybody's votes, the best one marked."""
    await seat_for_reading(session, principal, session_id)
    return await _rated(session, session_id)


async def vote(
    session: Session, principal: Principal, session_id: UUID, option_id: UUID, answer: VoteAnswer
) -> RatedTimeOption:
    """Say whether a proposed time suits oneself. The last answer counts."""
    seat = await seat_for_scoring(session, principal, session_id)
    own = seat.participant
    option = await _option(session, session_id, option_id)
    _require_arranging(seat)
    if option.starts_at <= clock.now():
        raise TimePassed(f"{option.starts_at.isoformat()} is over: vote for a time to come")
    if await repository.save_vote(session, option, Vote(own.id, answer)):
        cast = CalibrationVoteCast(
            subject_id=session_id, after={"participant_id": own.id, "option_id": option_id, "answer": answer}
        )
        await events.record(session, cast)
        await live.publish(session, session_id, "voted", {"option_id": option_id, "participant_id": own.id})
    return next(rated for rated in await _rated(session, session_id) if rated.option.id == option_id)


async def schedule(session: Session, principal: Principal, session_id: UUID, option_id: UUID) -> CalibrationSession:
    """Choose one of the proposed times. Everyone who is invited gets the new time."""
    seat = await seat_for_changing(session, principal, session_id)
    _require_arranging(seat)
    option = await _option(session, session_id, option_id)
    if option.starts_at <= clock.now():
        raise TimePassed(f"{option.starts_at.isoformat()} is over: choose a time to come")
    if seat.session.scheduled_at == option.starts_at:
        return seat.session
    after = await write_change(session, seat.session, replace(seat.session, scheduled_at=option.starts_at))
    await _announce(session, seat.session, after)
    return after


async def _announce(session: Session, before: CalibrationSession, changed: CalibrationSession) -> None:
    await extend_links(session, changed)
    await announce_time(session, before, changed)
    await live.publish(session, changed.id, "scheduled", {"scheduled_at": changed.scheduled_at})


def _require_arranging(seat: Seat) -> None:
    match seat.session.state:
        case SessionState.ARRANGING:
            return
        case SessionState.CLOSED | SessionState.CANCELLED:
            raise SessionEnded(f"the session is {seat.session.state}")
        case _:
            raise SessionUnderWay(f"the session is {seat.session.state} already")


async def _option(session: Session, session_id: UUID, option_id: UUID) -> TimeOption:
    options = await repository.options_of(session, session_id)
    found = next((option for option in options if option.id == option_id), None)
    return require_found(found, "proposed time of this session", option_id)


async def _rated(session: Session, session_id: UUID) -> list[RatedTimeOption]:
    options = await repository.options_of(session, session_id)
    return rate_options(options, await repository.votes_of(session, session_id), clock.now())
