"""Evaluations: drafted, submitted, revised and read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app import assignments, events
from app.assignments import AssignmentOfAnother, AssignmentScored, Scoring
from app.evaluations.answers import answer_faults, answer_values, answer_violations, hidden_items
from app.evaluations.errors import (
    AlreadyEvaluated,
    InvalidAnswers,
    NotADraft,
    NotSubmitted,
    ScorecardNotPublished,
)
from app.evaluations.events import (
    EvaluationAbandoned,
    EvaluationChanged,
    EvaluationDrafted,
    EvaluationRevised,
    EvaluationSubmitted,
    draft_document,
    evaluation_document,
    revised_document,
)
from app.evaluations.policies import require_reviser, require_verifier
from app.evaluations.repository import reading, writing
from app.evaluations.types import (
    Answer,
    ErrorCount,
    Evaluation,
    EvaluationFilter,
    EvaluationStatus,
    EvaluationSummary,
    Evidence,
    NewEvaluation,
    Revision,
    RevisionKind,
)
from app.identity import Principal, VisibilityScope, visibility_of
from app.platform import clock
from app.platform.database import Row, Session, Where
from app.platform.database.records import read_as
from app.platform.errors import FieldError, StaleVersion, Unavailable, invalid, require_found
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest
from app.scorecards import PublishedVersion, Score, published_version, score


def validate_answers(
    version: PublishedVersion, answers: Sequence[Answer], evidence: Evidence, *, complete: bool
) -> list[Answer]:
    """The answers in the order of the scorecard; InvalidAnswers, with every rule that they break, if any.

    Answers of a draft to items that its other answers hide are left out.
    """
    violations = answer_violations(version.definition, answers, evidence, complete=complete)
    if violations:
        count = f"{len(violations)} error{'' if len(violations) == 1 else 's'}"
        errors = tuple(FieldError(violation.pointer, violation.detail) for violation in violations)
        raise InvalidAnswers(f"the answers have {count}", field_errors=errors)
    hidden = () if complete else hidden_items(version.definition, answers)
    position_of = version.definition.position_of
    return sorted((one for one in answers if one.item not in hidden), key=lambda answer: position_of[answer.item])


def score_answers(version: PublishedVersion, answers: Sequence[Answer]) -> Score:
    """The score of answers that are valid; items without an answer do not count."""
    return score(version.definition, answer_values(answers), version.passing_score, answer_faults(answers))


async def evaluate(session: Session, principal: Principal, new: NewEvaluation) -> Evaluation:
    """Evaluate a call by the scorecard's latest published version: keep a draft, or submit at once."""
    subject = await _subject(session, principal, new)
    version = await published_version(session, subject.version_id)
    evidence = await evidence_of(session, new.call_id, new.answers, subject.ends_at_s)
    answers = validate_answers(version, new.answers, evidence, complete=new.submit)
    now = clock.now()
    evaluation = read_as(
        Evaluation,
        new,
        **vars(score_answers(version, answers)),
        id=new_id(),
        project_id=subject.project_id,
        agent_id=subject.agent_id,
        scorecard_version_id=version.id,
        scorecard_version=version.number,
        assignment_id=new.assignment_id or subject.assignment_id,
        verifier_id=principal.user_id,
        status=EvaluationStatus.SUBMITTED if new.submit else EvaluationStatus.DRAFT,
        version=1,
        revision=1 if new.submit else 0,
        created_at=now,
        submitted_at=now if new.submit else None,
        answers=answers,
        dropped_items=_dropped(new.answers, answers),
    )
    return await _write_new(session, evaluation, version)


