"""Estimates agree with samplics' TaylorEstimator, which does not support unequal probabilities within a stratum.

Its `fpc` is the factor 1 − f of each stratum.
"""

import warnings
from typing import Any

import numpy as np
import pytest

from app.statistics import (
    IntArray,
    Sample,
    estimate_mean,
    estimate_means,
    estimate_proportions,
    estimate_totals,
)

with warnings.catch_warnings():
    # The package is archived and warns of that at import; a reference need not change.
    warnings.simplefilter("ignore", FutureWarning)
    from samplics.estimation import TaylorEstimator
    from samplics.utils.types import PopParam

FRACTIONS = np.array([0.02, 0.1, 0.35])


def exactly(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-9)


@pytest.fixture(scope="module")
def strata() -> IntArray:
    return np.repeat([0, 1, 2], [30, 12, 45])


@pytest.fixture(scope="module")
def domains(strata: IntArray) -> IntArray:
    return np.random.default_rng(8).integers(0, 3, strata.size)


@pytest.fixture(scope="module")
def sample(strata: IntArray) -> Sample:
    values = np.random.default_rng(7).normal(70 + 10 * strata, 6)
    return Sample(values, FRACTIONS[strata], strata, np.zeros_like(strata))


def taylor(param: PopParam, sample: Sample, domain: IntArray | None = None) -> Any:
    estimator = TaylorEstimator(param)
    estimator.estimate(
        sample.values,
        samp_weight=1 / sample.probabilities,
        stratum=sample.strata,
        domain=domain,
        fpc=dict(enumerate(1 - FRACTIONS)),
    )
    return estimator


def test_the_stratified_mean_and_its_interval_agree(sample: Sample) -> None:
    ours, theirs = estimate_mean(sample), taylor(PopParam.mean, sample)
    assert ours is not None
    assert ours.value == exactly(theirs.point_est)
    assert ours.stderror == exactly(theirs.stderror)
    assert (ours.low, ours.high) == exactly((theirs.lower_ci, theirs.upper_ci))


def test_an_equal_probability_sample_without_strata_agrees() -> None:
    values = np.random.default_rng(9).gamma(2, 20, 50)
    nothing = np.zeros(50, dtype=np.int64)
    ours = estimate_mean(Sample(values, np.full(50, 0.05), nothing, nothing))
    theirs = TaylorEstimator(PopParam.mean)
    theirs.estimate(values, samp_weight=np.full(50, 20.0), psu=np.arange(50), fpc=0.95)
    assert ours is not None
    assert (ours.value, ours.stderror) == exactly((theirs.point_est, theirs.stderror))
    assert (ours.low, ours.high) == exactly((theirs.lower_ci, theirs.upper_ci))


def test_means_of_domains_agree(sample: Sample, domains: IntArray) -> None:
    ours, theirs = estimate_means(sample, domains), taylor(PopParam.mean, sample, domains)
    assert set(ours) == set(theirs.point_est) == {0, 1, 2}
    for code, estimate in ours.items():
        assert estimate.value == exactly(theirs.point_est[code])
        assert estimate.stderror == exactly(theirs.stderror[code])


def test_the_total_agrees(sample: Sample) -> None:
    ours = estimate_totals(sample, np.zeros_like(sample.strata))[0]
    theirs = taylor(PopParam.total, sample)
    assert (ours.value, ours.stderror) == exactly((theirs.point_est, theirs.stderror))


def test_totals_of_domains_agree(sample: Sample, domains: IntArray) -> None:
    ours, theirs = estimate_totals(sample, domains), taylor(PopParam.total, sample, domains)
    for code, total in ours.items():
        assert total.value == exactly(theirs.point_est[code])
        assert total.stderror == exactly(theirs.stderror[code])


def test_proportions_agree(sample: Sample) -> None:
    share = Sample((sample.values > 85).astype(np.float64), sample.probabilities, sample.strata, sample.windows)
    ours = estimate_proportions(share, np.zeros_like(share.strata))[0]
    theirs = taylor(PopParam.prop, share)
    assert ours.value == exactly(theirs.point_est[1])
    assert ours.stderror == exactly(theirs.stderror[1])


def test_variances_of_windows_add(sample: Sample) -> None:
    """The variance of the total of two windows is the sum of their variances."""
    parts = [
        Sample(sample.values[chosen], sample.probabilities[chosen], sample.strata[chosen], sample.windows[chosen])
        for chosen in (sample.strata == 0, sample.strata != 0)
    ]
    errors = [estimate_totals(part, np.zeros_like(part.strata))[0].stderror for part in parts]
    windows = Sample(sample.values, sample.probabilities, sample.strata, (sample.strata > 0).astype(np.int64))
    together = estimate_totals(windows, np.zeros_like(windows.strata))[0]
    assert together.stderror == exactly(float(np.linalg.norm(np.array(errors, dtype=np.float64))))
