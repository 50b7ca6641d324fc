"""Executing a draw: freeze its frame, select calls with the committed seed, and assign them to verifiers."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from app import assignments, events
from app.assignments import (
    AllocatedScoring,
    Allocation,
    AssignmentBatch,
    NewAssignment,
    Panel,
    ScoringTask,
    allocate_scorings,
)
from app.platform import clock
from app.platform.database import Row, Session
from app.platform.errors import Unavailable
from app.platform.ids import new_id
from app.sampling.draws.design import FloorExceedsRateError, design_classes
from app.sampling.draws.frames import sizing_of
from app.sampling.draws.panels import read_panel
from app.sampling.draws.repository import draws as repository
from app.sampling.draws.repository import frames, panels
from app.sampling.draws.selection import drawn_strata
from app.sampling.draws.sizes import CallChanged, CallFacts, Sizing, attach_signals
from app.sampling.draws.types import ClassDesign, Sample, SelectedCall, Selection, SizeClass
from app.sampling.errors import FloorExceedsRate, NoLateCalls, NoVerifiers
from app.sampling.events import DrawDocument, DrawMade
from app.sampling.plans import commitment_repository as commitments
from app.sampling.plans.commitments import commit, new_seed
from app.sampling.plans.types import Plan, PlanDesign, SamplingMode, as_drawn
from app.sampling.types import Draw, seed_commitment

P = ParamSpec("P")
T = TypeVar("T")

# Seconds of computing after which the transaction sends a statement, so that it does not idle.
KEEP_ALIVE_S = 10


async def execute_draw(session: Session, plan: Plan, draw: Draw) -> Draw:
    """Freeze the frame, draw from it and assign the selections. An empty window gives an empty draw."""
    panel = await read_panel(session, plan, draw.window)
    if not panel.verifier_ids:
        raise NoVerifiers("none of the plan's verifiers is an active user with the role verifier any longer")
    earlier = await commitments.drawn_over(session, plan.id, draw.window)
    # Late calls are drawn as those before them were, whatever the plan has become.
    plan = as_drawn(plan, earlier[0].parameters) if earlier else plan
    design = _design(plan, draw, earlier)
    sizing = await sizing_of(session, plan, draw.window)
    classes = await frames.freeze_frame(session, draw.id, plan, sizing, except_of=[row.id for row in earlier])
    if draw.supplement_no and not classes:
        raise NoLateCalls(f"the {draw.window.kind} that begins on {draw.window.start_on} has no late calls")
    frame = await _computed(session, _designed, design, classes)
    seeds = await commitments.seeds_of(session, draw.id)
    selections, started_at = await _selected(session, draw.id, seeds.selection, frame, sizing)
    allocation = await _computed(session, _allocated, seeds.assignment, selections, panel, design.double_score_rate)
    sample = Sample(
        strata=drawn_strata(frame.strata, selections),
        selections=selections,
        ids={selection.call.call_id: new_id() for selection in selections},
        started_at=started_at,
    )
    check_seed = new_seed() if plan.fault_check_rate else None
    made = replace(
        draw,
        frame_size=sum(size_class.calls for size_class in classes),
        sample_size=len(selections),
        frame_digest=await frames.digest_of_frame(session, draw.id),
        seed=seeds.selection,
        parameters=_parameters(plan, design, panel),
        drawn_at=clock.now(),
        # Together with the assignments: no evaluation of them can be submitted before.
        fault_check_commitment=None if check_seed is None else seed_commitment(check_seed),
        refused_at=None,
        failure_reason=None,
    )
    await repository.complete_draw(session, made, check_seed)
    await repository.insert_sample(session, made, sample)
    scorings = await _assign(session, plan, made, sample, allocation)
    await events.record(session, DrawMade(subject_id=draw.id, after=_summary(made, sample, scorings)))
    await commit(session, plan, draw.window, draw.supplement_no + 1)
    return made


async def _computed(session: Session, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Compute in a thread, and keep the transaction from idling meanwhile.

    To allocate 150,000 selections to 200 verifiers takes 20 seconds of one processor. A busy machine may need more than
    the minute after which PostgreSQL ends an idle transaction. It still ends one whose process hangs.
    """
    computing = asyncio.create_task(asyncio.to_thread(function, *args, **kwargs))
    while not (await asyncio.wait([computing], timeout=KEEP_ALIVE_S))[0]:
        await session.fetch_value("SELECT 1")
    return await computing


