"""The sources of errors that nobody has checked: by the marks of the verifiers."""

from dataclasses import fields

import numpy as np
import pytest

from app.statistics import Estimate, wilson_interval
from app.statistics.attribution import (
    AnswerArrays,
    Method,
    MixedReason,
    ReasonCount,
    ShareReason,
    Verdict,
    verdict,
    weighted_share,
)
from tests.statistics.attribution.factories import (
    AGENT,
    CUSTOMER,
    FINE,
    PROCESS,
    UNCLEAR,
    Answer,
    answer_arrays,
    calls,
    one_item,
    sources,
)
from tests.statistics.factories import interval_of


class TestOverall:
    def test_the_process_share_is_the_proportion_of_errors_marked_process(self) -> None:
        report = sources(*calls(6, PROCESS), *calls(3, AGENT, 10), *calls(1, CUSTOMER, 20), *calls(50, FINE, 30))
        assert report.errors == 10
        marked, share = report.marked_process_share, report.process_share.estimate
        assert marked is not None
        assert share is not None
        assert share.value == marked.value == pytest.approx(0.6)
        assert (marked.low, marked.high) == pytest.approx(wilson_interval(0.6, 9))

    def test_the_interval_allows_for_verifiers_who_mark_wrongly(self) -> None:
        """If they blame 45 % of the process's errors on agents, a marked share of m is a true one of m/0.55."""
        report = sources(*calls(400, PROCESS), *calls(600, AGENT, 1000))
        share = report.process_share.estimate
        assert share is not None
        low, high = wilson_interval(0.4, 999)
        assert interval_of(share) == pytest.approx(((low - 0.20) / 0.80, high / 0.55))

    def test_all_errors_marked_alike_leave_an_interval_with_width(self) -> None:
        for mark, bound in ((PROCESS, 1.0), (AGENT, 0.0)):
            share = sources(*calls(1000, mark)).process_share.estimate
            assert share is not None
            low, high = interval_of(share)
            assert share.value == bound
            assert 0 <= low <= bound <= high <= 1
            assert high - low > 0.001

    def test_errors_are_weighted(self) -> None:
        share = sources(Answer(0, PROCESS, weight=30), Answer(1, AGENT, weight=10)).process_share.estimate
        assert share is not None
        assert share.value == pytest.approx(0.75)

    def test_the_share_is_provisional_and_says_how_many_checks_it_needs(self) -> None:
        share = sources(*calls(900, PROCESS), *calls(900, AGENT, 1000)).process_share
        assert (share.method, share.checked_errors, share.reason) == (Method.PROVISIONAL, 0, ShareReason.FEW_CHECKS)
        # ±5 points of a proportion of one half: 1.96²/4/0.05².
        assert share.checks_needed == 385

    def test_no_more_checks_are_needed_than_there_are_errors_but_thirty(self) -> None:
        assert sources(*calls(50, PROCESS), *calls(50, AGENT, 100)).process_share.checks_needed == 100
        assert sources(*calls(3, PROCESS)).process_share.checks_needed == 30

    def test_without_errors_there_is_no_share(self) -> None:
        report = sources(*calls(5, FINE))
        assert (report.errors, report.process_share.estimate, report.marked_process_share) == (0, None, None)
        assert (report.process_share.reason, report.process_share.checks_needed) == (ShareReason.NO_ERRORS, None)
        assert (report.by_reason, report.by_team, report.by_week, report.standout_agents) == ((), (), (), ())

    def test_without_answers_the_report_is_empty(self) -> None:
        report = sources()
        assert (report.errors, report.by_item, report.by_reason, report.by_team) == (0, (), (), ())
        assert report.process_share.reason is ShareReason.NO_ERRORS

    def test_p_process_is_the_mark(self) -> None:
        report = sources(Answer(0, PROCESS), Answer(1), Answer(2, AGENT), Answer(3, UNCLEAR))
        assert report.probabilities.tolist() == [1, 0, 0]


