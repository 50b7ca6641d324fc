"""The number of standard errors on either side of a two-sided Student interval."""

import numpy as np
import pytest

from app.statistics.intervals import t_multiplier


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [
        (0.90, [6.314, 2.920, 1.812, 1.697, 1.660]),
        (0.95, [12.706, 4.303, 2.228, 2.042, 1.984]),
        (0.99, [63.657, 9.925, 3.169, 2.750, 2.626]),
    ],
)
def test_multipliers_agree_with_the_published_table_of_the_t_distribution(
    confidence: float, expected: list[float]
) -> None:
    """NIST/SEMATECH e-Handbook of Statistical Methods, §1.3.6.7.2, for 1, 2, 10, 30 and 100 degrees of freedom."""
    multipliers = t_multiplier(np.array([1, 2, 10, 30, 100]), confidence)
    assert multipliers.tolist() == pytest.approx(expected, abs=5e-4)


def test_every_domain_has_the_multiplier_of_its_own_degrees_of_freedom() -> None:
    together = t_multiplier(np.array([7, 1, 7, 19]), 0.95)
    assert together.tolist() == [t_multiplier(np.array([df]), 0.95)[0] for df in (7, 1, 7, 19)]
