"""Draws: made once a window, from seeds that were committed to, and never changed."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from app import events, jobs
from app.identity import Principal, visibility_of
from app.platform import clock
from app.platform.database import Row, Session
from app.platform.errors import Unavailable, invalid, require_found
from app.platform.pagination import Page, PageRequest
from app.sampling.draws.execution import execute_draw
from app.sampling.draws.repository import draws as repository
from app.sampling.draws.repository import frames
from app.sampling.draws.types import DrawnStratum, SelectedCalls, SelectionView
from app.sampling.errors import FloorExceedsRate, NoVerifiers, WindowDrawn, WindowNotDrawn, WindowOpen
from app.sampling.events import DrawRefused, RefusalDocument
from app.sampling.plans import commitment_repository as commitments
from app.sampling.plans.commitments import commit, keep_committed
from app.sampling.plans.repository import lock_plan, try_lock_plan
from app.sampling.plans.service import get_plan
from app.sampling.plans.types import Plan, as_drawn
from app.sampling.types import Draw, DrawState, FaultCheckDraw
from app.sampling.windows import Window, is_closed, window_of

JOB = "sampling.draw"
# A larger window is drawn by a job: the request would last too long.
LARGE = 250_000
_TO_BE_MADE = {DrawState.COMMITTED, DrawState.REFUSED}


class DrawImpossible(Exception):
    """A draw that is due cannot be made with this version of its plan, and the reason."""

    def __init__(self, reason: str, plan_version: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.plan_version = plan_version


async def request_draw(session: Session, plan_id: UUID, day: date, *, late: bool = False) -> Draw | UUID:
    """Draw from the window that holds `day`, or from its late calls: the draw, or the job that makes a large one."""
    await lock_plan(session, plan_id)
    plan = await get_plan(session, plan_id)
    window = window_of(plan.window, plan.timezone, day)
    _check_over(window)
    # Missed windows before this one could no longer be found once it has a draw.
    await keep_committed(session, plan)
    over = await commitments.draws_over(session, plan_id, window)
    find = _late_part if late else _own_part
    draw_id = await find(session, plan, over, window)
    if await frames.has_more_calls(session, plan, window, than=LARGE):
        return await jobs.enqueue_once(session, JOB, {"draw_id": str(draw_id)})
    return await execute_draw(session, plan, await _draw(session, draw_id))


async def make_draw(session: Session, draw_id: UUID) -> Plan:
    """Make a draw that is due, unless it has been made or voided: the plan of the draw.

    Raises DrawImpossible where the present version of the plan allows no draw. Raises Unavailable, without waiting,
    while the plan is being changed or drawn from.
    """
    plan_id = (await _draw(session, draw_id)).plan_id
    if not await try_lock_plan(session, plan_id):
        raise Unavailable("the plan is being changed or drawn from: try again")
    draw, plan = await _draw(session, draw_id), await get_plan(session, plan_id)
    if draw.state not in _TO_BE_MADE:
        return plan
    try:
        await execute_draw(session, plan, draw)
    except (FloorExceedsRate, NoVerifiers) as error:
        raise DrawImpossible(error.detail, plan.version) from error
    return plan


async def refuse(session: Session, draw_id: UUID, error: DrawImpossible) -> None:
    """Note why a draw could not be made when it was due. It is tried again every day, and once the plan is changed."""
    draw = await _draw(session, draw_id)
    if not await commitments.refuse(session, draw_id, clock.now(), error.reason, error.plan_version):
        return
    after: RefusalDocument = {
        "plan_id": draw.plan_id,
        "window_start": draw.window.start_on,
        "part": draw.supplement_no,
        "why": error.reason,
    }
    await events.record(session, DrawRefused(subject_id=draw_id, after=after))


async def note_failure(session: Session, draw_id: UUID, reason: str) -> None:
    """Refuse a draw whose job has failed for good, unless it has been refused for this reason."""
    draw = await _draw(session, draw_id)
    if draw.failure_reason == reason:
        return
    plan = await get_plan(session, draw.plan_id)
    await refuse(session, draw_id, DrawImpossible(reason, plan.version))


async def has_late_calls(session: Session, plan: Plan, draw_id: UUID) -> bool:
    """Whether there is anything to draw from for a supplementary draw that was committed to."""
    draw = await _draw(session, draw_id)
    drawn = await commitments.drawn_over(session, plan.id, draw.window)
    return await frames.has_late_calls(
        session, as_drawn(plan, drawn[0].parameters), draw.window, [row.id for row in drawn]
    )


async def get_draw(session: Session, draw_id: UUID) -> tuple[Draw, Sequence[DrawnStratum]]:
    """A draw with its strata."""
    return await _draw(session, draw_id), await repository.strata_of_draw(session, draw_id)


async def fault_check_draw(session: Session, draw_id: UUID) -> FaultCheckDraw | None:
    """By what the evaluations of a draw are drawn for fault checks; None where it has none, or is not made yet.

    The seed is fixed, and its hash published, when the draw is made and its work assigned: it is older than every
    evaluation that it decides about. It stays a secret until `app.calibration` reveals it.
    """
    return await repository.fault_check_draw(session, draw_id)


async def list_draws(session: Session, page: PageRequest, *, plan_id: UUID | None, state: DrawState) -> Page[Draw]:
    return await repository.page_of_draws(session, page, plan_id, state)


async def list_selections(
    session: Session, principal: Principal, draw_id: UUID, page: PageRequest
) -> Page[SelectionView]:
    """The drawn calls in their display order. Verifiers see only their own assignments."""
    await _draw(session, draw_id)
    return await repository.page_of_selections(session, draw_id, page, visibility_of(principal).verifier_id)


async def selected_calls(session: Session, draw_id: UUID) -> SelectedCalls | None:
    """The calls that were drawn, with the seed of the draw; None where there is no such draw, or none made yet."""
    draw = await repository.draw_by_id(session, draw_id)
    if draw is None or draw.seed is None:
        return None
    return SelectedCalls(draw.seed, await repository.selected_calls(session, draw_id))


async def _draw(session: Session, draw_id: UUID) -> Draw:
    return require_found(await repository.draw_by_id(session, draw_id), "draw", draw_id)


def _check_over(window: Window) -> None:
    if window.starts_at == window.ends_at:
        raise invalid("/window_start", f"the clocks of {window.timezone} skipped {window.start_on}")
    if not is_closed(window, clock.now()):
        raise WindowOpen(f"the {window.kind} that begins on {window.start_on} lasts until {window.ends_at.isoformat()}")


async def _own_part(session: Session, plan: Plan, over: Sequence[Row], window: Window) -> UUID:
    """The window's own draw, committed to now if that has not happened before."""
    if not over:
        return (await commit(session, plan, window)).id
    own = over[0]
    if own.drawn_at is not None or not _is(own, window):
        raise WindowDrawn(f"the draw {own.id} holds calls of the {window.kind} that begins on {window.start_on}")
    draw_id: UUID = own.id
    return draw_id


async def _late_part(session: Session, plan: Plan, over: Sequence[Row], window: Window) -> UUID:
    """The draw of the calls that came after the window's last part. After months there is no commitment to it left."""
    parts = [row for row in over if _is(row, window)]
    if not parts or parts[0].drawn_at is None:
        raise WindowNotDrawn(f"the {window.kind} that begins on {window.start_on} has no draw to supplement")
    if parts[-1].drawn_at is not None:
        return (await commit(session, plan, window, parts[-1].supplement_no + 1)).id
    draw_id: UUID = parts[-1].id
    return draw_id


def _is(row: Row, window: Window) -> bool:
    return (row.starts_at, row.ends_at) == (window.starts_at, window.ends_at)
