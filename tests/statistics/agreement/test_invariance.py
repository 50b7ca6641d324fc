"""What must not change a coefficient: the order of raters and units, names of categories, the scale of weights."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.statistics.agreement import MISSING, Coefficient, Level, Ratings, measure_agreement
from tests.statistics.agreement.factories import MANY_RATERS, random_ratings, value, with_codes

PERCENT, ALPHA = Coefficient.PERCENT, Coefficient.KRIPPENDORFF_ALPHA
ALL = (PERCENT, *MANY_RATERS)
seeds = st.integers(0, 2**32 - 1)


def figures(ratings: Ratings, level: Level = Level.NOMINAL) -> list[float]:
    """The values, standard errors and bounds of all coefficients."""
    return [
        np.nan if figure is None else figure
        for each in measure_agreement(ratings, ALL, level)
        for figure in (each.value, each.stderror, each.low, each.high)
    ]


def same(expected: list[float]) -> object:
    return pytest.approx(expected, abs=1e-9, nan_ok=True)


@given(seed=seeds, level=st.sampled_from(Level))
def test_the_order_of_raters_does_not_matter(seed: int, level: Level) -> None:
    ratings = random_ratings(seed)
    order = np.random.default_rng(seed).permutation(ratings.codes.shape[1])
    assert figures(with_codes(ratings, ratings.codes[:, order]), level) == same(figures(ratings, level))


@given(seed=seeds, level=st.sampled_from(Level))
def test_the_order_of_units_does_not_matter(seed: int, level: Level) -> None:
    ratings = random_ratings(seed)
    order = np.random.default_rng(seed).permutation(ratings.codes.shape[0])
    assert figures(with_codes(ratings, ratings.codes[order]), level) == same(figures(ratings, level))


@given(seed=seeds)
def test_the_names_of_categories_do_not_matter_at_the_nominal_level(seed: int) -> None:
    ratings = random_ratings(seed)
    names = np.random.default_rng(seed).permutation(9)
    renamed = np.where(ratings.codes >= 0, names[ratings.codes], MISSING)
    assert figures(Ratings(renamed)) == same(figures(ratings))


@given(seed=seeds, level=st.sampled_from(Level))
def test_the_codes_do_not_matter_if_the_values_are_the_same(seed: int, level: Level) -> None:
    ratings = random_ratings(seed)
    assert ratings.values is not None
    names = np.random.default_rng(seed).permutation(ratings.values.size)
    renamed = np.where(ratings.codes >= 0, np.argsort(names)[ratings.codes], MISSING)
    assert figures(Ratings(renamed, ratings.values[names]), level) == same(figures(ratings, level))


@given(seed=seeds, level=st.sampled_from([Level.ORDINAL, Level.LINEAR, Level.INTERVAL]))
def test_the_unit_and_the_zero_of_values_do_not_matter(seed: int, level: Level) -> None:
    ratings = random_ratings(seed)
    assert ratings.values is not None
    assert figures(replace(ratings, values=10 - 3 * ratings.values), level) == same(figures(ratings, level))


@given(seed=seeds, level=st.sampled_from(Level))
def test_units_and_raters_without_ratings_do_not_matter(seed: int, level: Level) -> None:
    ratings = random_ratings(seed)
    padded = np.pad(ratings.codes, ((2, 1), (1, 2)), constant_values=MISSING)
    assert figures(with_codes(ratings, padded), level) == same(figures(ratings, level))


class TestWeights:
    @given(seed=seeds, level=st.sampled_from(Level))
    def test_equal_weights_are_no_weights(self, seed: int, level: Level) -> None:
        ratings = random_ratings(seed)
        weighted = replace(ratings, weights=np.full(ratings.codes.shape[0], 12.5))
        assert figures(weighted, level) == same(figures(ratings, level))

    def test_weights_of_one_give_the_same_to_the_last_digit(self) -> None:
        ratings = random_ratings(5)
        assert figures(replace(ratings, weights=np.ones(20))) == figures(ratings)

    @given(seed=seeds, level=st.sampled_from(Level))
    def test_a_weight_is_a_number_of_equal_units(self, seed: int, level: Level) -> None:
        ratings = random_ratings(seed)
        weighted, repeated = weighted_and_repeated(ratings, seed)
        for name in ALL:
            if name is not ALPHA:
                assert value(weighted, name, level) == pytest.approx(value(repeated, name, level), abs=1e-9)

    @given(seed=seeds, level=st.sampled_from(Level))
    def test_in_alpha_up_to_its_correction_for_small_samples(self, seed: int, level: Level) -> None:
        """1 - alpha has the factor (n - 1)/n, where n is the number of ratings that exist."""
        ratings = random_ratings(seed)
        weighted, repeated = weighted_and_repeated(ratings, seed)
        without = [(1 - value(one, ALPHA, level)) / correction(one) for one in (weighted, repeated)]
        assert without[0] == pytest.approx(without[1], abs=1e-9)

    def test_a_unit_drawn_with_a_low_probability_counts_more(self) -> None:
        codes = np.array([[0, 0], [1, 1], [0, 1]])
        assert value(Ratings(codes), PERCENT) == pytest.approx(2 / 3)
        assert value(Ratings(codes, weights=np.array([1.0, 1.0, 8.0])), PERCENT) == pytest.approx(0.2)


def weighted_and_repeated(ratings: Ratings, seed: int) -> tuple[Ratings, Ratings]:
    times = np.random.default_rng(seed).integers(1, 5, size=(ratings.codes.shape[0],))
    weighted = replace(ratings, weights=times.astype(np.float64))
    return weighted, with_codes(ratings, np.repeat(ratings.codes, times, axis=0))


def correction(ratings: Ratings) -> float:
    n_ratings = (ratings.codes >= 0).sum(axis=1)
    n = n_ratings[n_ratings >= 2].sum()
    return float((n - 1) / n)
