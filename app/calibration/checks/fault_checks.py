"""Fault checks: a second verifier decides the faults of an evaluation's errors without the first one's marks.

The check is about the errors as they were submitted, whatever becomes of the evaluation. Only a verifier does checks,
because leaders and administrators can read the marks.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from app import assignments, evaluations, events
from app.calibration.checks.checked_errors import record_checked_errors
from app.calibration.checks.errors import AlreadyChecking, FaultCheckClosed, InvalidVerdicts, OwnScoring, ScoringOpen
from app.calibration.checks.events import FaultCheckCompleted, FaultCheckReassigned, fault_check_document
from app.calibration.checks.policies import require_checker
from app.calibration.checks.repository import checked_errors
from app.calibration.checks.repository import fault_checks as repository
from app.calibration.checks.types import (
    CheckSource,
    ErrorToCheck,
    ErrorVerdict,
    FaultCheck,
    FaultCheckCounts,
    FaultCheckFilter,
    FaultCheckRecord,
    FaultCheckState,
    GivenVerdict,
)
from app.identity import Principal, visibility_of
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import FieldError, invalid, require_found
from app.platform.pagination import Page, PageRequest


async def list_fault_checks(
    session: Session, principal: Principal, page: PageRequest, wanted: FaultCheckFilter
) -> Page[FaultCheck]:
    """Fault checks in the order in which they were drawn. Verifiers see only those that they are to do, or did."""
    own_id = visibility_of(principal).verifier_id
    found = await repository.page_of_checks(session, page, wanted, own_id)
    return Page(await _with_errors(session, found.items), found.next_cursor)


async def get_fault_check(session: Session, principal: Principal, check_id: UUID) -> FaultCheck:
    (check,) = await _with_errors(session, [await _record(session, principal, check_id)])
    return check


async def count_fault_checks(session: Session, wanted: FaultCheckFilter) -> list[FaultCheckCounts]:
    """How many were drawn in each plan and what became of them. What is not done is nonresponse."""
    return await repository.counts_by_plan(session, wanted)


async def complete_fault_check(
    session: Session, principal: Principal, check_id: UUID, given: Sequence[GivenVerdict]
) -> FaultCheck:
    """Decide every error of one's own check, once. Sending the same verdicts again changes nothing."""
    await repository.lock(session, check_id)
    check = await get_fault_check(session, principal, check_id)
    require_checker(principal)
    record = check.record
    if record.state is not FaultCheckState.OPEN:
        if record.state is FaultCheckState.DONE and _verdicts(check) == _by_item(given):
            return check
        raise FaultCheckClosed(f"the fault check is {record.state} and cannot be changed any more")
    if errors := tuple(_field_errors(check, given)):
        raise InvalidVerdicts("; ".join(error.detail for error in errors), field_errors=errors)
    for agent_id in record.agent_ids:
        await assignments.require_no_conflict(session, principal.user_id, agent_id)
    await _finish(session, principal, record, given)
    return await get_fault_check(session, principal, check_id)


async def reassign_fault_check(
    session: Session, principal: Principal, check_id: UUID, checker_id: UUID, reason: str
) -> FaultCheck:
    """Give an open check to another verifier of the plan's panel."""
    await repository.lock(session, check_id)
    before = await _record(session, principal, check_id)
    if before.state is not FaultCheckState.OPEN:
        raise FaultCheckClosed(f"the fault check is {before.state} and cannot be given to anyone any more")
    await _require_candidate(session, before, checker_id)
    await repository.give(session, check_id, checker_id, None, clock.now())
    after = replace(before, checker_id=checker_id, obstacle=None)
    event = FaultCheckReassigned(
        subject_id=check_id,
        before=fault_check_document(before),
        after={**fault_check_document(after), "reason": reason},
    )
    await events.record(session, event)
    return await get_fault_check(session, principal, check_id)


async def _record(session: Session, principal: Principal, check_id: UUID) -> FaultCheckRecord:
    found = await repository.check_by_id(session, check_id, visibility_of(principal).verifier_id)
    return require_found(found, "fault check", check_id)


async def _with_errors(session: Session, records: Sequence[FaultCheckRecord]) -> list[FaultCheck]:
    """The checks with the errors that were submitted, and with the verdicts of those that are done."""
    submissions = await evaluations.submissions_of(session, [record.evaluation_id for record in records])
    verdicts = await checked_errors.verdicts_of(session, CheckSource.FAULT_CHECK, [record.id for record in records])
    checks = []
    for record in records:
        submission = submissions[record.evaluation_id]
        errors = [
            ErrorToCheck(
                item=submission.version.definition.item_by_key[error.item],
                at_s=error.at_s,
                segment_id=error.segment_id,
                given=verdicts[record.id].get(error.item),
            )
            for error in evaluations.errors_of(submission)
        ]
        checks.append(FaultCheck(record, errors))
    return checks


def _verdicts(check: FaultCheck) -> dict[str, GivenVerdict]:
    return {error.given.item: error.given for error in check.errors if error.given is not None}


def _by_item(given: Sequence[GivenVerdict]) -> dict[str, GivenVerdict]:
    return {verdict.item: verdict for verdict in given}


def _field_errors(check: FaultCheck, given: Sequence[GivenVerdict]) -> Iterator[FieldError]:
    items = [error.item.key for error in check.errors]
    counts = Counter(verdict.item for verdict in given)
    for position, verdict in enumerate(given):
        if verdict.item not in items:
            yield FieldError(f"/errors/{position}/item", f"the check has no error at {verdict.item!r}")
        elif counts[verdict.item] > 1:
            yield FieldError(f"/errors/{position}/item", f"the error at {verdict.item!r} is decided more than once")
    for item in items:
        if item not in counts:
            yield FieldError("/errors", f"the error at {item!r} is not decided")


async def _finish(
    session: Session, principal: Principal, record: FaultCheckRecord, given: Sequence[GivenVerdict]
) -> None:
    now = clock.now()
    await repository.finish(session, record.id, now)
    after = replace(record, state=FaultCheckState.DONE, done_at=now)
    documents = {"before": fault_check_document(record), "after": fault_check_document(after)}
    await events.record(session, FaultCheckCompleted(subject_id=record.id, **documents))
    errors = [
        ErrorVerdict(
            call_id=record.call.id,
            scorecard_id=record.scorecard_id,
            scorecard_version_id=record.scorecard_version_id,
            item=verdict.item,
            evaluation_id=record.evaluation_id,
            verdict=verdict.verdict,
            inclusion_prob_e12=record.inclusion_prob_e12,
            comment=verdict.comment,
        )
        for verdict in given
    ]
    await record_checked_errors(
        session, CheckSource.FAULT_CHECK, record.id, errors, decided_by=principal.user_id, decided_at=now
    )


async def _require_candidate(session: Session, check: FaultCheckRecord, checker_id: UUID) -> None:
    candidate = (await repository.panel_of(session, check)).get(checker_id)
    if candidate is None:
        raise invalid("/checker_id", f"{checker_id} is no verifier of the sampling plan: add them to the plan first")
    if not candidate.verifies:
        raise invalid("/checker_id", f"{checker_id} is no active user with the role verifier")
    if checker_id == check.checker_id:
        raise AlreadyChecking("the check was given to this verifier before: name another one")
    if candidate.conflicted:
        raise assignments.conflict_of_interest()
    if candidate.scores:
        raise OwnScoring("the verifier scores this call, or has scored it")
    if await repository.is_being_scored(session, check.call.id):
        raise ScoringOpen("a scoring of the call is open: a checker who knows the errors could be given it")
