"""Random ratings with gaps: the same values as irrCAC, krippendorff and statsmodels."""

from typing import Any

import numpy as np
import pytest

from app.statistics.agreement import Coefficient, IntervalMethod, Level, Ratings
from tests.statistics.agreement.factories import KAPPAS, MANY_RATERS, from_table, measured, random_ratings, value
from tests.statistics.agreement.oracles import (
    Measurement,
    irr_cac,
    krippendorff_alpha,
    statsmodels_cohen,
    statsmodels_fleiss,
)

ALPHA = Coefficient.KRIPPENDORFF_ALPHA
SEEDS = range(8)
# irrCAC has Gwet's ordinal weights for alpha, and ours are Krippendorff's own distances.
IRR_CAC = [(name, level) for level in Level for name in MANY_RATERS if (name, level) != (ALPHA, Level.ORDINAL)]


def exactly(expected: Any) -> Any:
    return pytest.approx(expected, abs=1e-9)


def ratings_like(seed: int) -> Ratings:
    """Different numbers of units, raters, categories and gaps."""
    return random_ratings(seed, 5 + 6 * seed, 2 + seed % 5, 2 + seed % 4, gaps=0.1 * (seed % 5))


@pytest.mark.parametrize("seed", SEEDS)
class TestIrrCac:
    @pytest.mark.parametrize(("name", "level"), IRR_CAC)
    def test_value_standard_error_and_interval(self, seed: int, name: Coefficient, level: Level) -> None:
        ratings = ratings_like(seed)
        ours, theirs = measured(ratings, name, level, IntervalMethod.STUDENT), irr_cac(ratings, name, level)
        assert (ours.value, ours.stderror) == exactly((theirs["coefficient_value"], theirs["se"]))
        low, high = theirs["confidence_interval"]
        assert (ours.low, ours.high) == exactly((max(low, -1), high))

    @pytest.mark.parametrize("level", Level)
    def test_percent(self, seed: int, level: Level) -> None:
        ratings = ratings_like(seed)
        observed = irr_cac(ratings, Coefficient.FLEISS_KAPPA, level)["pa"]
        assert value(ratings, Coefficient.PERCENT, level) == exactly(observed)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
@pytest.mark.parametrize("seed", SEEDS)
def test_krippendorff(seed: int, level: Measurement) -> None:
    ratings = ratings_like(seed)
    assert value(ratings, ALPHA, Level(level)) == exactly(krippendorff_alpha(ratings, level))


@pytest.mark.parametrize("seed", SEEDS)
class TestStatsmodels:
    def test_fleiss(self, seed: int) -> None:
        ratings = random_ratings(seed, gaps=0)
        assert value(ratings, Coefficient.FLEISS_KAPPA) == exactly(statsmodels_fleiss(ratings))

    @pytest.mark.parametrize(
        ("level", "weights"), [(Level.NOMINAL, None), (Level.LINEAR, "linear"), (Level.INTERVAL, "quadratic")]
    )
    def test_cohen(self, seed: int, level: Level, weights: str | None) -> None:
        table = np.random.default_rng(seed).integers(1, 20, (4, 4))
        theirs = statsmodels_cohen(table, weights)
        assert value(from_table(table.tolist()), Coefficient.COHEN_KAPPA, level) == exactly(theirs.kappa)

    def test_cohens_standard_error_is_that_of_large_samples(self, seed: int) -> None:
        """Theirs divides by n and ours by n - 1."""
        table = np.random.default_rng(seed).integers(1, 20, (3, 3))
        n = int(table.sum())
        ours = measured(from_table(table.tolist()), Coefficient.COHEN_KAPPA).stderror
        assert ours == pytest.approx(statsmodels_cohen(table, None).std_kappa * np.sqrt(n / (n - 1)), abs=1e-9)


@pytest.mark.parametrize("name", KAPPAS)
def test_a_category_that_nobody_chose_does_not_count(name: Coefficient) -> None:
    ratings = random_ratings(3, n_categories=3)
    assert ratings.values is not None
    sparse = Ratings(np.where(ratings.codes > 1, 7, ratings.codes), np.append(ratings.values[:2], [9, 9, 9, 9, 9, 5.0]))
    assert value(sparse, name, Level.INTERVAL) == exactly(irr_cac(sparse, name, Level.INTERVAL)["coefficient_value"])
