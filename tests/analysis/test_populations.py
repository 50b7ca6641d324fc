"""How many calls the groups of a report are about."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.analysis.populations import Groups, one_group, populations
from app.analysis.samples import SampleArrays
from app.statistics.fixed_point import TRILLION
from tests.analysis.arrays import Call, by_agents, sample_of
from tests.statistics.factories import codes

HALF = TRILLION // 2


def not_evaluated(agent: int = 0, draw: int = 0) -> Call:
    return Call(None, agent, draw, evaluated=False)


def found(sample: SampleArrays, groups: Groups) -> list[Any]:
    return populations(sample, groups, sample.counts & ~np.isnan(sample.scores))


def by_draws(sample: SampleArrays) -> Groups:
    return Groups(["0", "1"], sample.draws, sample.frame.draws)


def with_calls(sample: SampleArrays, *calls: float) -> SampleArrays:
    """With these numbers of calls in the strata."""
    return replace(sample, frame=replace(sample.frame, calls=np.array(calls), calls_by_scorecard=np.array(calls)))


def test_the_frames_count_the_calls_whatever_the_weights_sum_to() -> None:
    """The weights of the first agent sum to 4, and those of the second to 2."""
    sample = with_calls(sample_of(Call(60), Call(70), Call(80, agent=1)), 5, 3)
    assert found(sample, by_agents(sample, ["a", "b"])) == [(5, True, 0), (3, True, 0)]


def test_an_agent_without_an_evaluation_is_counted_and_not_represented() -> None:
    """5 calls are evaluated and stand for themselves; 100 of another agent are not."""
    own = [Call(80, inclusion=TRILLION)] * 5
    sample = with_calls(sample_of(*own, not_evaluated(agent=1), not_evaluated(agent=1)), 5, 100)
    assert found(sample, by_agents(sample, ["a", "b"])) == [(5, True, 0), (100, True, 100)]
    assert found(sample, one_group(sample)) == [(105, True, 100)]


def test_a_window_that_nobody_has_evaluated_yet_is_not_represented() -> None:
    sample = with_calls(sample_of(Call(60), Call(70), not_evaluated(draw=1)), 40, 7)
    assert found(sample, by_agents(sample, ["a"])) == [(47, True, 7)]
    assert found(sample, by_draws(sample)) == [(40, True, 0), (7, True, 7)]


def test_a_group_that_cuts_through_strata_has_an_estimate() -> None:
    calls = Call(60, verifier=0), Call(70, verifier=1), Call(80, verifier=1), not_evaluated(agent=1)
    sample = with_calls(sample_of(*calls), 6, 9)
    groups = Groups(["a", "b"], sample.verifiers, None)
    assert found(sample, groups) == [(pytest.approx(2 + 2), False, pytest.approx(2)), (pytest.approx(4), False, 0)]


def test_a_period_that_cuts_a_window_has_an_estimate() -> None:
    sample = sample_of(Call(60), Call(70), Call(80, draw=1), Call(90, draw=1, counts=False))
    sample = replace(with_calls(sample, 5, 3), in_period=np.array([True, False]))
    assert found(sample, by_draws(sample)) == [(5, True, 0), (2, False, 0)]
    (whole,) = found(sample, by_agents(sample, ["a"]))
    assert (whole.calls, whole.exact) == (pytest.approx(6), False)


def test_without_an_evaluation_a_cut_window_has_no_estimate() -> None:
    sample = replace(sample_of(not_evaluated()), in_period=np.array([False]))
    assert found(sample, by_agents(sample, ["a"])) == [(None, False, 2)]


def test_calls_to_which_no_item_applied_make_it_an_estimate() -> None:
    """Two calls of three have a score, so that the mean is about two thirds of the 9 calls."""
    sample = with_calls(sample_of(Call(60), Call(70), Call(None)), 9)
    assert found(sample, by_agents(sample, ["a"])) == [(pytest.approx(6), False, 0)]


def test_calls_of_agents_that_the_report_is_not_about_do_not_count() -> None:
    sample = with_calls(sample_of(Call(60), Call(70, agent=1, counts=False)), 4, 3)
    assert found(sample, one_group(sample)) == [(4, True, 0)]


def test_parts_of_calls_that_sum_to_calls_are_an_exact_number() -> None:
    sample = sample_of(*(Call(60, draw=draw) for draw in range(3)))
    sample = with_calls(sample, 1 / 3, 2 / 3 + 1, 2)
    (whole,) = found(sample, by_agents(sample, ["a"]))
    assert (whole.calls, whole.exact) == (4, True)
    assert isinstance(whole.calls, int)
    ((first, _, _), second) = found(sample, Groups(["0", "rest"], codes([0, 1, 1]), codes([0, 1, 1])))
    assert first == pytest.approx(1 / 3)
    assert not second.exact
