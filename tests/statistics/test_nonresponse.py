"""Weights for nonresponse."""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.statistics import estimate_means, response_probabilities
from tests.statistics.factories import NAN, make_sample, population_mean


def test_complete_response_leaves_the_probabilities_unchanged() -> None:
    sample = make_sample([1, 2, 3], [0.1, 1, 0.7], [0, 0, 1])
    assert response_probabilities(sample).tolist() == pytest.approx([0.1, 1, 0.7])


def test_the_weight_of_nonrespondents_goes_to_their_stratum() -> None:
    sample = make_sample([1, NAN, 3, 4], [0.1, 0.1, 0.5, 0.5], [0, 0, 1, 1])
    assert response_probabilities(sample).tolist() == pytest.approx([0.05, 0, 0.5, 0.5])


def test_the_weight_of_a_stratum_without_respondents_goes_to_its_window() -> None:
    sample = make_sample([NAN, 2, 3, 4], [0.5, 0.5, 0.25, 0.2], [0, 1, 2, 3], [0, 0, 0, 1])
    assert response_probabilities(sample).tolist() == pytest.approx([0, 0.5 * 6 / 8, 0.25 * 6 / 8, 0.2])


def test_the_population_size_is_kept() -> None:
    sample = make_sample([1, NAN, 3, NAN, NAN], [0.1, 0.3, 0.5, 0.2, 0.4], [0, 0, 1, 1, 2])
    assert population_mean(sample).population == pytest.approx((1 / sample.probabilities).sum())


def test_a_window_without_respondents_is_left_out() -> None:
    estimate = population_mean(make_sample([1, 3, NAN], [0.5, 0.5, 0.1], [0, 0, 1], [0, 0, 1]))
    assert (estimate.value, estimate.population) == (2, 4)


def test_a_census_with_nonresponse_has_an_error() -> None:
    estimate = population_mean(make_sample([1, 3, NAN, NAN], [1, 1, 1, 1]))
    assert estimate.stderror == pytest.approx(sqrt((1 - 0.5) * 2 / 2))


def test_n_counts_respondents_and_selected_counts_all_selections() -> None:
    sample = make_sample([NAN, 1, NAN, 3, NAN, NAN, 4], [0.5] * 7)
    estimates = estimate_means(sample, np.array([0, 1, 1, 1, 2, 2, 2]))
    assert {code: (e.n, e.selected) for code, e in estimates.items()} == {1: (2, 3), 2: (1, 3)}
    assert estimates[1].response_rate == pytest.approx(2 / 3)


def test_the_weight_of_a_stratum_without_respondents_goes_to_the_agents_other_windows() -> None:
    """Agent 0 has a respondent in window 1 only; the weights of agent 1 do not change."""
    sample = make_sample([NAN, 2, 3, 4], [0.5, 0.25, 0.5, 0.5], [0, 1, 2, 3], [0, 1, 0, 1], [0, 0, 1, 1])
    assert response_probabilities(sample).tolist() == pytest.approx([0, 1 / 6, 0.5, 0.5])


def test_the_weight_of_an_agent_without_respondents_goes_to_the_window() -> None:
    sample = make_sample([NAN, NAN, 3, 4], [0.5] * 4, [0, 1, 2, 3], [0, 1, 0, 1], [0, 0, 1, 1])
    assert response_probabilities(sample).tolist() == pytest.approx([0, 0, 0.25, 0.25])


def test_a_window_without_respondents_neither_gives_nor_takes_weight() -> None:
    sample = make_sample([1, NAN, 3], [0.5, 0.1, 0.5], [0, 1, 2], [0, 1, 2], [0, 0, 0])
    assert response_probabilities(sample).tolist() == pytest.approx([0.5, 0, 0.5])


def test_groups_hold_twenty_selections_of_neighbouring_windows() -> None:
    """45 windows of one agent: 20 selections are a group, the other 25 the last; one of each did not respond."""
    windows = list(range(45))
    values = [NAN if window in {3, 44} else 50.0 for window in windows]
    agents = [0] * 45
    # Another agent responds in the windows where this one does not.
    sample = make_sample([*values, 70, 70], [0.5] * 47, [*windows, 48, 89], [*windows, 3, 44], [*agents, 1, 1])
    weights = 1 / response_probabilities(sample)[[0, 19, 20, 43, 45]]
    assert weights.tolist() == pytest.approx([2 * 20 / 19, 2 * 20 / 19, 2 * 25 / 24, 2 * 25 / 24, 2])


@given(st.data())
def test_windows_with_respondents_keep_their_population_size(data: st.DataObject) -> None:
    cells = data.draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30), st.booleans()), min_size=1))
    agents, windows, responded = zip(*cells, strict=True)
    sample = make_sample(
        [1.0 if has_responded else NAN for has_responded in responded],
        [0.1] * len(cells),
        [agent * 31 + window for agent, window, _ in cells],
        windows,
        agents,
    )
    with_respondents = {window for _, window, has_responded in cells if has_responded}
    adjusted = response_probabilities(sample)
    assert (adjusted > 0).tolist() == list(responded)
    expected = 10 * sum(window in with_respondents for window in windows)
    assert sum(1 / probability for probability in adjusted if probability) == pytest.approx(expected)


def test_variables_of_the_same_respondents_can_share_their_probabilities() -> None:
    sample = make_sample([1, NAN, 3, 4, 9], [0.1, 0.3, 0.5, 0.2, 0.4], [0, 0, 1, 1, 2])
    other = replace(sample, values=10 - 2 * sample.values)
    shared = replace(other, responses=response_probabilities(sample))
    assert population_mean(shared) == population_mean(other)


def test_shared_probabilities_of_other_selections_are_refused() -> None:
    sample = make_sample([1, 2, 3], [0.5, 0.5, 0.5])
    with pytest.raises(ValueError, match="one entry for each"):
        replace(sample, responses=response_probabilities(sample)[:2])
