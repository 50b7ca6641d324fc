"""Run rules: each pattern, a naive implementation of the definitions, and false-alarm rates."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from app.statistics import FloatArray
from app.statistics.control import NELSON, WESTERN_ELECTRIC, Rule, signals
from tests.statistics.control.test_charts import numbers


def found(z: FloatArray, rule: Rule) -> list[int]:
    """The points, from 0, at which the rule signals."""
    return [point for point, rules in enumerate(signals(z, [rule])) if rule in rules]


PATTERNS = {
    Rule.BEYOND_3_SIGMA: (numbers(0, 3.01, -3.01, 3, 0), [1, 2]),
    Rule.TWO_OF_THREE_BEYOND_2_SIGMA: (numbers(2.1, 0, 2.1, 0, 0, -2.1, 2.1, -2.1), [2, 7]),
    Rule.FOUR_OF_FIVE_BEYOND_1_SIGMA: (numbers(1.1, 1.1, 0, 1.1, 1.1, 0.5, 1.1, -1.1), [4]),
    Rule.EIGHT_ON_ONE_SIDE: (numbers(-1, *[0.1] * 9, 0, *[0.1] * 7), [8, 9]),
    Rule.NINE_ON_ONE_SIDE: (numbers(1, *[-0.1] * 9), [9]),
    Rule.SIX_TRENDING: (numbers(0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1), [5, 6, 12]),
    Rule.FOURTEEN_ALTERNATING: (numbers(*[0.5, -0.5] * 7, 0.5, 0.6), [13, 14]),
    Rule.FIFTEEN_WITHIN_1_SIGMA: (numbers(*[0.9, -0.9] * 8, 1), [14, 15]),
    Rule.EIGHT_BEYOND_1_SIGMA: (numbers(*[1.1, -1.1] * 4, 0.9), [7]),
}


@pytest.mark.parametrize("rule", PATTERNS)
def test_the_rule_signals_where_its_pattern_is_complete(rule: Rule) -> None:
    z, expected = PATTERNS[rule]
    assert found(z, rule) == expected


@pytest.mark.parametrize("rule", PATTERNS)
def test_the_rule_does_not_know_up_from_down(rule: Rule) -> None:
    z, expected = PATTERNS[rule]
    assert found(-z, rule) == expected


def naive(z: FloatArray, rule: Rule, last: int) -> bool:
    """Whether the points that end with `last` are the pattern of the rule, as its source describes it."""

    def recent(count: int) -> list[float]:
        return z[last - count + 1 : last + 1].tolist() if last + 1 >= count else []

    def runs(k: int, of: int, sigmas: float) -> bool:
        window = z[max(last - of + 1, 0) : last + 1]
        return any(sign * z[last] > sigmas and sum(1 for one in window if sign * one > sigmas) >= k for sign in (1, -1))

    steps = [later - earlier for earlier, later in pairwise(recent(6))]
    swings = [later - earlier for earlier, later in pairwise(recent(14))]
    definitions: dict[Rule, Callable[[], bool]] = {
        Rule.BEYOND_3_SIGMA: lambda: abs(z[last]) > 3,
        Rule.TWO_OF_THREE_BEYOND_2_SIGMA: lambda: runs(2, 3, 2),
        Rule.FOUR_OF_FIVE_BEYOND_1_SIGMA: lambda: runs(4, 5, 1),
        Rule.EIGHT_ON_ONE_SIDE: lambda: runs(8, 8, 0),
        Rule.NINE_ON_ONE_SIDE: lambda: runs(9, 9, 0),
        Rule.SIX_TRENDING: lambda: bool(steps) and (all(s > 0 for s in steps) or all(s < 0 for s in steps)),
        Rule.FOURTEEN_ALTERNATING: lambda: bool(swings) and all(a * b < 0 for a, b in pairwise(swings)),
        Rule.FIFTEEN_WITHIN_1_SIGMA: lambda: bool(recent(15)) and all(abs(one) < 1 for one in recent(15)),
        Rule.EIGHT_BEYOND_1_SIGMA: lambda: bool(recent(8)) and all(abs(one) > 1 for one in recent(8)),
    }
    return bool(definitions[rule]())


@pytest.mark.parametrize("rule", PATTERNS)
def test_the_rule_finds_what_its_definition_finds(rule: Rule) -> None:
    rng = np.random.default_rng(7)
    # Large, small, drifting and swinging values, so that every pattern occurs.
    z = np.concatenate(
        [
            rng.normal(0, scale, 150) + drift * np.linspace(0, 1, 150)
            for scale, drift in ((1, 0), (2.5, 0), (0.4, 0), (0.2, 3), (0.02, -3))
        ]
        + [np.resize([1.0, -1.0], 40) * rng.uniform(0.5, 2, 40)]
    )
    expected = [last for last in range(z.size) if naive(z, rule, last)]
    assert expected
    assert found(z, rule) == expected


def test_a_point_names_every_rule_that_it_completes_in_the_order_asked_for() -> None:
    z = numbers(0, 2.5, 3.5)
    assert signals(z) == [(), (), (Rule.BEYOND_3_SIGMA, Rule.TWO_OF_THREE_BEYOND_2_SIGMA)]
    assert signals(z, NELSON)[2] == (Rule.BEYOND_3_SIGMA, Rule.TWO_OF_THREE_BEYOND_2_SIGMA)


@pytest.mark.parametrize("size", [0, 1, 2])
def test_short_series_have_no_runs(size: int) -> None:
    rules = [rule for rule in NELSON if rule is not Rule.BEYOND_3_SIGMA]
    assert signals(np.ones(size), [*rules, Rule.EIGHT_ON_ONE_SIDE]) == [()] * size


def test_infinite_points_are_beyond_every_limit() -> None:
    assert Rule.BEYOND_3_SIGMA in signals(numbers(0, np.inf), NELSON)[1]
    assert Rule.SIX_TRENDING not in signals(np.full(9, np.inf), NELSON)[8]


def test_the_rule_of_the_ewma_is_not_about_points() -> None:
    with pytest.raises(ValueError, match="EWMA"):
        signals(numbers(0.0), [Rule.EWMA_BEYOND_LIMITS])


class TestFalseAlarms:
    """Without any change: mean numbers of points until the first signal."""

    @staticmethod
    def run_length(rules: tuple[Rule, ...], runs: int = 400, length: int = 2500) -> float:
        rng = np.random.default_rng(1956)
        first = []
        for _ in range(runs):
            flagged = signals(rng.normal(size=length), rules)
            first.append(next((point + 1 for point, found in enumerate(flagged) if found), length))
        return float(np.mean(first))

    def test_the_four_rules_of_western_electric(self) -> None:
        """Champ and Woodall (1987): 91.75."""
        assert self.run_length(WESTERN_ELECTRIC, length=1000) == pytest.approx(91.75, rel=0.15)

    def test_the_first_rule_alone(self) -> None:
        assert self.run_length((Rule.BEYOND_3_SIGMA,)) == pytest.approx(370.4, rel=0.15)
