"""Pure numerics on arrays: estimates for all calls from a sample.

Packages of their own: `app.statistics.agreement` between raters, `app.statistics.attribution` of errors to agents or to
the process, `app.statistics.severity` of verifiers.
"""

from app.statistics.estimates import Estimate, MeanEstimate, SurveyEstimate
from app.statistics.intervals import Bounds, wilson_interval
from app.statistics.means import estimate_mean, estimate_means, estimate_means_of, estimate_proportions
from app.statistics.nonresponse import call_weights, response_groups, response_probabilities, responses_of
from app.statistics.sample import BoolArray, FloatArray, FrameCounts, IntArray, Responses, Sample, factorize
from app.statistics.strata import collapse_strata
from app.statistics.totals import estimate_sizes, estimate_totals, total_of_mean

__all__ = [
    "BoolArray",
    "Bounds",
    "Estimate",
    "FloatArray",
    "FrameCounts",
    "IntArray",
    "MeanEstimate",
    "Responses",
    "Sample",
    "SurveyEstimate",
    "call_weights",
    "collapse_strata",
    "estimate_mean",
    "estimate_means",
    "estimate_means_of",
    "estimate_proportions",
    "estimate_sizes",
    "estimate_totals",
    "factorize",
    "response_groups",
    "response_probabilities",
    "responses_of",
    "total_of_mean",
    "wilson_interval",
]
