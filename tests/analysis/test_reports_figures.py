"""The pure parts of reports: figures of a sample, weeks, periods and actions."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.analysis.errors.actions import recommend
from app.analysis.quality.figures import Figure, figures, total
from app.analysis.samples import ReportScope
from app.analysis.types import Filters, period_of
from app.analysis.weeks import iso_week, week_of_each
from app.platform.errors import Invalid
from app.platform.ids import new_id
from app.sampling.draws.selection import systematic
from app.sampling.draws.types import FrameDesign
from app.statistics.attribution import Verdict
from app.statistics.fixed_point import MILLION, TRILLION
from tests.analysis.arrays import Call, by_agents, sample_of, scored
from tests.sampling.factories import a_frame, rate_plan

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
        call.call.call_id: min(100.0, rng.normal(means[call.call.agent_id] - 10 * (call.call.size_e6 > MILLION), 6))
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
    sample = sample_of(
        *(Call(scores[one.call.call_id], places[one.call.agent_id], 0, one.inclusion_prob_e12) for one in taken)
    )
    figure = total(sample, scored(sample))
    assert figure is not None
    return figure


class TestBias:
    """Worse calls are drawn more often: the plain mean of the sample is biased, the estimate is not."""

    def test_the_estimate_is_unbiased_and_the_naive_mean_is_biased(
        self, runs: list[Figure], scores: dict[UUID, float]
    ) -> None:
        truth = np.mean(list(scores.values()))
        assert np.mean([run.estimate.value for run in runs if run.estimate]) == pytest.approx(truth, abs=0.3)
        assert truth - np.mean([run.naive_mean for run in runs if run.naive_mean]) > 2

    def test_19_of_20_intervals_contain_the_truth(self, runs: list[Figure], scores: dict[UUID, float]) -> None:
        truth = float(np.mean(list(scores.values())))
        intervals = [run.estimate for run in runs if run.estimate]
        covered = sum(i.low is not None and i.high is not None and i.low <= truth <= i.high for i in intervals)
        assert 0.92 <= covered / RUNS <= 0.99


def estimate(*calls: Call) -> tuple[float, float, float]:
    figure = total(sample_of(*calls), scored(sample_of(*calls)))
    assert figure is not None
    assert figure.estimate is not None
    assert figure.estimate.low is not None
    assert figure.estimate.high is not None
    return figure.estimate.low, figure.estimate.value, figure.estimate.high


class TestFigures:
    def test_no_calls_give_no_figures(self) -> None:
        nothing = sample_of()
        assert (figures(nothing, by_agents(nothing, []), None), total(nothing, scored(nothing))) == ((), None)

    def test_calls_that_do_not_count_make_no_group(self) -> None:
        calls = sample_of(Call(80), Call(20, agent=1, counts=False))
        found = figures(calls, by_agents(calls, ["in", "out", "without calls"]), None)
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

    def test_the_weight_of_nonresponse_goes_to_the_same_agents_other_calls(self) -> None:
        not_evaluated = Call(None, draw=1, evaluated=False)
        _, value, _ = estimate(Call(60), not_evaluated, Call(90, agent=1), Call(90, agent=1, draw=1))
        assert value == pytest.approx(75)


def scope_in(*zones: str) -> ReportScope:
    """A draw in each of these time zones."""
    ids = [new_id() for _ in zones]
    return ReportScope(
        ids,
        list(range(len(zones))),
        ids,
        ids,
        [NOW] * len(zones),
        [NOW] * len(zones),
        ids,
        list(zones),
        [],
        [],
        [],
        [],
        0,
    )


class TestWeeks:
    @staticmethod
    def weeks(zone: str, *instants: str) -> list[str]:
        sample = sample_of(*(Call(80) for _ in instants))
        sample = replace(sample, started_at=np.array(instants, dtype="datetime64[us]"))
        scope = scope_in(zone)
        return [iso_week(monday) for monday in week_of_each(sample, scope).tolist()]

    def test_a_week_begins_on_monday_at_midnight_in_the_zone(self) -> None:
        """Midnight in Moscow is 21:00 in UTC."""
        assert self.weeks("Europe/Moscow", "2026-11-08T20:59:59.999999", "2026-11-08T21:00") == ["2026-W45", "2026-W46"]

    def test_weeks_follow_changes_of_the_clock(self) -> None:
        """Clocks went back in Berlin on Sunday, 25 October 2026."""
        week_43_44_45 = "2026-10-18T22:00", "2026-10-25T22:59", "2026-10-25T23:00", "2026-11-01T23:00"
        assert self.weeks("Europe/Berlin", *week_43_44_45) == ["2026-W43", "2026-W43", "2026-W44", "2026-W45"]

    def test_the_last_days_of_a_year_may_be_in_the_first_week_of_the_next(self) -> None:
        assert self.weeks("UTC", "2024-12-29T23:59", "2024-12-30T00:00") == ["2024-W52", "2025-W01"]

    def test_every_call_has_the_week_of_its_own_project(self) -> None:
        sample = replace(
            sample_of(Call(80, draw=0), Call(80, draw=1)),
            started_at=np.full(2, np.datetime64("2026-11-08T22:00", "us")),
        )
        scope = scope_in("Europe/Moscow", "UTC")
        assert [iso_week(monday) for monday in week_of_each(sample, scope).tolist()] == ["2026-W46", "2026-W45"]


class TestPeriods:
    def test_a_day_begins_at_midnight_in_the_zone(self) -> None:
        """Clocks went back in Berlin on 25 October 2026: that day had 25 hours."""
        period = period_of(Filters(date(2026, 10, 25), date(2026, 10, 26)), ZoneInfo("Europe/Berlin"), NOW)
        assert period.until - period.since == timedelta(hours=25)

    def test_without_a_start_it_is_28_days(self) -> None:
        period = period_of(Filters(until=date(2026, 11, 29)), UTC, NOW)
        assert period.since == datetime(2026, 11, 1, tzinfo=UTC)

    def test_without_an_end_it_ends_now(self) -> None:
        assert period_of(Filters(since=date(2026, 11, 29)), UTC, NOW).until == NOW

    def test_an_empty_period_is_refused(self) -> None:
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

    def test_agent_errors_without_a_standout_agent_ask_for_training(self) -> None:
        assert recommend(Verdict.AGENT, [], "Forgot").startswith("Train the whole group on this item")
        assert recommend(Verdict.AGENT, [], "Forgot").endswith("The main reason is: Forgot.")

    def test_unclear_errors_are_checked_first(self) -> None:
        assert recommend(Verdict.MIXED, [], None).startswith("Check more of these errors before acting")
        assert recommend(Verdict.MIXED, ["Ann"], None).endswith("Meanwhile, talk to Ann.")

    def test_at_most_five_are_named(self) -> None:
        assert recommend(Verdict.AGENT, list("abcdef"), None).endswith("a, b, c, d, e and one other.")
        assert recommend(Verdict.AGENT, list("abcdefg"), None).endswith("a, b, c, d, e and 2 others.")
