"""Drawn calls as the parallel arrays that estimators take."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import NamedTuple, TypeVar
from uuid import UUID

import numpy as np
import numpy.typing as npt

from app.analysis.frames import DrawWindow, FrameStrata
from app.statistics import BoolArray, FloatArray, FrameCounts, IntArray, Sample, responses_of

H = TypeVar("H", bound=Hashable)

# Instants in UTC, in microseconds.
InstantArray = npt.NDArray[np.datetime64]


class ReportScope(NamedTuple):
    """The draws whose windows overlap the period of a report, and the agents with their present teams.

    `draw_ids`, `agent_ids` and `user_ids` ascend. A draw has a rank; the windows of one plan have consecutive ranks.
    `draw_ranks` has the rank of each of `draw_ids`. The other fields of draws are in the order of ranks: the plan, the
    scorecard, the project, the project's time zone, and begin and end of the window. `agent_counts` says whether the
    report is about the agent.
    """

    draw_ids: list[UUID]
    draw_ranks: list[int]
    draw_plans: list[UUID]
    draw_scorecards: list[UUID]
    draw_starts: list[datetime]
    draw_ends: list[datetime]
    draw_projects: list[UUID]
    draw_zones: list[str]
    agent_ids: list[UUID]
    agent_teams: list[UUID | None]
    agent_counts: list[bool]
    user_ids: list[UUID]
    unsampled_evaluations: int

    @property
    def windows(self) -> list[DrawWindow]:
        """The windows of the draws, in the order of ranks."""
        fields = self.draw_projects, self.draw_plans, self.draw_starts, self.draw_ends
        return list(map(DrawWindow, *fields))


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
    calls: codes; equal if several draws selected the same call to be scored by the same scorecard.
    shares: what of its call a selection stands for, among the draws with the same scorecard; 1 if it is in one frame.
    n_scorecards: the number of scorecards by which the call may be scored.
    frame: the strata of the draws. in_period: whether the window of each draw, by rank, is wholly in the period.
    agent_counts: whether the report is about each agent of the scope.
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
    calls: IntArray
    shares: FloatArray
    n_scorecards: IntArray
    frame: FrameStrata
    in_period: BoolArray
    agent_counts: BoolArray

    def sample(self, values: FloatArray) -> Sample:
        """The sample of the evaluated calls' values. A stratum is the calls of one agent in one draw.

        What the values are of the other calls does not matter. Every call counts once. One that may be scored by
        several scorecards counts in equal parts for each of them.
        """
        return replace(self._evaluated, values=np.where(self.evaluated, values, np.nan))

    @cached_property
    def _evaluated(self) -> Sample:
        """The sample without a value, with what all samples of the same calls share."""
        sample = self._sample(self.shares / self.n_scorecards, self.frame.calls)
        return replace(sample, responses=responses_of(sample))

    def _sample(self, shares: FloatArray, calls: FloatArray) -> Sample:
        frame = FrameCounts(
            strata=self._code(self.frame.agents, self.frame.draws),
            agents=self.frame.agents,
            windows=self.frame.draws,
            calls=calls,
        )
        values, strata = np.where(self.evaluated, 0.0, np.nan), self._code(self.agents, self.draws)
        return Sample(values, self.probabilities, strata, self.draws, self.agents, shares, frame)

    def _code(self, agents: IntArray, draws: IntArray) -> IntArray:
        """The code of the stratum of each agent and draw. The draws of an agent are neighbours."""
        return np.asarray(agents * self.in_period.size + draws)

    @property
    def n_evaluated(self) -> int:
        """The evaluated calls that the report is about."""
        return int((self.counts & self.evaluated).sum())

    @property
    def response_rate(self) -> float | None:
        """The share of the drawn calls that the report is about which is evaluated; None if no call was drawn."""
        drawn = int(self.counts.sum())
        return self.n_evaluated / drawn if drawn else None

    def weights(self) -> FloatArray:
        """The number of calls that each evaluated call stands for, nonresponse included; 0 for calls not evaluated."""
        return responses_of(self._evaluated).weights

    def weights_by_scorecard(self) -> FloatArray:
        """As `weights`, but every call counts once for each scorecard by which it may be scored."""
        return responses_of(self._sample(self.shares, self.frame.calls_by_scorecard)).weights


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
