"""The pure parts of reports: figures from a sample, periods, and what to do."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.analysis.actions import recommend
from app.analysis.filters import Filters, period_of
from app.analysis.quality import Figure, figures, total
from app.analysis.samples import DrawnCalls
from app.platform.errors import Invalid
from app.sampling.fixed_point import MILLION, TRILLION
from app.sampling.selection import systematic
from app.sampling.types import FrameDesign
from app.statistics import Verdict
from tests.sampling.builders import a_frame, rate_plan

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
    places = {agent_id: place for place, agent_id in enumerate(sorted({call.call.agent_id for call in frame.calls}))}
    figure = total(
        sampled(*(Call(scores[one.call.call_id], places[one.call.agent_id], 0, one.inclusion) for one in taken))
    )
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


class Call(NamedTuple):
    """A selection: without a score it is one that no item applied to, unless it was not even evaluated."""

    score: float | None
    agent: int = 0
    draw: int = 0
    inclusion: int = TRILLION // 2
    counts: bool = True
    evaluated: bool = True


def sampled(*calls: Call) -> DrawnCalls:
    return DrawnCalls(
        draws=np.array([call.draw for call in calls], dtype=np.int64),
        agents=np.array([call.agent for call in calls], dtype=np.int64),
        probabilities=np.array([call.inclusion for call in calls], dtype=np.float64) / TRILLION,
        counts=np.array([call.counts for call in calls], dtype=np.bool_),
        evaluated=np.array([call.evaluated for call in calls], dtype=np.bool_),
        scores=np.array([np.nan if call.score is None else call.score for call in calls], dtype=np.float64),
    )


def estimate(*calls: Call) -> tuple[float, float, float]:
    figure = total(sampled(*calls))
    assert figure is not None
    assert figure.estimate is not None
    assert figure.estimate.low is not None
    assert figure.estimate.high is not None
    return figure.estimate.low, figure.estimate.value, figure.estimate.high


class TestFigures:
    def test_no_calls_give_no_figures(self) -> None:
        nothing = sampled()
        assert (figures(nothing, nothing.agents, []), total(nothing)) == ((), None)

    def test_calls_that_do_not_count_make_no_group(self) -> None:
        calls = sampled(Call(80), Call(20, agent=1, counts=False))
        found = figures(calls, calls.agents, ["in", "out", "never heard of"])
        assert [(figure.key, figure.n) for figure in found] == [("in", 1)]

    def test_calls_that_do_not_count_belong_to_the_sample_all_the_same(self) -> None:
        """A domain's interval depends on the strata of the whole sample."""
        calls = Call(69), Call(71)
        alone, within = estimate(*calls), estimate(*calls, Call(100, counts=False))
        assert alone[1] == within[1]
        assert alone[0] != within[0]

    @pytest.mark.parametrize(("agents", "draws"), [(1, 0), (0, 1)])
    def test_agents_of_one_draw_and_draws_of_one_agent_are_strata_of_their_own(self, agents: int, draws: int) -> None:
        """Scores that differ between strata and hardly within them leave little doubt about the mean."""
        scores = [(stratum, 20.0 * stratum + score) for stratum in range(4) for score in (10, 11)]
        apart = estimate(*(Call(score, agents * stratum, draws * stratum) for stratum, score in scores))
        together = estimate(*(Call(score) for _, score in scores))
        assert apart[1] == together[1]
        assert apart[2] - apart[0] < 5 < together[2] - together[0]

    def test_equal_scores_are_their_own_mean_to_the_last_digit(self) -> None:
        _, value, high = estimate(*(Call(100, inclusion=TRILLION // number) for number in range(3, 40)))
        assert (value, high) == (100, 100)

    def test_what_was_not_evaluated_is_made_up_for_by_the_same_agents_other_calls(self) -> None:
        silent = Call(None, draw=1, evaluated=False)
        _, value, _ = estimate(Call(60), silent, Call(90, agent=1), Call(90, agent=1, draw=1))
        assert value == pytest.approx(75)


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
