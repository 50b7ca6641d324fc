"""Drawn calls as the parallel arrays that estimators take."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, TypeVar
from uuid import UUID

import numpy as np
import numpy.typing as npt

from app.statistics import BoolArray, FloatArray, IntArray, Sample, response_probabilities

H = TypeVar("H", bound=Hashable)

# Instants in UTC, in microseconds.
InstantArray = npt.NDArray[np.datetime64]


class ReportScope(NamedTuple):
    """The draws whose windows overlap the period of a report, and the agents with their present teams.

    `draw_ids`, `agent_ids` and `user_ids` ascend. A draw has a rank; the windows of one plan have consecutive ranks.
    `draw_ranks` has the rank of each of `draw_ids`. `draw_projects` and `draw_zones` are in the order of ranks: the
    project of each draw and the project's time zone. `agent_counts` says whether the report is about the agent.
    """

    draw_ids: list[UUID]
    draw_ranks: list[int]
    draw_projects: list[UUID]
    draw_zones: list[str]
    agent_ids: list[UUID]
    agent_teams: list[UUID | None]
    agent_counts: list[bool]
    user_ids: list[UUID]
    unsampled_evaluations: int


@dataclass(frozen=True, eq=False)
class SampleArrays:
    """The selections of draws with their submitted evaluations of record, in the order of draws and positions.

    draws: ranks. agents: indexes into the agents of the scope.
    probabilities: inclusion probabilities π.
    started_at: the start of the call, as it was when the call was drawn.
    counts: whether the report is about the call. The other calls of its draw only help to estimate the variance.
    scores: of the latest revision; NaN if the call is not evaluated, and if no item applied.
    agent_scores, process_losses: of the latest revision. There may be no agent score where there is a score.
    first_scores: of the first revision, otherwise as `scores`.
    corrected_by_others: whether somebody other than the verifier wrote the latest revision.
    positions: in the draw. sizes: in millionths.
    verifiers: who evaluated the call or is to do so, as indexes into the users of the scope; −1 in the pool.
    kinds: equal if project and version of the scorecard are; 0 if the call is not evaluated.
    """

    draws: IntArray
    agents: IntArray
    probabilities: FloatArray
    started_at: InstantArray
    counts: BoolArray
    evaluated: BoolArray
    scores: FloatArray
    agent_scores: FloatArray
    process_losses: FloatArray
    first_scores: FloatArray
    corrected_by_others: BoolArray
    positions: IntArray
    sizes: IntArray
    verifiers: IntArray
    kinds: IntArray

    def sample(self, values: FloatArray) -> Sample:
        """The sample of the evaluated calls' values. A stratum is the calls of one agent in one draw.

        What the values are of the other calls does not matter.
        """
        return replace(self._evaluated, values=np.where(self.evaluated, values, np.nan))

    @property
    def response_probabilities(self) -> FloatArray:
        """The probability of each call of being drawn and evaluated; 0 if it is not evaluated."""
        return response_probabilities(self._evaluated)

    @cached_property
    def _evaluated(self) -> Sample:
        """The sample without a value, with what all samples of the same calls share."""
        strata = self.agents * (int(self.draws.max(initial=0)) + 1) + self.draws
        values = np.where(self.evaluated, 0.0, np.nan)
        sample = Sample(values, self.probabilities, strata, self.draws, self.agents)
        return replace(sample, responses=response_probabilities(sample))


@dataclass(frozen=True, slots=True, eq=False)
class FurtherScores:
    """The first scores of the period outside the evaluations of record: of second scorings and of hand-picked calls.

    draws, positions: of the selection; rank −1 and position 0 for a hand-picked call, which has the size 0. The other
    arrays are as in `SampleArrays`.
    """

    draws: IntArray
    positions: IntArray
    agents: IntArray
    sizes: IntArray
    verifiers: IntArray
    kinds: IntArray
    scores: FloatArray


def factorize_objects(objects: Iterable[H]) -> tuple[IntArray, list[H]]:
    """A code for each object, numbered from 0 in the order of first appearance, and the distinct objects by code."""
    numbers: dict[H, int] = {}
    codes = [numbers.setdefault(one, len(numbers)) for one in objects]
    return np.array(codes, dtype=np.int64), list(numbers)


def factorize_optional(objects: Iterable[H | None]) -> tuple[IntArray, list[H]]:
    """As `factorize_objects`, but the code of None is −1."""
    numbers: dict[H, int] = {}
    codes = [-1 if one is None else numbers.setdefault(one, len(numbers)) for one in objects]
    return np.array(codes, dtype=np.int64), list(numbers)
