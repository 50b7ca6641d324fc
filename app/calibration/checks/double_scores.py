"""Double scorings: two verifiers score the same call without knowing of each other, and a third person decides.

What is compared and decided is what both submitted first: a later revision may be made by someone who has read both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from app import evaluations, events
from app.calibration.checks.adjudicating import compare, revised_answers, verdict_on, violations
from app.calibration.checks.checked_errors import record_checked_errors
from app.calibration.checks.errors import AlreadyDecided, InvalidDecision, NotBothSubmitted
from app.calibration.checks.events import DoubleScoreCorrected, DoubleScoreDecided, decision_document
from app.calibration.checks.policies import require_third_person
from app.calibration.checks.repository import double_scores as repository
from app.calibration.checks.types import (
    Adjudication,
    CheckSource,
    ComparedItem,
    DecidedAnswer,
    Decision,
    DoubleScore,
    DoubleScoreDetail,
    DoubleScoreFilter,
    ErrorVerdict,
    ScoringSummary,
)
from app.evaluations import InvalidAnswers, RevisionKind, Submission
from app.identity import Principal
from app.platform import clock
from app.platform.database import Session
from app.platform.database.records import map_integrity_errors
from app.platform.errors import FieldError, invalid, require_found
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest

_REVISED = "A third person decided the double scoring of the call."


@dataclass(frozen=True, slots=True)
class _Pair:
    """Both submissions of a double scoring, compared."""

    double_score: DoubleScore
    record: Submission
    second: Submission
    items: Sequence[ComparedItem]


async def list_double_scores(session: Session, page: PageRequest, wanted: DoubleScoreFilter) -> Page[DoubleScore]:
    """Double scorings in the order in which they were drawn."""
    return await repository.page_of_double_scores(session, page, wanted)


async def get_double_score(session: Session, subject_id: UUID) -> DoubleScoreDetail:
    """A double scoring item by item, once both scorings are submitted, with every decision about it."""
    double_score = await _double_score(session, subject_id)
    pair = await _pair(session, double_score)
    return DoubleScoreDetail(
        double_score=double_score,
        record=None if pair is None else _summary(pair.record),
        second=None if pair is None else _summary(pair.second),
        items=() if pair is None else pair.items,
        decisions=await repository.decisions_of(session, subject_id),
    )


async def adjudicate(
    session: Session, principal: Principal, subject_id: UUID, wanted: Adjudication
) -> DoubleScoreDetail:
    """Decide a double scoring as a third person, or correct an earlier decision, which then no longer counts."""
    double_score = await _double_score(session, subject_id)
    pair = await _pair(session, double_score)
    if pair is None:
        raise NotBothSubmitted(f"the double scoring is {double_score.state}: both scorings must be submitted first")
    scorer_ids = {pair.record.verifier_id, pair.second.verifier_id}
    agent_ids = {double_score.agent_id, pair.record.agent_id, pair.second.agent_id}
    await require_third_person(session, principal, scorer_ids, {agent_id for agent_id in agent_ids if agent_id})
    decisions = await repository.decisions_of(session, subject_id)
    before = decisions[-1] if decisions else None
    _check_why(double_score, before, wanted)
    _check_answers(pair, wanted.answers)
    decision = Decision(
        id=new_id(),
        subject_id=subject_id,
        number=1 if before is None else before.number + 1,
        record_evaluation_id=pair.record.evaluation_id,
        second_evaluation_id=pair.second.evaluation_id,
        answers=wanted.answers,
        comment=wanted.comment,
        why=wanted.why,
        revision=await _revise(session, principal, pair, wanted) if wanted.revise else None,
        decided_by=principal.user_id,
        decided_at=clock.now(),
    )
    await _write(session, pair, before, decision)
    return await get_double_score(session, subject_id)


async def _double_score(session: Session, subject_id: UUID) -> DoubleScore:
    return require_found(await repository.double_score_by_id(session, subject_id), "double scoring", subject_id)


async def _pair(session: Session, double_score: DoubleScore) -> _Pair | None:
    """None while a scoring is not submitted."""
    record_id, second_id = double_score.record_evaluation_id, double_score.second_evaluation_id
    if record_id is None or second_id is None:
        return None
    found = await evaluations.submissions_of(session, [record_id, second_id])
    record, second = found[record_id], found[second_id]
    items = compare(record.version.definition, record.answers, second.version.definition, second.answers)
    return _Pair(double_score, record, second, items)


def _summary(submission: Submission) -> ScoringSummary:
    return ScoringSummary(
        evaluation_id=submission.evaluation_id,
        verifier_id=submission.verifier_id,
        scorecard_version=submission.version.number,
        submitted_at=submission.submitted_at,
        revisions=submission.revisions,
        score=submission.score,
        agent_score=submission.agent_score,
        process_loss=submission.process_loss,
        comment=submission.comment,
    )


def _check_why(double_score: DoubleScore, before: Decision | None, wanted: Adjudication) -> None:
    if before is not None and wanted.why is None:
        raise _already_decided(double_score.id)
    if before is None and wanted.why is not None:
        raise invalid("/why", "there is no decision to correct yet: leave it out")


def _already_decided(subject_id: UUID) -> AlreadyDecided:
    return AlreadyDecided(
        "the double scoring is decided: to correct the decision, say why", headers={"Location": _location(subject_id)}
    )


def _location(subject_id: UUID) -> str:
    return f"/v1/double-scores/{subject_id}"


def _check_answers(pair: _Pair, answers: Sequence[DecidedAnswer]) -> None:
    found = violations(pair.record.version.definition, pair.items, answers)
    if found:
        count = f"{len(found)} error{'' if len(found) == 1 else 's'}"
        errors = tuple(FieldError(violation.pointer, violation.detail) for violation in found)
        raise InvalidDecision(f"the decision has {count}", field_errors=errors)


async def _revise(session: Session, principal: Principal, pair: _Pair, wanted: Adjudication) -> int:
    """Give the evaluation of record a revision with the decided answers: the number of the revision."""
    evaluation_id, definition = pair.record.evaluation_id, pair.record.version.definition
    current = await evaluations.get_evaluation(session, principal, evaluation_id)
    try:
        revised = await evaluations.revise(
            session,
            principal,
            evaluation_id,
            answers=revised_answers(definition, [*pair.record.answers, *current.answers], wanted.answers),
            comment=current.comment,
            why=wanted.why or wanted.comment or _REVISED,
            kind=RevisionKind.CALIBRATION,
        )
    except InvalidAnswers as error:
        # The evaluation was revised since it was submitted. Its pointers are not those of this request.
        errors = tuple(FieldError("/revise", one.detail) for one in error.field_errors)
        raise InvalidDecision(
            "the present answers and the decided ones do not fit together", field_errors=errors
        ) from error
    return revised.revision


async def _write(session: Session, pair: _Pair, before: Decision | None, decision: Decision) -> None:
    subject_id = decision.subject_id
    # Of two decisions at the same time one is written.
    taken = {"uq_double_score_decisions_subject_id_number_tenant_id": _already_decided(subject_id)}
    with map_integrity_errors(**taken):
        await repository.insert_decision(session, decision)
    after = decision_document(decision)
    event = (
        DoubleScoreDecided(subject_id=subject_id, after=after)
        if before is None
        else DoubleScoreCorrected(subject_id=subject_id, before=decision_document(before), after=after)
    )
    await events.record(session, event)
    await record_checked_errors(
        session,
        CheckSource.DOUBLE_SCORE,
        subject_id,
        list(_verdicts(pair, decision)),
        decided_by=decision.decided_by,
        decided_at=decision.decided_at,
    )


def _verdicts(pair: _Pair, decision: Decision) -> Iterator[ErrorVerdict]:
    """The verdict on every error of either scoring: an error of both is one of each."""
    decided = {answer.item: answer for answer in decision.answers}
    items = {compared.item.key: compared.item for compared in pair.items}
    for submission in (pair.record, pair.second):
        for error in evaluations.errors_of(submission):
            answer = decided.get(error.item)
            yield ErrorVerdict(
                call_id=submission.call_id,
                scorecard_id=submission.scorecard_id,
                scorecard_version_id=submission.version.id,
                item=error.item,
                evaluation_id=submission.evaluation_id,
                verdict=verdict_on(items[error.item], answer),
                value=None if answer is None else answer.value,
                inclusion_prob_e12=pair.double_score.inclusion_prob_e12 or None,
                comment=(answer and answer.comment) or decision.comment,
            )
