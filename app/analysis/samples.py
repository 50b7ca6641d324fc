"""Drawn calls as the parallel arrays that estimators take."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar
from uuid import UUID

import numpy as np

from app.statistics import BoolArray, FloatArray, IntArray, Sample

H = TypeVar("H", bound=Hashable)


class Grounds(NamedTuple):
    """What a report stands on: the draws whose windows meet the period, and the agents with their present teams.

    `draw_ids` and `agent_ids` ascend. A draw is known by its rank, in which a plan's windows follow each other;
    `draw_projects` are in the order of ranks.
    """

    draw_ids: list[UUID]
    draw_ranks: list[int]
    draw_projects: list[UUID]
    agent_ids: list[UUID]
    agent_teams: list[UUID | None]
    unsampled_evaluations: int


@dataclass(frozen=True, slots=True, eq=False)
class DrawnCalls:
    """The selections of draws with the submitted evaluations of record, in the order of draws and positions.

    `draws` are ranks and `agents` places among the agents of the grounds. `probabilities` are π. `counts` says
    whether a call is one that the report speaks about; the others of its draw only help to tell how certain that
    is. `scores` are NaN where the call was not evaluated, and where no item applied.
    """

    draws: IntArray
    agents: IntArray
    probabilities: FloatArray
    counts: BoolArray
    evaluated: BoolArray
    scores: FloatArray

    def sample(self, values: FloatArray) -> Sample:
        """The sample of these values. The strata are each agent's calls in each draw."""
        strata = self.agents * (int(self.draws.max(initial=0)) + 1) + self.draws
        return Sample(values, self.probabilities, strata, self.draws, self.agents)


def factorize_objects(things: Iterable[H]) -> tuple[IntArray, list[H]]:
    """A code for each thing, numbered from 0 in the order of first appearance, and the distinct things by code."""
    numbers: dict[H, int] = {}
    codes = [numbers.setdefault(thing, len(numbers)) for thing in things]
    return np.array(codes, dtype=np.int64), list(numbers)


def factorize_optional(things: Iterable[H | None]) -> tuple[IntArray, list[H]]:
    """As `factorize_objects`, but the code of None is −1."""
    numbers: dict[H, int] = {}
    codes = [-1 if thing is None else numbers.setdefault(thing, len(numbers)) for thing in things]
    return np.array(codes, dtype=np.int64), list(numbers)
