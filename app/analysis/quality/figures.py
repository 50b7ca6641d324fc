"""The quality of all calls, estimated from those that were drawn and evaluated."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import NamedTuple
from uuid import UUID

import numpy as np

from app.analysis.populations import Groups, Population, one_group, populations
from app.analysis.quality.adjusting import (
    BY_VERIFIER,
    MAX_SCORE,
    MIN_SCORE,
    NO_SCORE,
    Adjusted,
    NoAdjustmentReason,
    adjusted_means,
)
from app.analysis.samples import ReportScope, SampleArrays, factorize_objects
from app.analysis.scorings import ScoredSeverities
from app.analysis.types import GroupBy
from app.analysis.weeks import iso_week, week_of_each, week_of_each_window
from app.platform.clock import Period
from app.statistics import Estimate, FloatArray, IntArray, MeanEstimate, estimate_means, estimate_means_of

NO_NAME, TOTAL_NAME = "(none)", "total"


class Figure(NamedTuple):
    """The mean scores of a group's calls. Without an evaluated call only the response rate is known.

    `n` is the number of scored evaluations; calls that no item applied to are left out. Of `selected` drawn calls, the
    share `response_rate` is evaluated; None if no call was drawn. `adjusted` is the mean as the average verifier would
    have scored. `agent_score` leaves out the calls in which only errors of others count; `process_loss` does not.
    """

    key: str | None
    name: str
    estimate: Estimate | None
    n: int
    population: Population
    design_effect: float | None
    naive_mean: float | None
    selected: int
    response_rate: float | None
    adjusted: Adjusted
    agent_score: Estimate | None
    process_loss: Estimate | None

    @property
    def adjusted_estimate(self) -> Estimate | None:
        return self.adjusted.estimate

    @property
    def adjusted_reason(self) -> NoAdjustmentReason | None:
        return self.adjusted.reason


@dataclass(frozen=True, slots=True)
class QualityReport:
    """`items` are the figures of the groups, by name; those of calls in no group come last."""

    by: GroupBy
    period: Period
    items: tuple[Figure, ...]
    total: Figure | None
    unsampled_evaluations: int

    @property
    def rows(self) -> Iterator[Figure]:
        """The groups, and the total without a key."""
        yield from self.items
        if self.total is not None:
            yield self.total._replace(name=TOTAL_NAME)


def figures(sample: SampleArrays, groups: Groups, scored: ScoredSeverities | None) -> tuple[Figure, ...]:
    """One figure for each group that has calls; a group's name is its key.

    scored: the severities to adjust by; None for groups by verifier, whose adjusted means would all be about the same.
    """
    size = len(groups.keys)
    selected = _count(groups.of_selections[sample.counts], size)
    evaluated = _count(groups.of_selections[sample.counts & sample.evaluated], size)
    means = _means(sample, groups.of_selections, (sample.scores, sample.agent_scores, sample.process_losses))
    of_groups = populations(sample, groups, sample.counts & ~np.isnan(sample.scores))
    adjusted: Mapping[int, Adjusted] = {}
    if scored is not None:
        adjusted = adjusted_means(sample, _domains(sample, groups.of_selections, sample.scores), scored)
    missing = BY_VERIFIER if scored is None else NO_SCORE
    return tuple(
        _figure(
            key,
            _GroupMeans(*(of_variable.get(code) for of_variable in means)),
            population,
            Response(selected[code], evaluated[code]),
            adjusted.get(code, missing),
        )
        for code, (key, population) in enumerate(zip(groups.keys, of_groups, strict=True))
        if selected[code] or population.calls
    )


class _GroupMeans(NamedTuple):
    score: MeanEstimate | None
    agent_score: MeanEstimate | None
    process_loss: MeanEstimate | None


def _domains(sample: SampleArrays, groups: IntArray, points: FloatArray) -> IntArray:
    """The group of each call of the report that has points; −1 for the others."""
    return np.where(sample.counts & ~np.isnan(points), groups, -1)


def _means(sample: SampleArrays, groups: IntArray, variables: Sequence[FloatArray]) -> list[Mapping[int, MeanEstimate]]:
    """The means of each variable, in points, in each group. A variable is NaN for calls that do not have it.

    Variables that the same calls have as the first are estimated together with it.
    """
    # A call that no item applied to is evaluated: it is no nonresponse, but has no part in the mean.
    of_sample, bounds = sample.sample(np.zeros_like(sample.scores)), (MIN_SCORE, MAX_SCORE)
    domains = [_domains(sample, groups, points) for points in variables]
    values = [np.nan_to_num(points) for points in variables]
    together = [np.array_equal(of_variable, domains[0]) for of_variable in domains]
    means = iter(estimate_means_of(list(compress(values, together)), of_sample, domains[0], bounds=bounds))
    return [
        next(means) if shared else estimate_means(sample.sample(points), of_variable, bounds=bounds)
        for points, of_variable, shared in zip(values, domains, together, strict=True)
    ]


def mean_by_group(sample: SampleArrays, groups: IntArray, points: FloatArray) -> Mapping[int, MeanEstimate]:
    """The mean of one variable in each group, as in the figures: of the scores, or of the agent scores."""
    (means,) = _means(sample, groups, (points,))
    return means


def total(sample: SampleArrays, scored: ScoredSeverities) -> Figure | None:
    """The figure of all calls together; None if the report has no call."""
    return next(iter(figures(sample, one_group(sample), scored)), None)


def of_agents(report: QualityReport, agents: Collection[UUID], unsampled: int) -> QualityReport:
    """What of a report by agent is about these agents: one or none, so that the total is the same figure.

    unsampled: their evaluations of hand-picked calls.
    """
    keys = set(map(str, agents))
    items = tuple(figure for figure in report.items if figure.key in keys)
    whole = items[0]._replace(key=None, name=TOTAL_NAME) if items else None
    return replace(report, items=items, total=whole, unsampled_evaluations=unsampled)


def group_calls(by: GroupBy, sample: SampleArrays, scope: ReportScope) -> Groups:
    """The groups of the report."""
    frame = sample.frame
    match by:
        case GroupBy.PROJECT:
            projects, ids = factorize_objects(scope.draw_projects)
            return Groups(list(map(_key, ids)), projects[sample.draws], projects[frame.draws])
        case GroupBy.TEAM:
            teams, team_ids = factorize_objects(scope.agent_teams)
            return Groups(list(map(_key, team_ids)), teams[sample.agents], teams[frame.agents])
        case GroupBy.AGENT:
            return Groups(list(map(_key, scope.agent_ids)), sample.agents, frame.agents)
        case GroupBy.VERIFIER:
            return Groups(list(map(_key, (None, *scope.user_ids))), sample.verifiers + 1, None)
        case GroupBy.WEEK:
            return _by_week(sample, scope)


def _by_week(sample: SampleArrays, scope: ReportScope) -> Groups:
    of_windows = week_of_each_window(scope)
    of_selections = week_of_each(sample, scope)
    if of_windows is None:
        weeks, mondays = factorize_objects(of_selections.tolist())
        return Groups(list(map(iso_week, mondays)), weeks, None)
    of_strata = of_windows[sample.frame.draws]
    weeks, mondays = factorize_objects([*of_selections.tolist(), *of_strata.tolist()])
    return Groups(list(map(iso_week, mondays)), weeks[: of_selections.size], weeks[of_selections.size :])


def _key(group_id: UUID | None) -> str | None:
    return None if group_id is None else str(group_id)


def _count(groups: IntArray, size: int) -> list[int]:
    counts: list[int] = np.bincount(groups, minlength=size).tolist()
    return counts


class Response(NamedTuple):
    selected: int
    evaluated: int

    @property
    def rate(self) -> float | None:
        return self.evaluated / self.selected if self.selected else None


def _figure(
    key: str | None, means: _GroupMeans, population: Population, response: Response, adjusted: Adjusted
) -> Figure:
    score = means.score
    return Figure(
        key=key,
        name=NO_NAME if key is None else key,
        estimate=score,
        n=0 if score is None else score.n,
        population=population,
        design_effect=None if score is None else score.design_effect,
        naive_mean=None if score is None else score.naive_mean,
        selected=response.selected,
        response_rate=response.rate,
        adjusted=adjusted,
        agent_score=means.agent_score,
        process_loss=means.process_loss,
    )
