"""Making a draw: its frame is frozen, calls are drawn from it by the committed seed, and verifiers get them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app import events
from app.platform import clock
from app.platform.database import Row, Session
from app.platform.errors import Unavailable
from app.sampling.assignment import assign
from app.sampling.commitments import commit
from app.sampling.design import FloorExceedsRateError, design_classes
from app.sampling.drawing import CallChanged, DrawnSample, drawn_strata, explained
from app.sampling.errors import FloorExceedsRate, NoLateCalls, NoVerifiers
from app.sampling.frames import sizing_of
from app.sampling.panels import read_panel
from app.sampling.records import Draw, Plan, as_drawn
from app.sampling.repository import commitments, frames
from app.sampling.repository import draws as repository
from app.sampling.sizes import Sizing
from app.sampling.types import ClassDesign, Panel, PlanDesign, SamplingMode, SelectedCall, Selection, SizeClass


async def make(session: Session, plan: Plan, draw: Draw) -> Draw:
    """Freeze the frame, draw from it and assign what is drawn. An empty window gives an empty draw."""
    panel = await read_panel(session, plan, draw.window)
    if not panel.verifier_ids:
        raise NoVerifiers("none of the plan's verifiers is an active user with the role verifier any longer")
    earlier = await commitments.drawn_over(session, plan.id, draw.window)
    # Late calls are drawn as those before them were, whatever the plan has become.
    plan = as_drawn(plan, earlier[0].parameters) if earlier else plan
    design = _design(plan, draw, earlier)
    sizing = await sizing_of(session, plan, draw.window)
    classes = await frames.freeze_frame(session, draw.id, plan, sizing, besides=[row.id for row in earlier])
    if draw.part and not classes:
        raise NoLateCalls(f"the {draw.window.kind} that begins on {draw.window.start_on} has no late calls")
    frame = await asyncio.to_thread(_designed, design, classes)
    seeds = await commitments.seeds_of(session, draw.id)
    selections, started_at = await _selected(session, draw.id, seeds.selection, frame, sizing)
    given = await asyncio.to_thread(assign, seeds.assignment, selections, panel, design.double_score_rate)
    sample = DrawnSample(
        strata=drawn_strata(frame.strata, selections),
        selections=selections,
        started_at=started_at,
        assignments=given.assignments,
    )
    made = replace(
        draw,
        frame_size=sum(alike.calls for alike in classes),
        sample_size=len(selections),
        frame_digest=await frames.digest_of_frame(session, draw.id),
        seed=seeds.selection,
        parameters=_parameters(plan, design, panel),
        drawn_at=clock.now(),
        refused_at=None,
        refusal=None,
    )
    await repository.complete_draw(session, made)
    await repository.insert_sample(session, made, sample, plan)
    await events.record(session, "draw.made", subject=("draw", draw.id), after=_summary(made, sample))
    await commit(session, plan, draw.window, draw.part + 1)
    return made


async def _selected(
    session: Session, draw_id: UUID, seed: bytes, frame: ClassDesign, sizing: Sizing
) -> tuple[list[Selection], dict[UUID, datetime]]:
    """The calls that are drawn, with the reasons for their sizes, and when each of them began."""
    selected = await frames.select_calls(session, draw_id, seed, frame)
    facts = await frames.facts_of(session, selected, sizing)
    selections = await asyncio.to_thread(_explained, selected, facts, sizing)
    return selections, {call_id: fact.started_at for call_id, fact in facts.items()}


def _explained(selected: Sequence[SelectedCall], facts: Mapping[UUID, Any], sizing: Sizing) -> list[Selection]:
    try:
        return list(explained(selected, facts, sizing))
    except CallChanged as error:
        raise Unavailable(f"{error}: try again") from error


def _designed(design: PlanDesign, classes: Sequence[SizeClass]) -> ClassDesign:
    try:
        return design_classes(design, classes)
    except FloorExceedsRateError as error:
        raise FloorExceedsRate(error.feasibility) from error


def _design(plan: Plan, draw: Draw, earlier: Sequence[Row]) -> PlanDesign:
    """The plan's design for the draw's own window; late calls are drawn at the rate of those before them."""
    design = replace(plan.design, window=draw.window.kind, timezone=draw.window.timezone)
    frame_size = sum(row.frame_size for row in earlier)
    if draw.part == 0:
        return design
    if design.rate is not None:
        return replace(design, supplementary=True)
    if not frame_size:
        return design
    rate = Decimal(sum(row.sample_size for row in earlier)) / frame_size
    return replace(
        design,
        mode=SamplingMode.RATE,
        quota_per_agent=None,
        rate=round(rate, 12),
        supplementary=True,
    )


def _parameters(plan: Plan, design: PlanDesign, panel: Panel) -> dict[str, Any]:
    """All that the draw follows from besides frame and seeds."""
    conflicts = sorted(panel.conflicts)
    return asdict(design) | {
        "scorecard_id": plan.scorecard_id,
        "plan_version": plan.version,
        "verifiers": [
            {"id": verifier, "barred_from": [agent for who, agent in conflicts if who == verifier]}
            for verifier in panel.verifier_ids
        ],
    }


def _summary(draw: Draw, sample: DrawnSample) -> dict[str, Any]:
    """What the journal keeps: enough to tell later whether the stored draw is the one that was made."""
    assert draw.frame_digest is not None
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
        "parameters": draw.parameters,
        "unassigned": sum(assignment.verifier_id is None for assignment in sample.assignments),
    }
