"""Agreement of single raters: of each pair, and of each rater with the others."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from app.statistics.agreement.levels import Level
from app.statistics.agreement.measuring import measure_units
from app.statistics.agreement.ratings import MISSING, Ratings
from app.statistics.agreement.results import Agreement, Coefficient, IntervalMethod
from app.statistics.agreement.units import RatedUnits, one_and_others, rated_units
from app.statistics.sample import IntArray

PAIR = (Coefficient.PERCENT, Coefficient.GWET_AC, Coefficient.COHEN_KAPPA)
ONE_RATER = (Coefficient.PERCENT, Coefficient.GWET_AC, Coefficient.CONGER_KAPPA)


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two raters, by their columns."""

    first: int
    second: int
    coefficients: tuple[Agreement, ...]


@dataclass(frozen=True, slots=True)
class RaterAgreement:
    """One rater, by its column, with the others. `n_units` of the coefficients counts the units they share."""

    rater: int
    coefficients: tuple[Agreement, ...]


def pairwise_agreement(
    ratings: Ratings, coefficients: Sequence[Coefficient] = PAIR, level: Level = Level.NOMINAL
) -> tuple[PairAgreement, ...]:
    """The agreement of every two raters on the units that both rated, as if they were the only ones."""
    pairs = combinations(range(ratings.codes.shape[1]), 2)
    return tuple(PairAgreement(a, b, _of_pair(ratings, (a, b), coefficients, level)) for a, b in pairs)


def agreement_with_others(
    ratings: Ratings, coefficients: Sequence[Coefficient] = ONE_RATER, level: Level = Level.NOMINAL
) -> tuple[RaterAgreement, ...]:
    """The agreement of each rater who gave a rating with the others.

    Percent agreement is the mean over the units that the rater shares with others, of the mean over those others: the
    mean over pairs where everybody rates every unit. For chance-corrected coefficients the others are one rater whose
    choice is divided among them.
    """
    units = rated_units(ratings, level)
    raters = np.flatnonzero((ratings.codes >= 0).any(axis=0)).tolist()
    return tuple(
        RaterAgreement(rater, _of_rater(units, codes, coefficients, level))
        for rater, codes in zip(raters, units.codes.T, strict=True)
    )


def _of_pair(
    ratings: Ratings, pair: tuple[int, int], coefficients: Sequence[Coefficient], level: Level
) -> tuple[Agreement, ...]:
    codes = ratings.codes[:, pair]
    both = (codes >= 0).all(axis=1, keepdims=True)
    units = rated_units(replace(ratings, codes=np.where(both, codes, MISSING)), level)
    return measure_units(units, coefficients, level, IntervalMethod.WILSON)


def _of_rater(
    units: RatedUnits, codes: IntArray, coefficients: Sequence[Coefficient], level: Level
) -> tuple[Agreement, ...]:
    return measure_units(one_and_others(units, codes), coefficients, level, IntervalMethod.WILSON)
