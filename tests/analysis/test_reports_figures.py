"""The pure parts of reports: figures from a sample, periods, and what to do."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.analysis.actions import recommend
from app.analysis.filters import Filters, period_of
from app.analysis.quality import Figure, figures, total
from app.analysis.samples import DrawnCall
from app.analysis.types import Verdict
from app.platform.errors import Invalid
from app.sampling.fixed_point import MILLION, TRILLION
from app.sampling.selection import systematic
from app.sampling.types import DesignedCall, FrameDesign
from tests.sampling.builders import a_frame, an_id, rate_plan

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
AGENTS, CALLS_EACH, RUNS = 20, 50, 300


@pytest.fixture(scope="module")
def frame() -> FrameDesign:
    """Three calls of ten have four times the size of the others."""
    sizes = np.random.default_rng(7).choice([1, 4], (AGENTS, CALLS_EACH), p=[0.7, 0.3])
    return a_frame(rate_plan("0.05"), sizes.tolist())


@pytest.fixture(scope="module")
def scores(frame: FrameDesign) -> dict[UUID, float]:
    """Ten points lower for the large calls, and different from agent to agent and call to call."""
    rng = np.random.default_rng(8)
    means = {agent_id: rng.normal(85, 4) for agent_id in sorted({call.call.agent_id for call in frame.calls})}
    return {
        call.call.call_id: min(100.0, rng.normal(means[call.call.agent_id] - 10 * (call.call.size > MILLION), 6))
        for call in frame.calls
    }


@pytest.fixture(scope="module")
def runs(frame: FrameDesign, scores: dict[UUID, float]) -> list[Figure]:
    rng = np.random.default_rng(9)
    return [figure_of_a_draw(frame, scores, rng) for _ in range(RUNS)]


def figure_of_a_draw(frame: FrameDesign, scores: dict[UUID, float], rng: np.random.Generator) -> Figure:
    shuffled = [frame.calls[place] for place in rng.permutation(len(frame.calls))]
    by_agent = sorted(shuffled, key=lambda designed: designed.call.agent_id)
    taken = systematic(int(rng.integers(TRILLION)), by_agent)
    figure = total([drawn(designed, scores[designed.call.call_id]) for designed in taken])
    assert figure is not None
    return figure


class TestBias:
    """Calls that look bad are drawn more often: the plain mean of the sample is far off, the estimate is not."""

    def test_the_estimate_hits_the_truth_on_average_and_the_naive_mean_does_not(
        self, runs: list[Figure], scores: dict[UUID, float]
    ) -> None:
        truth = np.mean(list(scores.values()))
        assert np.mean([run.estimate.value for run in runs if run.estimate]) == pytest.approx(truth, abs=0.3)
        assert truth - np.mean([run.naive_mean for run in runs if run.naive_mean]) > 2

    def test_19_of_20_intervals_hold_the_truth(self, runs: list[Figure], scores: dict[UUID, float]) -> None:
        truth = float(np.mean(list(scores.values())))
        intervals = [run.estimate for run in runs if run.estimate]
        covered = sum(i.low is not None and i.high is not None and i.low <= truth <= i.high for i in intervals)
        assert 0.92 <= covered / RUNS <= 0.99


def drawn(designed: DesignedCall, score: float) -> DrawnCall:
    return a_call(score, agent=designed.call.agent_id, inclusion=designed.inclusion)


def a_call(
    score: float | None,
    *,
    key: str | None = None,
    agent: object = "agent",
    draw: object = "draw",
    inclusion: int = TRILLION // 2,
    counts: bool = True,
    evaluated: bool = True,
) -> DrawnCall:
    an_evaluation = an_id("evaluation") if evaluated else None
    return DrawnCall(
        key=key,
        agent_id=an_id(agent),
        draw_id=an_id(draw),
        inclusion=inclusion,
        counts=counts,
        scorecard_id=an_evaluation,
        version_id=an_evaluation,
        revision_id=an_evaluation,
        score=score,
    )


class TestFigures:
    def test_no_calls_give_no_figures(self) -> None:
        assert (figures([]), total([])) == ((), None)

    def test_calls_that_do_not_count_make_no_group(self) -> None:
        found = figures([a_call(80, key="in"), a_call(20, key="out", counts=False)])
        assert [(figure.key, figure.n) for figure in found] == [("in", 1)]

    def test_calls_that_do_not_count_belong_to_the_sample_all_the_same(self) -> None:
        """A domain's interval depends on the strata of the whole sample."""
        calls = [a_call(69, agent=1), a_call(71, agent=1)]
        alone, within = total(calls), total([*calls, a_call(100, agent=1, counts=False)])
        assert alone is not None
        assert within is not None
        assert alone.estimate is not None
        assert within.estimate is not None
        assert alone.estimate.value == within.estimate.value
        assert alone.estimate.low != within.estimate.low

    def test_agents_of_one_draw_and_draws_of_one_agent_are_strata_of_their_own(self) -> None:
        """Scores that differ between strata and not within them leave no doubt about the mean."""
        values = {("a", 1): 50.0, ("a", 2): 60.0, ("b", 1): 70.0, ("b", 2): 80.0}
        calls = [a_call(score, agent=agent, draw=day) for (agent, day), score in values.items() for _ in range(2)]
        figure = total(calls)
        assert figure is not None
        assert figure.estimate is not None
        assert (figure.estimate.low, figure.estimate.high) == pytest.approx((65, 65))

    def test_equal_scores_are_their_own_mean_to_the_last_digit(self) -> None:
        figure = total([a_call(100, inclusion=TRILLION // number) for number in range(3, 40)])
        assert figure is not None
        assert figure.estimate is not None
        assert (figure.estimate.value, figure.estimate.high) == (100, 100)


class TestPeriods:
    def test_a_day_begins_when_it_begins_in_the_zone(self) -> None:
        """Clocks went back in Berlin on 25 October 2026: that day had 25 hours."""
        period = period_of(Filters(date(2026, 10, 25), date(2026, 10, 26)), ZoneInfo("Europe/Berlin"), NOW)
        assert period.end - period.start == timedelta(hours=25)

    def test_without_a_beginning_it_is_28_days(self) -> None:
        period = period_of(Filters(until=date(2026, 11, 29)), UTC, NOW)
        assert period.start == datetime(2026, 11, 1, tzinfo=UTC)

    def test_without_an_end_it_lasts_until_now(self) -> None:
        assert period_of(Filters(since=date(2026, 11, 29)), UTC, NOW).end == NOW

    def test_a_period_without_a_moment_is_refused(self) -> None:
        with pytest.raises(Invalid):
            period_of(Filters(since=NOW), UTC, NOW)


class TestActions:
    def test_errors_of_the_process_ask_for_a_change_of_the_process(self) -> None:
        assert recommend(Verdict.PROCESS, ["Ann"], "No article") == (
            "Change the process behind the main reason: No article."
        )
        assert "have verifiers give reasons" in recommend(Verdict.PROCESS, [], None)

    def test_agents_who_stand_out_get_coaching(self) -> None:
        assert recommend(Verdict.AGENT, ["Ann", "Bob"], None) == "Give feedback and coaching to Ann and Bob."

    def test_errors_of_agents_nobody_of_whom_stands_out_ask_for_training(self) -> None:
        assert recommend(Verdict.AGENT, [], "Forgot").startswith("Train the whole group on this item")
        assert recommend(Verdict.AGENT, [], "Forgot").endswith("The main reason is: Forgot.")

    def test_unclear_errors_are_checked_first(self) -> None:
        assert recommend(Verdict.MIXED, [], None).startswith("Check more of these errors before acting")
        assert recommend(Verdict.MIXED, ["Ann"], None).endswith("Meanwhile, talk to Ann.")

    def test_at_most_five_are_named(self) -> None:
        assert recommend(Verdict.AGENT, list("abcdef"), None).endswith("a, b, c, d, e and one other.")
        assert recommend(Verdict.AGENT, list("abcdefg"), None).endswith("a, b, c, d, e and 2 others.")
