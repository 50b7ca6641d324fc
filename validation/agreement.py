"""Whether the intervals of agreement cover: raters of known accuracy, simulated thousands of times.

The truth is the coefficient of these raters over 100,000 units. Units are drawn, raters are not: an interval speaks of
these raters on other calls.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.statistics import BoolArray, FloatArray
from app.statistics.agreement import (
    STANDARD,
    Agreement,
    Coefficient,
    IntervalMethod,
    Ratings,
    bootstrap_agreement,
    measure_agreement,
)

POPULATION = 100_000
HARD_SHARE = 0.25
RESAMPLES = 1000
# The probabilities with which easy and hard units are drawn, if they differ.
EASY_DRAWN, HARD_DRAWN = 0.1, 0.4
METHODS = ("Wilson", "t", "bootstrap")
# Simulated samples are bootstrapped together, a few at a time, and share their draws.
_TOGETHER = 20


@dataclass(frozen=True, slots=True)
class Design:
    """One kind of sample, of a yes-or-no item.

    raters: the name of how raters err. "uneven": each rater errs at random, from the worst, 15 %, to the best, 3 %.
        "hard calls": all are right in 98 %, but one call in four is hard and everybody guesses.
    good: the share of "yes".
    items_per_call: units of one call are equally hard and make a cluster.
    weighted: hard units are drawn four times as often, and weighted for it.
    """

    raters: str
    n_units: int
    n_raters: int
    good: float
    items_per_call: int = 1
    weighted: bool = False


@dataclass(frozen=True, slots=True)
class Covered:
    """One coefficient in one design. Shares are of the samples; coverage is that of the intervals given."""

    name: Coefficient
    truth: float
    coverage: tuple[float, ...]
    missing: tuple[float, ...]
    width: float


@dataclass(frozen=True, slots=True)
class AgreementResult:
    design: Design
    rows: tuple[Covered, ...]


def designs() -> list[Design]:
    """The plain designs, and two that need clusters and weights."""
    sizes = [(units, raters, good) for units in (5, 10, 30) for raters in (3, 6) for good in (0.5, 0.8, 0.95)]
    plain = [Design(raters, *size) for raters in ("uneven", "hard calls") for size in sizes]
    calls = [Design("hard calls", 10 * units, 4, 0.9, items_per_call=10) for units in (10, 30)]
    weighted = [Design("hard calls", units, 3, 0.8, weighted=True) for units in (10, 30, 100)]
    return [*plain, *calls, *weighted]


def study_agreement(design: Design, samples: int, seed: int, population: int = POPULATION) -> AgreementResult:
    """Measure many samples of one design by all methods. The truth is that of a population of this many units."""
    rng = np.random.default_rng(seed)
    truths = [_number(each.value) for each in measure_agreement(_population(rng, design, population))]
    figures = np.array([by_method for _ in range(0, samples, _TOGETHER) for by_method in _measure(rng, design)])
    rows = (_row(name, truths[place], figures[:, :, place]) for place, name in enumerate(STANDARD))
    return AgreementResult(design, tuple(rows))


def simulate(rng: np.random.Generator, design: Design) -> Ratings:
    """A sample of the design."""
    n, per_call = design.n_units, design.items_per_call
    drawn_hard = HARD_SHARE
    if design.weighted:
        drawn_hard = HARD_SHARE * HARD_DRAWN / (HARD_SHARE * HARD_DRAWN + (1 - HARD_SHARE) * EASY_DRAWN)
    hard = np.repeat(rng.random(n // per_call) < drawn_hard, per_call)
    return Ratings(
        codes=_rate(rng, design, hard).astype(np.int64),
        weights=np.where(hard, 1 / HARD_DRAWN, 1 / EASY_DRAWN) if design.weighted else None,
        clusters=np.arange(n) // per_call if per_call > 1 else None,
    )


def _population(rng: np.random.Generator, design: Design, size: int) -> Ratings:
    hard = rng.random(size) < HARD_SHARE
    return Ratings(_rate(rng, design, hard).astype(np.int64))


def _rate(rng: np.random.Generator, design: Design, hard: BoolArray) -> BoolArray:
    """Units × raters: whether the rating is "yes"."""
    shape = hard.size, design.n_raters
    truth = rng.random((hard.size, 1)) < design.good
    if design.raters == "uneven":
        return np.asarray(truth ^ (rng.random(shape) > np.linspace(0.85, 0.97, design.n_raters)))
    return np.where(hard[:, None], rng.random(shape) < design.good, truth ^ (rng.random(shape) > 0.98))


def _measure(rng: np.random.Generator, design: Design) -> Iterator[FloatArray]:
    """For each of a few samples: methods × coefficients × (value, low, high)."""
    samples = [simulate(rng, design) for _ in range(_TOGETHER)]
    bootstrapped = bootstrap_agreement(samples, rng, resamples=RESAMPLES)
    for sample, by_bootstrap in zip(samples, bootstrapped, strict=True):
        analytic = (measure_agreement(sample, interval=method) for method in IntervalMethod)
        yield np.array([_figures(results) for results in (*analytic, by_bootstrap)])


def _figures(results: Sequence[Agreement]) -> list[list[float]]:
    return [[_number(figure) for figure in (each.value, each.low, each.high)] for each in results]


def _number(figure: float | None) -> float:
    return np.nan if figure is None else figure


def _row(name: Coefficient, truth: float, figures: FloatArray) -> Covered:
    """figures: samples × methods × (value, low, high)."""
    low, high = figures[:, :, 1], figures[:, :, 2]
    given = ~np.isnan(low)
    covered = given & (low <= truth) & (truth <= high)
    return Covered(
        name=name,
        truth=truth,
        coverage=tuple((covered.sum(axis=0) / np.maximum(given.sum(axis=0), 1)).tolist()),
        missing=tuple((1 - given.mean(axis=0)).tolist()),
        width=float(np.nanmean(high[:, 0] - low[:, 0])),
    )
