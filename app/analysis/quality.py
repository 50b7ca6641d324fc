"""The quality of all calls, estimated from those that were drawn and evaluated."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.analysis.samples import DrawnCall, coded, counting, evaluated, sample_of
from app.sampling.estimation import IntArray, estimate_means
from app.sampling.types import Estimate

LEAST_SCORE, MOST_SCORE = 0.0, 100.0


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate, and where the true value lies in 95 of 100 draws; both ends are None after one evaluation."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Figure:
    """The mean score of a group's calls; without an evaluated call only the response rate is known.

    `n` scored evaluations stand for about `population` calls, those that no item applied to left out. Of
    `selected` drawn calls `response_rate` were evaluated.
    """

    key: str | None
    estimate: Interval | None
    n: int
    population: float | None
    design_effect: float | None
    naive_mean: float | None
    selected: int
    response_rate: float


def figures(drawn: Sequence[DrawnCall]) -> tuple[Figure, ...]:
    """One figure for each key among the calls that count."""
    codes, keys = coded(call.key for call in drawn)
    return _figures(drawn, keys, codes)


def total(drawn: Sequence[DrawnCall]) -> Figure | None:
    """The figure of all calls that count; None where none was drawn."""
    return next(iter(_figures(drawn, [None], np.zeros(len(drawn), dtype=np.int64))), None)


def _figures(drawn: Sequence[DrawnCall], keys: Sequence[str | None], groups: IntArray) -> tuple[Figure, ...]:
    counts, answered = counting(drawn), evaluated(drawn)
    scores = np.array([np.nan if call.score is None else call.score for call in drawn], dtype=np.float64)
    selected = np.bincount(groups[counts], minlength=len(keys)).tolist()
    responses = np.bincount(groups[counts & answered], minlength=len(keys)).tolist()
    estimates = estimate_means(
        # A call that no item applied to has been evaluated: it is no non-response, but has no part in the mean.
        sample_of(drawn, np.where(answered, np.nan_to_num(scores), np.nan)),
        np.where(counts & ~np.isnan(scores), groups, -1),
    )
    return tuple(
        _figure(key, estimates.get(code), selected[code], responses[code] / selected[code])
        for code, key in enumerate(keys)
        if selected[code]
    )


def _figure(key: str | None, estimate: Estimate | None, selected: int, response_rate: float) -> Figure:
    if estimate is None:
        return Figure(key, None, 0, None, None, None, selected, response_rate)
    return Figure(
        key=key,
        estimate=_interval(estimate),
        n=estimate.n,
        population=estimate.population,
        design_effect=estimate.design_effect,
        naive_mean=estimate.naive_mean,
        selected=selected,
        response_rate=response_rate,
    )


def _interval(estimate: Estimate) -> Interval:
    return Interval(
        value=_on_scale(estimate.value),
        low=None if estimate.low is None else _on_scale(estimate.low),
        high=None if estimate.high is None else _on_scale(estimate.high),
    )


def _on_scale(score: float) -> float:
    """Scores lie between 0 and 100: an interval does not reach beyond, nor does a rounding error."""
    return min(max(score, LEAST_SCORE), MOST_SCORE)
