"""Samples for the tests of estimation, written down as lists."""

from collections.abc import Sequence

import numpy as np

from app.statistics import IntArray, Sample

NAN = float("nan")


def a_sample(
    values: Sequence[float],
    probabilities: Sequence[float],
    strata: Sequence[int] | None = None,
    windows: Sequence[int] | None = None,
    agents: Sequence[int] | None = None,
) -> Sample:
    """All in one stratum and one window unless said otherwise."""
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
