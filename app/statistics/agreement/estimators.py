"""Chance-corrected agreement: 1 − observed disagreement / disagreement expected by chance.

The coefficients share the observed disagreement, the mean distance of two raters of one unit, and differ in the
expected one. It is 1 for percent agreement, which corrects for nothing. Gwet 2014, Handbook of Inter-Rater Reliability,
4th ed., ch. 2 to 6: Conger 1980 (Cohen 1960 with two raters), Fleiss 1971, Brennan and Prediger 1981, Gwet 2008.

An estimator is a function of weighted sums over units. Whoever has the sums of a resample has the coefficient of the
resample, so a bootstrap is one product of matrices. The influence of a unit is what it adds to the linearised
coefficient; their variance is Gwet's analytic variance.
"""

from abc import ABC, abstractmethod

import numpy as np

from app.statistics.agreement.units import RatedUnits
from app.statistics.sample import FloatArray

# An expected disagreement below this is rounding error: all ratings are the same category.
_ROUNDING = 1e-12


class Estimator(ABC):
    """One coefficient. `sums` has one row for each sample: the sums of the columns over the units of the sample."""

    def scope(self, units: RatedUnits) -> RatedUnits:
        """The units that the coefficient uses."""
        return units

    def distances(self, units: RatedUnits) -> FloatArray:
        """The distance of every two categories."""
        return units.distances

    @abstractmethod
    def columns(self, units: RatedUnits) -> FloatArray:
        """The weighted statistics of each unit, one row for each unit."""

    @abstractmethod
    def disagreement(self, units: RatedUnits, sums: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The observed and the expected disagreement of each sample; NaN if nothing can be observed."""

    @abstractmethod
    def influence(self, units: RatedUnits) -> FloatArray:
        """The influence of each unit; their weighted mean is 0."""

    def values(self, units: RatedUnits, sums: FloatArray) -> FloatArray:
        """The coefficient of each sample; NaN where it does not exist."""
        observed, expected = self.disagreement(units, sums)
        return np.asarray(1 - divide(observed, np.where(expected > _ROUNDING, expected, np.nan)))


def divide(above: FloatArray, below: FloatArray) -> FloatArray:
    """above / below; NaN where that has no value."""
    above, below = np.broadcast_arrays(above, below)
    return np.asarray(np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0))


def whole(estimator: Estimator, units: RatedUnits) -> FloatArray:
    """The sums over all units, as one row."""
    return np.asarray(estimator.columns(units).sum(axis=0, keepdims=True))


class PairEstimator(Estimator):
    """A coefficient whose observed disagreement is the mean over the units with two or more ratings."""

    def columns(self, units: RatedUnits) -> FloatArray:
        paired = units.weights * units.is_paired
        own = self.expected_columns(units)
        return np.column_stack([paired * units.disagreement(), paired, own.reshape(own.shape[0], -1)])

    def disagreement(self, units: RatedUnits, sums: FloatArray) -> tuple[FloatArray, FloatArray]:
        return divide(sums[:, 0], sums[:, 1]), self.expected(units, sums[:, 2:])

    def influence(self, units: RatedUnits) -> FloatArray:
        sums = whole(self, units)
        observed, expected = (float(each[0]) for each in self.disagreement(units, sums))
        value = 1 - observed / expected
        paired = units.is_paired * (units.weights.sum() / sums[0, 1])
        by_unit = self.expected_by_unit(units, sums[:, 2:])
        agreement = paired * (1 - units.disagreement() / expected) - value
        return np.asarray(agreement + 2 * (1 - value) * (by_unit - expected) / expected)

    def expected_columns(self, units: RatedUnits) -> FloatArray:
        """What `expected` is computed from; nothing by default."""
        return np.zeros((units.weights.size, 0))

    @abstractmethod
    def expected(self, units: RatedUnits, sums: FloatArray) -> FloatArray:
        """The disagreement expected by chance in each sample."""

    def expected_by_unit(self, units: RatedUnits, sums: FloatArray) -> FloatArray:
        """Each unit's part of the expected disagreement, on half its linear scale; their mean is the whole."""
        return np.full(units.weights.size, self.expected(units, sums)[0])


class Percent(PairEstimator):
    def expected(self, units: RatedUnits, sums: FloatArray) -> FloatArray:
        return np.ones(sums.shape[0])


class BrennanPrediger(PairEstimator):
    """Chance chooses each of the q categories with probability 1/q."""

    def expected(self, units: RatedUnits, sums: FloatArray) -> FloatArray:
        return np.full(sums.shape[0], units.distances.mean())


class ShareEstimator(PairEstimator):
    """A coefficient whose chance depends on the mean share of each category."""

    def expected_columns(self, units: RatedUnits) -> FloatArray:
        return np.asarray(units.weights[:, None] * units.shares)

    def shares(self, sums: FloatArray) -> FloatArray:
        return divide(sums, sums.sum(axis=1, keepdims=True))


class Gwet(ShareEstimator):
    """AC1, or AC2 beyond the nominal level, with q categories.

    q is that of the whole sample, also in a resample where fewer occur: it belongs to the scale and not to chance.
    """

    def expected(self, units: RatedUnits, sums: FloatArray) -> FloatArray:
        shares = self.shares(sums)
        return np.asarray(1 - self._factor(units) * (shares * (1 - shares)).sum(axis=1))

    def expected_by_unit(self, units: RatedUnits, sums: FloatArray) -> FloatArray:
        return np.asarray(1 - self._factor(units) * units.shares @ (1 - self.shares(sums)[0]))

    def _factor(self, units: RatedUnits) -> float:
        q = units.distances.shape[0]
        return float((1 - units.distances).sum() / (q * (q - 1)))


class Fleiss(ShareEstimator):
    """Chance draws both ratings from the categories' common shares (Scott's pi with two raters)."""

    def expected(self, units: RatedUnits, sums: FloatArray) -> FloatArray:
        shares = self.shares(sums)
        return np.asarray(np.einsum("bk,bk->b", shares, shares @ units.distances))

    def expected_by_unit(self, units: RatedUnits, sums: FloatArray) -> FloatArray:
        return np.asarray(units.shares @ (units.distances @ self.shares(sums)[0]))


class Conger(PairEstimator):
    """Chance draws two different raters, and each rating from its rater's own shares."""

    def expected_columns(self, units: RatedUnits) -> FloatArray:
        return np.asarray(units.weights[:, None, None] * units.choices)

    def expected(self, units: RatedUnits, sums: FloatArray) -> FloatArray:
        shares, n_raters = self._rater_shares(units, sums)
        total = shares.sum(axis=1)
        between_all = np.einsum("bk,kl,bl->b", total, units.distances, total)
        with_oneself = np.einsum("brk,brk->b", shares, shares @ units.distances)
        return divide(between_all - with_oneself, n_raters * (n_raters - 1))

    def expected_by_unit(self, units: RatedUnits, sums: FloatArray) -> FloatArray:
        shares, n_raters = self._rater_shares(units, sums)
        own, n = shares[0], n_raters[0]
        to_others = (own.sum(axis=0) - own) @ units.distances / (n * (n - 1))
        choices = units.choices
        rated = choices.sum(axis=2)
        parts = divide(np.ones_like(own[:, 0]), units.weights @ rated / units.weights.sum())
        deviations = np.einsum("irk,rk->ir", choices, to_others) - rated * (own * to_others).sum(axis=1)
        return np.asarray(self.expected(units, sums)[0] + deviations @ np.nan_to_num(parts))

    def _rater_shares(self, units: RatedUnits, sums: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Samples × raters × categories, 0 for a rater without a rating; and the number of raters with one."""
        by_rater = sums.reshape(sums.shape[0], -1, units.distances.shape[0])
        n_ratings = by_rater.sum(axis=2, keepdims=True)
        shares = np.nan_to_num(divide(by_rater, n_ratings))
        return shares, np.asarray((n_ratings[:, :, 0] > 0).sum(axis=1, dtype=np.float64))


class Cohen(Conger):
    """Conger's kappa of the units that both of two raters rated."""

    def scope(self, units: RatedUnits) -> RatedUnits:
        return units.only(units.is_paired)
