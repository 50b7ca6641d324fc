"""Draws: made once a window, from seeds that were committed to, and never changed."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from app import events, jobs
from app.identity import Principal
from app.platform import clock
from app.platform.database import Row, Session
from app.platform.errors import NotFound, invalid
from app.platform.pagination import Page, PageRequest, page_of
from app.sampling.commitments import commit, keep_committed
from app.sampling.errors import FloorExceedsRate, NoVerifiers, WindowDrawn, WindowNotDrawn, WindowOpen
from app.sampling.making import make
from app.sampling.plans import get_plan
from app.sampling.policies import own_only
from app.sampling.records import Draw, DrawnCall, DrawnStratum, DrawState, Plan, as_drawn
from app.sampling.repository import commitments, frames
from app.sampling.repository import draws as repository
from app.sampling.repository.plans import lock_plan
from app.sampling.types import Window
from app.sampling.windows import is_closed, window_of

JOB = "sampling.draw"
# A larger window is drawn by a job: the request would last too long.
LARGE = 250_000
_TO_BE_MADE = {DrawState.COMMITTED, DrawState.REFUSED}


class DrawRefused(Exception):
    """A draw that is due cannot be made, and why, by this version of its plan."""

    def __init__(self, why: str, plan_version: int) -> None:
        super().__init__(why)
        self.why = why
        self.plan_version = plan_version


async def begin_draw(session: Session, plan_id: UUID, day: date, *, late: bool = False) -> Draw | UUID:
    """Draw from the window that holds `day`, or from its late calls: the draw, or the job that makes a large one."""
    await lock_plan(session, plan_id)
    plan = await get_plan(session, plan_id)
    window = window_of(plan.window, plan.timezone, day)
    _check_over(window)
    # What was missed before this window would no longer be found once it has a draw.
    await keep_committed(session, plan)
    over = await commitments.draws_over(session, plan_id, window)
    find = _late_part if late else _own_part
    draw_id = await find(session, plan, over, window)
    if await frames.has_more_calls(session, plan, window, than=LARGE):
        return await jobs.enqueue_once(session, JOB, {"draw_id": str(draw_id)})
    return await make(session, plan, await _draw(session, draw_id))


async def make_draw(session: Session, draw_id: UUID) -> Draw | None:
    """Make a draw that was committed to and is due; None if that has happened already, or is no longer to.

    Raises DrawRefused where the plan as it is now cannot be drawn by.
    """
    draw, plan = await _held(session, draw_id)
    if draw.state not in _TO_BE_MADE:
        return None
    try:
        return await make(session, plan, draw)
    except (FloorExceedsRate, NoVerifiers) as reason:
        raise DrawRefused(reason.detail, plan.version) from reason


async def refuse(session: Session, draw_id: UUID, refusal: DrawRefused) -> None:
    """Note why a draw could not be made when it was due. It is tried again every day, and with another plan at once."""
    draw, plan = await _held(session, draw_id)
    if draw.state not in _TO_BE_MADE:
        return
    await commitments.refuse(session, draw_id, clock.now(), refusal.why, refusal.plan_version)
    after = {"plan_id": plan.id, "window_start": draw.window.start_on, "part": draw.part, "why": refusal.why}
    await events.record(session, "draw.refused", subject=("draw", draw_id), after=after)


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


async def list_draws(session: Session, page: PageRequest, *, plan_id: UUID | None, state: DrawState) -> Page[Draw]:
    rows = await repository.page_of_draws(session, page, plan_id, state)
    return page_of(rows, page, lambda draw: (draw.id,))


async def list_selections(session: Session, principal: Principal, draw_id: UUID, page: PageRequest) -> Page[DrawnCall]:
    """The drawn calls in their random order. A verifier sees no assignments but the own."""
    await _draw(session, draw_id)
    rows = await repository.page_of_selections(session, draw_id, page, own_only(principal))
    return page_of(rows, page, lambda drawn: (drawn.selection.position,))


async def _draw(session: Session, draw_id: UUID) -> Draw:
    draw = await repository.draw_by_id(session, draw_id)
    if draw is None:
        raise NotFound(f"there is no draw {draw_id}")
    return draw


async def _held(session: Session, draw_id: UUID) -> tuple[Draw, Plan]:
    """A draw and its plan, which nobody changes or draws by before the transaction ends."""
    await lock_plan(session, (await _draw(session, draw_id)).plan_id)
    draw = await _draw(session, draw_id)
    return draw, await get_plan(session, draw.plan_id)


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
        return (await commit(session, plan, window, parts[-1].part + 1)).id
    draw_id: UUID = parts[-1].id
    return draw_id


def _is(row: Row, window: Window) -> bool:
    return (row.starts_at, row.ends_at) == (window.starts_at, window.ends_at)
