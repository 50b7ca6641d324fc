"""Size measures and the signals that explain them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import permutations
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sampling.draws.sizes import STRONGEST_PRIOR, WEAKEST_PRIOR, Sizing, erring_signals, prior_strength, size_call
from app.sampling.draws.types import AgentRecord, FrameCall, SignalName
from app.sampling.plans.types import ErringAgentRule, LongHoldRule, LowCsatRule, NewAgentRule, SizeRules
from app.sampling.windows import WindowKind, window_of
from app.statistics.fixed_point import MILLION
from tests.sampling.factories import an_id

RULES = SizeRules(
    new_agent=NewAgentRule(60, Decimal(3)),
    erring_agent=ErringAgentRule(30, Decimal(4)),
    complaint=Decimal(4),
    low_csat=LowCsatRule(2, Decimal(3)),
    long_hold=LongHoldRule(180, Decimal("1.5")),
)
PLAIN = FrameCall(an_id("call"), an_id("agent"), tenure_days=400, csat=5, hold_s=20)


def only_signal(call: FrameCall) -> tuple[SignalName, int, str]:
    (signal,) = size_call(RULES, call).signals
    return signal.name, signal.multiplier_e6, signal.explanation


def test_a_call_without_a_signal_has_size_one() -> None:
    sized = size_call(RULES, PLAIN)
    assert (sized.size_e6, sized.signals) == (MILLION, ())


def test_nothing_known_about_a_call_is_no_signal() -> None:
    assert size_call(RULES, FrameCall(an_id("call"), an_id("agent"))).size_e6 == MILLION


@pytest.mark.parametrize(
    ("days", "multiplier", "explanation"),
    [
        (-3, 3_000_000, "hired 0 days ago ×3"),
        (0, 3_000_000, "hired 0 days ago ×3"),
        (18, 2_400_000, "hired 18 days ago ×2.4"),
        (59, 1_033_333, "hired 59 days ago ×1.03"),
    ],
)
def test_newness_falls_in_a_straight_line(days: int, multiplier: int, explanation: str) -> None:
    assert only_signal(replace(PLAIN, tenure_days=days)) == (SignalName.NEW_AGENT, multiplier, explanation)


def test_an_agent_at_the_end_of_the_tenure_is_new_no_more() -> None:
    assert size_call(RULES, replace(PLAIN, tenure_days=60)).size_e6 == MILLION


def test_complaint_rating_and_hold_are_signals() -> None:
    assert only_signal(replace(PLAIN, complaint=True)) == (SignalName.COMPLAINT, 4_000_000, "complaint ×4")
    assert only_signal(replace(PLAIN, csat=2)) == (SignalName.LOW_CSAT, 3_000_000, "rated 2 by the customer ×3")
    assert only_signal(replace(PLAIN, hold_s=181)) == (SignalName.LONG_HOLD, 1_500_000, "181 s on hold ×1.5")


def test_thresholds_belong_to_the_rating_and_not_to_the_hold() -> None:
    assert size_call(RULES, replace(PLAIN, csat=3)).size_e6 == MILLION
    assert size_call(RULES, replace(PLAIN, hold_s=180)).size_e6 == MILLION


def test_signals_multiply() -> None:
    call = replace(PLAIN, tenure_days=18, complaint=True, csat=1, hold_s=200)
    sized = size_call(RULES, call)
    assert sized.size_e6 == 43_200_000
    assert [signal.multiplier_e6 for signal in sized.signals] == [2_400_000, 4_000_000, 3_000_000, 1_500_000]


def test_a_rule_that_is_not_set_gives_no_signal() -> None:
    call = replace(PLAIN, tenure_days=0, complaint=True, csat=1, hold_s=900)
    assert size_call(SizeRules(), call).signals == ()


def test_a_multiplier_of_one_is_no_signal() -> None:
    rules = SizeRules(complaint=Decimal(1))
    assert size_call(rules, replace(PLAIN, complaint=True)).signals == ()


class TestErrorHistory:
    RULE = ErringAgentRule(30, Decimal(4))

    def test_the_ratio_is_the_posterior_mean_over_the_projects_rate(self) -> None:
        records = {an_id(n): AgentRecord(errors, 400) for n, errors in enumerate((20, 25, 30, 35, 90))}
        rate, strength = 0.1, prior_strength(records.values())
        signal = erring_signals(self.RULE, records)[an_id(4)]
        posterior = (90 + strength * rate) / (400 + strength)
        assert signal.multiplier_e6 == round(posterior / rate * MILLION)
        assert signal.explanation == (
            f"90 errors in 400 answers, {100 * posterior:.2f} % when shrunk to the project's 10 % "
            f"×{posterior / rate:.2f}"
        )

    def test_agents_at_or_below_the_projects_rate_have_no_signal(self) -> None:
        records = {an_id(n): AgentRecord(errors, 400) for n, errors in enumerate((20, 40, 60))}
        assert set(erring_signals(self.RULE, records)) == {an_id(2)}

    def test_the_multiplier_is_clipped(self) -> None:
        records = {an_id(n): AgentRecord(4, 1000) for n in range(20)} | {an_id("bad"): AgentRecord(900, 1000)}
        assert erring_signals(self.RULE, records)[an_id("bad")].multiplier_e6 == 4_000_000

    def test_few_answers_weigh_less_than_many_at_the_same_rate(self) -> None:
        records = {an_id(n): AgentRecord(40, 1000) for n in range(8)}
        records |= {an_id("short"): AgentRecord(6, 30), an_id("long"): AgentRecord(200, 1000)}
        signals = erring_signals(self.RULE, records)
        assert MILLION < signals[an_id("short")].multiplier_e6 < signals[an_id("long")].multiplier_e6

    @pytest.mark.parametrize("records", [{}, {an_id(1): AgentRecord(0, 0)}, {an_id(1): AgentRecord(0, 300)}])
    def test_a_project_without_errors_has_no_erring_agents(self, records: dict[UUID, AgentRecord]) -> None:
        assert erring_signals(self.RULE, records) == {}

    def test_the_signal_is_the_size_of_an_otherwise_plain_call(self) -> None:
        records = {PLAIN.agent_id: AgentRecord(90, 300), an_id("other"): AgentRecord(10, 300)}
        signal = erring_signals(self.RULE, records)[PLAIN.agent_id]
        sized = size_call(RULES, PLAIN, signal)
        assert sized.signals == (signal,)
        assert sized.size_e6 == signal.multiplier_e6 > MILLION


class TestPriorStrength:
    def test_agents_who_do_not_differ_give_the_strongest_prior(self) -> None:
        assert prior_strength([AgentRecord(30, 300)] * 10) == STRONGEST_PRIOR

    def test_agents_who_could_not_differ_more_give_the_weakest(self) -> None:
        assert prior_strength([AgentRecord(0, 300), AgentRecord(300, 300)]) == WEAKEST_PRIOR

    @pytest.mark.parametrize("records", [[], [AgentRecord(3, 30)], [AgentRecord(0, 30), AgentRecord(0, 60)]])
    def test_where_differences_cannot_be_seen_the_prior_is_the_strongest(self, records: list[AgentRecord]) -> None:
        assert prior_strength(records) == STRONGEST_PRIOR

    def test_the_strength_of_a_simulated_beta_binomial_is_found(self) -> None:
        rng = np.random.default_rng(20)
        rates = rng.beta(0.1 * 200, 0.9 * 200, size=3000)
        sizes = rng.integers(100, 900, size=3000)
        errors = rng.binomial(sizes, rates)
        records = [AgentRecord(int(e), int(n)) for e, n in zip(errors, sizes, strict=True)]
        assert prior_strength(records) == pytest.approx(200, rel=0.1)

    def test_the_order_of_agents_does_not_matter(self) -> None:
        records = [AgentRecord(7, 31), AgentRecord(1, 97), AgentRecord(33, 210), AgentRecord(9, 53)]
        assert len({prior_strength(order) for order in permutations(records)}) == 1

    @given(
        st.lists(
            st.integers(0, 500).flatmap(lambda n: st.builds(AgentRecord, st.integers(0, n), st.just(n))), max_size=8
        )
    )
    def test_the_strength_keeps_its_bounds(self, records: list[AgentRecord]) -> None:
        assert WEAKEST_PRIOR <= prior_strength(records) <= STRONGEST_PRIOR


class TestSizing:
    """What the database is told about the rules."""

    WINDOW = window_of(WindowKind.WEEK, "UTC", date(2026, 3, 2))

    def test_multipliers_by_tenure_are_those_of_the_signals(self) -> None:
        sizing = Sizing(RULES, self.WINDOW, {})
        assert len(sizing.by_tenure) == 60
        for days, multiplier in enumerate(sizing.by_tenure):
            assert size_call(RULES, replace(PLAIN, tenure_days=days)).size_e6 == multiplier

    def test_the_other_rules_are_a_limit_and_a_multiplier(self) -> None:
        sizing = Sizing(RULES, self.WINDOW, {})
        assert (sizing.complaint, sizing.low_csat, sizing.long_hold) == (4_000_000, (2, 3_000_000), (180, 1_500_000))

    def test_rules_that_do_not_apply_multiply_by_one(self) -> None:
        sizing = Sizing(SizeRules(), self.WINDOW, {})
        assert (sizing.by_tenure, sizing.complaint) == ([], MILLION)
        assert (sizing.low_csat, sizing.long_hold) == ((None, MILLION), (None, MILLION))
