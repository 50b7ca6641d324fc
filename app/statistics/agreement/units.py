"""The rated units of one item as counts, from which all coefficients are computed."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from app.statistics.agreement.levels import Level, distances
from app.statistics.agreement.ratings import MISSING, Ratings
from app.statistics.sample import BoolArray, FloatArray, IntArray, factorize


@dataclass(frozen=True, slots=True, eq=False)
class RatedUnits:
    """Units with at least one rating, n of them; r raters with at least one rating; q categories.

    The categories are those that occur, and beyond the nominal level those of the whole scale.

    codes: n × r, the index of the category or -1.
    counts: n × q, the number of raters who chose each category.
    distances: q × q.
    weights: n design weights.
    clusters: n indices of clusters, from 0 to `n_clusters` - 1. Without clusters each unit is one.
    varies: whether the ratings are of more than one category.
    """

    codes: IntArray
    counts: FloatArray
    distances: FloatArray
    weights: FloatArray
    clusters: IntArray
    n_clusters: int
    varies: bool

    @property
    def n_raters(self) -> int:
        return int(self.codes.shape[1])

    @property
    def n_ratings(self) -> FloatArray:
        return np.asarray(self.counts.sum(axis=1))

    @property
    def shares(self) -> FloatArray:
        """n × q: the share of the unit's raters who chose each category."""
        return np.asarray(self.counts / self.n_ratings[:, None])

    @property
    def is_paired(self) -> BoolArray:
        """Whether two or more raters rated the unit."""
        return np.asarray(self.n_ratings >= 2)

    @property
    def choices(self) -> FloatArray:
        """n × r × q: 1 where the rater chose the category."""
        return np.asarray(self.codes[:, :, None] == np.arange(self.distances.shape[0]), dtype=np.float64)

    @property
    def coincidences(self) -> FloatArray:
        """n × q × q: how often two categories meet in two raters of a unit; each paired unit sums to `n_ratings`."""
        pairs = self.counts[:, :, None] * self.counts[:, None, :]
        own = np.arange(self.counts.shape[1])
        pairs[:, own, own] -= self.counts
        return np.asarray(pairs / np.maximum(self.n_ratings - 1, 1)[:, None, None])

    def disagreement(self, distances: FloatArray | None = None) -> FloatArray:
        """The mean distance of two raters of each unit; 0 where there are no two."""
        n = self.n_ratings
        distance = np.einsum("ik,ik->i", self.counts @ self._or_own(distances), self.counts)
        return np.asarray(np.divide(distance, n * (n - 1), out=np.zeros_like(n), where=n >= 2))

    def only(self, chosen: BoolArray) -> Self:
        """The chosen units, with the categories, raters and clusters of all."""
        by_unit = {name: getattr(self, name)[chosen] for name in self._by_unit()}
        return replace(self, **by_unit)

    def without_empty_categories(self) -> Self:
        """The units with the categories that occur."""
        occurs = (self.counts > 0).any(axis=0)
        index = np.where(self.codes >= 0, (np.cumsum(occurs) - 1)[self.codes], MISSING)
        by_category = {name: getattr(self, name)[:, occurs] for name in self._by_category()}
        return replace(self, codes=index, distances=self.distances[occurs][:, occurs], **by_category)

    def _or_own(self, distances: FloatArray | None) -> FloatArray:
        return self.distances if distances is None else distances

    def _by_unit(self) -> tuple[str, ...]:
        return "codes", "counts", "weights", "clusters"

    def _by_category(self) -> tuple[str, ...]:
        return ("counts",)


@dataclass(frozen=True, slots=True, eq=False)
class OneAndOthers(RatedUnits):
    """The units of one rater, who is compared with the mean of the others.

    own, others: n × q, the rater's choice and the shares of the other raters. Each is one rating in `counts`.
    """

    own: FloatArray
    others: FloatArray

    @property
    def n_ratings(self) -> FloatArray:
        """Two, also where the shares of the others do not add up to one exactly."""
        return np.full(self.weights.size, 2.0)

    @property
    def choices(self) -> FloatArray:
        return np.stack([self.own, self.others], axis=1)

    @property
    def coincidences(self) -> FloatArray:
        pairs = self.own[:, :, None] * self.others[:, None, :]
        return np.asarray(pairs + pairs.transpose(0, 2, 1))

    def disagreement(self, distances: FloatArray | None = None) -> FloatArray:
        return np.asarray(np.einsum("ik,ik->i", self.own @ self._or_own(distances), self.others))

    def _by_unit(self) -> tuple[str, ...]:
        return "codes", "counts", "weights", "clusters", "own", "others"

    def _by_category(self) -> tuple[str, ...]:
        return "counts", "own", "others"


def one_and_others(units: RatedUnits, codes: IntArray) -> OneAndOthers:
    """The units that the rater with these codes and at least one other rated."""
    compared = units.only((codes >= 0) & units.is_paired)
    own = np.eye(units.distances.shape[0])[codes[(codes >= 0) & units.is_paired]]
    others = (compared.counts - own) / (compared.n_ratings - 1)[:, None]
    return OneAndOthers(
        codes=compared.codes,
        counts=own + others,
        distances=compared.distances,
        weights=compared.weights,
        clusters=compared.clusters,
        n_clusters=compared.n_clusters,
        varies=compared.varies,
        own=own,
        others=others,
    )


def rated_units(ratings: Ratings, level: Level) -> RatedUnits:
    """The units and raters that occur, with the categories that occur.

    Beyond the nominal level the categories are the whole scale, and those of equal value are one.

    Raises ValueError if the level needs values and the categories have none, or they do not fit the level.
    """
    codes = _without_empty(ratings.codes)
    units = np.flatnonzero((ratings.codes >= 0).any(axis=1))
    values, index = _categories(ratings, codes, level)
    weights = np.ones(units.size) if ratings.weights is None else ratings.weights[units].astype(np.float64)
    clusters = np.arange(units.size) if ratings.clusters is None else factorize(ratings.clusters[units])[1]
    return RatedUnits(
        codes=index,
        counts=_counts(index, values.size),
        distances=distances(level, values),
        weights=weights,
        clusters=clusters,
        n_clusters=int(clusters.max(initial=-1)) + 1,
        varies=np.unique(index[index >= 0]).size > 1,
    )


def _without_empty(codes: IntArray) -> IntArray:
    is_rating = codes >= 0
    return codes[is_rating.any(axis=1)][:, is_rating.any(axis=0)].astype(np.int64)


def _categories(ratings: Ratings, codes: IntArray, level: Level) -> tuple[FloatArray, IntArray]:
    """The values of the categories, ascending, and the ratings as indices of them."""
    if level is not Level.NOMINAL and ratings.values is None:
        raise ValueError(f"the level {level} needs a value for each category")
    if level is Level.NOMINAL or ratings.values is None:
        values = np.unique(codes[codes >= 0])
        return values.astype(np.float64), np.where(codes >= 0, np.searchsorted(values, codes), MISSING)
    values, found = np.unique(ratings.values.astype(np.float64), return_inverse=True)
    return np.asarray(values), np.where(codes >= 0, found[codes], MISSING)


def _counts(index: IntArray, n_categories: int) -> FloatArray:
    unit, rater = np.nonzero(index >= 0)
    cells = unit * n_categories + index[unit, rater]
    counts = np.bincount(cells, minlength=index.shape[0] * n_categories)
    return counts.reshape(index.shape[0], n_categories).astype(np.float64)