class TestShares:
    ONES = np.ones(40)

    def test_equal_weights_and_separate_calls_give_the_plain_wilson_interval(self) -> None:
        hits = np.arange(40) < 10
        share = weighted_share(hits, self.ONES, np.arange(40))
        assert (share.low, share.high) == pytest.approx(wilson_interval(0.25, 39))

    def test_answers_of_the_same_call_give_a_wider_interval(self) -> None:
        hits = np.arange(40) < 10
        apart = weighted_share(hits, self.ONES, np.arange(40))
        together = weighted_share(hits, self.ONES, np.arange(40) // 5)
        (low, high), (low_apart, high_apart) = interval_of(together), interval_of(apart)
        assert low < low_apart < high_apart < high

    def test_unequal_weights_give_a_wider_interval(self) -> None:
        hits = np.arange(40) % 4 == 0
        weights = np.where(np.arange(40) % 8 < 4, 1.0, 19.0)
        share = weighted_share(hits, weights, np.arange(40))
        assert share.value == pytest.approx(0.25)
        even = weighted_share(hits, self.ONES, np.arange(40))
        (low, high), (low_even, high_even) = interval_of(share), interval_of(even)
        assert low < low_even < high_even < high

    @pytest.mark.parametrize(("value", "low", "high"), [(1, 0.8389, 1), (0, 0, 0.1611)])
    def test_shares_of_0_and_1_have_an_interval_with_width(self, value: int, low: float, high: float) -> None:
        share = weighted_share(np.full(20, bool(value)), np.ones(20), np.arange(20))
        assert share.value == value
        assert (share.low, share.high) == pytest.approx((low, high), abs=5e-5)

    def test_one_call_with_many_answers_is_one_observation(self) -> None:
        share = weighted_share(np.arange(30) < 15, np.ones(30), np.zeros(30, dtype=np.int64))
        assert (share.low, share.high) == pytest.approx(wilson_interval(0.5, 1))

    def test_the_effective_size_is_at_most_the_number_of_calls_if_all_calls_have_the_same_share(self) -> None:
        share = weighted_share(np.arange(40) % 2 == 0, np.ones(40), np.arange(40) // 2)
        assert (share.low, share.high) == pytest.approx(wilson_interval(0.5, 20))

    def test_the_effective_size_is_at_most_the_number_of_answers(self) -> None:
        hits = (np.arange(40) % 2 == 0) | (np.arange(40) == 1)
        share = weighted_share(hits, np.ones(40), np.arange(40) // 2)
        assert (share.low, share.high) == pytest.approx(wilson_interval(21 / 40, 40))


class TestItems:
    def test_an_item_has_its_error_rate_with_an_interval(self) -> None:
        item = one_item(*calls(5, AGENT), *calls(45, FINE, 5))
        assert (item.errors, item.answers) == (5, 50)
        assert item.error_rate.value == pytest.approx(0.1)
        assert (item.error_rate.low, item.error_rate.high) == pytest.approx(wilson_interval(0.1, 49))

    def test_the_error_rate_is_weighted(self) -> None:
        item = one_item(Answer(0, AGENT, weight=1), Answer(1, FINE, weight=9))
        assert item.error_rate.value == pytest.approx(0.1)
        assert item.population == 10

    def test_items_are_sorted_by_number_of_errors(self) -> None:
        report = sources(*calls(1, AGENT, item=1), *calls(4, AGENT, item=2), *calls(2, AGENT, item=3))
        assert [item.item for item in report.by_item] == [2, 3, 1]

    @pytest.mark.parametrize(
        ("process", "agent", "customer", "expected"),
        [
            (20, 4, 0, Verdict.PROCESS),
            (4, 20, 0, Verdict.AGENT),
            (12, 12, 0, Verdict.MIXED),
            (2, 0, 0, Verdict.MIXED),
            (2, 2, 20, Verdict.MIXED),
        ],
    )
    def test_the_verdict_needs_an_interval_above_one_half(
        self, process: int, agent: int, customer: int, expected: Verdict
    ) -> None:
        item = one_item(
            *calls(process, PROCESS), *calls(agent, AGENT, 100), *calls(customer, CUSTOMER, 200), *calls(9, FINE, 300)
        )
        assert item.verdict is expected

    def test_an_item_without_errors_has_no_verdict(self) -> None:
        item = one_item(*calls(20, FINE))
        assert (item.verdict, item.process_share, item.errors, item.reasons) == (None, None, 0, ())
        assert item.error_rate.value == 0

    def test_an_interval_that_touches_one_half_is_mixed(self) -> None:
        assert verdict(Estimate(0.6, 0.5, 0.7), 1) is Verdict.MIXED
        assert verdict(Estimate(0.6, 0.501, 0.7), 1) is Verdict.PROCESS
        assert verdict(Estimate(0.4, 0.3, 0.5), 1) is Verdict.MIXED
        assert verdict(Estimate(0.4, 0.3, 0.499), 1) is Verdict.AGENT

    def test_errors_of_customers_and_unclear_ones_are_not_the_agents(self) -> None:
        """At least 60 % are not the process's; if a fifth of these is not the agents', 48 % are."""
        assert verdict(Estimate(0.3, 0.2, 0.4), 1) is Verdict.AGENT
        assert verdict(Estimate(0.3, 0.2, 0.4), 0.8) is Verdict.MIXED

    def test_a_mixed_verdict_has_a_reason(self) -> None:
        assert one_item(*calls(2, PROCESS), *calls(9, FINE, 10)).mixed_reason is MixedReason.FEW_ERRORS
        many = one_item(*calls(12, PROCESS), *calls(12, AGENT, 20))
        assert (many.verdict, many.mixed_reason) == (Verdict.MIXED, MixedReason.UNCERTAIN)
        assert one_item(*calls(20, PROCESS)).mixed_reason is None

    def test_reasons_are_sorted_by_number_of_errors_and_leave_out_errors_without_a_reason(self) -> None:
        item = one_item(
            *calls(2, AGENT, reason=7), *calls(3, PROCESS, 10, reason=4), *calls(4, AGENT, 20), *calls(5, FINE, 30)
        )
        assert item.reasons == (ReasonCount(4, 3), ReasonCount(7, 2))


class TestGroups:
    def test_reasons_and_teams_have_their_errors_and_process_share(self) -> None:
        report = sources(
            *calls(3, PROCESS, reason=1, team=8),
            *calls(1, AGENT, 10, reason=1, team=9),
            *calls(2, AGENT, 20, reason=2, team=9),
            *calls(6, FINE, 30, team=9),
        )
        assert [(g.key, g.errors, g.process_share.value) for g in report.by_reason] == [(1, 4, 0.75), (2, 2, 0)]
        assert [(g.key, g.errors, g.process_share.value) for g in report.by_team] == [(8, 3, 1), (9, 3, 0)]

    def test_errors_without_reason_or_team_are_in_no_group(self) -> None:
        report = sources(*calls(3, PROCESS, reason=-1, team=-1))
        assert (report.by_reason, report.by_team) == ((), ())
        assert report.errors == 3

    def test_weeks_are_in_order(self) -> None:
        report = sources(*calls(1, PROCESS, week=44), *calls(3, AGENT, 10, week=45), *calls(2, PROCESS, 20, week=46))
        weeks = [(week.key, week.errors, week.process_share.value) for week in report.by_week]
        assert weeks == [(44, 1, 1), (45, 3, 0), (46, 2, 1)]


def test_the_order_of_answers_changes_nothing() -> None:
    rng = np.random.default_rng(2)
    answers = [
        Answer(
            call=int(rng.integers(60)),
            mark=int(rng.choice([FINE, AGENT, PROCESS, CUSTOMER])),
            item=int(rng.integers(5)),
            agent=int(rng.integers(8)),
            team=int(rng.integers(-1, 3)),
            reason=int(rng.integers(-1, 4)),
        )
        for _ in range(400)
    ]
    one, other = sources(*answers), sources(*reversed(answers))
    assert [(i.item, i.errors, i.verdict, i.standout_agents, i.reasons) for i in one.by_item] == [
        (i.item, i.errors, i.verdict, i.standout_agents, i.reasons) for i in other.by_item
    ]
    assert one.process_share.estimate is not None
    assert other.process_share.estimate is not None
    assert interval_of(one.process_share.estimate) == pytest.approx(interval_of(other.process_share.estimate))


def test_invalid_arrays_are_rejected() -> None:
    good = answer_arrays([Answer(0, AGENT), Answer(1)])
    arrays = {field.name: getattr(good, field.name) for field in fields(good)}
    with pytest.raises(ValueError, match="one entry for each"):
        AnswerArrays(**arrays | {"items": good.items[:1]})
    with pytest.raises(ValueError, match="weights"):
        AnswerArrays(**arrays | {"weights": np.array([1.0, 0.0])})
    with pytest.raises(ValueError, match="mark"):
        AnswerArrays(**arrays | {"marks": np.array([4, FINE])})
    with pytest.raises(ValueError, match="mark"):
        AnswerArrays(**arrays | {"errors": np.array([True, True])})
