"""Evaluations: drafted, submitted and revised."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.evaluations import journal, repository, tallies
from app.evaluations.errors import AlreadyEvaluated, AssignmentOfAnother, NotADraft, NotSubmitted, ScorecardNotPublished
from app.evaluations.judging import Evidence, checked, worth_as_it_stands
from app.evaluations.policies import require_reviser, require_verifier
from app.evaluations.reading import get_evaluation
from app.evaluations.types import Answer, Evaluation, EvaluationStatus, NewEvaluation, Revision
from app.identity import Principal
from app.platform import clock
from app.platform.database import Session
from app.platform.database.records import map_integrity_errors
from app.platform.errors import StaleVersion, invalid
from app.platform.ids import new_id
from app.scorecards import PublishedVersion, published_version


async def evaluate(session: Session, principal: Principal, new: NewEvaluation) -> Evaluation:
    """Judge a call by the scorecard's latest published version: as a draft, or submitted at once."""
    subject = await _subject(session, principal, new)
    version = await published_version(session, subject.version_id)
    evidence = await _evidence(session, new.call_id, new.answers, subject.ends_at_s)
    answers = checked(version, new.answers, evidence, complete=new.submit)
    now = clock.now()
    evaluation = Evaluation(
        id=new_id(),
        call_id=new.call_id,
        project_id=subject.project_id,
        agent_id=subject.agent_id,
        scorecard_id=new.scorecard_id,
        scorecard_version_id=version.id,
        scorecard_version=version.number,
        assignment_id=new.assignment_id or subject.assignment_id,
        verifier_id=principal.user_id,
        status=EvaluationStatus.SUBMITTED if new.submit else EvaluationStatus.DRAFT,
        version=1,
        revision=1 if new.submit else 0,
        worth=worth_as_it_stands(version, answers),
        created_at=now,
        submitted_at=now if new.submit else None,
        answers=answers,
        comment=new.comment,
    )
    await _write_new(session, evaluation, version)
    return evaluation


async def change_draft(
    session: Session, principal: Principal, evaluation_id: UUID, etag: int, changes: dict[str, Any]
) -> Evaluation:
    """Replace the answers, the comment or both of one's own draft."""
    before, version = await _own_draft(session, principal, evaluation_id)
    if before.etag != etag:
        raise StaleVersion(f"the evaluation is now at version {before.etag}")
    answers = changes.get("answers", before.answers)
    evidence = await _evidence(session, before.call_id, answers)
    answers = checked(version, answers, evidence, complete=False)
    after = replace(
        before,
        version=before.version + 1,
        worth=worth_as_it_stands(version, answers),
        answers=answers,
        comment=changes.get("comment", before.comment),
    )
    await repository.update_draft(session, after)
    await journal.changed(session, before, after, version)
    return after


async def submit(session: Session, principal: Principal, evaluation_id: UUID) -> Evaluation:
    """Submit one's own draft as it stands: revision 1."""
    draft, version = await _own_draft(session, principal, evaluation_id)
    evidence = await _evidence(session, draft.call_id, draft.answers)
    answers = checked(version, draft.answers, evidence, complete=True)
    now = clock.now()
    submitted = replace(
        draft,
        status=EvaluationStatus.SUBMITTED,
        version=draft.version + 1,
        revision=1,
        assignment_id=draft.assignment_id or await repository.open_assignment(session, draft),
        answers=answers,
        submitted_at=now,
    )
    revision = _revision(submitted, draft.verifier_id, now)
    await repository.submit_draft(session, submitted, revision, version.definition)
    await journal.submitted(session, submitted, version)
    await tallies.enqueue(session, submitted)
    return submitted


async def revise(
    session: Session,
    principal: Principal,
    evaluation_id: UUID,
    *,
    answers: Sequence[Answer],
    comment: str | None,
    why: str,
) -> Evaluation:
    """Another revision of a submitted evaluation. It counts from now on; the earlier ones stay readable."""
    await repository.lock(session, evaluation_id)
    before = await get_evaluation(session, principal, evaluation_id)
    require_reviser(principal, before)
    if before.status is not EvaluationStatus.SUBMITTED:
        raise NotSubmitted(f"the evaluation {evaluation_id} is a draft: change it, and submit it")
    version = await published_version(session, before.scorecard_version_id)
    answers = checked(version, answers, await _evidence(session, before.call_id, answers), complete=True)
    worth = worth_as_it_stands(version, answers)
    after = replace(before, revision=before.revision + 1, worth=worth, answers=answers, comment=comment)
    revision = _revision(after, principal.user_id, clock.now(), why)
    await repository.revise(session, evaluation_id, revision, version.definition)
    await journal.revised(session, before, after, version, why)
    await tallies.enqueue(session, after)
    return after


