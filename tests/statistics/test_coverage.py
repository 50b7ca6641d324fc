"""Whether 95 % intervals cover 95 %: a smaller version of `python -m validation`."""

from functools import cache

import numpy as np
import pytest

from app.sampling.draws.selection import select, selection_order
from app.statistics import MeanEstimate, estimate_mean
from app.statistics.fixed_point import TRILLION
from app.statistics.systematic import systematic_start
from tests.sampling.factories import a_frame, a_seed, an_id, rate_plan
from tests.statistics.factories import make_sample
from validation.centre import Centre, late_evaluations, make_centre, response_by_quality
from validation.drawing import daily, daily_with_late_calls, monthly, systematic, two_plans
from validation.report import BEGIN, END, Result, tables, with_measured
from validation.study import Row, Study, inclusion_z, study

DRAWS = 100
DESIGNS = {"days": daily, "month": monthly, "days with late calls": daily_with_late_calls, "two plans": two_plans}


@cache
def a_centre() -> Centre:
    return make_centre(agents=20)


@cache
def a_study(windows: str) -> Study:
    return study(a_centre(), DESIGNS[windows](a_centre(), "0.03"), DRAWS, seed=5)


def row(results: Study, quantity: str, level: str) -> Row:
    return next(each for each in results.rows if (each.quantity, each.level) == (quantity, level))


@pytest.mark.parametrize("windows", DESIGNS)
class TestCoverage:
    @pytest.mark.parametrize("quantity", ["score", "score with failures", "share of failures"])
    def test_intervals_of_single_agents_have_their_coverage(self, windows: str, quantity: str) -> None:
        """1,300 to 2,000 intervals that are not independent: within about one point of the goal of 93 to 98 %."""
        agents = row(a_study(windows), quantity, "agent")
        assert agents.intervals > 1300
        assert 0.92 <= agents.coverage <= 0.99

    @pytest.mark.parametrize("quantity", ["score", "score with failures", "share of failures", "number of errors"])
    def test_intervals_of_the_whole_have_their_coverage(self, windows: str, quantity: str) -> None:
        assert row(a_study(windows), quantity, "whole").coverage >= 0.87

    @pytest.mark.parametrize("level", ["whole", "team", "agent"])
    def test_the_mean_score_is_unbiased_and_the_naive_one_is_not(self, windows: str, level: str) -> None:
        score = row(a_study(windows), "score", level)
        assert abs(score.bias) < 0.2
        assert score.naive_bias < -1.2

    def test_intervals_are_not_needlessly_wide(self, windows: str) -> None:
        score = row(a_study(windows), "score", "agent")
        assert score.width < 1.2 * score.naive_width

    def test_calls_are_drawn_as_often_as_their_probabilities_say(self, windows: str) -> None:
        assert abs(a_study(windows).inclusion_z) < 4


class TestNonresponse:
    def test_nonresponse_that_depends_on_the_agent_does_not_bias_the_mean(self) -> None:
        centre = a_centre()
        frames, response = daily(centre, "0.03"), response_by_quality(centre)
        adjusted, ignored = (
            row(study(centre, frames, DRAWS, seed=6, response=response, adjusted=is_adjusted), "score", "whole")
            for is_adjusted in (True, False)
        )
        assert abs(adjusted.bias) < 0.2
        assert ignored.bias > 0.4
        assert adjusted.coverage > 0.87

    def test_verifiers_who_are_behind_do_not_bias_it_either(self) -> None:
        """The last day has no evaluation, and the days before it have few."""
        centre = a_centre()
        frames, response = daily(centre, "0.03"), late_evaluations(centre)
        score = row(study(centre, frames, DRAWS, seed=7, response=response), "score", "whole")
        assert abs(score.bias) < 0.2
        assert score.coverage > 0.87


