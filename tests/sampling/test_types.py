"""Plans that make no sense are refused."""

from decimal import Decimal
from typing import Any

import pytest

from app.sampling.draws.types import Selection
from app.sampling.plans.types import (
    ErringAgentRule,
    LongHoldRule,
    LowCsatRule,
    NewAgentRule,
    PlanDesign,
    SamplingMode,
    SizeRules,
)
from app.sampling.windows import WindowKind
from tests.sampling.factories import quota_plan, rate_plan, sized_calls


@pytest.mark.parametrize(
    ("mode", "parameters", "named"),
    [
        (SamplingMode.RATE, {}, "has a rate"),
        (SamplingMode.RATE, {"rate": Decimal("0.03"), "quota_per_agent": 3}, "has a quota_per_agent"),
        (SamplingMode.QUOTA, {}, "has a quota_per_agent"),
        (SamplingMode.QUOTA, {"rate": Decimal("0.03"), "quota_per_agent": 3}, "has a rate"),
        (SamplingMode.RATE, {"rate": Decimal(0)}, "rate lies above 0"),
        (SamplingMode.RATE, {"rate": Decimal("1.01")}, "at most 1"),
        (SamplingMode.QUOTA, {"quota_per_agent": 3, "supplementary": True}, "a supplementary draw has a rate"),
        (SamplingMode.QUOTA, {"quota_per_agent": 0}, "quota_per_agent is at least 1"),
        (SamplingMode.RATE, {"rate": Decimal("0.03"), "floor_per_agent": -1}, "floor_per_agent"),
        (SamplingMode.RATE, {"rate": Decimal("0.03"), "double_score_rate": Decimal("1.1")}, "double_score_rate"),
        (SamplingMode.RATE, {"rate": Decimal("0.03"), "fault_check_rate": Decimal("-0.1")}, "fault_check_rate"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_by_name(
    mode: SamplingMode, parameters: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        PlanDesign(mode, WindowKind.DAY, "UTC", **parameters)


@pytest.mark.parametrize("multiplier", [Decimal("0.99"), Decimal("20.01")])
def test_multipliers_outside_one_to_twenty_are_refused(multiplier: Decimal) -> None:
    with pytest.raises(ValueError, match="multiplier"):
        NewAgentRule(60, multiplier)
    with pytest.raises(ValueError, match="multiplier"):
        ErringAgentRule(30, multiplier)
    with pytest.raises(ValueError, match="multiplier"):
        LowCsatRule(2, multiplier)
    with pytest.raises(ValueError, match="multiplier"):
        LongHoldRule(180, multiplier)
    with pytest.raises(ValueError, match="multiplier"):
        SizeRules(complaint=multiplier)


def test_look_back_and_tenure_last_at_least_a_day() -> None:
    with pytest.raises(ValueError, match="tenure_days"):
        NewAgentRule(0, Decimal(3))
    with pytest.raises(ValueError, match="lookback_days"):
        ErringAgentRule(0, Decimal(3))


def test_the_least_per_agent_is_the_quota_or_the_floor_and_nothing_for_late_calls() -> None:
    assert quota_plan(10).least_per_agent == 10
    assert rate_plan(floor=2).least_per_agent == 2
    assert rate_plan(floor=2, supplementary=True).least_per_agent == 0


def test_a_selection_weighs_one_over_its_probability() -> None:
    (call,) = sized_calls([[1]])
    assert Selection(call, 30_000_000_000, 1).weight == Decimal("33.333333")
    assert Selection(call, 10**12, 1).weight == 1
