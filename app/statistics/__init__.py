"""Pure numerics on arrays: estimates for all calls from a sample, and the sources of errors.

Agreement between raters is a package of its own, `app.statistics.agreement`.
"""

from app.statistics.attribution import provisional_sources, verdict, weighted_share
from app.statistics.error_sources import (
    AnswerArrays,
    ErrorSources,
    GroupSource,
    ItemSource,
    Method,
    ReasonCount,
    Verdict,
)
from app.statistics.estimates import Estimate, MeanEstimate, SurveyEstimate
from app.statistics.intervals import Bounds, wilson_interval
from app.statistics.means import estimate_mean, estimate_means, estimate_means_of, estimate_proportions
from app.statistics.nonresponse import response_probabilities
from app.statistics.sample import BoolArray, FloatArray, IntArray, Sample, factorize
from app.statistics.strata import collapse_strata
from app.statistics.totals import estimate_sizes, estimate_totals

__all__ = [
    "AnswerArrays",
    "BoolArray",
    "Bounds",
    "ErrorSources",
    "Estimate",
    "FloatArray",
    "GroupSource",
    "IntArray",
    "ItemSource",
    "MeanEstimate",
    "Method",
    "ReasonCount",
    "Sample",
    "SurveyEstimate",
    "Verdict",
    "collapse_strata",
    "estimate_mean",
    "estimate_means",
    "estimate_means_of",
    "estimate_proportions",
    "estimate_sizes",
    "estimate_totals",
    "factorize",
    "provisional_sources",
    "response_probabilities",
    "verdict",
    "weighted_share",
    "wilson_interval",
]
