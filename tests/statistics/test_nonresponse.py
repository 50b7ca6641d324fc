"""The weights of respondents: nonresponse and known numbers of calls."""

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.statistics import (
    FrameCounts,
    Sample,
    call_weights,
    estimate_means,
    response_groups,
    response_probabilities,
    responses_of,
)
from app.statistics.nonresponse import MIN_CALIBRATED
from tests.statistics.factories import NAN, codes, make_sample, population_mean


def test_complete_response_leaves_the_probabilities_unchanged() -> None:
    sample = make_sample([1, 2, 3], [0.1, 1, 0.7], [0, 0, 1])
    assert response_probabilities(sample).tolist() == pytest.approx([0.1, 1, 0.7])


def test_the_weight_of_nonrespondents_goes_to_their_stratum() -> None:
    sample = make_sample([1, NAN, 3, 4], [0.1, 0.1, 0.5, 0.5], [0, 0, 1, 1])
    assert response_probabilities(sample).tolist() == pytest.approx([0.05, 0, 0.5, 0.5])


def test_a_stratum_without_respondents_adds_nothing_to_others() -> None:
    sample = make_sample([NAN, 2, 3, 4], [0.5, 0.5, 0.25, 0.2], [0, 1, 2, 3], [0, 0, 0, 1])
    assert response_probabilities(sample).tolist() == pytest.approx([0, 0.5, 0.25, 0.2])
    assert call_weights(sample).tolist() == pytest.approx([0, 2, 4, 5])


def test_the_population_is_that_of_the_strata_with_respondents() -> None:
    sample = make_sample([1, NAN, 3, NAN, NAN], [0.1, 0.3, 0.5, 0.2, 0.4], [0, 0, 1, 1, 2])
    assert population_mean(sample).population == pytest.approx((1 / sample.probabilities[:4]).sum())


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


def test_an_agent_without_respondents_adds_nothing_to_others() -> None:
    """Agent 0 had 105 calls, of which none is evaluated; the 5 calls of agent 1 stand for themselves."""
    sample = make_sample(
        [NAN, NAN, 3, 4, 5, 6, 7], [0.02, 0.018181818181818, *[1] * 5], [0, 0, *[1] * 5], [0] * 7, [0, 0, *[1] * 5]
    )
    assert call_weights(sample).tolist() == [0, 0, 1, 1, 1, 1, 1]
    assert population_mean(sample).population == 5


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
def test_every_represented_agent_keeps_its_population_size(data: st.DataObject) -> None:
    cells = data.draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30), st.booleans()), min_size=1))
    agents, windows, responded = zip(*cells, strict=True)
    sample = make_sample(
        [1.0 if has_responded else NAN for has_responded in responded],
        [0.1] * len(cells),
        [agent * 31 + window for agent, window, _ in cells],
        windows,
        agents,
    )
    weights, represented = call_weights(sample), response_groups(sample).represented
    assert (weights > 0).tolist() == list(responded)
    open_windows = {window for _, window, has_responded in cells if has_responded}
    for agent in set(agents):
        own = np.array(agents) == agent
        assert weights[own].sum() == pytest.approx(10 * represented[own].sum())
        # Up to 39 selections are one group.
        if own.sum() < 40 and weights[own].any():
            assert represented[own].sum() == sum(a == agent and w in open_windows for a, w, _ in cells)


def framed(sample: Sample, calls: Sequence[float], strata: Sequence[int], agents: Sequence[int]) -> Sample:
    """With the number of calls of each stratum; all of them in window 0."""
    frame = FrameCounts(codes(strata), codes(agents), codes([0] * len(strata)), np.array(calls, dtype=np.float64))
    return replace(sample, frame=frame)


