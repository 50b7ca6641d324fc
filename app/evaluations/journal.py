"""What the journal says of evaluations, with all that rules and roll-ups need to know."""

from typing import Any

from app import events
from app.evaluations.judging import errors_among
from app.evaluations.stored import answer_document
from app.evaluations.types import Evaluation, EvaluationStatus
from app.platform.database import Session
from app.scorecards import PublishedVersion


async def drafted(session: Session, evaluation: Evaluation, version: PublishedVersion) -> None:
    await _record(session, "evaluation.drafted", evaluation, None, _document(evaluation, version))


async def changed(session: Session, before: Evaluation, after: Evaluation, version: PublishedVersion) -> None:
    await _record(session, "evaluation.changed", after, _document(before, version), _document(after, version))


async def submitted(session: Session, evaluation: Evaluation, version: PublishedVersion) -> None:
    await _record(session, "evaluation.submitted", evaluation, None, _document(evaluation, version))


async def revised(session: Session, before: Evaluation, after: Evaluation, version: PublishedVersion, why: str) -> None:
    document = _document(after, version) | {"why": why}
    await _record(session, "evaluation.revised", after, _document(before, version), document)


async def _record(
    session: Session,
    event_type: str,
    evaluation: Evaluation,
    before: dict[str, Any] | None,
    after: dict[str, Any],
) -> None:
    await events.record(session, event_type, subject=("evaluation", evaluation.id), before=before, after=after)


def _document(evaluation: Evaluation, version: PublishedVersion) -> dict[str, Any]:
    worth = evaluation.worth
    errors = errors_among(evaluation.answers, version.definition)
    document = {
        "call_id": evaluation.call_id,
        "project_id": evaluation.project_id,
        "agent_id": evaluation.agent_id,
        "scorecard_id": evaluation.scorecard_id,
        "scorecard_version": evaluation.scorecard_version,
        "assignment_id": evaluation.assignment_id,
        "verifier_id": evaluation.verifier_id,
        "status": evaluation.status,
        "revision": evaluation.revision,
        "score": worth.score,
        "score_before_fatal": worth.score_before_fatal,
        "passed": worth.passed,
        "families": worth.families,
        "fatal_items": worth.fatal_items,
        "errors": [{"item": error.item, "fault": error.fault, "reason": error.reason} for error in errors],
    }
    if evaluation.status is EvaluationStatus.DRAFT:
        # The answers of a revision are kept in rows of their own; those of a draft are kept here alone.
        document["answers"] = [answer_document(answer) for answer in evaluation.answers]
        document["comment"] = evaluation.comment
    return document
