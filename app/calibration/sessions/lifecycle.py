"""The course of a session: opened, revealed, closed; reopened where the group has to score again."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from app import events, live
from app.calibration.sessions.access import seat_for_changing, seat_for_leading
from app.calibration.sessions.errors import (
    NothingScored,
    SessionEnded,
    SessionNotOpen,
    SessionNotRevealed,
    SessionUnderWay,
)
from app.calibration.sessions.events import (
    CalibrationScoreRevealed,
    CalibrationSessionCancelled,
    CalibrationSessionClosed,
    CalibrationSessionOpened,
    CalibrationSessionReopened,
    CalibrationSessionRevealed,
)
from app.calibration.sessions.repository import participants, scores, sessions
from app.calibration.sessions.types import BlindScore, CalibrationSession, Participant, Reopening, SessionState
from app.identity import Principal
from app.platform import clock
from app.platform.database import Session

_Moved = CalibrationSessionOpened | CalibrationSessionRevealed | CalibrationSessionClosed | CalibrationSessionCancelled


async def open_session(session: Session, principal: Principal, session_id: UUID) -> CalibrationSession:
    """Let the participants score."""
    before = (await seat_for_changing(session, principal, session_id)).session
    if before.state is not SessionState.ARRANGING:
        raise SessionUnderWay(f"the session is {before.state} already")
    return await _move(session, before, SessionState.OPEN, CalibrationSessionOpened, opened_at=clock.now())


async def reveal(session: Session, principal: Principal, session_id: UUID) -> CalibrationSession:
    """Show everybody's answers to the participants. From now on no own score changes."""
    before = (await seat_for_changing(session, principal, session_id)).session
    if before.state is not SessionState.OPEN:
        raise SessionNotOpen(f"the session is {before.state}: only an open one is revealed")
    counting = await counting_scores(session, session_id, await participants.of_session(session, session_id))
    if not counting:
        raise NothingScored("nobody has saved an answer yet: wait for the first score, or cancel the session")
    for score in counting:
        await _record_revealed(session, score)
    return await _move(session, before, SessionState.REVEALED, CalibrationSessionRevealed, revealed_at=clock.now())


async def close(session: Session, principal: Principal, session_id: UUID) -> CalibrationSession:
    """End a revealed session."""
    before = (await seat_for_changing(session, principal, session_id)).session
    if before.state is not SessionState.REVEALED:
        raise SessionNotRevealed(f"the session is {before.state}: reveal it, or cancel it")
    return await _move(session, before, SessionState.CLOSED, CalibrationSessionClosed, closed_at=clock.now())


async def cancel(session: Session, principal: Principal, session_id: UUID) -> CalibrationSession:
    """Give a session up before its answers are revealed."""
    before = (await seat_for_changing(session, principal, session_id)).session
    if before.state is SessionState.REVEALED:
        raise SessionEnded("the answers are revealed: close the session")
    if before.reopenings:
        raise SessionEnded("the answers were revealed before: reveal them again, and close the session")
    return await _move(
        session,
        before,
        SessionState.CANCELLED,
        CalibrationSessionCancelled,
        cancelled_at=clock.now(),
        sequence=before.sequence + 1,
    )


async def reopen(session: Session, principal: Principal, session_id: UUID, why: str) -> CalibrationSession:
    """Let the participants score again. Results stay out of sight until the next reveal."""
    before = (await seat_for_leading(session, principal, session_id)).session
    if before.state not in (SessionState.REVEALED, SessionState.CLOSED):
        raise SessionNotRevealed(f"the session is {before.state}: only a revealed or closed one is reopened")
    reopening: Reopening = {"at": clock.now(), "by": principal.user_id, "why": why}
    after = replace(
        before,
        state=SessionState.OPEN,
        revealed_at=None,
        closed_at=None,
        reopenings=[*before.reopenings, reopening],
        version=before.version + 1,
    )
    await sessions.update(session, after, expected=before.version)
    reopened = CalibrationSessionReopened(
        subject_id=session_id, before=before, after={"state": after.state, "why": why}
    )
    await events.record(session, reopened)
    await live.publish(session, session_id, "reopened", {})
    return after


async def counting_scores(session: Session, session_id: UUID, people: Sequence[Participant]) -> list[BlindScore]:
    """The scores that have an answer and whose participants, of the session's people, have not withdrawn."""
    active = {one.id for one in people if one.active}
    return [
        score
        for score in await scores.of_session(session, session_id)
        if score.answers and score.participant_id in active
    ]


async def _move(
    session: Session,
    before: CalibrationSession,
    state: SessionState,
    event: type[_Moved],
    **changes: Any,
) -> CalibrationSession:
    after = replace(before, state=state, **changes, version=before.version + 1)
    await sessions.update(session, after, expected=before.version)
    await events.record(session, event(subject_id=after.id, before=before, after=after))
    await live.publish(session, after.id, LIVE_KINDS[state], {})
    return after


# The names under which listeners hear of a new state.
LIVE_KINDS = {
    SessionState.OPEN: "opened",
    SessionState.REVEALED: "revealed",
    SessionState.CLOSED: "closed",
    SessionState.CANCELLED: "cancelled",
}


async def _record_revealed(session: Session, score: BlindScore) -> None:
    revealed = CalibrationScoreRevealed(
        subject_id=score.session_id,
        after={
            "participant_id": score.participant_id,
            "call_id": score.call_id,
            "complete": score.complete,
            "submitted": score.submitted_at is not None,
            "answers": score.answers,
            "comment": score.comment,
        },
    )
    await events.record(session, revealed)