class TestKnownNumbersOfCalls:
    PROBABILITIES = (0.1, 0.2, 0.1, 0.05, 0.1, 1, 0.1, 0.2, 0.1, 0.1, 0.1)

    def sample(self, n: int, *, missing: int = 0) -> Sample:
        """One agent whose design weights sum to about 9 a call; agent 1 has one call."""
        values = [*range(n - missing), *[NAN] * missing, 50]
        return make_sample(values, [*self.PROBABILITIES[:n], 0.5], [0] * n + [1], [0] * (n + 1), [0] * n + [1])

    @pytest.mark.parametrize("missing", [0, 1])
    def test_the_weights_of_an_agent_sum_to_its_calls(self, missing: int) -> None:
        sample = framed(self.sample(11, missing=missing), [120, 9], [0, 1], [0, 1])
        assert call_weights(sample)[:11].sum() == pytest.approx(120)
        assert population_mean(sample).population == pytest.approx(122)

    def test_a_certain_call_stands_for_itself_only(self) -> None:
        weights = call_weights(framed(self.sample(11), [120, 9], [0, 1], [0, 1]))
        assert weights[5] == 1
        assert (weights[0] - 1) / (weights[3] - 1) == pytest.approx((10 - 1) / (20 - 1))

    def test_with_few_respondents_the_design_weights_stay(self) -> None:
        """A ratio of few weights would bias the mean."""
        few = self.sample(MIN_CALIBRATED - 1)
        assert call_weights(framed(few, [120, 9], [0, 1], [0, 1])).tolist() == call_weights(few).tolist()

    def test_strata_without_a_selection_count_with_those_of_the_agent(self) -> None:
        sample = framed(self.sample(11), [100, 9, 30], [0, 1, 2], [0, 1, 0])
        assert call_weights(sample)[:11].sum() == pytest.approx(130)

    def test_a_census_keeps_weights_of_one(self) -> None:
        sample = framed(make_sample(range(12), [1] * 12), [12], [0], [0])
        assert call_weights(sample).tolist() == [1] * 12
        estimate = population_mean(sample)
        assert (estimate.value, estimate.stderror) == (5.5, 0)

    def test_the_calls_of_agents_without_respondents_are_not_represented(self) -> None:
        sample = make_sample([NAN, 3, NAN], [0.5] * 3, [0, 1, 1], [0] * 3, [0, 1, 1])
        groups = response_groups(framed(sample, [100, 5, 7], [0, 1, 2], [0, 1, 2]))
        # Agent 2 has no drawn call.
        assert groups.strata_represented.tolist() == [False, True, False]
        assert groups.represented.tolist() == [False, True, True]

    def test_a_window_that_is_drawn_and_not_evaluated_is_not_represented(self) -> None:
        sample = make_sample([3, NAN], [0.5] * 2, [0, 1], [0, 1], [0, 0])
        frame = FrameCounts(codes([0, 1, 2]), codes([0, 0, 0]), codes([0, 1, 2]), np.array([4.0, 5, 6]))
        # Nothing was drawn in window 2: the agent's other calls stand for its calls.
        assert response_groups(replace(sample, frame=frame)).strata_represented.tolist() == [True, False, True]

    def test_a_frame_that_lacks_a_stratum_is_rejected(self) -> None:
        with pytest.raises(ValueError, match="lacks a stratum"):
            framed(self.sample(11), [120], [0], [0])

    def test_strata_that_do_not_ascend_are_rejected(self) -> None:
        with pytest.raises(ValueError, match="must ascend"):
            framed(self.sample(11), [120, 9], [1, 0], [1, 0])


def test_variables_of_the_same_respondents_can_share_their_weights() -> None:
    sample = make_sample([1, NAN, 3, 4, 9], [0.1, 0.3, 0.5, 0.2, 0.4], [0, 0, 1, 1, 2])
    other = replace(sample, values=10 - 2 * sample.values)
    shared = replace(other, responses=responses_of(sample))
    assert population_mean(shared) == population_mean(other)


@pytest.mark.parametrize("name", ["probabilities", "weights"])
def test_shared_weights_of_other_selections_are_refused(name: str) -> None:
    sample = make_sample([1, 2, 3], [0.5, 0.5, 0.5])
    responses = responses_of(sample)
    with pytest.raises(ValueError, match="one entry for each"):
        replace(sample, responses=replace(responses, **{name: getattr(responses, name)[:2]}))
