"""Change points: a naive search, planted changes, no change."""

import numpy as np
import pytest

from app.statistics import FloatArray
from app.statistics.control import ChangePoint, change_points


def search(values: FloatArray, errors: FloatArray | None = None, seed: int = 1) -> tuple[ChangePoint, ...]:
    return change_points(values, np.ones_like(values) if errors is None else errors, np.random.default_rng(seed))


def naive_most_likely(values: FloatArray, errors: FloatArray) -> int:
    """The split of the two means that leaves the least weighted square, by trying all."""
    best, least = 0, np.inf
    for split in range(3, values.size - 2):
        left = sum(
            float(np.sum(((part - np.average(part, weights=error**-2.0)) / error) ** 2))
            for part, error in ((values[:split], errors[:split]), (values[split:], errors[split:]))
        )
        if left < least:
            best, least = split, left
    return best


def test_the_most_likely_change_leaves_the_least_squares() -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        errors = rng.uniform(0.5, 2, 30)
        at = int(rng.integers(5, 25))
        values = rng.normal(0, errors) + 4 * (np.arange(30) >= at)
        assert naive_most_likely(values, errors) in {change.index for change in search(values, errors)}


def test_a_change_tells_both_levels() -> None:
    values = np.array([1.0, 2, 1, 2, 1, 2, 7, 8, 7, 8, 7, 8])
    (change,) = search(values)
    assert (change.index, change.before, change.after) == pytest.approx((6, 1.5, 7.5))
    assert change.p_value < 0.02


def test_levels_are_weighted_by_precision() -> None:
    values = np.array([1.0, 1, 4, 1, 9, 9, 9, 9])
    (change,) = search(values, np.array([1.0, 1, 100, 1, 1, 1, 1, 1]))
    assert change.before == pytest.approx(1, abs=1e-3)


def test_several_changes_are_found_with_the_level_until_the_next() -> None:
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.normal(level, 1, 25) for level in (0, 5, 2)])
    changes = search(values)
    assert [change.index for change in changes] == [25, 50]
    assert changes[0].after == changes[1].before == pytest.approx(values[25:50].mean())


def test_the_same_seed_finds_the_same() -> None:
    values = np.random.default_rng(4).normal(size=40) + (np.arange(40) > 20)
    assert search(values) == search(values)


@pytest.mark.parametrize("spread", [1.0, 3.0])
def test_without_a_change_one_is_found_in_one_series_of_twenty(spread: float) -> None:
    """Also if the points vary more than their errors say."""
    rng = np.random.default_rng(5)
    errors = rng.uniform(0.5, 1.5, 24)
    found = sum(bool(change_points(spread * rng.normal(0, errors), errors, rng, permutations=199)) for _ in range(600))
    assert found / 600 == pytest.approx(0.05, abs=0.025)


def test_a_change_of_two_errors_is_mostly_found_near_its_place() -> None:
    rng = np.random.default_rng(6)
    hits = 0
    for _ in range(100):
        found = change_points(rng.normal(size=30) + 2 * (np.arange(30) >= 15), np.ones(30), rng, permutations=199)
        hits += any(abs(change.index - 15) <= 2 for change in found)
    assert hits >= 85


@pytest.mark.parametrize("values", [np.zeros(0), np.ones(5), np.full(50, 0.3), np.array([0.0, 9.0])])
def test_short_and_constant_series_have_no_change(values: FloatArray) -> None:
    assert search(values) == ()


def test_without_errors_all_points_weigh_the_same() -> None:
    values = np.repeat([0.0, 1.0], 6)
    (change,) = search(values, np.zeros(12))
    assert (change.index, change.before, change.after) == (6, 0, 1)


def test_arrays_must_have_one_length() -> None:
    with pytest.raises(ValueError, match="one standard error"):
        search(np.zeros(3), np.ones(2))
