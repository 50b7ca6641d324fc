"""How many calls, of which agents, with which probability."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from itertools import groupby, pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.sampling.draws.design import (
    FloorExceedsRateError,
    allocate,
    class_inclusions,
    design_classes,
    design_frame,
    expand,
    feasibility,
    sample_size,
)
from app.sampling.draws.types import ClassDesign, FrameDesign, SizeClass, StratumTotals
from app.sampling.windows import WindowKind
from app.statistics.fixed_point import MILLION, TRILLION
from tests.sampling.factories import a_frame, an_id, quota_plan, rate_plan, sized_calls


def probabilities(sizes: Iterable[int], expected: int) -> list[int]:
    """The probabilities of one agent's calls with these sizes, ascending."""
    classes = [SizeClass(an_id("agent"), size, calls) for size, calls in sorted(Counter(sizes).items())]
    return [probability for alike in class_inclusions(classes, expected) for probability in expand(alike)]


def one_by_one(sizes: list[int], expected: int) -> list[int]:
    """The probabilities of calls in order, one at a time: exact fractions, then the largest remainders."""
    certain: set[int] = set()
    while True:
        left = expected - TRILLION * len(certain)
        weight = sum(size for i, size in enumerate(sizes) if i not in certain)
        exact = [Fraction(TRILLION) if i in certain else Fraction(left * size, weight) for i, size in enumerate(sizes)]
        too_large = {i for i, share in enumerate(exact) if share > TRILLION}
        if not too_large:
            break
        certain |= too_large
    told = [int(share) for share in exact]
    for i in sorted(range(len(sizes)), key=lambda i: (told[i] - exact[i], i))[: expected - sum(told)]:
        told[i] += 1
    return told


def expected_counts(design: FrameDesign) -> dict[object, Decimal]:
    return {stratum.agent_id: Decimal(stratum.expected_n_e12) / TRILLION for stratum in design.strata}


class TestSampleSize:
    @pytest.mark.parametrize(
        ("rate", "calls", "expected"),
        [("0.03", 1000, 30), ("0.05", 30, 2), ("0.05", 29, 1), ("0.02", 10, 1), ("0.03", 0, 0), ("1", 7, 7)],
    )
    def test_rate_mode_rounds_halves_up_and_draws_at_least_one(self, rate: str, calls: int, expected: int) -> None:
        assert sample_size(rate_plan(rate), [calls]) == expected

    def test_quota_mode_draws_the_quota_or_all_the_calls(self) -> None:
        assert sample_size(quota_plan(10), [200, 10, 4, 0]) == 24


class TestFeasibility:
    def test_thirty_calls_a_day_and_one_of_them_is_three_percent_and_not_two(self) -> None:
        answer = feasibility(rate_plan("0.02"), {an_id(n): 30 for n in range(20)})
        assert not answer.feasible
        assert (answer.frame_size, answer.agents) == (600, 20)
        assert (answer.sample_size, answer.needed_sample_size) == (12, 20)
        assert answer.needed_rate == Decimal("0.0334")
        assert answer.calls_per_agent == 30
        assert answer.smallest_window is WindowKind.WEEK

    def test_the_needed_rate_is_enough(self) -> None:
        calls = {an_id(n): 30 for n in range(20)}
        needed = feasibility(rate_plan("0.02"), calls).needed_rate
        assert feasibility(rate_plan(str(needed)), calls).feasible

    def test_few_calls_need_a_month(self) -> None:
        assert feasibility(rate_plan("0.02"), {an_id(n): 3 for n in range(20)}).smallest_window is WindowKind.MONTH

    def test_where_not_even_a_month_fits_no_window_is_named(self) -> None:
        plan = rate_plan("0.02", floor=3, window=WindowKind.WEEK)
        assert feasibility(plan, {an_id(n): 10 for n in range(20)}).smallest_window is None

    def test_a_window_that_fits_is_the_smallest(self) -> None:
        answer = feasibility(rate_plan("0.05"), {an_id(n): 30 for n in range(20)})
        assert answer.feasible
        assert answer.smallest_window is WindowKind.DAY

    def test_quotas_always_fit(self) -> None:
        answer = feasibility(quota_plan(10), {an_id(1): 3, an_id(2): 300})
        assert answer.feasible
        assert answer.sample_size == answer.needed_sample_size == 13

    def test_an_agent_with_fewer_calls_than_the_floor_needs_only_these(self) -> None:
        assert feasibility(rate_plan("0.05", floor=3), {an_id(1): 1, an_id(2): 99}).needed_sample_size == 4

    def test_agents_without_calls_do_not_count(self) -> None:
        answer = feasibility(rate_plan("0.05"), {an_id(1): 0, an_id(2): 100})
        assert (answer.agents, answer.needed_sample_size, answer.calls_per_agent) == (1, 1, Decimal(100))

    def test_an_empty_frame_is_feasible_and_gives_an_empty_sample(self) -> None:
        answer = feasibility(rate_plan(), {})
        assert answer.feasible
        assert (answer.sample_size, answer.needed_rate, answer.calls_per_agent) == (0, Decimal(0), Decimal(0))

    def test_a_frame_whose_floor_does_not_fit_is_not_designed(self) -> None:
        with pytest.raises(FloorExceedsRateError, match="needs 2 calls, the rate allows 1 of 20") as raised:
            a_frame(rate_plan("0.02"), [[1] * 10, [1] * 10])
        assert raised.value.feasibility.needed_sample_size == 2


