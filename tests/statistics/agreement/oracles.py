"""irrCAC, krippendorff and statsmodels on our ratings.

irrCAC 0.4.1 was written for earlier releases of its own libraries. Three differences are bridged here, nothing else:
pandas has renamed `applymap`, its `stack` keeps gaps as a category, and numpy does not take an array of one number for
a number.
"""

import warnings
from collections.abc import Sequence
from typing import Any, Literal
from unittest.mock import patch

import irrCAC.raw
import krippendorff
import numpy as np
import pandas as pd
from statsmodels.stats import inter_rater

from app.statistics import FloatArray, IntArray
from app.statistics.agreement import Coefficient, Level, Ratings
from tests.statistics.agreement.factories import numbers

_METHODS = {
    Coefficient.CONGER_KAPPA: "conger",
    Coefficient.FLEISS_KAPPA: "fleiss",
    Coefficient.BRENNAN_PREDIGER: "bp",
    Coefficient.GWET_AC: "gwet",
    Coefficient.KRIPPENDORFF_ALPHA: "krippendorff",
}
Measurement = Literal["nominal", "ordinal", "interval", "ratio"]
WEIGHTS = {
    Level.NOMINAL: "identity",
    Level.ORDINAL: "ordinal",
    Level.LINEAR: "linear",
    Level.INTERVAL: "quadratic",
    Level.RATIO: "ratio",
}


class _Frame(pd.DataFrame):  # type: ignore[misc]
    @property
    def _constructor(self) -> type["_Frame"]:
        return _Frame

    def applymap(self, function: Any) -> Any:
        return self.map(function)


def irr_cac(ratings: Ratings, name: Coefficient, level: Level) -> dict[str, Any]:
    """irrCAC's estimate: `coefficient_value`, `se`, `confidence_interval` and others, to twelve digits.

    Beyond the nominal level it is told the whole scale.
    """
    scale = None if level is Level.NOMINAL or ratings.values is None else np.unique(ratings.values)
    return irr_cac_estimates(numbers(ratings), (name,), level, scale)[0]


def irr_cac_estimates(
    values: FloatArray, names: Sequence[Coefficient], level: Level, scale: FloatArray | None = None
) -> list[dict[str, Any]]:
    """Several coefficients of the same numbers, NaN where there is none. `scale`: None means the numbers that occur."""
    categories = (np.unique(values[~np.isnan(values)]) if scale is None else scale).tolist()
    with warnings.catch_warnings():
        # What pandas is going to change does not concern the result.
        warnings.filterwarnings("ignore", module="irrCAC")
        cac = irrCAC.raw.CAC(_Frame(values), weights=WEIGHTS[level], categories=categories, digits=12)
        return [_estimate(cac, name) for name in names]


def _estimate(cac: Any, name: Coefficient) -> dict[str, Any]:
    estimate: dict[str, Any]
    if name is not Coefficient.KRIPPENDORFF_ALPHA:
        estimate = getattr(cac, _METHODS[name])()["est"]
        return estimate
    with patch.object(irrCAC.raw, "float", lambda array: np.asarray(array).item(), create=True):
        estimate = cac.krippendorff()["est"]
        return estimate


def krippendorff_alpha(ratings: Ratings, level: Measurement) -> float:
    return float(krippendorff.alpha(reliability_data=numbers(ratings).T, level_of_measurement=level))


def statsmodels_fleiss(ratings: Ratings) -> float:
    """Without gaps only."""
    table, _ = inter_rater.aggregate_raters(ratings.codes)
    return float(inter_rater.fleiss_kappa(table))


def statsmodels_cohen(table: IntArray, weights: str | None) -> Any:
    """Cohen's kappa of a contingency table with its standard error and others."""
    return inter_rater.cohens_kappa(table, wt=weights)
