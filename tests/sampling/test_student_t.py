"""Quantiles of Student's t against an independent implementation."""

from math import inf

import pytest
from scipy.stats import norm, t

from app.sampling.student_t import t_quantile, upper_tail

DEGREES = [0.5, 1, 2, 3, 4, 5, 7.3, 10, 30, 100, 1000, 100_000, 10_000_000]


@pytest.mark.parametrize("degrees", DEGREES)
@pytest.mark.parametrize("probability", [0.0005, 0.025, 0.3, 0.5, 0.6, 0.9, 0.975, 0.995, 0.9999])
def test_quantiles_agree_with_scipy(probability: float, degrees: float) -> None:
    assert t_quantile(probability, degrees) == pytest.approx(t.ppf(probability, degrees), rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("degrees", DEGREES)
@pytest.mark.parametrize("value", [0.0, 1e-9, 0.2, 1.0, 2.0, 12.0, 80.0])
def test_tails_agree_with_scipy(value: float, degrees: float) -> None:
    assert upper_tail(value, degrees) == pytest.approx(t.sf(value, degrees), rel=1e-7, abs=1e-300)


def test_infinite_degrees_of_freedom_are_the_normal_distribution() -> None:
    assert t_quantile(0.975, inf) == pytest.approx(norm.ppf(0.975), rel=1e-12)


@pytest.mark.parametrize(("probability", "degrees"), [(0, 5), (1, 5), (0.5, 0), (0.5, -1), (0.5, float("nan"))])
def test_arguments_outside_the_domain_are_refused(probability: float, degrees: float) -> None:
    with pytest.raises(ValueError, match="t quantile"):
        t_quantile(probability, degrees)
