"""Whether the process share keeps its promises: a smaller version of `python -m validation --only attribution`."""

from functools import cache

import numpy as np
import pytest

from validation.attribution import (
    SETTINGS,
    STANDOUTS,
    Row,
    StandoutRow,
    area_under_curve,
    repeat_rule,
    study,
    study_standouts,
    tables,
)
from validation.causes import simulate

RUNS = 40
BAR = ("blame 10 %", "blame 25 %", "blame 45 %")


@cache
def row(name: str, runs: int = RUNS) -> Row:
    return study(SETTINGS[name], runs, seed=11)


@cache
def standouts(name: str, runs: int = 20) -> StandoutRow:
    return study_standouts(STANDOUTS[name], runs, seed=12)


@pytest.mark.parametrize("name", BAR)
class TestTheBar:
    """150 checked errors of about 4,500."""

    def test_the_share_is_near_the_truth(self, name: str) -> None:
        assert row(name).error <= 0.025

    def test_the_interval_covers(self, name: str) -> None:
        """40 runs: three may be missed."""
        assert row(name).coverage >= 0.90

    def test_errors_of_the_process_are_ranked_first(self, name: str) -> None:
        assert row(name).auc >= 0.93

    def test_intervals_of_items_cover(self, name: str) -> None:
        assert row(name).item_coverage >= 0.90

    def test_no_verdict_is_wrong(self, name: str) -> None:
        assert row(name).wrong_verdicts <= 0.01


@pytest.mark.parametrize("name", BAR[1:])
def test_it_beats_the_marks_and_the_rule_of_repetition(name: str) -> None:
    assert row(name).error < row(name).marks_error / 3
    assert row(name).error < row(name).rule_error / 3
    assert row(name).item_error < row(name).item_marks_error


@pytest.mark.parametrize(
    "name",
    [
        "blame 70 %",
        "the reverse habit",
        "verifiers with different habits",
        "busy checkers of one project",
        "an item of one project",
        "drawn for the cause",
        "no error of the process",
        "only errors of the process",
        "60 hand-picked checks",
        "the process hits 3 of 10 agents",
        "items that fail everywhere",
    ],
)
def test_the_interval_covers_however_wrong_the_model_is(name: str) -> None:
    """20 intervals that cover 95 %: the probability that 16 or fewer cover is below 1 in 60."""
    assert row(name, 20).coverage >= 17 / 20


class TestStandouts:
    @pytest.mark.parametrize("name", ["no agent differs", "no agent differs, drawn unevenly"])
    def test_where_no_agent_differs_hardly_anyone_is_named(self, name: str) -> None:
        """Where nothing is true, a run with any name is a false discovery: at most 1 in 20 runs is expected."""
        assert standouts(name).false_pairs <= 0.15
        assert standouts(name).false_agents <= 0.15

    def test_agents_with_triple_rates_are_found(self) -> None:
        assert standouts("4 agents with triple rates at all items").agents_found >= 0.9

    def test_some_pairs_with_triple_rates_are_found(self) -> None:
        """12 of 2,400 pairs: 4 errors are expected of each at the usual rate, and 12 are made."""
        found = standouts("12 pairs with triple rates, four times the calls", 5)
        assert found.pairs_found >= 0.1
        assert found.false_pair_rate <= 0.1


class TestTheSimulation:
    def test_it_is_of_the_size_that_it_says(self) -> None:
        one = simulate(np.random.default_rng(1), SETTINGS["blame 25 %"])
        assert one.answers.items.size == pytest.approx(2400 * 30, rel=0.01)
        assert one.answers.errors.sum() == pytest.approx(4500, rel=0.15)
        assert one.checked.answers.size == pytest.approx(150, rel=0.3)

    @pytest.mark.parametrize("name", BAR)
    def test_verifiers_blame_as_often_as_it_says(self, name: str) -> None:
        one = simulate(np.random.default_rng(2), SETTINGS[name])
        marks = one.answers.marks[one.answers.errors]
        assert np.mean(marks[one.process] == 0) == pytest.approx(SETTINGS[name].blamed, abs=0.03)

    def test_the_share_is_that_of_all_calls(self) -> None:
        """The mean over many samples of the weighted share of real errors that the process caused."""
        seen = []
        for seed in range(20):
            one = simulate(np.random.default_rng(seed), SETTINGS["drawn for the cause"])
            weights = one.answers.weights[one.answers.errors]
            seen.append((weights @ one.process) / (weights @ one.real) - one.share)
        assert np.mean(seen) == pytest.approx(0, abs=0.01)

    def test_the_area_under_the_curve_is_the_probability_of_the_right_order(self) -> None:
        scores, hits = np.array([0.1, 0.4, 0.4, 0.9]), np.array([False, True, False, True])
        assert area_under_curve(scores, hits) == pytest.approx((1 + 0.5 + 1 + 1) / 4)
        assert np.isnan(area_under_curve(scores, np.ones(4, dtype=np.bool_)))

    def test_the_rule_of_repetition_counts_agents(self) -> None:
        one = simulate(np.random.default_rng(3), SETTINGS["only errors of the process"])
        assert 0 < repeat_rule(one.answers) < 1


def test_the_tables_have_a_line_for_each_centre() -> None:
    class Here:
        """Runs at once, two runs at most."""

        @staticmethod
        def map(function, settings, runs, seeds):  # type: ignore[no-untyped-def]
            return [function(setting, 1, seed) for setting, _, seed in zip(settings, runs, seeds, strict=False)]

    small = tables(Here(), 1, 1)  # type: ignore[arg-type]
    assert all(f"| {name} |" in small for name in (*SETTINGS, *STANDOUTS))
