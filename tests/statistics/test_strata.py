"""Collapsed strata."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.statistics import collapse_strata
from tests.statistics.factories import make_sample, population_mean


def test_strata_with_two_or_more_selections_stay_separate() -> None:
    assert collapse_strata(np.array([9, 9, 4, 4, 4])).tolist() == [1, 1, 0, 0, 0]


def test_single_selections_join_the_next_stratum() -> None:
    assert collapse_strata(np.array([0, 1, 2, 3, 3])).tolist() == [0, 0, 1, 1, 1]


def test_a_last_single_selection_joins_the_stratum_before() -> None:
    assert collapse_strata(np.array([0, 0, 1, 1, 2])).tolist() == [0, 0, 1, 1, 1]


def test_codes_may_be_far_apart() -> None:
    assert collapse_strata(np.array([10**15, 3, 3, -(10**15), 10**15])).tolist() == [1, 0, 0, 0, 1]


def test_one_selection_stays_alone() -> None:
    assert collapse_strata(np.array([5])).tolist() == [0]


def test_collapsed_strata_give_a_finite_error() -> None:
    together = population_mean(make_sample([3, 5, 8, 9], [0.1] * 4, [0, 0, 1, 1]))
    collapsed = population_mean(make_sample([3, 5, 8, 9], [0.1] * 4, [0, 1, 2, 3]))
    assert collapsed.stderror == together.stderror


@given(st.lists(st.integers(0, 6), min_size=2, max_size=20))
def test_collapsed_strata_hold_two_or_more_selections_and_no_stratum_is_split(strata: list[int]) -> None:
    collapsed = collapse_strata(np.array(strata))
    assert min(np.unique(collapsed, return_counts=True)[1]) >= 2
    pairs = set(zip(strata, collapsed.tolist(), strict=True))
    assert len(pairs) == len(set(strata))