async def change_draft(
    session: Session, principal: Principal, evaluation_id: UUID, etag: int, changes: Mapping[str, Any]
) -> Evaluation:
    """Replace the answers, the comment or both of one's own draft."""
    before, version = await _own_draft(session, principal, evaluation_id)
    if before.etag != etag:
        raise StaleVersion(f"the evaluation is now at version {before.etag}")
    given = changes.get("answers", before.answers)
    answers = validate_answers(version, given, await evidence_of(session, before.call_id, given), complete=False)
    after = replace(
        before,
        **vars(score_answers(version, answers)),
        version=before.version + 1,
        answers=answers,
        comment=changes.get("comment", before.comment),
        dropped_items=_dropped(given, answers),
    )
    await writing.update_draft(session, after)
    changed = EvaluationChanged(
        subject_id=after.id,
        before=draft_document(before, version.definition),
        after=draft_document(after, version.definition),
    )
    await events.record(session, changed)
    return after


async def submit(session: Session, principal: Principal, evaluation_id: UUID) -> Evaluation:
    """Submit one's own draft as it stands: revision 1."""
    draft, version = await _own_draft(session, principal, evaluation_id)
    evidence = await evidence_of(session, draft.call_id, draft.answers)
    answers = validate_answers(version, draft.answers, evidence, complete=True)
    now = clock.now()
    submitted = replace(
        draft,
        status=EvaluationStatus.SUBMITTED,
        version=draft.version + 1,
        revision=1,
        assignment_id=await _assignment_of(session, draft),
        answers=answers,
        submitted_at=now,
    )
    await _score_assignment(session, submitted)
    revision = _revision(submitted, draft.verifier_id, now)
    await writing.submit_draft(session, submitted, revision, version.definition)
    await _record_submission(session, submitted, version)
    return submitted


async def abandon(session: Session, evaluation_id: UUID) -> None:
    """Close a draft whose assignment was taken over: it stays readable and no longer blocks another evaluation."""
    await writing.lock(session, evaluation_id)
    row = await _row(session, evaluation_id, VisibilityScope())
    version = await published_version(session, row.scorecard_version_id)
    draft = _scored_draft(row, version)
    await writing.abandon(session, evaluation_id, clock.now())
    abandoned = replace(draft, status=EvaluationStatus.ABANDONED, version=draft.version + 1)
    event = EvaluationAbandoned(
        subject_id=evaluation_id,
        before=draft_document(draft, version.definition),
        after=draft_document(abandoned, version.definition),
    )
    await events.record(session, event)


async def revise(
    session: Session,
    principal: Principal,
    evaluation_id: UUID,
    *,
    answers: Sequence[Answer],
    comment: str | None,
    why: str,
    kind: RevisionKind = RevisionKind.CORRECTION,
) -> Evaluation:
    """Add a revision to a submitted evaluation. It counts from now on; the earlier ones stay readable."""
    await writing.lock(session, evaluation_id)
    before = await get_evaluation(session, principal, evaluation_id)
    require_reviser(principal, before)
    if before.status is not EvaluationStatus.SUBMITTED:
        raise NotSubmitted(f"the evaluation {evaluation_id} is a draft: change it, and submit it")
    version = await published_version(session, before.scorecard_version_id)
    answers = validate_answers(version, answers, await evidence_of(session, before.call_id, answers), complete=True)
    after = replace(
        before,
        **vars(score_answers(version, answers)),
        revision=before.revision + 1,
        answers=answers,
        comment=comment,
    )
    revision = _revision(after, principal.user_id, clock.now(), why, kind)
    await writing.revise(session, evaluation_id, revision, version.definition)
    revised = EvaluationRevised(
        subject_id=after.id,
        before=evaluation_document(before, version.definition),
        after=revised_document(after, version.definition, why, kind),
    )
    await events.record(session, revised)
    return after


async def get_evaluation(session: Session, principal: Principal, evaluation_id: UUID) -> Evaluation:
    """An evaluation at its latest revision; a draft as it stands."""
    row = await _row(session, evaluation_id, visibility_of(principal))
    version = await published_version(session, row.scorecard_version_id)
    if row.status != EvaluationStatus.SUBMITTED:
        return _scored_draft(row, version)
    answers = await reading.answers_of(session, [row.revision_id], version.definition)
    return reading.evaluation_of(row, answers[row.revision_id])


