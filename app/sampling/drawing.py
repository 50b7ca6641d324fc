"""A whole draw, from sized calls and two seeds: whoever has these can do it again and must get the same."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from app.sampling.assignment import assign
from app.sampling.design import design_frame
from app.sampling.records import DrawnStratum
from app.sampling.selection import frame_digest, select
from app.sampling.types import Assignment, DesignedCall, PlanDesign, Selection, SizedCall


class Seeds(NamedTuple):
    """`selection` is published with the draw, so that anyone can check it; `assignment` is never given out."""

    selection: bytes
    assignment: bytes


@dataclass(frozen=True, slots=True)
class DrawnSample:
    """What a draw is made of. `unassigned` are calls that every verifier is barred from."""

    seeds: Seeds
    sample_size: int
    digest: bytes
    strata: tuple[DrawnStratum, ...]
    calls: tuple[DesignedCall, ...]
    selections: tuple[Selection, ...]
    assignments: tuple[Assignment, ...]
    unassigned: tuple[UUID, ...]


def draw_sample(
    design: PlanDesign, calls: Sequence[SizedCall], seeds: Seeds, barred: Mapping[UUID, Sequence[UUID]]
) -> DrawnSample:
    """Draw from a frame; `barred` are the verifiers, each with the agents whom they may not score.

    Assignments come verifier by verifier, each one's in the random order of the sample: neither the order of a
    queue nor gaps between its ids, which are counted up, show which of the calls others score as well.
    Raises FloorExceedsRateError where the floors do not fit.
    """
    frame = design_frame(design, calls)
    selections = select(seeds.selection, frame.calls)
    conflicts = frozenset((verifier, agent) for verifier, agents in barred.items() for agent in agents)
    given = assign(seeds.assignment, selections, list(barred), conflicts, design.double_score_rate)
    position = {selection.call.call_id: selection.position for selection in selections}
    selected = Counter(selection.call.agent_id for selection in selections)
    return DrawnSample(
        seeds=seeds,
        sample_size=frame.sample_size,
        digest=frame_digest(calls),
        strata=tuple(DrawnStratum(s.agent_id, s.calls, s.size, s.expected, selected[s.agent_id]) for s in frame.strata),
        calls=frame.calls,
        selections=selections,
        assignments=tuple(sorted(given.assignments, key=lambda a: (a.verifier_id, position[a.call_id]))),
        unassigned=given.unassigned,
    )
