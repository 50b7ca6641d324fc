"""Who scores what: what an allocation is computed from, and its result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID


class ScoringTask(NamedTuple):
    """A call to be scored. `position` is its place in the order in which its verifier works through a batch."""

    call_id: UUID
    agent_id: UUID
    position: int


@dataclass(frozen=True, slots=True)
class Panel:
    """The verifiers among whom a batch of scoring tasks is allocated.

    `conflicts` are the (verifier, agent) pairs with a conflict of interest. `already_assigned` are (verifier, call)
    pairs: the verifier scores the call already. `capacity` is the largest number of scorings that a verifier takes of
    the batch; a verifier who is missing in it takes any number. `prior_pairings` counts, by (verifier, agent), the
    agent's calls that were assigned to the verifier before.
    """

    verifier_ids: tuple[UUID, ...]
    conflicts: frozenset[tuple[UUID, UUID]] = frozenset()
    capacity: Mapping[UUID, int] = field(default_factory=dict)
    prior_pairings: Mapping[tuple[UUID, UUID], int] = field(default_factory=dict)
    already_assigned: frozenset[tuple[UUID, UUID]] = frozenset()


class AllocatedScoring(NamedTuple):
    """One scoring of a call: by a verifier, or waiting in the pool where `verifier_id` is None.

    Scoring round 1 is the scoring of record, round 2 the second, blind one.
    """

    call_id: UUID
    verifier_id: UUID | None
    scoring_round: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """The scorings in the order in which they get their ids: verifier by verifier, then the pool.

    `double_inclusion_prob_e12` is, by call, the probability with which a second scoring was drawn, in trillionths.
    """

    scorings: tuple[AllocatedScoring, ...]
    double_inclusion_prob_e12: Mapping[UUID, int]
