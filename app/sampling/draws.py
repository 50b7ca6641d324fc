"""Draws: made once a window, from random seeds, and never changed."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app import events
from app.identity import Principal
from app.platform import clock
from app.platform.errors import NotFound
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest, page_of
from app.sampling.design import FloorExceedsRateError
from app.sampling.drawing import DrawnSample, Seeds, draw_sample
from app.sampling.errors import FloorExceedsRate, NoVerifiers, WindowDrawn, WindowOpen
from app.sampling.frames import read_frame
from app.sampling.plans import get_plan
from app.sampling.policies import own_only
from app.sampling.records import Draw, DrawnCall, DrawnStratum, Plan
from app.sampling.repository import draws as repository
from app.sampling.repository.frames import verifiers_of_plan
from app.sampling.repository.plans import lock_plan
from app.sampling.selection import SEED_BYTES, seed_commitment
from app.sampling.types import Window
from app.sampling.windows import is_closed, window_of


async def make_draw(session: AsyncSession, plan_id: UUID, day: date) -> tuple[Draw, Sequence[DrawnStratum]]:
    """Draw from the window that holds `day`: the draw and its strata. An empty window gives an empty draw."""
    await lock_plan(session, plan_id)
    plan = await get_plan(session, plan_id)
    window = window_of(plan.window, plan.timezone, day)
    await _check(session, plan, window)
    barred = await verifiers_of_plan(session, plan_id)
    if not barred:
        raise NoVerifiers("none of the plan's verifiers is an active user with the role verifier any longer")
    seeds = Seeds(selection=_seed(), assignment=_seed())
    sample = await _sample(session, plan, window, seeds, barred)
    draw = Draw(
        id=new_id(),
        plan_id=plan_id,
        part=0,
        window=window,
        frame_size=len(sample.calls),
        sample_size=sample.sample_size,
        frame_digest=sample.digest,
        seed_commitment=seed_commitment(seeds.selection),
        seed=seeds.selection,
        parameters=_parameters(plan, barred),
        drawn_at=clock.now(),
    )
    await repository.insert_draw(session, draw, sample, plan.scorecard_id)
    await events.record(session, "draw.made", subject=("draw", draw.id), after=_summary(draw, sample))
    return draw, sample.strata


async def get_draw(session: AsyncSession, draw_id: UUID) -> tuple[Draw, Sequence[DrawnStratum]]:
    """A draw with its strata."""
    return await _draw(session, draw_id), await repository.strata_of_draw(session, draw_id)


async def list_draws(session: AsyncSession, page: PageRequest, *, plan_id: UUID | None) -> Page[Draw]:
    rows = await repository.page_of_draws(session, page, plan_id)
    return page_of(rows, page, lambda draw: (draw.id,))


async def list_selections(
    session: AsyncSession, principal: Principal, draw_id: UUID, page: PageRequest
) -> Page[DrawnCall]:
    """The drawn calls in their random order. A verifier sees no assignments but the own."""
    await _draw(session, draw_id)
    rows = await repository.page_of_selections(session, draw_id, page, own_only(principal))
    return page_of(rows, page, lambda drawn: (drawn.selection.position,))


async def _draw(session: AsyncSession, draw_id: UUID) -> Draw:
    draw = await repository.draw_by_id(session, draw_id)
    if draw is None:
        raise NotFound(f"there is no draw {draw_id}")
    return draw


async def _check(session: AsyncSession, plan: Plan, window: Window) -> None:
    if not is_closed(window, clock.now()):
        raise WindowOpen(f"the {window.kind} that begins on {window.start_on} lasts until {window.ends_at.isoformat()}")
    # Overlapping, not equal: the plan may have had other windows or another time zone before.
    drawn = await repository.overlapping_draw(session, plan.id, window)
    if drawn is not None:
        raise WindowDrawn(f"the draw {drawn} holds calls of the {window.kind} that begins on {window.start_on}")


def _seed() -> bytes:
    """The only place where the seeds of a draw come from."""
    return secrets.token_bytes(SEED_BYTES)


async def _sample(
    session: AsyncSession, plan: Plan, window: Window, seeds: Seeds, barred: dict[UUID, list[UUID]]
) -> DrawnSample:
    calls = await read_frame(session, plan, window)
    try:
        # A large frame takes a second of pure computing: not on the event loop.
        return await asyncio.to_thread(draw_sample, plan.design, calls, seeds, barred)
    except FloorExceedsRateError as error:
        raise FloorExceedsRate(error.feasibility) from error


def _parameters(plan: Plan, barred: dict[UUID, list[UUID]]) -> dict[str, Any]:
    """All that the draw follows from besides frame and seeds."""
    return asdict(plan.design) | {
        "scorecard_id": plan.scorecard_id,
        "plan_version": plan.version,
        "verifiers": [{"id": verifier, "barred_from": agents} for verifier, agents in barred.items()],
    }


def _summary(draw: Draw, sample: DrawnSample) -> dict[str, Any]:
    """What the journal keeps: enough to tell later whether the stored draw is the one that was made."""
    return {
        "plan_id": draw.plan_id,
        "window_start": draw.window.start_on,
        "part": draw.part,
        "frame_size": draw.frame_size,
        "sample_size": draw.sample_size,
        "frame_digest": draw.frame_digest.hex(),
        "seed_commitment": draw.seed_commitment.hex(),
        "agents": len(sample.strata),
        "assignments": len(sample.assignments),
        "double_scored": sum(assignment.place == 2 for assignment in sample.assignments),
        "unassigned": len(sample.unassigned),
    }