async def _subject(session: Session, principal: Principal, new: NewEvaluation) -> Any:
    """The call and what it is judged by, if they belong together."""
    subject = await repository.read_subject(session, new, principal.user_id)
    if subject.call_id is None:
        raise invalid("/call_id", f"there is no call {new.call_id}")
    if subject.scorecard_id is None:
        raise invalid("/scorecard_id", f"there is no scorecard {new.scorecard_id}")
    if subject.scorecard_project_id not in (None, subject.project_id):
        raise invalid("/scorecard_id", "the scorecard is for the calls of another project")
    if subject.version_id is None:
        raise ScorecardNotPublished(f"no version of the scorecard {new.scorecard_id} is published yet")
    # Before anything is written: whether the other has begun must not show in the answer.
    if subject.assigned_to not in (None, principal.user_id):
        raise _of_another()
    return subject


def _of_another() -> AssignmentOfAnother:
    return AssignmentOfAnother("the assignment was given to another verifier")


async def _evidence(
    session: Session, call_id: UUID, answers: Sequence[Answer], ends_at_s: Decimal | None = None
) -> Evidence:
    """What the evidence given may point at; the transcript is looked at only if any of it does."""
    asked = [answer.segment_id for answer in answers if answer.segment_id is not None]
    segments = await repository.segments_of_call(session, call_id, asked) if asked else frozenset()
    return Evidence(await repository.end_of_call(session, call_id) if ends_at_s is None else ends_at_s, segments)


async def _write_new(session: Session, evaluation: Evaluation, version: PublishedVersion) -> None:
    unknown = invalid("/assignment_id", "there is no such assignment")
    with map_integrity_errors(fk_evaluations_tenant_id_assignment_id_assignments=unknown):
        if evaluation.status is EvaluationStatus.DRAFT:
            written = await repository.insert_draft(session, evaluation)
        else:
            revision = _revision(evaluation, evaluation.verifier_id, evaluation.created_at)
            written = await repository.submit(session, evaluation, revision, version.definition)
    if not written:
        await _refuse_another(session, evaluation)
    if evaluation.status is EvaluationStatus.DRAFT:
        await journal.drafted(session, evaluation, version)
    else:
        await journal.submitted(session, evaluation, version)
        await tallies.enqueue(session, evaluation)


async def _refuse_another(session: Session, evaluation: Evaluation) -> None:
    existing = await repository.existing(session, evaluation)
    if existing is None:
        # The assignment was handed on, and begun, after it was looked at.
        raise _of_another()
    detail = f"the evaluation {existing.id} ({existing.status}) has this assignment, or this call and verifier, already"
    raise AlreadyEvaluated(detail, headers={"Location": f"/v1/evaluations/{existing.id}"})


async def _own_draft(
    session: Session, principal: Principal, evaluation_id: UUID
) -> tuple[Evaluation, PublishedVersion]:
    await repository.lock(session, evaluation_id)
    evaluation = await get_evaluation(session, principal, evaluation_id)
    require_verifier(principal, evaluation)
    if evaluation.status is not EvaluationStatus.DRAFT:
        raise NotADraft(f"the evaluation {evaluation_id} was submitted; a correction is a revision")
    return evaluation, await published_version(session, evaluation.scorecard_version_id)


def _revision(evaluation: Evaluation, author_id: UUID, at: datetime, why: str | None = None) -> Revision:
    """The revision that is written of an evaluation as it has become."""
    return Revision(
        id=new_id(),
        number=evaluation.revision,
        author_id=author_id,
        why=why,
        comment=evaluation.comment,
        created_at=at,
        worth=evaluation.worth,
        answers=evaluation.answers,
    )