async def _selected(
    session: Session, draw_id: UUID, seed: bytes, frame: ClassDesign, sizing: Sizing
) -> tuple[list[Selection], dict[UUID, datetime]]:
    """The selected calls with the signals of their sizes, and when each of them began."""
    selected = await frames.select_calls(session, draw_id, seed, frame)
    facts = await frames.facts_of(session, selected, sizing)
    selections = await _computed(session, _with_signals, selected, facts, sizing)
    return selections, {call_id: fact.started_at for call_id, fact in facts.items()}


def _with_signals(selected: Sequence[SelectedCall], facts: Mapping[UUID, CallFacts], sizing: Sizing) -> list[Selection]:
    try:
        return list(attach_signals(selected, facts, sizing))
    except CallChanged as error:
        raise Unavailable(f"{error}: try again") from error


def _allocated(seed: bytes, selections: Sequence[Selection], panel: Panel, double_score_rate: Decimal) -> Allocation:
    tasks = [ScoringTask(each.call.call_id, each.call.agent_id, each.position) for each in selections]
    return allocate_scorings(seed, tasks, panel, double_score_rate)


async def _assign(
    session: Session, plan: Plan, draw: Draw, sample: Sample, allocation: Allocation
) -> Sequence[AllocatedScoring]:
    """Create the assignments of a sample: the scorings that they are.

    A verifier may have submitted an evaluation of their own choice since the panel was read. That scoring goes to the
    pool: its verifier could never do it.
    """
    assert draw.drawn_at is not None
    verifier_ids = {scoring.verifier_id for scoring in allocation.scorings if scoring.verifier_id is not None}
    await assignments.lock_verifiers(session, verifier_ids)
    scored = await panels.already_assigned(session, plan, draw.window, verifier_ids)
    scorings = [
        scoring._replace(verifier_id=None) if (scoring.verifier_id, scoring.call_id) in scored else scoring
        for scoring in allocation.scorings
    ]
    agent_ids = {selection.call.call_id: selection.call.agent_id for selection in sample.selections}
    batch = AssignmentBatch(
        id=draw.id,
        pool_id=plan.id,
        project_id=plan.project_id,
        scorecard_id=plan.scorecard_id,
        created_at=draw.drawn_at,
        due_at=draw.drawn_at + timedelta(days=plan.due_days),
    )
    created = [
        NewAssignment(
            subject_id=sample.ids[scoring.call_id],
            call_id=scoring.call_id,
            agent_id=agent_ids[scoring.call_id],
            verifier_id=scoring.verifier_id,
            scoring_round=scoring.scoring_round,
            double_inclusion_prob_e12=allocation.double_inclusion_prob_e12[scoring.call_id],
        )
        for scoring in scorings
    ]
    await assignments.create(session, batch, created)
    return scorings


def _designed(design: PlanDesign, classes: Sequence[SizeClass]) -> ClassDesign:
    try:
        return design_classes(design, classes)
    except FloorExceedsRateError as error:
        raise FloorExceedsRate(error.feasibility) from error


def _design(plan: Plan, draw: Draw, earlier: Sequence[Row]) -> PlanDesign:
    """The plan's design for the draw's own window; late calls are drawn at the rate of those before them."""
    design = replace(plan.design, window=draw.window.kind, timezone=draw.window.timezone)
    frame_size = sum(row.frame_size for row in earlier)
    if draw.supplement_no == 0:
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
    """Everything that determines the draw, except frame and seeds."""
    conflicts = sorted(panel.conflicts)
    return asdict(design) | {
        "scorecard_id": plan.scorecard_id,
        "plan_version": plan.version,
        "verifiers": [
            {"id": verifier, "barred_from": [agent for who, agent in conflicts if who == verifier]}
            for verifier in panel.verifier_ids
        ],
    }


def _summary(draw: Draw, sample: Sample, scorings: Sequence[AllocatedScoring]) -> DrawDocument:
    """The part that the journal keeps, from which one can tell later whether the stored draw was changed."""
    assert draw.frame_digest is not None
    return {
        "plan_id": draw.plan_id,
        "window_start": draw.window.start_on,
        "part": draw.supplement_no,
        "frame_size": draw.frame_size,
        "sample_size": draw.sample_size,
        "frame_digest": draw.frame_digest.hex(),
        "seed_commitment": draw.seed_commitment.hex(),
        "fault_check_commitment": None if draw.fault_check_commitment is None else draw.fault_check_commitment.hex(),
        "agents": len(sample.strata),
        "assignments": len(scorings),
        "double_scored": sum(scoring.scoring_round == 2 for scoring in scorings),
        "parameters": draw.parameters,
        "unassigned": sum(scoring.verifier_id is None for scoring in scorings),
    }
