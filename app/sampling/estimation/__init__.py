"""Estimates about all calls from a sample drawn with known inclusion probabilities."""

from app.sampling.estimation.intervals import Bounds, wilson_interval
from app.sampling.estimation.means import estimate_mean, estimate_means, estimate_proportions
from app.sampling.estimation.response import response_probabilities
from app.sampling.estimation.sample import BoolArray, FloatArray, IntArray, Sample, numbered
from app.sampling.estimation.strata import collapse_strata
from app.sampling.estimation.totals import Total, estimate_sizes, estimate_totals

__all__ = [
    "BoolArray",
    "Bounds",
    "FloatArray",
    "IntArray",
    "Sample",
    "Total",
    "collapse_strata",
    "estimate_mean",
    "estimate_means",
    "estimate_proportions",
    "estimate_sizes",
    "estimate_totals",
    "numbered",
    "response_probabilities",
    "wilson_interval",
]