class TestDrawing:
    @pytest.mark.parametrize("number", range(5))
    def test_the_same_order_gives_the_same_calls_as_select(self, number: int) -> None:
        sizes = [[1 + (call * agent) % 7 for call in range(60)] for agent in range(12)]
        seed, design = a_seed(number), a_frame(rate_plan("0.05"), sizes)
        order = selection_order(seed, design.calls)
        inclusions = np.array([designed.inclusion_prob_e12 for designed in order])
        start = np.array([systematic_start(seed, b"start")])
        taken = systematic(start, np.zeros_like(inclusions), inclusions)
        ours = {designed.call.call_id for designed, is_taken in zip(order, taken.tolist(), strict=True) if is_taken}
        assert ours == {selection.call.call_id for selection in select(seed, design.calls)}

    def test_each_window_has_its_own_random_start(self) -> None:
        inclusions = np.array([TRILLION // 4] * 8)
        windows = np.array([0] * 4 + [1] * 4)
        starts = np.array([0, 3 * TRILLION // 4])
        assert np.flatnonzero(systematic(starts, windows, inclusions)).tolist() == [3, 4]

    def test_frequencies_that_differ_from_the_probabilities_are_detected(self) -> None:
        rng = np.random.default_rng(2)
        promised = rng.uniform(0.01, 0.2, 5000)
        assert abs(inclusion_z(rng.binomial(200, promised), promised, 200)) < 4
        assert inclusion_z(rng.binomial(200, 1.2 * promised), promised, 200) > 4


class TestReport:
    def test_new_measurements_replace_the_old_ones(self) -> None:
        page = with_measured(f"Before {BEGIN}\nold\n{END} after", "new")
        assert page == f"Before {BEGIN}\nnew\n{END} after"

    @pytest.mark.parametrize("page", ["none", f"only {BEGIN}", f"only {END}"])
    def test_a_page_without_markers_is_rejected(self, page: str) -> None:
        with pytest.raises(ValueError, match="has no"):
            with_measured(page, "new")

    @pytest.mark.parametrize(("coverage", "shown"), [(0.95, "| 95.0 % |"), (0.92, "| **92.0 %** |")])
    def test_coverage_that_misses_the_goal_is_bold(self, coverage: float, shown: str) -> None:
        measured = Row("score", "team", 100, coverage, 0.9, 0.01, 2.5, 0.3, -2.0, 3.3)
        assert shown in tables([Result("days", "0.02", Study((measured,), 0.4))])


def test_intervals_cover_the_true_mean_if_the_service_draws_the_sample() -> None:
    """30 agents, larger sizes for lower scores, 5 % drawn: the mean of the whole centre over many draws."""
    rng = np.random.default_rng(11)
    sizes = [rng.choice([1, 2, 4, 8], p=[0.7, 0.15, 0.1, 0.05], size=100).tolist() for _ in range(30)]
    design = a_frame(rate_plan("0.05"), sizes)
    strata = {stratum.agent_id: code for code, stratum in enumerate(design.strata)}
    agents = {an_id("agent", n): rng.normal(85, 4) for n in range(30)}
    scores = {
        d.call.call_id: agents[d.call.agent_id] - 2.5 * d.call.size_e6 / 10**6 + rng.normal(0, 8) for d in design.calls
    }
    truth = float(np.mean(list(scores.values())))
    estimates: list[MeanEstimate] = []
    for number in range(200):
        selections = select(a_seed(number), design.calls)
        estimate = estimate_mean(
            make_sample(
                [scores[s.call.call_id] for s in selections],
                [s.inclusion_prob_e12 / TRILLION for s in selections],
                [strata[s.call.agent_id] for s in selections],
            )
        )
        assert estimate is not None
        estimates.append(estimate)
    covered = np.mean([e.low <= truth <= e.high for e in estimates if e.low is not None and e.high is not None])
    assert 0.9 <= covered <= 0.99
    assert np.mean([e.value for e in estimates]) == pytest.approx(truth, abs=0.2)
    assert truth - np.mean([e.naive_mean for e in estimates]) > 3
