"""Ratings one by one give what the matrix of them gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.statistics.agreement import RatingList, Ratings, agreement_with_others, listed_agreement_with_others
from tests.statistics.agreement.factories import random_ratings


def listed(ratings: Ratings) -> RatingList:
    units, raters = np.nonzero(ratings.codes >= 0)
    n = ratings.codes.shape[0]
    return RatingList(
        units,
        raters,
        ratings.codes[units, raters],
        np.ones(n) if ratings.weights is None else ratings.weights,
        np.arange(n) if ratings.clusters is None else ratings.clusters,
    )


@given(seed=st.integers(0, 2**32 - 1), raters=st.integers(2, 6), gaps=st.floats(0, 0.9), clustered=st.booleans())
def test_each_rater_agrees_as_in_the_matrix(seed: int, raters: int, gaps: float, clustered: bool) -> None:
    rng = np.random.default_rng(seed)
    codes = random_ratings(seed, n_raters=raters, gaps=gaps).codes
    n = codes.shape[0]
    clusters = rng.integers(0, 5, (n,)) if clustered else None
    ratings = Ratings(codes, weights=rng.uniform(0.1, 10, (n,)), clusters=clusters)
    expected, found = agreement_with_others(ratings), listed_agreement_with_others(listed(ratings))
    assert [one.rater for one in found] == [one.rater for one in expected]
    for own, other in zip(found, expected, strict=True):
        for one, two in zip(own.coefficients, other.coefficients, strict=True):
            assert (one.name, one.n_units, one.n_raters, one.reason) == (
                two.name,
                two.n_units,
                two.n_raters,
                two.reason,
            )
            for part in ("value", "stderror", "low", "high"):
                assert getattr(one, part) == pytest.approx(getattr(two, part), abs=1e-9)


def test_without_ratings_there_is_nobody() -> None:
    empty = np.zeros(0, dtype=np.int64)
    assert listed_agreement_with_others(RatingList(empty, empty, empty, np.zeros(0), empty)) == ()
