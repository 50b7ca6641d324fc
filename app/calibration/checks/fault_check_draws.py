"""Drawing evaluations for fault checks, giving the checks out, and revealing the seed by which they were drawn.

The seed is older than every evaluation that it decides about (docs/decisions/0024). It stays a secret while a scorer
could learn from it that an evaluation of theirs is being checked.
"""

from datetime import datetime, timedelta
from uuid import UUID

from app import events, sampling
from app.calibration.checks.drawing import choose_checker, is_drawn
from app.calibration.checks.events import (
    FaultCheckDrawn,
    FaultCheckGiven,
    FaultCheckLapsed,
    FaultCheckSeedRevealed,
    fault_check_document,
)
from app.calibration.checks.repository import fault_checks as repository
from app.calibration.checks.types import (
    DrawableEvaluation,
    FaultCheckProof,
    FaultCheckRecord,
    Obstacle,
    ProofRow,
)
from app.evaluations import EvaluationSubmitted
from app.events import RecordedEvent
from app.platform import clock
from app.platform.database import Session
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest
from app.sampling import FaultCheckDraw

# After so long checks that are not done count as nonresponse, and the seed is revealed.
LIFETIME = timedelta(days=90)


async def on_scoring_ended(session: Session, event: RecordedEvent) -> None:
    """After a submission or a skip: draw the evaluation or not, and give out the checks that waited for the scoring."""
    after = event.after
    assert after is not None
    if event.type == EvaluationSubmitted.name and after["assignment_id"] is not None and after["errors"]:
        assert event.subject_id is not None
        await _consider(session, await repository.drawable_evaluation(session, event.subject_id))
    for check_id in await repository.waiting_of_call(session, UUID(after["call_id"])):
        await _give(session, check_id)


async def tend_fault_checks(session: Session, draw_id: UUID) -> None:
    """Do for a draw what no event does: find a checker for the checks without one, and reveal the seed at the end.

    Before that, evaluations whose event failed are drawn, so that the proof is complete.
    """
    draw = await sampling.fault_check_draw(session, draw_id)
    if draw is None or await repository.revealed_at(session, draw_id) is not None:
        return
    now = clock.now()
    is_over = now >= draw.committed_at + LIFETIME
    if not is_over and await _has_open_work(session, draw_id):
        return
    for evaluation in await repository.drawable_without_check(session, draw_id):
        await _draw(session, draw, evaluation)
    if is_over:
        for check_id in await repository.open_checks_of_draw(session, draw_id):
            await _expire(session, check_id, now)
    elif await repository.has_open_work(session, draw_id):
        return
    await _reveal(session, draw, now)


async def _has_open_work(session: Session, draw_id: UUID) -> bool:
    """Whether an assignment or a check of the draw is open; checks without an active checker get one, if they can."""
    for check_id in await repository.unattended_checks_of_draw(session, draw_id):
        await _give(session, check_id)
    return await repository.has_open_work(session, draw_id)


async def get_fault_check_proof(
    session: Session, draw_id: UUID, page: PageRequest
) -> tuple[FaultCheckProof, Page[ProofRow]]:
    """The commitment to the seed of a draw's fault checks; once revealed, the seed and what it was drawn from."""
    await sampling.get_draw(session, draw_id)
    draw = await sampling.fault_check_draw(session, draw_id)
    revealed_at = await repository.revealed_at(session, draw_id)
    proof = FaultCheckProof(
        draw_id=draw_id,
        commitment=None if draw is None else draw.commitment,
        committed_at=None if draw is None else draw.committed_at,
        inclusion_prob_e12=0 if draw is None else draw.inclusion_prob_e12,
        seed=draw.seed if draw is not None and revealed_at is not None else None,
        revealed_at=revealed_at,
    )
    if revealed_at is None:
        return proof, Page([], None)
    return proof, await repository.page_of_proof(session, draw_id, page, revealed_at)


async def _consider(session: Session, evaluation: DrawableEvaluation | None) -> None:
    """Draw an evaluation or not, if its draw has fault checks and their seed was a secret when it was submitted."""
    if evaluation is None:
        return
    draw = await sampling.fault_check_draw(session, evaluation.draw_id)
    if draw is None:
        return
    revealed_at = await repository.revealed_at(session, draw.draw_id)
    if revealed_at is None or evaluation.submitted_at < revealed_at:
        await _draw(session, draw, evaluation)


async def _draw(session: Session, draw: FaultCheckDraw, evaluation: DrawableEvaluation) -> None:
    """Write a check of the evaluation if chance wants one, and there is none yet."""
    if not is_drawn(draw.seed, evaluation.evaluation_id, draw.inclusion_prob_e12):
        return
    check_id = new_id()
    if await repository.insert(session, check_id, evaluation, draw.inclusion_prob_e12, clock.now()):
        check = await _check(session, check_id)
        await events.record(session, FaultCheckDrawn(subject_id=check_id, after=fault_check_document(check)))
        await _give(session, check_id)


async def _give(session: Session, check_id: UUID) -> None:
    """Choose a checker, or note why there is none.

    While a scoring of the call is open nobody is chosen: whoever knows which items are errors could be given that
    scoring, which would no longer be blind.
    """
    before = await _check(session, check_id)
    checker_id, obstacle = await _choice(session, before)
    if (checker_id, obstacle) == (before.checker_id, before.obstacle):
        return
    await repository.give(session, check_id, checker_id, obstacle, clock.now())
    documents = fault_check_document(before), fault_check_document(await _check(session, check_id))
    await events.record(session, FaultCheckGiven(subject_id=check_id, before=documents[0], after=documents[1]))


async def _choice(session: Session, check: FaultCheckRecord) -> tuple[UUID | None, Obstacle | None]:
    if await repository.is_being_scored(session, check.call.id):
        return None, Obstacle.SCORING_OPEN
    panel = await repository.panel_of(session, check)
    open_checks = {
        user_id: row.open_checks
        for user_id, row in panel.items()
        if row.verifies and not row.conflicted and not row.scores
    }
    draw = await sampling.fault_check_draw(session, check.draw_id)
    assert draw is not None
    checker_id = choose_checker(draw.seed, check.evaluation_id, open_checks)
    return checker_id, Obstacle.NOBODY_ELIGIBLE if checker_id is None else None


async def _expire(session: Session, check_id: UUID, at: datetime) -> None:
    before = await _check(session, check_id)
    await repository.expire(session, check_id, at)
    documents = fault_check_document(before), fault_check_document(await _check(session, check_id))
    await events.record(session, FaultCheckLapsed(subject_id=check_id, before=documents[0], after=documents[1]))


async def _reveal(session: Session, draw: FaultCheckDraw, at: datetime) -> None:
    await repository.reveal(session, draw.draw_id, at)
    revealed = FaultCheckSeedRevealed(
        subject_id=draw.draw_id,
        after={"commitment": draw.commitment.hex(), "seed": draw.seed.hex(), "revealed_at": at},
    )
    await events.record(session, revealed)


async def _check(session: Session, check_id: UUID) -> FaultCheckRecord:
    check = await repository.check_by_id(session, check_id)
    assert check is not None
    return check
