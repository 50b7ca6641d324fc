"""Reading the results of a session, and the scores that one may see before they are complete."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app import evaluations
from app.calibration.results.comparing import deviations, group_agreement
from app.calibration.results.types import GivenScore, GroupScores, Scorer, SessionResults, SettledCall
from app.calibration.sessions.access import Seat, seat_for_reading
from app.calibration.sessions.errors import SessionNotRevealed
from app.calibration.sessions.lifecycle import counting_scores
from app.calibration.sessions.repository import participants, scores, sessions
from app.calibration.sessions.types import BlindScore, CalibrationSession, Participant, SeeOthers, SessionState
from app.evaluations import Answer, score_answers
from app.identity import Principal
from app.platform.database import Session
from app.scorecards import PublishedVersion, Score, published_version

_REVEALED = {SessionState.REVEALED, SessionState.CLOSED}


async def read_scores(session: Session, principal: Principal, session_id: UUID) -> tuple[GroupScores, bool]:
    """What the principal may see of everyone's answers, and whether that is all of it.

    After the reveal, all. Before it, in a session whose participants see others after submitting: the submitted scores
    of the calls for which the own score is submitted.
    """
    seat = await seat_for_reading(session, principal, session_id)
    everyone = await participants.of_session(session, session_id)
    found = await counting_scores(session, session_id, everyone)
    revealed = seat.session.state in _REVEALED
    if not revealed:
        found = _open_to(seat, found)
    people = {one.id: one for one in everyone}
    return await _group(session, seat.session, found, people, revealed=revealed), revealed


def compare(session_id: UUID, group: GroupScores, *, revealed: bool) -> SessionResults:
    """The figures of a group's scores. Slow with many participants: for a thread, without a transaction."""
    agreement = group_agreement(group, session_id.bytes) if revealed else None
    return SessionResults(
        session_id=session_id,
        group=group,
        agreement=agreement,
        deviations=deviations(group) if revealed else [],
    )


def _open_to(seat: Seat, found: Sequence[BlindScore]) -> list[BlindScore]:
    """The submitted scores of the calls that the one who asks has submitted.

    SessionNotRevealed where there are none.
    """
    session = seat.session
    if session.see_others is not SeeOthers.AFTER_SUBMIT or session.state is not SessionState.OPEN:
        raise SessionNotRevealed(f"the session is {session.state}: one who leads it reveals the answers")
    own = None if seat.own is None else seat.own.id
    submitted = [score for score in found if score.submitted_at is not None]
    seen = {score.call_id for score in submitted if score.participant_id == own}
    if not seen:
        raise SessionNotRevealed("you see the others' answers to a call once you have submitted your own")
    return [score for score in submitted if score.call_id in seen]


async def _group(
    session: Session,
    of: CalibrationSession,
    found: Sequence[BlindScore],
    people: Mapping[UUID, Participant],
    *,
    revealed: bool,
) -> GroupScores:
    version = await published_version(session, of.scorecard_version_id)
    reference = await _reference(session, of, found, people) if revealed else {}
    settled = await scores.consensus_of_session(session, of.id) if revealed else []
    named = dict.fromkeys(score.participant_id for score in found)
    return GroupScores(
        name=of.name,
        definition=version.definition,
        call_ids=[call.call_id for call in await sessions.picked_calls(session, of.id)],
        scorers=[Scorer(one.id, one.name, one.role) for one in map(people.__getitem__, named)],
        scores=[_given(score, version) for score in found],
        settled=[
            SettledCall(
                call_id=one.call_id,
                answers=one.answers,
                comment=one.comment,
                score=score_answers(version, one.answers),
            )
            for one in settled
        ],
        reference=reference,
        reference_scores={call_id: _score(version, answers) for call_id, answers in reference.items()},
        # A participant who has scored nothing, or has withdrawn, is nobody's reference.
        reference_scorer_id=_reference_scorer(of, people) if reference else None,
    )


def _given(score: BlindScore, version: PublishedVersion) -> GivenScore:
    return GivenScore(
        scorer_id=score.participant_id,
        call_id=score.call_id,
        answers=score.answers,
        comment=score.comment,
        complete=score.complete,
        blind=score.blind,
        score=_score(version, score.answers),
    )


def _score(version: PublishedVersion, answers: Sequence[Answer]) -> Score:
    return score_answers(version, answers)


def _reference_scorer(of: CalibrationSession, people: Mapping[UUID, Participant]) -> UUID | None:
    wanted = of.reference_user_id
    return next((one.id for one in people.values() if wanted is not None and one.user_id == wanted), None)


async def _reference(
    session: Session, of: CalibrationSession, found: Sequence[BlindScore], people: Mapping[UUID, Participant]
) -> dict[UUID, Sequence[Answer]]:
    """The answers that all are compared with, by call: of the reference evaluation, or of the reference participant."""
    if of.reference_evaluation_id is not None:
        (submitted,) = (await evaluations.submissions_of(session, [of.reference_evaluation_id])).values()
        return {submitted.call_id: submitted.answers}
    scorer = _reference_scorer(of, people)
    return {score.call_id: score.answers for score in found if score.participant_id == scorer}