async def list_evaluations(
    session: Session, principal: Principal, page: PageRequest, wanted: EvaluationFilter
) -> Page[EvaluationSummary]:
    return await reading.page_of_summaries(session, page, visibility_of(principal), wanted)


def where_call_evaluated(principal: Principal, evaluated: bool | None) -> Where:
    """The condition on calls `c` that keeps those with a submitted evaluation, or those without; None keeps all.

    To a verifier only their own count: that another one has scored a call would tell that it is scored twice.
    """
    return Where() if evaluated is None else reading.where_call_evaluated(evaluated, visibility_of(principal))


async def list_revisions(
    session: Session, principal: Principal, evaluation_id: UUID, page: PageRequest
) -> Page[Revision]:
    """Every revision ever submitted, the first one first."""
    evaluation = await _row(session, evaluation_id, visibility_of(principal))
    version = await published_version(session, evaluation.scorecard_version_id)
    found = await reading.page_of_revisions(session, evaluation_id, page)
    answers = await reading.answers_of(session, (row.id for row in found.items), version.definition)
    return found.map(lambda row: reading.revision_of(row, answers[row.id]))


async def error_history(session: Session, project_id: UUID, from_day: date, to_day: date) -> dict[UUID, ErrorCount]:
    """The errors of every agent in the project's calls of from_day <= day < to_day, by the latest revisions.

    Errors of every fault count. Days are days of the project's time zone; day, project and agent are those
    that the call has now. Agents without an evaluated call are missing.
    """
    zone = ZoneInfo(await reading.timezone_of(session, project_id))
    since, until = (clock.start_of_day(day, zone) for day in (from_day, to_day))
    return await reading.error_counts(session, project_id, since, until)


def _dropped(given: Sequence[Answer], kept: Sequence[Answer]) -> list[str]:
    """The items whose answers were left out."""
    if len(given) == len(kept):
        return []
    items = {answer.item for answer in kept}
    return [answer.item for answer in given if answer.item not in items]


def _scored_draft(row: Row, version: PublishedVersion) -> Evaluation:
    draft = reading.draft_of(row)
    return replace(draft, **vars(score_answers(version, draft.answers)))


async def _subject(session: Session, principal: Principal, new: NewEvaluation) -> Row:
    """The call and the scorecard that it is evaluated by, if they belong together."""
    subject = await writing.read_subject(session, new, principal.user_id)
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
        raise AssignmentOfAnother("the assignment was given to another verifier")
    if subject.conflicted:
        raise assignments.conflict_of_interest()
    return subject


async def evidence_of(
    session: Session, call_id: UUID, answers: Sequence[Answer], ends_at_s: Decimal | None = None
) -> Evidence:
    """What the evidence given may point at; the transcript is looked at only if any of it does."""
    asked = [answer.segment_id for answer in answers if answer.segment_id is not None]
    segments = await writing.segments_of_call(session, call_id, asked) if asked else frozenset()
    return Evidence(await writing.end_of_call(session, call_id) if ends_at_s is None else ends_at_s, segments)


async def _write_new(session: Session, evaluation: Evaluation, version: PublishedVersion) -> Evaluation:
    """Write the evaluation: as it was written, with the assignment that it is of."""
    written = await _insert(session, evaluation, version)
    if not written and evaluation.assignment_id is None:
        evaluation = replace(evaluation, assignment_id=await _open_assignment_for(session, evaluation))
        written = evaluation.assignment_id is not None and await _insert(session, evaluation, version)
    if not written:
        await _refuse_another(session, evaluation)
    if evaluation.status is EvaluationStatus.DRAFT:
        document = draft_document(evaluation, version.definition)
        await events.record(session, EvaluationDrafted(subject_id=evaluation.id, after=document))
    else:
        await _record_submission(session, evaluation, version)
    return evaluation


