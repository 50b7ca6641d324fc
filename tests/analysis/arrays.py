"""Drawn calls and their scores as the arrays of reports, without a database."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from app.analysis.frames import FrameStrata
from app.analysis.populations import Groups
from app.analysis.samples import FurtherScores, SampleArrays
from app.analysis.scorings import ScoredSeverities, scored_severities
from app.statistics import FloatArray, IntArray
from app.statistics.fixed_point import MILLION, TRILLION


class Call(NamedTuple):
    """A selection. If it is evaluated without a score, no item applied to it.

    corrected: the score of a correction by another person.
    agent_score: that of the latest revision; NaN where only errors of others count. By default it is the score.
    """

    score: float | None
    agent: int = 0
    draw: int = 0
    inclusion: int = TRILLION // 2
    counts: bool = True
    evaluated: bool = True
    verifier: int = 0
    corrected: float | None = None
    agent_score: float | None = None
    process_loss: float = 0

    @property
    def latest_score(self) -> float | None:
        return self.score if self.corrected is None else self.corrected


def sample_of(*calls: Call) -> SampleArrays:
    """The sample of these calls, from frames with as many calls as they stand for."""
    frame = _frame(calls)
    return SampleArrays(
        draws=_integers(call.draw for call in calls),
        agents=_integers(call.agent for call in calls),
        started_at=np.full(len(calls), np.datetime64("2026-11-02", "us")),
        probabilities=np.array([call.inclusion for call in calls], dtype=np.float64) / TRILLION,
        counts=np.array([call.counts for call in calls], dtype=np.bool_),
        evaluated=np.array([call.evaluated for call in calls], dtype=np.bool_),
        scores=_scores(call.latest_score for call in calls),
        agent_scores=_scores(call.latest_score if call.agent_score is None else call.agent_score for call in calls),
        process_losses=_scores(None if call.latest_score is None else call.process_loss for call in calls),
        first_scores=_scores(call.score for call in calls),
        corrected_by_others=np.array([call.corrected is not None for call in calls], dtype=np.bool_),
        positions=np.arange(len(calls), dtype=np.int64),
        sizes=np.full(len(calls), MILLION, dtype=np.int64),
        verifiers=_integers(call.verifier for call in calls),
        kinds=np.zeros(len(calls), dtype=np.int64),
        calls=np.arange(len(calls), dtype=np.int64),
        shares=np.ones(len(calls)),
        n_scorecards=np.ones(len(calls), dtype=np.int64),
        frame=frame,
        in_period=np.ones(max((call.draw + 1 for call in calls), default=0), dtype=np.bool_),
        agent_counts=np.array(_agents_that_count(calls), dtype=np.bool_),
    )


def by_agents(sample: SampleArrays, keys: Sequence[str | None]) -> Groups:
    return Groups(keys, sample.agents, sample.frame.agents)


def _frame(calls: Sequence[Call]) -> FrameStrata:
    strata = sorted({(call.agent, call.draw) for call in calls})
    own = [[call for call in calls if (call.agent, call.draw) == stratum] for stratum in strata]
    numbers = np.array([sum(TRILLION / call.inclusion for call in theirs) for theirs in own], dtype=np.float64)
    return FrameStrata(
        agents=_integers(agent for agent, _ in strata),
        draws=_integers(draw for _, draw in strata),
        expected=np.array([sum(call.inclusion / TRILLION for call in theirs) for theirs in own], dtype=np.float64),
        calls=numbers,
        calls_by_scorecard=numbers,
    )


def _agents_that_count(calls: Sequence[Call]) -> list[bool]:
    n_agents = max((call.agent + 1 for call in calls), default=0)
    return [any(call.counts for call in calls if call.agent == agent) for agent in range(n_agents)]


def hand_picked(*calls: Call) -> FurtherScores:
    none = np.zeros(len(calls), dtype=np.int64)
    return FurtherScores(
        draws=none - 1,
        positions=none,
        agents=_integers(call.agent for call in calls),
        sizes=none,
        verifiers=_integers(call.verifier for call in calls),
        kinds=none,
        scores=_scores(call.score for call in calls),
    )


def scored(sample: SampleArrays, *further: Call) -> ScoredSeverities:
    return scored_severities(sample, hand_picked(*further))


def _integers(numbers: Iterable[int]) -> IntArray:
    return np.array(list(numbers), dtype=np.int64)


def _scores(scores: Iterable[float | None]) -> FloatArray:
    return np.array([np.nan if score is None else score for score in scores], dtype=np.float64)