class TestAllocation:
    def test_the_floor_comes_first_and_the_rest_is_in_proportion_to_size(self) -> None:
        design = a_frame(rate_plan("0.05"), [[1] * 100, [3] * 100])
        assert expected_counts(design) == {an_id("agent", 0): 3, an_id("agent", 1): 7}

    def test_expected_counts_are_fractions(self) -> None:
        design = a_frame(rate_plan("0.05"), [[1] * 100, [2] * 100])
        assert expected_counts(design)[an_id("agent", 0)] == Decimal("3.666666666667")

    def test_what_a_small_stratum_cannot_take_goes_to_the_others(self) -> None:
        design = a_frame(rate_plan("0.1"), [[20, 20], [1] * 49, [1] * 49])
        assert expected_counts(design) == {an_id("agent", 0): 2, an_id("agent", 1): 4, an_id("agent", 2): 4}

    def test_quota_mode_gives_every_agent_the_quota_or_all_the_calls(self) -> None:
        design = a_frame(quota_plan(10), [[1] * 4, [2] * 10, [3] * 50])
        assert expected_counts(design) == {an_id("agent", 0): 4, an_id("agent", 1): 10, an_id("agent", 2): 10}

    def test_totals_alone_give_the_same_allocation_as_the_calls(self) -> None:
        plan = rate_plan("0.05")
        totals = [StratumTotals(an_id("agent", n), 100, (n + 1) * 100 * MILLION) for n in range(3)]
        assert allocate(plan, totals) == a_frame(plan, [[1] * 100, [2] * 100, [3] * 100]).strata

    def test_an_empty_frame_has_no_strata(self) -> None:
        assert a_frame(rate_plan(), []) == FrameDesign(0, (), ())
        assert design_classes(rate_plan(), []) == ClassDesign(0, (), ())


class TestSupplementary:
    PLAN = rate_plan("0.03", floor=1, supplementary=True)

    def test_late_calls_are_drawn_at_the_rate_without_rounding_to_whole_calls(self) -> None:
        design = a_frame(self.PLAN, [[1] * 7, [1] * 4])
        assert expected_counts(design) == {an_id("agent", 0): Decimal("0.21"), an_id("agent", 1): Decimal("0.12")}
        assert design.expected_n_e12 == 33 * 10**10

    def test_larger_calls_are_likelier_and_none_is_certain_for_its_agents_sake(self) -> None:
        design = a_frame(self.PLAN, [[1, 4], [1]])
        assert sorted(call.inclusion_prob_e12 for call in design.calls) == [15 * 10**9, 15 * 10**9, 60 * 10**9]

    def test_a_stratum_takes_no_more_than_its_calls(self) -> None:
        plan = rate_plan("0.5", supplementary=True)
        design = a_frame(plan, [[20], [1, 1, 1, 1, 1]])
        assert expected_counts(design) == {an_id("agent", 0): 1, an_id("agent", 1): 2}

    def test_the_total_is_rounded_half_up_to_a_trillionth(self) -> None:
        assert a_frame(rate_plan("0.3333333333335", supplementary=True), [[1]]).expected_n_e12 == 333333333334

    def test_a_rate_below_a_trillionth_still_lets_every_call_be_drawn(self) -> None:
        assert a_frame(rate_plan("1e-14", supplementary=True), [[1, 1], [5]]).expected_n_e12 == 3

    def test_no_late_calls_make_an_empty_design(self) -> None:
        assert a_frame(self.PLAN, []) == FrameDesign(0, (), ())


