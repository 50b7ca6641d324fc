"""Proofs for tests: made from a design call by call, and then changed."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from app.sampling.draws.design import design_frame
from app.sampling.draws.selection import frame_classes, frame_digest, select
from app.sampling.draws.sizes import size_call
from app.sampling.draws.types import FrameCall, FrameDesign, Signal, SignalName, SizedCall
from app.sampling.plans.types import ErringAgentRule, LongHoldRule, LowCsatRule, NewAgentRule, PlanDesign, SizeRules
from app.sampling.proofs.document import (
    FORMAT,
    ProofDocument,
    StratumDocument,
    canonical,
    checksum,
    moment,
    parameters_document,
    window_document,
)
from app.sampling.types import seed_commitment
from app.sampling.windows import window_of
from tests.sampling.factories import a_seed, an_id, rate_plan

DAY = date(2026, 3, 2)
RULES = SizeRules(
    new_agent=NewAgentRule(tenure_days=60, multiplier=Decimal(3)),
    erring_agent=ErringAgentRule(lookback_days=30, max_multiplier=Decimal(4)),
    complaint=Decimal("2.5"),
    low_csat=LowCsatRule(at_most=2, multiplier=Decimal(2)),
    long_hold=LongHoldRule(over_s=180, multiplier=Decimal("1.5")),
)
PLAN = replace(rate_plan("0.3"), size=RULES)


def calls_with_signals(agents: int, each: int, rules: SizeRules = RULES) -> list[SizedCall]:
    """Every second agent is new and errs much; complaints, low ratings and long holds come round in turns."""
    erring = Signal(SignalName.ERRING_AGENT, 1_712_345, "errs")
    return [
        size_call(
            rules,
            FrameCall(
                an_id("call", agent, number),
                an_id("agent", agent),
                tenure_days=13 if agent % 2 == 0 else 900,
                complaint=number % 3 == 0,
                csat=2 if number % 4 == 0 else None,
                hold_s=300 if number % 5 == 0 else 10,
            ),
            erring if rules.erring_agent and agent % 2 == 0 else None,
        )
        for agent in range(agents)
        for number in range(each)
    ]


def a_proof(
    plan: PlanDesign = PLAN, calls: Sequence[SizedCall] | None = None, *, seed: bytes = a_seed(1), part: int = 0
) -> ProofDocument:
    """The proof of a draw from the calls, committed to an hour before its window and made an hour after."""
    frame = calls_with_signals(2, 4) if calls is None else calls
    design, window = design_frame(plan, frame), window_of(plan.window, plan.timezone, DAY)
    selections = select(seed, design.calls)
    document: ProofDocument = {
        "format": FORMAT,
        "draw_id": str(an_id("draw")),
        "plan_id": str(an_id("plan")),
        "part": part,
        "window": window_document(window),
        "seed_commitment": seed_commitment(seed).hex(),
        "committed_at": moment(window.starts_at - timedelta(hours=1, microseconds=5)),
        "drawn_at": moment(window.ends_at + timedelta(hours=1)),
        "seed": seed.hex(),
        "parameters": parameters_document(plan, version=3),
        "frame_size": len(frame),
        "sample_size": len(selections),
        "frame_digest": frame_digest(frame_classes(frame)).hex(),
        "strata": list(_strata(design, Counter(selection.call.agent_id for selection in selections))),
        "selections": [
            {
                "position": selection.position,
                "call_id": str(selection.call.call_id),
                "agent_id": str(selection.call.agent_id),
                "size": str(selection.call.size_e6),
                "inclusion": str(selection.inclusion_prob_e12),
                "signals": [
                    {"name": signal.name.value, "multiplier": str(signal.multiplier_e6)}
                    for signal in selection.call.signals
                ],
            }
            for selection in selections
        ],
        "checksum": "",
    }
    proof: ProofDocument = sealed(document)
    return proof


def _strata(design: FrameDesign, selected: Counter[UUID]) -> Iterator[StratumDocument]:
    classes = {
        agent_id: list(group)
        for agent_id, group in groupby(frame_classes(d.call for d in design.calls), key=lambda alike: alike.agent_id)
    }
    for stratum in design.strata:
        yield {
            "agent_id": str(stratum.agent_id),
            "calls": stratum.calls,
            "size": str(stratum.size_e6),
            "expected": str(stratum.expected_n_e12),
            "selected": selected[stratum.agent_id],
            "classes": [
                {"size": str(alike.size_e6), "call_ids": [str(call_id) for call_id in alike.call_ids]}
                for alike in classes[stratum.agent_id]
            ],
        }


def sealed(document: Any) -> Any:
    """The document with the checksum that fits the rest of it, as a forger would give it."""
    return document | {"checksum": checksum(document)}


def changed(document: Any, *path: str | int, to: object) -> Any:
    """A copy in which one place holds something else."""
    copy = deepcopy(document)
    inner = copy
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = to
    return copy


def leaves(value: Any, *path: str | int) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every place of a document that holds no other places, with what it holds."""
    if isinstance(value, dict | list) and value:
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, *path, step)
    else:
        yield path, value


def plain(document: ProofDocument) -> dict[str, Any]:
    """The document as any reader of JSON gets it."""
    read: dict[str, Any] = json.loads(canonical(document))
    return read
