"""Samples for the tests, written as lists, and the interval of an estimate."""

from collections.abc import Sequence

import numpy as np

from app.statistics import Estimate, IntArray, MeanEstimate, Sample, estimate_mean

NAN = float("nan")


def make_sample(
    values: Sequence[float],
    probabilities: Sequence[float],
    strata: Sequence[int] | None = None,
    windows: Sequence[int] | None = None,
    agents: Sequence[int] | None = None,
) -> Sample:
    """By default all selections are in one stratum and one window, and agents are not known."""
    zeros = [0] * len(values)
    return Sample(
        np.array(values, dtype=np.float64),
        np.array(probabilities, dtype=np.float64),
        codes(strata or zeros),
        codes(windows or zeros),
        None if agents is None else codes(agents),
    )


def codes(numbers: Sequence[int]) -> IntArray:
    return np.array(numbers, dtype=np.int64)


def interval_of(estimate: Estimate) -> tuple[float, float]:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


def population_mean(sample: Sample) -> MeanEstimate:
    estimate = estimate_mean(sample)
    assert estimate is not None
    return estimate
