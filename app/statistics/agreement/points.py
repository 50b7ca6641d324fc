"""A coefficient of one item: its value, or the reason why there is none, and its analytic variance."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.statistics.agreement.alpha import Alpha, OrdinalAlpha
from app.statistics.agreement.estimators import (
    BrennanPrediger,
    Cohen,
    Conger,
    Estimator,
    Fleiss,
    Gwet,
    Percent,
    whole,
)
from app.statistics.agreement.intervals import CHANCE_UNITS, Linearised
from app.statistics.agreement.levels import Level
from app.statistics.agreement.results import Coefficient, Reason
from app.statistics.agreement.units import RatedUnits
from app.statistics.sample import FloatArray, sums

_ESTIMATORS: dict[Coefficient, Estimator] = {
    Coefficient.PERCENT: Percent(),
    Coefficient.COHEN_KAPPA: Cohen(),
    Coefficient.CONGER_KAPPA: Conger(),
    Coefficient.FLEISS_KAPPA: Fleiss(),
    Coefficient.BRENNAN_PREDIGER: BrennanPrediger(),
    Coefficient.GWET_AC: Gwet(),
    Coefficient.KRIPPENDORFF_ALPHA: Alpha(),
}


def estimator_of(coefficient: Coefficient, level: Level) -> Estimator:
    if coefficient is Coefficient.KRIPPENDORFF_ALPHA and level is Level.ORDINAL:
        return OrdinalAlpha()
    return _ESTIMATORS[coefficient]


@dataclass(frozen=True, eq=False)
class Point:
    """The coefficient of these units; `scope` are those that it uses."""

    name: Coefficient
    level: Level
    units: RatedUnits
    reason: Reason | None
    value: float | None

    @cached_property
    def estimator(self) -> Estimator:
        return estimator_of(self.name, self.level)

    @cached_property
    def scope(self) -> RatedUnits:
        return self.estimator.scope(self.units)

    @cached_property
    def n_clusters(self) -> int:
        return int(np.unique(self.scope.clusters).size)

    @cached_property
    def influence(self) -> FloatArray:
        """The influence of each cluster on the value: the weighted sum of those of its units."""
        weights = self.scope.weights / self.scope.weights.sum()
        return sums(self.scope.clusters, weights * self.estimator.influence(self.scope), self.scope.n_clusters)

    @property
    def linearised(self) -> Linearised:
        """The value with Gwet's variance Σu² · m/(m − 1), u being the influences of m clusters, two or more."""
        observed, expected = self.estimator.disagreement(self.scope, whole(self.estimator, self.scope))
        m = self.n_clusters
        return Linearised(
            observed=float(observed[0]),
            expected=float(expected[0]),
            variance=float(np.square(self.influence).sum() * m / (m - 1)),
            n_clusters=m,
            effective_n=effective_size(self.scope.weights[self.scope.is_paired]),
            is_clustered=self.scope.weights.size > m,
            span=self._span,
        )

    @property
    def _span(self) -> float:
        """The mean distance of two ratings that differ, in which a distance counts in proportion to itself.

        Σδ²/Σδ over the pairs of the units, and over as many pairs drawn by chance as `CHANCE_UNITS` units have.
        """
        paired = self.scope.only(self.scope.is_paired)
        shares = np.average(paired.shares, axis=0, weights=paired.weights)
        distances = self.estimator.distances(self.scope)

        def total(of: FloatArray) -> float:
            in_units = np.average(paired.disagreement(of), weights=paired.weights)
            return float(effective_size(paired.weights) * in_units + CHANCE_UNITS * shares @ of @ shares)

        return total(distances**2) / total(distances) if total(distances) > 0 else 1.0

    def resampled(self, sums_of_resamples: FloatArray) -> FloatArray:
        return self.estimator.values(self.scope, sums_of_resamples)


def effective_size(weights: FloatArray) -> float:
    """The number of units of equal weight that would tell as much (Kish)."""
    return float(weights.sum() ** 2 / np.square(weights).sum())


def measure_point(units: RatedUnits, name: Coefficient, level: Level) -> Point:
    """The coefficient, or the reason why it does not exist."""
    reason = _missing(units, name)
    if reason is not None:
        return Point(name, level, units, reason, None)
    estimator = estimator_of(name, level)
    scope = estimator.scope(units)
    value = float(estimator.values(scope, whole(estimator, scope))[0])
    if np.isnan(value):
        return Point(name, level, units, Reason.NO_VARIATION, None)
    return Point(name, level, units, None, value)


def _missing(units: RatedUnits, name: Coefficient) -> Reason | None:
    """What the units lack for this coefficient."""
    if units.n_raters == 0:
        return Reason.NO_RATINGS
    if units.n_raters == 1:
        return Reason.ONE_RATER
    if not units.is_paired.any():
        return Reason.NO_PAIRS
    if name is Coefficient.COHEN_KAPPA and units.n_raters > 2:
        return Reason.NOT_TWO_RATERS
    if name is not Coefficient.PERCENT and not units.varies:
        return Reason.NO_VARIATION
    return None
