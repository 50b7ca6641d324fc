"""Blind scores: everyone's own, saved as often as one likes until the answers are revealed."""

from collections.abc import Sequence
from uuid import UUID

from app import evaluations, events, live
from app.calibration.sessions.access import Seat, require_call, seat_for_reading, seat_for_scoring
from app.calibration.sessions.errors import ScoreSubmitted, SessionNotOpen, SessionRevealed
from app.calibration.sessions.events import CalibrationScoreSaved
from app.calibration.sessions.repository import participants, scores
from app.calibration.sessions.types import BlindScore, ScoreAnswer, SeeOthers, SessionState
from app.evaluations import Answer, InvalidAnswers, answer_values, errors_among, score_answers, validate_answers
from app.identity import Principal
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import FieldError, require_found
from app.scorecards import PublishedVersion, published_version, visible_items


async def save_score(
    session: Session,
    principal: Principal,
    session_id: UUID,
    call_id: UUID,
    *,
    answers: Sequence[Answer],
    comment: str | None,
    submit: bool | None,
) -> ScoreAnswer:
    """Save one's own answers about a call in place of those from before. `submit` None: as soon as they are complete.

    A submitted score can still be changed, unless submitting has shown the others' answers.
    """
    seat = await seat_for_scoring(session, principal, session_id)
    participant = seat.participant
    _require_open(seat)
    await require_call(session, session_id, call_id)
    version = await published_version(session, seat.session.scorecard_version_id)
    evidence = await evaluations.evidence_of(session, call_id, answers)
    kept = validate_answers(version, answers, evidence, complete=False)
    missing = _missing(version, kept)
    if submit and missing:
        raise _incomplete(missing)
    await participants.lock(session, participant.id)
    before = await scores.read(session, session_id, participant.id, call_id)
    saved = BlindScore(
        session_id=session_id,
        participant_id=participant.id,
        call_id=call_id,
        answers=kept,
        comment=comment,
        complete=not missing,
        submitted_at=clock.now() if not missing and submit is not False else None,
        blind=not seat.session.reopenings,
        blind_answers=_blind_answers(seat, before),
        version=1 if before is None else before.version + 1,
    )
    if before is not None:
        if _says_the_same(before, saved):
            return _answer(before, version, answers)
        _require_changeable(seat, before)
    await scores.save(session, saved)
    await _announce(session, before, saved)
    return _answer(saved, version, answers)


async def own_score(session: Session, principal: Principal, session_id: UUID, call_id: UUID) -> ScoreAnswer:
    """One's own score of a call."""
    seat = await seat_for_reading(session, principal, session_id)
    found = await scores.read(session, session_id, seat.participant.id, call_id)
    saved = require_found(found, "score of yours for the call", call_id)
    version = await published_version(session, seat.session.scorecard_version_id)
    return _answer(saved, version, saved.answers)


def _require_open(seat: Seat) -> None:
    match seat.session.state:
        case SessionState.OPEN:
            return
        case SessionState.REVEALED | SessionState.CLOSED:
            raise SessionRevealed("the session is revealed: one who leads it can reopen it")
        case SessionState.ARRANGING:
            raise SessionNotOpen("the session is not open yet")
        case SessionState.CANCELLED:
            raise SessionNotOpen("the session is cancelled")


def _blind_answers(seat: Seat, before: BlindScore | None) -> Sequence[Answer] | None:
    """The answers that were revealed first, if this takes their place."""
    if before is None or not seat.session.reopenings:
        return None
    return before.answers if before.blind else before.blind_answers


def _require_changeable(seat: Seat, before: BlindScore) -> None:
    if before.submitted_at is not None and seat.session.see_others is SeeOthers.AFTER_SUBMIT:
        raise ScoreSubmitted("what was scored blind stays: the others' answers to this call are open to you since")


def _says_the_same(before: BlindScore, saved: BlindScore) -> bool:
    """Whether nothing would change."""
    submitted = [one.submitted_at is not None for one in (before, saved)]
    return (before.answers, before.comment, submitted[0]) == (saved.answers, saved.comment, submitted[1])


def _missing(version: PublishedVersion, answers: Sequence[Answer]) -> list[str]:
    """The visible items without an answer."""
    values = answer_values(answers)
    return [item.key for item in visible_items(version.definition, values) if item.key not in values]


def _incomplete(missing: Sequence[str]) -> InvalidAnswers:
    errors = tuple(FieldError("/answers", f"The item {item!r} is not answered.") for item in missing)
    return InvalidAnswers(
        f"{len(missing)} items are not answered: leave out `submit` to save a draft", field_errors=errors
    )


def _answer(saved: BlindScore, version: PublishedVersion, given: Sequence[Answer]) -> ScoreAnswer:
    kept = {answer.item for answer in saved.answers}
    return ScoreAnswer(
        blind_score=saved,
        score=score_answers(version, saved.answers),
        missing_items=_missing(version, saved.answers),
        errors_without_fault=[
            answer.item for answer in errors_among(saved.answers, version.definition) if answer.fault is None
        ],
        dropped_items=[answer.item for answer in given if answer.item not in kept],
    )


async def _announce(session: Session, before: BlindScore | None, saved: BlindScore) -> None:
    """Tell that the participant has begun a call, and scored it completely: nothing of what, and not each change."""
    after = {
        "participant_id": saved.participant_id,
        "call_id": saved.call_id,
        "complete": saved.complete,
    }
    recorded = CalibrationScoreSaved(
        subject_id=saved.session_id,
        after={
            "participant_id": saved.participant_id,
            "call_id": saved.call_id,
            "complete": saved.complete,
            "submitted": saved.submitted_at is not None,
        },
    )
    await events.record(session, recorded)
    if before is None or (saved.complete and not before.complete):
        await live.publish(session, saved.session_id, "scored", after)
