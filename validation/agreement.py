"""Whether the intervals of agreement cover: raters of known accuracy, simulated thousands of times.

The truth is the coefficient of these raters over 100,000 units. Units are drawn, raters are not: an interval speaks of
these raters on other calls.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.statistics import BoolArray, FloatArray, IntArray
from app.statistics.agreement import (
    STANDARD,
    Agreement,
    Coefficient,
    IntervalMethod,
    Level,
    Ratings,
    bootstrap_agreement,
    measure_agreement,
)

POPULATION = 100_000
HARD_SHARE = 0.25
RESAMPLES = 1000
# The probabilities with which easy and hard units are drawn, if they differ.
EASY_DRAWN, HARD_DRAWN = 0.1, 0.4
# The answers of an item on a scale, and what is measured of them.
SCALE = np.arange(6.0)
SCALE_COEFFICIENTS = (Coefficient.GWET_AC, Coefficient.KRIPPENDORFF_ALPHA)
METHODS = ("Wilson", "t", "bootstrap")
# Simulated samples are bootstrapped together, a few at a time, and share their draws.
_TOGETHER = 20


@dataclass(frozen=True, slots=True)
class Design:
    """One kind of sample, of a yes-or-no item, or of a scale if the level is beyond the nominal one.

    raters: the name of how raters err. "uneven": each rater errs at random, from the worst, 15 %, to the best, 3 %.
        "hard calls": all are right in 98 %, but one call in four is hard and everybody guesses.
        On a scale "uneven" raters are a step off, from the worst, 50 %, to the best, 20 %; all others, 10 %.
    good: the share of "yes", or of the highest category of a scale. The others are equally frequent.
    items_per_call: units of one call are equally hard and make a cluster.
    weighted: hard units are drawn four times as often, and weighted for it.
    """

    raters: str
    n_units: int
    n_raters: int
    good: float
    items_per_call: int = 1
    weighted: bool = False
    level: Level = Level.NOMINAL

    @property
    def coefficients(self) -> tuple[Coefficient, ...]:
        return STANDARD if self.level is Level.NOMINAL else SCALE_COEFFICIENTS


@dataclass(frozen=True, slots=True)
class Covered:
    """One coefficient in one design. Shares are of the samples; coverage is that of the intervals given."""

    name: Coefficient
    truth: float
    coverage: tuple[float, ...]
    missing: tuple[float, ...]
    widths: tuple[float, ...]


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


def scale_designs() -> list[Design]:
    """A scale of six, four raters."""
    kinds = [(raters, good) for raters in ("uneven", "hard calls") for good in (0.3, 0.8)]
    return [
        Design(raters, units, 4, good, level=level)
        for level in (Level.ORDINAL, Level.INTERVAL)
        for raters, good in kinds
        for units in (8, 20, 50)
    ]


def study_agreement(design: Design, samples: int, seed: int, population: int = POPULATION) -> AgreementResult:
    """Measure many samples of one design by all methods. The truth is that of a population of this many units."""
    rng = np.random.default_rng(seed)
    known = measure_agreement(_population(rng, design, population), design.coefficients, design.level)
    truths = [_number(each.value) for each in known]
    figures = np.array([by_method for _ in range(0, samples, _TOGETHER) for by_method in _measure(rng, design)])
    rows = (_row(name, truths[place], figures[:, :, place]) for place, name in enumerate(design.coefficients))
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
        values=SCALE if design.level is not Level.NOMINAL else None,
        weights=np.where(hard, 1 / HARD_DRAWN, 1 / EASY_DRAWN) if design.weighted else None,
        clusters=np.arange(n) // per_call if per_call > 1 else None,
    )


def _population(rng: np.random.Generator, design: Design, size: int) -> Ratings:
    hard = rng.random(size) < HARD_SHARE
    return Ratings(_rate(rng, design, hard).astype(np.int64), SCALE if design.level is not Level.NOMINAL else None)


def _rate(rng: np.random.Generator, design: Design, hard: BoolArray) -> BoolArray | IntArray:
    return _rate_yes(rng, design, hard) if design.level is Level.NOMINAL else _rate_on_scale(rng, design, hard)


def _rate_on_scale(rng: np.random.Generator, design: Design, hard: BoolArray) -> IntArray:
    """Units × raters: the category."""
    shape, top = (hard.size, design.n_raters), SCALE.size - 1
    truth = _on_scale(rng, (hard.size, 1), design.good)
    off = np.linspace(0.5, 0.2, design.n_raters) if design.raters == "uneven" else np.full(design.n_raters, 0.1)
    rated = np.clip(truth + rng.choice((-1, 1), shape) * (rng.random(shape) < off), 0, top)
    if design.raters == "uneven":
        return np.asarray(rated)
    return np.where(hard[:, None], _on_scale(rng, shape, design.good), rated)


def _on_scale(rng: np.random.Generator, shape: tuple[int, int], good: float) -> IntArray:
    top = SCALE.size - 1
    return np.where(rng.random(shape) < good, top, rng.integers(0, top, shape))


def _rate_yes(rng: np.random.Generator, design: Design, hard: BoolArray) -> BoolArray:
    """Units × raters: whether the rating is "yes"."""
    shape = hard.size, design.n_raters
    truth = rng.random((hard.size, 1)) < design.good
    if design.raters == "uneven":
        return np.asarray(truth ^ (rng.random(shape) > np.linspace(0.85, 0.97, design.n_raters)))
    return np.where(hard[:, None], rng.random(shape) < design.good, truth ^ (rng.random(shape) > 0.98))


def _measure(rng: np.random.Generator, design: Design) -> Iterator[FloatArray]:
    """For each of a few samples: methods × coefficients × (value, low, high)."""
    samples = [simulate(rng, design) for _ in range(_TOGETHER)]
    measured = design.coefficients, design.level
    bootstrapped = bootstrap_agreement(samples, rng, *measured, resamples=RESAMPLES)
    for sample, by_bootstrap in zip(samples, bootstrapped, strict=True):
        analytic = (measure_agreement(sample, *measured, interval=method) for method in IntervalMethod)
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
        widths=tuple(np.nanmean(high - low, axis=0).tolist()),
    )
