"""Severities, given the scores, without pretending to know how much verifiers differ.

If the variance between verifiers were known, a severity would have the best linear unbiased prediction and its standard
error. Few verifiers say little about that variance, and where its estimate is 0 an interval would have no width.
Therefore predictions are averaged over its standard deviation, each value weighted by its restricted likelihood (Morris
1983; a uniform prior of the standard deviation, Gelman 2006, up to the largest that scores can have). The intervals are
quantiles of this mixture of t distributions. They hold for three verifiers as for forty (docs/validation.md).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from app.statistics.sample import FloatArray
from app.statistics.severity.likelihood import Fitted

# The standard deviation of scores from 0 to 100 is at most 50 points.
MAX_DEVIATION = 50.0
_NODES = 200
_HALVINGS = 50


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """A mixture over the ratio λ of the variance between verifiers to that within agents.

    ratios, weights: of the components. variances: within agents, in squared points.
    """

    fitted: Fitted
    ratios: FloatArray
    weights: FloatArray
    variances: FloatArray

    def predictions(self, contrasts: FloatArray) -> FloatArray:
        """The mean of each contrast of the verifiers by each component: contrasts × components."""
        reduced = self.fitted.reduced
        shrunken = self._unit_variances() * reduced.rotated[:, np.newaxis]
        return np.asarray(contrasts @ reduced.vectors @ shrunken)

    def standard_errors(self, contrasts: FloatArray) -> FloatArray:
        """The standard error of each contrast by each component: contrasts × components."""
        squares = (contrasts @ self.fitted.reduced.vectors) ** 2
        return np.sqrt(squares @ (self._unit_variances() * self.variances))

    def covariance(self) -> FloatArray:
        """The covariance matrix of the verifiers, in squared points."""
        reduced = self.fitted.reduced
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
        return self.ratios / (1 + np.outer(self.fitted.reduced.information, self.ratios))

    def _quantile(self, means: FloatArray, errors: FloatArray, probability: float) -> FloatArray:
        """The quantile of each mixture, by bisection between the least and the greatest of its components."""
        df = self.fitted.reduced.df
        ends = means + errors * stdtrit(df, probability)
        low, high = ends.min(axis=1), ends.max(axis=1)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            below = stdtr(df, (middle[:, np.newaxis] - means) / errors) @ self.weights < probability
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return np.asarray((low + high) / 2)


def posterior(fitted: Fitted) -> Posterior:
    """The mixture, on a grid that is dense where the standard deviation is likely to be."""
    reduced = fitted.reduced
    informed = reduced.information[reduced.information > 0]
    scale = np.sqrt(fitted.verifier_ratio**2 + 1 / informed.mean())
    largest = np.arctan(MAX_DEVIATION / np.sqrt(fitted.within_agents) / scale)
    angles = largest * (np.arange(_NODES) + 0.5) / _NODES
    ratios = (scale * np.tan(angles)) ** 2
    deviance = reduced.deviance(ratios)
    weights = np.exp((deviance.min() - deviance) / 2) / np.cos(angles) ** 2
    return Posterior(fitted, ratios, weights / weights.sum(), reduced.residual_squares(ratios) / reduced.df)
