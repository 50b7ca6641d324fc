"""The quality of all calls, estimated from those that were drawn and evaluated."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

import numpy as np

from app.analysis.filters import GroupBy
from app.analysis.samples import DrawnCalls, Grounds, factorize_objects
from app.statistics import Estimate, IntArray, MeanEstimate, estimate_means

LEAST_SCORE, MOST_SCORE = 0.0, 100.0


class Figure(NamedTuple):
    """The mean score of a group's calls; without an evaluated call only the response rate is known.

    `n` scored evaluations stand for about `population` calls, those that no item applied to left out. Of
    `selected` drawn calls `response_rate` were evaluated.
    """

    key: str | None
    estimate: Estimate | None
    n: int
    population: float | None
    design_effect: float | None
    naive_mean: float | None
    selected: int
    response_rate: float


def figures(drawn: DrawnCalls, groups: IntArray, keys: Sequence[str | None]) -> tuple[Figure, ...]:
    """One figure for each group with a call that counts; `groups` has each call's, numbered as the keys are."""
    selected = _counted(groups[drawn.counts], len(keys))
    answered = _counted(groups[drawn.counts & drawn.evaluated], len(keys))
    # A call that no item applied to has been evaluated: it is no non-response, but has no part in the mean.
    values = np.where(drawn.evaluated, np.nan_to_num(drawn.scores), np.nan)
    domains = np.where(drawn.counts & ~np.isnan(drawn.scores), groups, -1)
    estimates = estimate_means(drawn.sample(values), domains, bounds=(LEAST_SCORE, MOST_SCORE))
    return tuple(
        _figure(key, estimates.get(code), selected[code], answered[code] / selected[code])
        for code, key in enumerate(keys)
        if selected[code]
    )


def total(drawn: DrawnCalls) -> Figure | None:
    """The figure of all calls that count; None where none was drawn."""
    return next(iter(figures(drawn, np.zeros_like(drawn.agents), [None])), None)


def groups_of(
    by: GroupBy, drawn: DrawnCalls, grounds: Grounds, along: Sequence[UUID | date | None]
) -> tuple[IntArray, list[str | None]]:
    """The group of every call, and the groups' keys. `along` are the verifiers or weeks, where these are asked for."""
    match by:
        case GroupBy.PROJECT:
            places, ids = factorize_objects(grounds.draw_projects)
            return places[drawn.draws], list(map(_key, ids))
        case GroupBy.TEAM:
            places, teams = factorize_objects(grounds.agent_teams)
            return places[drawn.agents], list(map(_key, teams))
        case GroupBy.AGENT:
            return drawn.agents, list(map(_key, grounds.agent_ids))
        case GroupBy.VERIFIER | GroupBy.WEEK:
            places, found = factorize_objects(along)
            return places, list(map(_key, found))


def _key(found: UUID | date | None) -> str | None:
    if isinstance(found, date):
        year, week, _ = found.isocalendar()
        return f"{year}-W{week:02}"
    return None if found is None else str(found)


def _counted(groups: IntArray, size: int) -> list[int]:
    counts: list[int] = np.bincount(groups, minlength=size).tolist()
    return counts


def _figure(key: str | None, estimate: MeanEstimate | None, selected: int, response_rate: float) -> Figure:
    if estimate is None:
        return Figure(key, None, 0, None, None, None, selected, response_rate)
    return Figure(
        key=key,
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
        value=_on_scale(estimate.value),
        low=None if estimate.low is None else _on_scale(estimate.low),
        high=None if estimate.high is None else _on_scale(estimate.high),
    )


def _on_scale(score: float) -> float:
    """Scores lie between 0 and 100: an interval does not reach beyond, nor does a rounding error."""
    return min(max(score, LEAST_SCORE), MOST_SCORE)