async def _insert(session: Session, evaluation: Evaluation, version: PublishedVersion) -> bool:
    """False where the verifier has another evaluation of the call, or has been assigned it meanwhile."""
    await _score_assignment(session, evaluation)
    if evaluation.status is EvaluationStatus.DRAFT:
        return await writing.insert_draft(session, evaluation)
    revision = _revision(evaluation, evaluation.verifier_id, evaluation.created_at)
    return await writing.submit(session, evaluation, revision, version.definition)


async def _open_assignment_for(session: Session, evaluation: Evaluation) -> UUID | None:
    subject = (evaluation.call_id, evaluation.scorecard_id, evaluation.verifier_id)
    return await assignments.open_assignment_for(session, *subject)


async def _score_assignment(session: Session, evaluation: Evaluation) -> None:
    """Begin or complete the assignment that the evaluation is of, if it is of one."""
    if evaluation.assignment_id is None:
        return
    scoring = Scoring(
        id=evaluation.id,
        assignment_id=evaluation.assignment_id,
        call_id=evaluation.call_id,
        scorecard_id=evaluation.scorecard_id,
        verifier_id=evaluation.verifier_id,
    )
    try:
        if evaluation.status is EvaluationStatus.DRAFT:
            await assignments.begin(session, scoring)
        else:
            await assignments.complete(session, scoring)
    except AssignmentScored:
        await _refuse_another(session, evaluation)


async def _assignment_of(session: Session, draft: Evaluation) -> UUID | None:
    """The draft's assignment; of a draft without one, the assignment that its verifier was given meanwhile."""
    if draft.assignment_id is not None:
        return draft.assignment_id
    await assignments.hold_hand_outs(session, draft.verifier_id)
    if draft.agent_id is not None:
        await assignments.require_no_conflict(session, draft.verifier_id, draft.agent_id)
    return await _open_assignment_for(session, draft)


async def _record_submission(session: Session, evaluation: Evaluation, version: PublishedVersion) -> None:
    document = evaluation_document(evaluation, version.definition)
    await events.record(session, EvaluationSubmitted(subject_id=evaluation.id, after=document))


async def _refuse_another(session: Session, evaluation: Evaluation) -> None:
    existing = await writing.existing(session, evaluation)
    if existing is None:
        raise Unavailable("the call was assigned just now: try again")
    detail = (
        f"the evaluation {existing.id} ({existing.status}) has this assignment, or this call and verifier, already: "
        "change or submit the draft, which then counts for the assignment too, or revise what is submitted"
    )
    raise AlreadyEvaluated(detail, headers={"Location": f"/v1/evaluations/{existing.id}"})


async def _own_draft(
    session: Session, principal: Principal, evaluation_id: UUID
) -> tuple[Evaluation, PublishedVersion]:
    await writing.lock(session, evaluation_id)
    evaluation = await get_evaluation(session, principal, evaluation_id)
    require_verifier(principal, evaluation)
    if evaluation.status is not EvaluationStatus.DRAFT:
        raise NotADraft(
            f"the evaluation {evaluation_id} is {evaluation.status}; a submitted one is corrected by a revision"
        )
    return evaluation, await published_version(session, evaluation.scorecard_version_id)


async def _row(session: Session, evaluation_id: UUID, visible: VisibilityScope) -> Row:
    return require_found(await reading.read(session, evaluation_id, visible), "evaluation", evaluation_id)


def _revision(
    evaluation: Evaluation, author_id: UUID, at: datetime, why: str | None = None, kind: RevisionKind | None = None
) -> Revision:
    """The revision that is written of an evaluation."""
    given = {"author_id": author_id, "why": why, "kind": kind, "created_at": at}
    return read_as(Revision, evaluation, id=new_id(), number=evaluation.revision, **given)
