"""Krippendorff's alpha (Krippendorff 2011, Computing Krippendorff's alpha-reliability; Gwet 2014, ch. 6).

Only units with two or more ratings count. A unit counts in proportion to its number of ratings, and the expected
disagreement is that of two ratings drawn without replacement. This correction for small samples, (n − 1)/n, takes the
number of ratings that exist and not the sum of their design weights, which may be on any scale.

Alpha is a ratio of disagreements, so it depends neither on the unit of the distances nor on categories that nobody
chose; these are left out.
"""

import numpy as np

from app.statistics.agreement.estimators import Estimator, divide, whole
from app.statistics.agreement.units import RatedUnits
from app.statistics.sample import FloatArray


class Alpha(Estimator):
    """Alpha with distances that do not depend on the ratings: nominal, linear, interval, ratio."""

    def scope(self, units: RatedUnits) -> RatedUnits:
        return units.only(units.is_paired).without_empty_categories()

    def columns(self, units: RatedUnits) -> FloatArray:
        weighted = units.weights * units.n_ratings
        return np.column_stack(
            [units.n_ratings, weighted * units.disagreement(), units.weights[:, None] * units.counts],
        )

    def disagreement(self, units: RatedUnits, sums: FloatArray) -> tuple[FloatArray, FloatArray]:
        shares = self._shares(sums)
        observed = divide(sums[:, 1], sums[:, 2:].sum(axis=1)) * small_sample_factor(sums[:, 0])
        return observed, np.einsum("bk,bk->b", shares, shares @ units.distances)

    def influence(self, units: RatedUnits) -> FloatArray:
        sums = whole(self, units)
        return influence(units, sums, units.distances, self._shares(sums)[0])

    def _shares(self, sums: FloatArray) -> FloatArray:
        return divide(sums[:, 2:], sums[:, 2:].sum(axis=1, keepdims=True))


class OrdinalAlpha(Estimator):
    """Alpha with Krippendorff's ordinal distance: the squared difference of the categories' mean ranks.

    The mean rank of a category is the share of ratings below it plus half its own share. The distances change with the
    sample, so the sums keep which categories meet how often: the coincidences.
    """

    def scope(self, units: RatedUnits) -> RatedUnits:
        return units.only(units.is_paired).without_empty_categories()

    def distances(self, units: RatedUnits) -> FloatArray:
        shares = self._relative_coincidences(units, whole(self, units))[0].sum(axis=1)
        return _rank_distances(_rank_matrix(shares.size) @ shares)

    def columns(self, units: RatedUnits) -> FloatArray:
        upper = np.triu_indices(units.distances.shape[0])
        return np.column_stack([units.n_ratings, units.weights[:, None] * units.coincidences[:, *upper]])

    def disagreement(self, units: RatedUnits, sums: FloatArray) -> tuple[FloatArray, FloatArray]:
        coincidences = self._relative_coincidences(units, sums)
        shares = coincidences.sum(axis=2)
        ranks = shares @ _rank_matrix(shares.shape[1]).T
        mean_square = np.einsum("bk,bk->b", shares, ranks**2)
        observed = 2 * (mean_square - np.einsum("bk,bkl,bl->b", ranks, coincidences, ranks))
        expected = 2 * (mean_square - np.einsum("bk,bk->b", shares, ranks) ** 2)
        return observed * small_sample_factor(sums[:, 0]), expected

    def influence(self, units: RatedUnits) -> FloatArray:
        sums = whole(self, units)
        coincidences = self._relative_coincidences(units, sums)[0]
        shares = coincidences.sum(axis=1)
        ranks = _rank_matrix(shares.size) @ shares
        distances = _rank_distances(ranks)
        observed, expected = float((coincidences * distances).sum()), float(shares @ distances @ shares)
        # The influence of a unit on the distances: by the chain rule over ranks.
        by_rank = -(shares * ranks - coincidences @ ranks) / expected
        by_rank += observed / expected**2 * shares * (ranks - shares @ ranks)
        by_share = 4 * _rank_matrix(shares.size).T @ by_rank
        on_distances = _relative_size(units) * ((units.shares - shares) @ by_share)
        return np.asarray(influence(units, sums, distances, shares) + on_distances)

    def _relative_coincidences(self, units: RatedUnits, sums: FloatArray) -> FloatArray:
        """Samples × categories × categories; each sample sums to 1."""
        q = units.distances.shape[0]
        rows, columns = np.triu_indices(q)
        matrix = np.zeros((sums.shape[0], q, q))
        matrix[:, rows, columns] = matrix[:, columns, rows] = sums[:, 1:]
        return divide(matrix, matrix.sum(axis=(1, 2), keepdims=True))


def small_sample_factor(n_ratings: FloatArray) -> FloatArray:
    return divide(n_ratings - 1, n_ratings)


def influence(units: RatedUnits, sums: FloatArray, distances: FloatArray, shares: FloatArray) -> FloatArray:
    """The influence of each unit with these distances, as Gwet defines it."""
    size = _relative_size(units)
    disagreement = units.disagreement(distances)
    observed = np.average(size * disagreement, weights=units.weights)
    expected = shares @ distances @ shares
    by_unit = units.shares @ (distances @ shares)
    corrected = observed * small_sample_factor(sums[:, 0])[0]
    own = observed - size * disagreement + corrected * (size - 1)
    return np.asarray((own + 2 * observed / expected * size * (by_unit - expected)) / expected)


def _relative_size(units: RatedUnits) -> FloatArray:
    """The number of ratings of each unit divided by the mean number."""
    return np.asarray(units.n_ratings / np.average(units.n_ratings, weights=units.weights))


def _rank_distances(ranks: FloatArray) -> FloatArray:
    return np.asarray((ranks[:, None] - ranks) ** 2)


def _rank_matrix(n: int) -> FloatArray:
    """Gives the mean ranks of the categories from their shares."""
    return np.tri(n, k=-1) + np.eye(n) / 2
