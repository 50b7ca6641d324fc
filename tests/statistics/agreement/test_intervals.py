"""Analytic standard errors and the intervals from them."""

from dataclasses import replace

import numpy as np
import pytest

from app.statistics.agreement import Coefficient, IntervalMethod, Level, Ratings
from tests.statistics.agreement.factories import MANY_RATERS, bounds, by_rater, measured, random_ratings, value

PERCENT, GWET, ALPHA = Coefficient.PERCENT, Coefficient.GWET_AC, Coefficient.KRIPPENDORFF_ALPHA


def jackknife(ratings: Ratings, name: Coefficient, level: Level) -> float:
    """The standard error from the values without one unit each."""
    n = ratings.codes.shape[0]
    without = [np.arange(n) != unit for unit in range(n)]
    weights = np.ones(n) if ratings.weights is None else ratings.weights
    values = [
        value(replace(ratings, codes=ratings.codes[kept], weights=weights[kept]), name, level) for kept in without
    ]
    return float(np.sqrt((n - 1) * np.var(values)))


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("name", [PERCENT, *MANY_RATERS])
class TestAgainstTheJackknife:
    """It also knows that Krippendorff's ordinal distances depend on the ratings, for which there is no oracle."""

    def test_standard_errors_agree(self, name: Coefficient, level: Level) -> None:
        ratings = random_ratings(2, n_units=300, gaps=0.1)
        assert measured(ratings, name, level).stderror == pytest.approx(jackknife(ratings, name, level), rel=0.02)

    def test_also_with_weights(self, name: Coefficient, level: Level) -> None:
        weights = np.random.default_rng(3).uniform(1, 4, 300)
        ratings = replace(random_ratings(3, n_units=300, gaps=0.1), weights=weights)
        assert measured(ratings, name, level).stderror == pytest.approx(jackknife(ratings, name, level), rel=0.05)


@pytest.mark.parametrize("method", IntervalMethod)
@pytest.mark.parametrize("name", [PERCENT, *MANY_RATERS])
class TestShape:
    @pytest.mark.parametrize("seed", range(20))
    def test_the_value_is_inside_and_the_bounds_are_possible(
        self, seed: int, name: Coefficient, method: IntervalMethod
    ) -> None:
        agreement = measured(random_ratings(seed, n_units=12, n_raters=3), name, interval=method)
        low, high = bounds(agreement)
        assert agreement.value is not None
        assert -1 <= low <= agreement.value <= high <= 1

    def test_more_units_make_it_narrower(self, name: Coefficient, method: IntervalMethod) -> None:
        few, many = (measured(random_ratings(1, n), name, interval=method) for n in (30, 3000))
        assert np.diff(bounds(many)) < np.diff(bounds(few)) / 5


def test_with_many_units_wilsons_interval_is_students() -> None:
    ratings = random_ratings(4, n_units=5000)
    wilson, student = (measured(ratings, GWET, interval=method) for method in IntervalMethod)
    assert bounds(wilson) == pytest.approx(bounds(student), abs=5e-4)


def test_without_a_disagreement_wilsons_interval_is_that_of_a_proportion_of_one() -> None:
    """t of 3 + 4 degrees of freedom is 2.365: n/(n + t²)."""
    low, high = bounds(measured(by_rater("0011", "0011", "0011"), PERCENT))
    assert (low, high) == pytest.approx((4 / (4 + 2.36462425**2), 1))


class TestClusters:
    def test_copies_of_a_unit_in_its_cluster_tell_nothing_new(self) -> None:
        ratings = random_ratings(7, n_units=40, gaps=0)
        copies = Ratings(np.repeat(ratings.codes, 5, axis=0), clusters=np.repeat(np.arange(40), 5))
        for name in (PERCENT, GWET, Coefficient.CONGER_KAPPA):
            assert measured(copies, name).stderror == pytest.approx(measured(ratings, name).stderror)

    def test_the_interval_of_copies_is_about_that_of_the_units(self) -> None:
        ratings = random_ratings(7, n_units=40, gaps=0)
        copies = Ratings(np.repeat(ratings.codes, 5, axis=0), clusters=np.repeat(np.arange(40), 5))
        assert np.diff(bounds(measured(copies, GWET))) > 0.8 * np.diff(bounds(measured(ratings, GWET)))

    def test_clusters_of_one_unit_are_no_clusters(self) -> None:
        ratings = random_ratings(8)
        assert measured(replace(ratings, clusters=np.arange(20) * 7 - 3), ALPHA) == measured(ratings, ALPHA)
