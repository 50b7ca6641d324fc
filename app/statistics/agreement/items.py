"""Which items split the group, and where kappa misleads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.statistics.agreement.levels import Level
from app.statistics.agreement.ratings import Ratings
from app.statistics.agreement.units import rated_units

# Agreement is high from here on, and kappa has collapsed if it is this far below AC1.
HIGH_PERCENT = 0.8
COLLAPSE = 0.2


@dataclass(frozen=True, slots=True)
class ItemSplit:
    """How much an item splits the group.

    item: its place in the list that was given.
    disagreement: the mean distance of two raters from 0 to 1, which is 1 - percent agreement. None if no unit was rated
        by two raters.
    n_split: the number of units on which the raters do not all agree, of `n_units` that two or more rated.
    """

    item: int
    disagreement: float | None
    n_split: int
    n_units: int


@dataclass(frozen=True, slots=True)
class Prevalence:
    """The most frequent category of an item, by its code, and its share of a unit's ratings on average."""

    code: int
    share: float


def rank_by_disagreement(items: Sequence[Ratings], level: Level = Level.NOMINAL) -> tuple[ItemSplit, ...]:
    """The items that split the group most come first; those without two ratings of a unit come last."""
    splits = (_split(place, ratings, level) for place, ratings in enumerate(items))
    return tuple(sorted(splits, key=lambda split: (-_or_below(split.disagreement), -split.n_split, split.item)))


def most_frequent(ratings: Ratings) -> Prevalence | None:
    """The category that most ratings name; the lowest code of several. None if there is no rating."""
    units = rated_units(ratings, Level.NOMINAL)
    if units.n_raters == 0:
        return None
    shares = np.average(units.shares, axis=0, weights=units.weights)
    observed = np.unique(ratings.codes[ratings.codes >= 0])
    place = int(shares.argmax())
    return Prevalence(int(observed[place]), float(shares[place]))


def is_paradox(percent: float | None, kappa: float | None, ac1: float | None) -> bool:
    """Whether kappa is low although the raters agree (Feinstein and Cicchetti 1990).

    If nearly all ratings are one category, chance alone would give almost the same agreement in the eyes of kappa, and
    a single disagreement takes it to 0 or below. AC1 does not follow. False if a coefficient does not exist.
    """
    if percent is None or kappa is None or ac1 is None:
        return False
    return percent >= HIGH_PERCENT and ac1 - kappa >= COLLAPSE


def _split(place: int, ratings: Ratings, level: Level) -> ItemSplit:
    units = rated_units(ratings, level)
    paired = units.only(units.is_paired)
    if paired.weights.size == 0:
        return ItemSplit(place, None, 0, 0)
    disagreement = paired.disagreement()
    share = float(np.average(disagreement, weights=paired.weights))
    return ItemSplit(place, share, int((disagreement > 0).sum()), disagreement.size)


def _or_below(disagreement: float | None) -> float:
    return -1.0 if disagreement is None else disagreement
