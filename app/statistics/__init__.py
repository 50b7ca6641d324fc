"""Pure numerics on arrays: estimates for all calls from a sample with known inclusion probabilities."""

from app.statistics.estimates import Estimate, MeanEstimate, SurveyEstimate
from app.statistics.intervals import Bounds, wilson_interval
from app.statistics.means import estimate_mean, estimate_means, estimate_proportions
from app.statistics.response import response_probabilities
from app.statistics.sample import BoolArray, FloatArray, IntArray, Sample, factorize
from app.statistics.strata import collapse_strata
from app.statistics.totals import estimate_sizes, estimate_totals

__all__ = [
    "BoolArray",
    "Bounds",
    "Estimate",
    "FloatArray",
    "IntArray",
    "MeanEstimate",
    "Sample",
    "SurveyEstimate",
    "collapse_strata",
    "estimate_mean",
    "estimate_means",
    "estimate_proportions",
    "estimate_sizes",
    "estimate_totals",
    "factorize",
    "response_probabilities",
    "wilson_interval",
]
