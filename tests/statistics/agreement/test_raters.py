"""Agreement of pairs and of single raters."""

import numpy as np
import pytest

from app.statistics.agreement import Coefficient, Level, Ratings, agreement_with_others, pairwise_agreement
from tests.statistics.agreement.factories import MANY_RATERS, bounds, by_rater, measured, random_ratings, value

PERCENT, COHEN = Coefficient.PERCENT, Coefficient.COHEN_KAPPA


class TestPairs:
    def test_every_pair_is_measured_on_what_both_rated(self) -> None:
        results = pairwise_agreement(by_rater("0110.", "01110", "0..11"), (PERCENT, COHEN))
        assert [(each.first, each.second) for each in results] == [(0, 1), (0, 2), (1, 2)]
        assert [each.coefficients[0].value for each in results] == [0.75, 0.5, pytest.approx(2 / 3)]
        assert [each.coefficients[0].n_units for each in results] == [4, 2, 3]

    @pytest.mark.parametrize("level", Level)
    def test_a_pair_is_as_two_raters_alone(self, level: Level) -> None:
        ratings = random_ratings(4, gaps=0)
        results = pairwise_agreement(ratings, (*MANY_RATERS, COHEN), level)
        alone = Ratings(ratings.codes[:, [1, 3]], ratings.values)
        pair = next(each for each in results if (each.first, each.second) == (1, 3))
        assert pair.coefficients == tuple(measured(alone, name, level) for name in (*MANY_RATERS, COHEN))

    def test_percent_agreement_of_all_is_the_mean_of_the_pairs(self) -> None:
        ratings = random_ratings(5, gaps=0)
        pairs = [each.coefficients[0].value for each in pairwise_agreement(ratings, (PERCENT,))]
        assert value(ratings, PERCENT) == pytest.approx(np.mean(np.array(pairs, dtype=np.float64)))


class TestOneRaterWithTheOthers:
    def test_percent_is_the_mean_over_the_pairs_of_the_rater(self) -> None:
        ratings = random_ratings(6, gaps=0)
        pairs = pairwise_agreement(ratings, (PERCENT,))
        for result in agreement_with_others(ratings, (PERCENT,)):
            own = [each.coefficients[0].value for each in pairs if result.rater in (each.first, each.second)]
            assert result.coefficients[0].value == pytest.approx(np.mean(np.array(own, dtype=np.float64)))

    def test_each_unit_counts_once_however_many_others_rated_it(self) -> None:
        """The first rater agrees with one of one, and with none of two."""
        results = agreement_with_others(by_rater("00", "01", ".1"), (PERCENT,))
        assert (results[0].coefficients[0].value, results[0].coefficients[0].n_units) == (0.5, 2)

    @pytest.mark.parametrize("level", Level)
    @pytest.mark.parametrize("name", MANY_RATERS)
    def test_of_two_raters_each_has_the_agreement_of_the_pair(self, name: Coefficient, level: Level) -> None:
        ratings = random_ratings(7, n_raters=2, gaps=0)
        both = measured(ratings, name, level)
        for result in agreement_with_others(ratings, (name,), level):
            own = result.coefficients[0]
            assert (own.value, own.stderror) == pytest.approx((both.value, both.stderror))
            assert bounds(own) == pytest.approx(bounds(both))

    def test_a_rater_who_differs_from_the_others_is_the_lowest(self) -> None:
        codes = random_ratings(8, n_units=100, gaps=0.1).codes.copy()
        codes[:, 2] = np.where(codes[:, 2] >= 0, np.random.default_rng(1).integers(0, 4, 100), -1)
        for name in MANY_RATERS:
            values = [result.coefficients[0].value for result in agreement_with_others(Ratings(codes), (name,))]
            assert np.argmin(np.array(values, dtype=np.float64)) == 2

    def test_a_rater_without_ratings_is_left_out(self) -> None:
        results = agreement_with_others(by_rater("01", "..", "01"), (PERCENT,))
        assert [result.rater for result in results] == [0, 2]
