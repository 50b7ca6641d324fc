"""The quality of all calls, estimated from those that were drawn and evaluated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import numpy as np

from app.analysis.samples import ReportScope, SampleArrays, factorize_objects
from app.analysis.types import GroupBy, Period
from app.analysis.weeks import iso_week, week_of_each
from app.statistics import Estimate, IntArray, MeanEstimate, estimate_means

MIN_SCORE, MAX_SCORE = 0.0, 100.0
NO_NAME, TOTAL_NAME = "(none)", "total"


class Figure(NamedTuple):
    """The mean score of a group's calls. Without an evaluated call only the response rate is known.

    `n` scored evaluations represent about `population` calls; calls that no item applied to are left out. Of
    `selected` drawn calls, the share `response_rate` is evaluated.
    """

    key: str | None
    name: str
    estimate: Estimate | None
    n: int
    population: float | None
    design_effect: float | None
    naive_mean: float | None
    selected: int
    response_rate: float


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


def figures(sample: SampleArrays, groups: IntArray, keys: Sequence[str | None]) -> tuple[Figure, ...]:
    """One figure for each group that has calls; a group's name is its key.

    groups: the group of each call, numbered as the keys are.
    """
    selected = _count(groups[sample.counts], len(keys))
    evaluated = _count(groups[sample.counts & sample.evaluated], len(keys))
    # A call that no item applied to is evaluated: it is no nonresponse, but has no part in the mean.
    values = np.where(sample.evaluated, np.nan_to_num(sample.scores), np.nan)
    domains = np.where(sample.counts & ~np.isnan(sample.scores), groups, -1)
    estimates = estimate_means(sample.sample(values), domains, bounds=(MIN_SCORE, MAX_SCORE))
    return tuple(
        _figure(key, estimates.get(code), selected[code], evaluated[code] / selected[code])
        for code, key in enumerate(keys)
        if selected[code]
    )


def total(sample: SampleArrays) -> Figure | None:
    """The figure of all calls together; None if no call was drawn."""
    return next(iter(figures(sample, np.zeros_like(sample.agents), [None])), None)


def group_calls(
    by: GroupBy, sample: SampleArrays, scope: ReportScope, verifiers: Sequence[UUID | None]
) -> tuple[IntArray, list[str | None]]:
    """The group of each call, and the keys of the groups.

    verifiers: the verifier of each call; needed for that grouping only.
    """
    match by:
        case GroupBy.PROJECT:
            projects, ids = factorize_objects(scope.draw_projects)
            return projects[sample.draws], list(map(_key, ids))
        case GroupBy.TEAM:
            teams, team_ids = factorize_objects(scope.agent_teams)
            return teams[sample.agents], list(map(_key, team_ids))
        case GroupBy.AGENT:
            return sample.agents, list(map(_key, scope.agent_ids))
        case GroupBy.VERIFIER:
            groups, verifier_ids = factorize_objects(verifiers)
            return groups, list(map(_key, verifier_ids))
        case GroupBy.WEEK:
            weeks, mondays = factorize_objects(week_of_each(sample, scope).tolist())
            return weeks, list(map(iso_week, mondays))


def _key(group_id: UUID | None) -> str | None:
    return None if group_id is None else str(group_id)


def _count(groups: IntArray, size: int) -> list[int]:
    counts: list[int] = np.bincount(groups, minlength=size).tolist()
    return counts


def _figure(key: str | None, estimate: MeanEstimate | None, selected: int, response_rate: float) -> Figure:
    name = NO_NAME if key is None else key
    if estimate is None:
        return Figure(key, name, None, 0, None, None, None, selected, response_rate)
    return Figure(
        key=key,
        name=name,
        estimate=_within_scale(estimate),
        n=estimate.n,
        population=estimate.population,
        design_effect=estimate.design_effect,
        naive_mean=estimate.naive_mean,
        selected=selected,
        response_rate=response_rate,
    )


def _within_scale(estimate: MeanEstimate) -> Estimate:
    return Estimate(
        value=_clip(estimate.value),
        low=None if estimate.low is None else _clip(estimate.low),
        high=None if estimate.high is None else _clip(estimate.high),
    )


def _clip(score: float) -> float:
    """The score within 0 and 100, which rounding errors may pass."""
    return min(max(score, MIN_SCORE), MAX_SCORE)
