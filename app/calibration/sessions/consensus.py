"""What a group settles on after the reveal: the answers for a call, and with them the faults of its errors."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from app import assignments, evaluations, events, live
from app.calibration.checks.checked_errors import record_checked_errors
from app.calibration.checks.types import CheckSource, ErrorVerdict, Verdict
from app.calibration.sessions.access import require_call, seat_for_changing
from app.calibration.sessions.errors import SessionNotRevealed
from app.calibration.sessions.events import CalibrationConsensusDecided, ConsensusDocument
from app.calibration.sessions.lifecycle import counting_scores
from app.calibration.sessions.repository import participants, scores
from app.calibration.sessions.types import CalibrationSession, Consensus, Decided, PickedCall, SessionState
from app.evaluations import Answer, RevisionKind, Submission, errors_among, validate_answers
from app.identity import Principal
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import invalid
from app.platform.ids import new_id
from app.scorecards import Definition, PublishedVersion, published_version

# A consensus of fewer is one person's opinion.
_FEWEST = 2
_REVISED = "A calibration session settled on these answers."


async def decide(
    session: Session,
    principal: Principal,
    session_id: UUID,
    call_id: UUID,
    *,
    answers: Sequence[Answer],
    comment: str | None,
    revise: bool,
) -> Decided:
    """Settle on the answers for a call, in place of what was settled on before.

    Every error of the call's evaluation, and every error that the group found, is checked by this, if a group decides
    it and not one person about the own work or the own agents. `revise`: give the evaluation a revision with these
    answers, under the same condition.
    """
    of = (await seat_for_changing(session, principal, session_id)).session
    if of.state is not SessionState.REVEALED:
        raise SessionNotRevealed(f"the session is {of.state}: the group settles on answers once it has seen all")
    call = await require_call(session, session_id, call_id)
    version = await published_version(session, of.scorecard_version_id)
    evidence = await evaluations.evidence_of(session, call_id, answers)
    kept = validate_answers(version, answers, evidence, complete=True)
    before = await scores.consensus_of_call(session, session_id, call_id)
    evaluation = await _evaluation_of(session, of, call_id)
    obstacle = await _obstacle(session, principal, session_id, call_id, evaluation)
    if revise:
        if obstacle is not None:
            raise invalid("/revise", obstacle)
        await _revise(session, principal, evaluation, kept, comment)
    consensus = Consensus(
        id=new_id() if before is None else before.id,
        session_id=session_id,
        call_id=call_id,
        answers=kept,
        comment=comment,
        decided_by=principal.user_id,
        decided_at=clock.now(),
        evaluation_id=None if evaluation is None else evaluation.evaluation_id,
        version=1 if before is None else before.version + 1,
    )
    await scores.decide(session, consensus)
    decided = CalibrationConsensusDecided(
        subject_id=session_id, before=None if before is None else _document(before), after=_document(consensus)
    )
    await events.record(session, decided)
    verdicts = [] if obstacle else list(_verdicts(of, version, call, consensus, evaluation))
    await record_checked_errors(
        session,
        CheckSource.CALIBRATION,
        consensus.id,
        verdicts,
        decided_by=consensus.decided_by,
        decided_at=consensus.decided_at,
    )
    await live.publish(session, session_id, "consensus", {"call_id": call_id})
    return Decided(consensus, len(verdicts), obstacle)


async def _obstacle(
    session: Session, principal: Principal, session_id: UUID, call_id: UUID, evaluation: Submission | None
) -> str | None:
    """Why this is not the decision of a group without an interest in it; None where it is."""
    people = await participants.of_session(session, session_id)
    counting = await counting_scores(session, session_id, people)
    complete = [one for one in counting if one.call_id == call_id and one.complete]
    if len(complete) < _FEWEST:
        return f"fewer than {_FEWEST} participants have scored the call completely"
    if evaluation is not None and evaluation.verifier_id == principal.user_id:
        return "the evaluation of the call is your own: another leader settles it"
    agent_id = await scores.agent_of_call(session, call_id)
    if agent_id is not None and await assignments.has_conflict(session, principal.user_id, agent_id):
        return "you are the agent, or the agent's supervisor: another leader settles it"
    return None


async def _evaluation_of(session: Session, of: CalibrationSession, call_id: UUID) -> Submission | None:
    """The evaluation of the call as it was submitted, if there is one."""
    evaluation_id = await scores.evaluation_of_record(session, call_id, of.scorecard_id)
    if evaluation_id is None:
        return None
    return (await evaluations.submissions_of(session, [evaluation_id]))[evaluation_id]


async def _revise(
    session: Session,
    principal: Principal,
    evaluation: Submission | None,
    answers: Sequence[Answer],
    comment: str | None,
) -> None:
    if evaluation is None:
        raise invalid("/revise", "the call has no submitted evaluation by this scorecard: leave it out")
    await evaluations.revise(
        session,
        principal,
        evaluation.evaluation_id,
        answers=answers,
        comment=comment,
        why=comment or _REVISED,
        kind=RevisionKind.CALIBRATION,
    )


def _verdicts(
    of: CalibrationSession,
    version: PublishedVersion,
    call: PickedCall,
    consensus: Consensus,
    evaluation: Submission | None,
) -> Iterator[ErrorVerdict]:
    """The verdict on every error of the evaluation, and on the errors that the group found beside them."""
    settled = {answer.item: answer for answer in consensus.answers}
    errors = {answer.item for answer in errors_among(consensus.answers, version.definition)}
    marked = [] if evaluation is None else [error.item for error in evaluations.errors_of(evaluation)]
    for item in (*marked, *(key for key in _in_order(errors, version.definition) if key not in marked)):
        answer = settled.get(item)
        yield ErrorVerdict(
            call_id=call.call_id,
            scorecard_id=of.scorecard_id,
            scorecard_version_id=version.id,
            item=item,
            evaluation_id=evaluation.evaluation_id if evaluation is not None and item in marked else None,
            verdict=_verdict(item, errors, settled),
            value=None if answer is None else answer.value,
            inclusion_prob_e12=call.inclusion_prob_e12,
            comment=(answer and answer.comment) or consensus.comment,
        )


def _in_order(keys: set[str], definition: Definition) -> list[str]:
    return [item.key for item in definition.items if item.key in keys]


def _verdict(item: str, errors: set[str], settled: Mapping[str, Answer]) -> Verdict:
    fault = settled[item].fault if item in errors else None
    return Verdict.NO_ERROR if fault is None else Verdict(fault.value)


def _document(consensus: Consensus) -> ConsensusDocument:
    return {
        "call_id": consensus.call_id,
        "answers": consensus.answers,
        "comment": consensus.comment,
        "evaluation_id": consensus.evaluation_id,
    }
