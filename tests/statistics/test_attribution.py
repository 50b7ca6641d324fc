"""Attribution of errors by the marks of the verifiers."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest

from app.statistics import (
    AnswerArrays,
    ErrorSources,
    Estimate,
    ItemSource,
    Method,
    ReasonCount,
    Verdict,
    provisional_sources,
    verdict,
    weighted_share,
    wilson_interval,
)
from tests.statistics.factories import interval_of

FINE, AGENT, PROCESS, CUSTOMER = "fine", "agent", "process", "customer"


class Answer(NamedTuple):
    call: int
    mark: str = FINE
    item: int = 0
    agent: int = 0
    team: int = 0
    week: int = 0
    reason: int = -1
    weight: float = 1.0


def answer_arrays(answers: Sequence[Answer]) -> AnswerArrays:
    def codes(name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array([getattr(answer, name) for answer in answers], dtype=np.int64)

    marks = np.array([answer.mark for answer in answers], dtype=np.str_)
    return AnswerArrays(
        items=codes("item"),
        agents=codes("agent"),
        teams=codes("team"),
        weeks=codes("week"),
        calls=codes("call"),
        reasons=codes("reason"),
        errors=marks != FINE,
        marked_process=marks == PROCESS,
        marked_agent=marks == AGENT,
        weights=np.array([answer.weight for answer in answers], dtype=np.float64),
    )


def sources(*answers: Answer) -> ErrorSources:
    return provisional_sources(answer_arrays(answers))


def one_item(*answers: Answer) -> ItemSource:
    (item,) = sources(*answers).by_item
    return item


def calls(count: int, mark: str, first: int = 0, **details: int) -> list[Answer]:
    """`count` calls with one answer each."""
    return [Answer(call, mark, **details) for call in range(first, first + count)]


class TestOverall:
    def test_the_process_share_is_the_proportion_of_errors_marked_process(self) -> None:
        report = sources(*calls(6, PROCESS), *calls(3, AGENT, 10), *calls(1, CUSTOMER, 20), *calls(50, FINE, 30))
        assert report.errors == 10
        assert report.process_share == report.marked_process_share
        assert report.process_share is not None
        assert report.process_share.value == pytest.approx(0.6)
        assert (report.process_share.low, report.process_share.high) == pytest.approx(wilson_interval(0.6, 9))

    def test_errors_are_weighted(self) -> None:
        report = sources(Answer(0, PROCESS, weight=30), Answer(1, AGENT, weight=10))
        assert report.process_share is not None
        assert report.process_share.value == pytest.approx(0.75)

    def test_the_method_is_provisional_and_nothing_was_checked(self) -> None:
        report = sources(*calls(3, PROCESS))
        assert (report.method, report.checked_errors) == (Method.PROVISIONAL, 0)

    def test_without_errors_there_is_no_share(self) -> None:
        report = sources(*calls(5, FINE))
        assert (report.errors, report.process_share, report.marked_process_share) == (0, None, None)
        assert (report.by_reason, report.by_team) == ((), ())

    def test_without_answers_the_report_is_empty(self) -> None:
        report = sources()
        assert (report.errors, report.by_item, report.by_reason, report.by_team) == (0, (), (), ())


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
        touching, agent = Estimate(0.6, 0.5, 0.7), Estimate(0.4, 0.3, 0.5)
        assert verdict(touching, agent) is Verdict.MIXED
        assert verdict(Estimate(0.6, 0.501, 0.7), agent) is Verdict.PROCESS

    def test_reasons_are_sorted_by_number_of_errors_and_leave_out_errors_without_a_reason(self) -> None:
        item = one_item(
            *calls(2, AGENT, reason=7), *calls(3, PROCESS, 10, reason=4), *calls(4, AGENT, 20), *calls(5, FINE, 30)
        )
        assert item.reasons == (ReasonCount(4, 3), ReasonCount(7, 2))


class TestStandoutAgents:
    @staticmethod
    def others(count: int = 9) -> list[Answer]:
        """Agents 1, 2 … with 30 answers and one error each."""
        return [
            Answer(1000 * agent + n, AGENT if n == 0 else FINE, agent=agent)
            for agent in range(1, count + 1)
            for n in range(30)
        ]

    def test_agents_above_the_control_limit_stand_out_with_the_highest_rate_first(self) -> None:
        worse = [*calls(14, AGENT, 20_000, agent=20), *calls(16, FINE, 20_100, agent=20)]
        worst = [*calls(20, AGENT, 30_000, agent=30), *calls(10, FINE, 30_100, agent=30)]
        item = one_item(*self.others(18), *worse, *worst)
        assert item.standout_agents == (30, 20)
        assert item.spread == pytest.approx(0.1)

    def test_agents_with_equal_rates_do_not_stand_out(self) -> None:
        item = one_item(*self.others())
        assert (item.standout_agents, item.spread) == ((), 0)

    def test_an_agent_with_two_errors_does_not_stand_out(self) -> None:
        assert one_item(*self.others(), *calls(2, AGENT, 20_000, agent=20)).standout_agents == ()
        assert one_item(*self.others(), *calls(3, AGENT, 20_000, agent=20)).standout_agents == (20,)

    def test_the_limit_is_higher_for_an_agent_with_fewer_answers(self) -> None:
        """The overall rate is about 0.1: 3 of 9 is within 0.1 + 3·√(0.09/9) = 0.4, 20 of 60 is above 0.1 + 0.116."""
        base = [*calls(16, AGENT, 0, agent=1), *calls(244, FINE, 100, agent=1)]
        seldom = [*calls(3, AGENT, 5000, agent=2), *calls(6, FINE, 5100, agent=2)]
        often = [*calls(20, AGENT, 6000, agent=3), *calls(40, FINE, 6100, agent=3)]
        assert one_item(*base, *seldom, *often).standout_agents == (3,)


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


def test_the_order_of_answers_changes_nothing() -> None:
    rng = np.random.default_rng(2)
    answers = [
        Answer(
            call=int(rng.integers(60)),
            mark=str(rng.choice([FINE, AGENT, PROCESS, CUSTOMER])),
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
    assert one.process_share is not None
    assert other.process_share is not None
    assert one.process_share.low == pytest.approx(other.process_share.low)


def test_invalid_arrays_are_rejected() -> None:
    good = answer_arrays([Answer(0, AGENT), Answer(1)])
    fields = {name: getattr(good, name) for name in AnswerArrays.__slots__}
    with pytest.raises(ValueError, match="one entry for each"):
        AnswerArrays(**fields | {"items": good.items[:1]})
    with pytest.raises(ValueError, match="weights"):
        AnswerArrays(**fields | {"weights": np.array([1.0, 0.0])})
