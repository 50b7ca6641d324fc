"""The draw of fault checks: exactly the promised probability, the same answer for everyone, and a balanced choice."""

from collections import Counter
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from app.calibration.checks.drawing import choose_checker, is_drawn
from app.statistics.fixed_point import TRILLION
from tests.sampling.factories import a_seed, an_id

SEED = a_seed(1)


@pytest.mark.parametrize("prob_e12", [TRILLION // 100, TRILLION // 20, TRILLION // 3, TRILLION // 2])
def test_the_share_that_is_drawn_agrees_with_the_probability(prob_e12: int) -> None:
    """χ² over 20 seeds of 2,000 evaluations each; p below 10⁻⁴ would be a wrong probability."""
    evaluations = [an_id("evaluation", number) for number in range(2_000)]
    expected = len(evaluations) * prob_e12 / TRILLION
    variance = expected * (1 - prob_e12 / TRILLION)
    counts = [sum(is_drawn(a_seed(seed), one, prob_e12) for one in evaluations) for seed in range(20)]
    statistic = sum((count - expected) ** 2 / variance for count in counts)
    assert chi2.ppf(1e-4, 20) < statistic < chi2.ppf(1 - 1e-4, 20)


@given(st.binary(min_size=32, max_size=32), st.uuids(), st.integers(0, TRILLION))
def test_it_is_the_hash_of_seed_and_id_that_decides(seed: bytes, evaluation_id: UUID, prob_e12: int) -> None:
    number = int(sha256(seed + evaluation_id.bytes).hexdigest(), 16) % 10**12
    assert is_drawn(seed, evaluation_id, prob_e12) == (number < prob_e12)


@given(st.uuids())
def test_certainty_and_impossibility(evaluation_id: UUID) -> None:
    assert is_drawn(SEED, evaluation_id, TRILLION)
    assert not is_drawn(SEED, evaluation_id, 0)


@given(st.uuids(), st.integers(0, TRILLION), st.integers(0, TRILLION))
def test_a_higher_probability_draws_all_that_a_lower_one_draws(evaluation_id: UUID, one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert not is_drawn(SEED, evaluation_id, low) or is_drawn(SEED, evaluation_id, high)


def test_a_seed_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        is_drawn(b"short", an_id(1), 1)


def test_the_checker_has_the_fewest_open_checks() -> None:
    busy, free = an_id("busy"), an_id("free")
    assert {choose_checker(SEED, an_id(number), {busy: 3, free: 2}) for number in range(50)} == {free}


def test_among_equals_chance_decides() -> None:
    candidates = dict.fromkeys((an_id("verifier", number) for number in range(4)), 0)
    chosen = Counter(choose_checker(SEED, an_id("evaluation", number), candidates) for number in range(2_000))
    statistic = sum((count - 500) ** 2 / 500 for count in chosen.values())
    assert len(chosen) == 4
    assert statistic < chi2.ppf(1 - 1e-4, 3)


def test_the_order_of_the_candidates_does_not_matter() -> None:
    candidates = [an_id("verifier", number) for number in range(5)]
    forwards, backwards = dict.fromkeys(candidates, 1), dict.fromkeys(reversed(candidates), 1)
    for number in range(50):
        assert choose_checker(SEED, an_id(number), forwards) == choose_checker(SEED, an_id(number), backwards)


def test_without_candidates_nobody_is_chosen() -> None:
    assert choose_checker(SEED, an_id(1), {}) is None