class TestInclusion:
    def test_probabilities_are_in_proportion_to_size(self) -> None:
        assert probabilities([1, 2, 5], TRILLION) == [125 * 10**9, 250 * 10**9, 625 * 10**9]

    def test_a_call_that_would_exceed_one_is_certain_and_the_others_share_the_rest(self) -> None:
        assert probabilities([1, 1, 10], 2 * TRILLION) == [TRILLION // 2, TRILLION // 2, TRILLION]

    def test_one_certain_call_may_bring_about_another(self) -> None:
        shared = [2 * 10**11, 4 * 10**11, 4 * 10**11]
        assert probabilities([1, 2, 2, 10, 100], 3 * TRILLION) == [*shared, TRILLION, TRILLION]

    def test_a_remainder_goes_to_the_first_of_alike_calls_by_id(self) -> None:
        design = a_frame(quota_plan(1), [[1, 1, 1]])
        assert [designed.inclusion_prob_e12 for designed in design.calls] == [333333333334, 333333333333, 333333333333]
        ids = [designed.call.call_id for designed in design.calls]
        assert ids == sorted(ids)

    def test_of_equal_remainders_the_smaller_size_gains(self) -> None:
        assert probabilities([1, 3], 6) == [2, 4]

    def test_a_census_makes_every_call_certain(self) -> None:
        assert probabilities([1, 3, 7], 3 * TRILLION) == [TRILLION] * 3

    def test_even_a_call_whose_share_is_below_a_trillionth_can_be_drawn(self) -> None:
        assert probabilities([1, 10**13], TRILLION) == [1, TRILLION - 1]

    def test_even_a_stratum_whose_share_is_below_a_trillionth_can_be_drawn_from(self) -> None:
        design = a_frame(rate_plan("0.02", floor=0), [[10**14] * 48, [1, 1]])
        assert sorted(call.inclusion_prob_e12 for call in design.calls)[:3] == [1, 1, 20833333333]

    def test_the_order_of_the_input_changes_nothing(self) -> None:
        plan = rate_plan("0.05")
        calls = sized_calls([[1, 2, 3, 1] * 10, [1, 1, 7] * 9, [2] * 31])
        shuffled = list(calls)
        Random(5).shuffle(shuffled)
        assert design_frame(plan, shuffled) == design_frame(plan, calls)


frames = st.lists(st.lists(st.integers(1, 3_200), min_size=1, max_size=25), min_size=1, max_size=8)
rates = st.sampled_from(["0.02", "0.05", "0.3", "0.77", "1"])


class TestProperties:
    @settings(deadline=None)
    @given(frames, rates, st.integers(0, 3))
    def test_rate_designs_are_exact_and_keep_the_floor(self, sizes: list[list[int]], rate: str, floor: int) -> None:
        plan = rate_plan(rate, floor)
        if not feasibility(plan, {an_id(n): len(row) for n, row in enumerate(sizes)}).feasible:
            return
        design = a_frame(plan, sizes)
        self.assert_exact(design)
        assert all(stratum.expected_n_e12 >= min(floor, stratum.calls) * TRILLION for stratum in design.strata)
        assert design.expected_n_e12 == sample_size(plan, map(len, sizes)) * TRILLION

    @settings(deadline=None)
    @given(frames, st.integers(1, 12))
    def test_quota_designs_are_exact(self, sizes: list[list[int]], quota: int) -> None:
        design = a_frame(quota_plan(quota), sizes)
        self.assert_exact(design)
        assert all(stratum.expected_n_e12 == min(quota, stratum.calls) * TRILLION for stratum in design.strata)

    @settings(deadline=None)
    @given(frames, rates)
    def test_supplementary_designs_are_exact(self, sizes: list[list[int]], rate: str) -> None:
        design = a_frame(rate_plan(rate, supplementary=True), sizes)
        self.assert_exact(design)
        assert design.expected_n_e12 == sum(map(len, sizes)) * int(Decimal(rate) * TRILLION)

    @settings(deadline=None)
    @given(frames, rates, st.randoms(use_true_random=False))
    def test_classes_are_designed_as_their_calls_are(self, sizes: list[list[int]], rate: str, random: Random) -> None:
        plan = rate_plan(rate, floor=0)
        classes = [
            SizeClass(an_id("agent", agent), size * MILLION, calls)
            for agent, row in enumerate(sizes)
            for size, calls in Counter(row).items()
        ]
        random.shuffle(classes)
        design, whole = design_classes(plan, classes), a_frame(plan, sizes)
        assert (design.expected_n_e12, design.strata) == (whole.expected_n_e12, whole.strata)
        expanded = [(a.agent_id, a.size_e6, p) for a in design.inclusions for p in expand(a)]
        assert expanded == [(d.call.agent_id, d.call.size_e6, d.inclusion_prob_e12) for d in whole.calls]

    @settings(deadline=None)
    @given(frames, st.integers(1, 12))
    def test_probabilities_are_those_that_are_worked_out_call_by_call(self, sizes: list[list[int]], quota: int) -> None:
        design = a_frame(quota_plan(quota), sizes)
        expected = {stratum.agent_id: stratum.expected_n_e12 for stratum in design.strata}
        by_agent = groupby(design.calls, key=lambda designed: designed.call.agent_id)
        for agent_id, group in by_agent:
            calls = list(group)
            told = one_by_one([designed.call.size_e6 for designed in calls], expected[agent_id])
            assert [designed.inclusion_prob_e12 for designed in calls] == told

    @staticmethod
    def assert_exact(design: FrameDesign) -> None:
        """0 < π ≤ 1, sums exact by stratum and over the whole frame, larger calls likelier within a stratum."""
        sums = Counter[object]()
        for designed in design.calls:
            assert 0 < designed.inclusion_prob_e12 <= TRILLION
            sums[designed.call.agent_id] += designed.inclusion_prob_e12
        assert sums == {stratum.agent_id: stratum.expected_n_e12 for stratum in design.strata}
        assert sums.total() == design.expected_n_e12
        ranked = sorted(design.calls, key=lambda d: (d.call.agent_id, d.call.size_e6, d.inclusion_prob_e12))
        for smaller, larger in pairwise(ranked):
            if smaller.call.agent_id == larger.call.agent_id:
                assert smaller.inclusion_prob_e12 <= larger.inclusion_prob_e12
