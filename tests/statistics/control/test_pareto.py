"""Pareto totals: the estimator of totals is the oracle; order, shares and the vital few."""

from dataclasses import replace

import numpy as np
import pytest

from app.statistics import IntArray, Sample, estimate_totals
from app.statistics.control import pareto, total_errors
from tests.statistics.factories import NAN, codes, interval_of, make_sample


def random_sample(seed: int) -> tuple[Sample, IntArray, IntArray]:
    """Agents in windows with different probabilities, some certain, some nonresponse, and errors of seven causes."""
    rng = np.random.default_rng(seed)
    m = 400
    agents, windows = rng.integers(0, 12, m), rng.integers(0, 5, m)
    sample = Sample(
        np.where(rng.random(m) < 0.15, NAN, 0.0),
        np.where(rng.random(m) < 0.1, 1.0, rng.uniform(0.02, 0.5, m)),
        agents * 5 + windows,
        windows,
        agents,
    )
    calls = rng.choice(np.flatnonzero(~np.isnan(sample.values)), 500)
    return sample, calls, np.minimum(rng.geometric(0.4, 500) - 1, 6)


@pytest.mark.parametrize("seed", range(5))
def test_totals_and_intervals_are_those_of_the_estimator_of_totals(seed: int) -> None:
    sample, calls, keys = random_sample(seed)
    zeros = np.zeros(sample.values.size, dtype=np.int64)
    for cause in pareto(sample, calls, keys):
        errors = np.bincount(calls[keys == cause.key], minlength=sample.values.size).astype(np.float64)
        expected = estimate_totals(replace(sample, values=np.where(np.isnan(sample.values), NAN, errors)), zeros)[0]
        assert cause.total.value == pytest.approx(expected.value)
        assert interval_of(cause.total) == pytest.approx(interval_of(expected))
        assert cause.found == errors.sum()


def test_the_largest_total_comes_first_and_shares_add_up() -> None:
    sample, calls, keys = random_sample(7)
    causes = pareto(sample, calls, keys)
    totals = [cause.total.value for cause in causes]
    assert totals == sorted(totals, reverse=True)
    assert sum(cause.share for cause in causes) == pytest.approx(1)
    assert [cause.cumulative_share for cause in causes] == pytest.approx(np.cumsum(totals) / sum(totals))
    assert total_errors(sample, calls).value == pytest.approx(sum(totals))


def test_the_estimate_and_not_the_count_decides_the_order() -> None:
    """One error of a call that represents 20 is more than three of calls that represent 2."""
    sample = make_sample([0, 0], [0.05, 0.5])
    first, second = pareto(sample, codes([0, 1, 1, 1]), codes([5, 9, 9, 9]))
    assert (first.key, first.found, first.total.value) == pytest.approx((5, 1, 20))
    assert (second.key, second.found, second.total.value) == pytest.approx((9, 3, 6))


def test_the_vital_few_have_eighty_percent() -> None:
    sample = make_sample([0] * 100, [1.0] * 100)
    keys = codes([0] * 50 + [1] * 30 + [2] * 15 + [3] * 5)
    assert [cause.vital for cause in pareto(sample, codes(list(range(100))), keys)] == [True, True, False, False]
    keys = codes([0] * 50 + [1] * 29 + [2] * 16 + [3] * 5)
    assert [cause.vital for cause in pareto(sample, codes(list(range(100))), keys)] == [True, True, True, False]


def test_a_census_is_exact_and_one_respondent_has_no_interval() -> None:
    (census,) = pareto(make_sample([0, 0, 0], [1, 1, 1]), codes([0, 0, 2]), codes([1, 1, 1]))
    assert (census.total.value, interval_of(census.total)) == (3, (3, 3))
    (single,) = pareto(make_sample([0, NAN], [0.5, 0.5], [0, 1]), codes([0]), codes([1]))
    assert (single.total.low, single.total.high) == (None, None)


def test_without_errors_there_are_no_causes() -> None:
    sample = make_sample([0, 0], [0.5, 0.5])
    assert pareto(sample, codes([]), codes([])) == ()
    assert total_errors(sample, codes([])).value == 0
    nothing = make_sample([], [])
    assert pareto(nothing, codes([]), codes([])) == ()


def test_errors_of_calls_without_an_evaluation_are_refused() -> None:
    with pytest.raises(ValueError, match="evaluated call"):
        pareto(make_sample([NAN], [0.5]), codes([0]), codes([0]))
