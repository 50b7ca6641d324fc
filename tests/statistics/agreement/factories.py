"""Ratings for the tests: written as text, or made at random."""

from dataclasses import replace

import numpy as np

from app.statistics import FloatArray, IntArray
from app.statistics.agreement import (
    MISSING,
    Agreement,
    Coefficient,
    IntervalMethod,
    Level,
    Ratings,
    bootstrap_agreement,
    measure_agreement,
)

KAPPAS = (Coefficient.CONGER_KAPPA, Coefficient.FLEISS_KAPPA, Coefficient.BRENNAN_PREDIGER, Coefficient.GWET_AC)
MANY_RATERS = (*KAPPAS, Coefficient.KRIPPENDORFF_ALPHA)
GAP = "."


def by_rater(*rows: str) -> Ratings:
    """One row for each rater, one digit for each unit, `.` where there is no rating. Digits are codes and values."""
    codes = np.array([[MISSING if sign == GAP else int(sign) for sign in row.replace(" ", "")] for row in rows])
    return Ratings(codes.T, values=np.arange(10.0))


def from_table(table: list[list[int]]) -> Ratings:
    """A contingency table of two raters, or, of other tables, see `from_counts`."""
    pairs = [(a, b) for a, row in enumerate(table) for b, count in enumerate(row) for _ in range(count)]
    return Ratings(np.array(pairs), values=np.arange(1.0, len(table) + 1))


def from_counts(table: list[list[int]]) -> Ratings:
    """One row for each unit, one column for each category: how many raters chose it. All have as many raters."""
    return Ratings(np.array([np.repeat(np.arange(len(row)), row) for row in table]))


def random_ratings(
    seed: int, n_units: int = 20, n_raters: int = 4, n_categories: int = 4, gaps: float = 0.2
) -> Ratings:
    """Raters who see most units correctly; values are uneven and above 0. The first unit has ratings of all."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, n_categories, (n_units, 1))
    guess = rng.integers(0, n_categories, (n_units, n_raters))
    codes = np.where(rng.random((n_units, n_raters)) < 0.6, truth, guess)
    codes[rng.random((n_units, n_raters)) < gaps] = MISSING
    codes[0] = np.arange(n_raters) % n_categories
    return Ratings(codes, values=np.cumsum(rng.uniform(0.5, 2, n_categories)))


def numbers(ratings: Ratings) -> FloatArray:
    """The values of the ratings; NaN where there is none."""
    assert ratings.values is not None
    return np.where(ratings.codes >= 0, ratings.values[ratings.codes], np.nan)


def with_codes(ratings: Ratings, codes: IntArray) -> Ratings:
    return replace(ratings, codes=codes)


def measured(
    ratings: Ratings,
    name: Coefficient,
    level: Level = Level.NOMINAL,
    interval: IntervalMethod = IntervalMethod.WILSON,
) -> Agreement:
    (agreement,) = measure_agreement(ratings, (name,), level, interval)
    return agreement


def value(ratings: Ratings, name: Coefficient, level: Level = Level.NOMINAL) -> float:
    agreement = measured(ratings, name, level)
    assert agreement.value is not None
    return agreement.value


def bootstrapped(ratings: Ratings, name: Coefficient, seed: int = 1, resamples: int = 2000) -> Agreement:
    ((agreement,),) = bootstrap_agreement([ratings], np.random.default_rng(seed), (name,), resamples=resamples)
    return agreement


def bounds(agreement: Agreement) -> tuple[float, float]:
    assert agreement.low is not None
    assert agreement.high is not None
    return agreement.low, agreement.high
