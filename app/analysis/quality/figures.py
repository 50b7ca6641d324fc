"""The quality of all calls, estimated from those that were drawn and evaluated."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
    within_scale,
)
from app.analysis.samples import ReportScope, SampleArrays, factorize_objects
from app.analysis.scorings import ScoredSeverities
from app.analysis.types import GroupBy
from app.analysis.weeks import iso_week, week_of_each, week_of_each_window
from app.platform.clock import Period
from app.statistics import Estimate, IntArray, MeanEstimate, estimate_means

NO_NAME, TOTAL_NAME = "(none)", "total"


class Figure(NamedTuple):
    """The mean score of a group's calls. Without an evaluated call only the response rate is known.

    `n` is the number of scored evaluations; calls that no item applied to are left out. Of `selected` drawn calls, the
    share `response_rate` is evaluated; None if no call was drawn. `adjusted` is the mean as the average verifier would
    have scored.
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

    @property
    def adjusted_estimate(self) -> Estimate | None:
        return self.adjusted.estimate

    @property
    def adjusted_reason(self) -> NoAdjustmentReason | None:
        return self.adjusted.reason


@dataclass(frozen=True, slots=True)
class QualityReport:
    """`items` are the figures of the groups, by name; those of calls in no group come last."""

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
    # A call that no item applied to is evaluated: it is no nonresponse, but has no part in the mean.
    framed = sample.sample(np.where(sample.evaluated, np.nan_to_num(sample.scores), np.nan))
    has_part = sample.counts & ~np.isnan(sample.scores)
    domains = np.where(has_part, groups.of_selections, -1)
    estimates = estimate_means(framed, domains, bounds=(MIN_SCORE, MAX_SCORE))
    adjusted: Mapping[int, Adjusted] = {}
    if scored is not None:
        adjusted = adjusted_means(sample, domains, scored)
    missing = BY_VERIFIER if scored is None else NO_SCORE
    return tuple(
        _figure(
            key,
            estimates.get(code),
            population,
            Response(selected[code], evaluated[code]),
            adjusted.get(code, missing),
        )
        for code, (key, population) in enumerate(
            zip(groups.keys, populations(sample, groups, framed, has_part), strict=True)
        )
        if selected[code] or population.calls
    )


def total(sample: SampleArrays, scored: ScoredSeverities) -> Figure | None:
    """The figure of all calls together; None if the report has no call."""
    return next(iter(figures(sample, one_group(sample), scored)), None)


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
    key: str | None, estimate: MeanEstimate | None, population: Population, response: Response, adjusted: Adjusted
) -> Figure:
    return Figure(
        key=key,
        name=NO_NAME if key is None else key,
        estimate=None if estimate is None else within_scale(estimate.value, estimate.low, estimate.high),
        n=0 if estimate is None else estimate.n,
        population=population,
        design_effect=None if estimate is None else estimate.design_effect,
        naive_mean=None if estimate is None else estimate.naive_mean,
        selected=response.selected,
        response_rate=response.rate,
        adjusted=adjusted,
    )
