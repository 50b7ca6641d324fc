"""Severities, given the scores, without pretending to know how much verifiers differ.

If the variance between verifiers were known, a severity would have the best linear unbiased prediction and its standard
error. Few verifiers say little about that variance, and where its estimate is 0 an interval would have no width.
Therefore predictions are averaged over the variance, each value weighted by its restricted likelihood (Morris 1983), up
to the largest that scores can have. The intervals are quantiles of this mixture of t distributions. They hold for three
verifiers as for forty; with equal weights for all standard deviations instead of variances they are too short if
verifiers differ little (docs/validation.md). Two or three verifiers are not shrunk at all (James and Stein 1961): their
intervals are Student's.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtr, stdtrit

from app.statistics.sample import FloatArray
from app.statistics.severity.likelihood import Reduced

# The standard deviation of scores from 0 to 100 is at most 50 points.
MAX_DEVIATION = 50.0
# With fewer differences between verifiers than this, shrinking does not bring predictions nearer to the truth.
_MIN_CONTRASTS = 3
# An eigenvalue below this part of the largest is a rounding error.
_ROUNDING = 1e-8
_NODES = 200
_HALVINGS = 30
# Components with less than this part of the largest weight do not matter.
_NEGLIGIBLE = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """A mixture over the ratio λ of the variance between verifiers to that within agents.

    ratios, weights: of the components. variances: within agents, in squared points.
    """

    reduced: Reduced
    ratios: FloatArray
    weights: FloatArray
    variances: FloatArray

    def predictions(self, contrasts: FloatArray) -> FloatArray:
        """The mean of each contrast of the verifiers by each component: contrasts × components."""
        shrunken = self._unit_variances() * self.reduced.rotated[:, np.newaxis]
        return np.asarray(contrasts @ self.reduced.vectors @ shrunken)

    def standard_errors(self, contrasts: FloatArray) -> FloatArray:
        """The standard error of each contrast by each component: contrasts × components."""
        squares = (contrasts @ self.reduced.vectors) ** 2
        return np.sqrt(squares @ (self._unit_variances() * self.variances))

    def covariance(self) -> FloatArray:
        """The covariance matrix of the verifiers, in squared points."""
        reduced = self.reduced
        unit = self._unit_variances()
        shrunken = unit * reduced.rotated[:, np.newaxis]
        spread = shrunken - (shrunken @ self.weights)[:, np.newaxis]
        between = (spread * self.weights) @ spread.T
        within = np.diag((unit * self.variances) @ self.weights)
        return np.asarray(reduced.vectors @ (within + between) @ reduced.vectors.T)

    def interval(self, contrasts: FloatArray, confidence: float) -> tuple[FloatArray, FloatArray]:
        means, errors = self.predictions(contrasts), self.standard_errors(contrasts)
        tail = (1 - confidence) / 2
        return self._quantile(means, errors, tail), self._quantile(means, errors, 1 - tail)

    def _unit_variances(self) -> FloatArray:
        """The variance along each eigenvector, divided by that within agents: verifiers × components."""
        return self.ratios / (1 + np.outer(self.reduced.information, self.ratios))

    def _quantile(self, means: FloatArray, errors: FloatArray, probability: float) -> FloatArray:
        """The quantile of each mixture, by bisection between the least and the greatest of its components."""
        df = self.reduced.df
        ends = means + errors * stdtrit(df, probability)
        low, high = ends.min(axis=1), ends.max(axis=1)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            below = stdtr(df, (middle[:, np.newaxis] - means) / errors) @ self.weights < probability
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.asarray((low + high) / 2)


def posterior(reduced: Reduced, likely_ratio: float) -> Posterior:
    """The mixture, on a grid that is dense where the standard deviation is likely to be.

    likely_ratio: of the standard deviation between verifiers to that within agents.
    """
    informed = reduced.information[reduced.information > _ROUNDING * reduced.information.max()]
    scale = np.sqrt(likely_ratio**2 + 1 / informed.mean())
    deviation = np.sqrt(reduced.residual_squares(np.array([likely_ratio**2]))[0] / reduced.df)
    largest = MAX_DEVIATION / deviation
    if informed.size < _MIN_CONTRASTS:
        # Without shrinking, verifiers are fixed effects and take degrees of freedom.
        as_fixed = replace(reduced, df=reduced.df - informed.size)
        return _mixture(as_fixed, np.array([largest**2]), np.ones(1))
    angles = np.arctan(largest / scale) * (np.arange(_NODES) + 0.5) / _NODES
    ratios = (scale * np.tan(angles)) ** 2
    deviance = reduced.deviance(ratios)
    # The variance is proportional to scale²·tan², and its derivative by the angle to tan/cos².
    weights = np.exp((deviance.min() - deviance) / 2) * np.sqrt(ratios) / np.cos(angles) ** 2
    likely = weights > _NEGLIGIBLE * weights.max()
    return _mixture(reduced, ratios[likely], weights[likely])


def _mixture(reduced: Reduced, ratios: FloatArray, weights: FloatArray) -> Posterior:
    return Posterior(reduced, ratios, weights / weights.sum(), reduced.residual_squares(ratios) / reduced.df)
