"""Size measures: how much more likely a call is to be drawn than a call without signals, and why.

The size is the product of the plan's multipliers, each kept as a signal with an explanation. A call without a signal
has size 1, so that every eligible call can be drawn.

The error signal is the agent's posterior mean error rate under a beta-binomial whose mean is the project's
rate, divided by that rate. The prior strength κ, in answers, is the method-of-moments estimate from how
much the agents differ (Kleinman 1973, weights nᵢ): alike agents give a strong prior, different agents a
weak one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Protocol
from uuid import UUID

from app.sampling.draws.types import AgentRecord, FrameCall, SelectedCall, Selection, Signal, SignalName, SizedCall
from app.sampling.plans.types import ErringAgentRule, LongHoldRule, LowCsatRule, NewAgentRule, SizeRules
from app.sampling.windows import Window
from app.statistics.fixed_point import MILLION, round_half_up, to_millionths

# Bounds of κ: one evaluation of a 30-item scorecard, and a hundred of them.
WEAKEST_PRIOR = 30
STRONGEST_PRIOR = 3000


class CallChanged(Exception):
    """A call is no longer as it was when the frame was frozen, a moment ago."""


class CallFacts(Protocol):
    """The facts of a call that its size depends on."""

    tenure_days: int | None
    complaint: bool
    csat: int | None
    hold_s: int | None


@dataclass(frozen=True, slots=True)
class Sizing:
    """The rules by which the calls of a window get their sizes, with multipliers in millionths.

    `by_tenure[d]` is the multiplier of an agent hired d days ago; agents hired longer ago are no longer new. `erring`
    holds the signals of agents with a high error rate. A rule that does not apply has the multiplier 1 and the limit
    None.
    """

    rules: SizeRules
    window: Window
    erring: Mapping[UUID, Signal]

    @property
    def by_tenure(self) -> list[int]:
        rule = self.rules.new_agent
        return [_decayed(rule, days) for days in range(rule.tenure_days)] if rule else []

    @property
    def complaint(self) -> int:
        return to_millionths(self.rules.complaint or Decimal(1))

    @property
    def low_csat(self) -> tuple[int | None, int]:
        """The highest rating that is low, and the multiplier."""
        rule = self.rules.low_csat
        return (rule.at_most, to_millionths(rule.multiplier)) if rule else (None, MILLION)

    @property
    def long_hold(self) -> tuple[int | None, int]:
        """The longest hold, in seconds, that is not long, and the multiplier."""
        rule = self.rules.long_hold
        return (rule.over_s, to_millionths(rule.multiplier)) if rule else (None, MILLION)


def size_call(rules: SizeRules, call: FrameCall, erring: Signal | None = None) -> SizedCall:
    """One call with its size; `erring` is the signal of its agent's error history."""
    candidates = (
        _new_agent(rules.new_agent, call) if rules.new_agent else None,
        erring,
        _signal(SignalName.COMPLAINT, to_millionths(rules.complaint), "complaint")
        if rules.complaint and call.complaint
        else None,
        _low_csat(rules.low_csat, call) if rules.low_csat else None,
        _long_hold(rules.long_hold, call) if rules.long_hold else None,
    )
    signals = tuple(signal for signal in candidates if signal)
    return SizedCall(call.call_id, call.agent_id, size_of(signal.multiplier_e6 for signal in signals), signals)


def attach_signals(
    selected: Sequence[SelectedCall], facts: Mapping[UUID, CallFacts], sizing: Sizing
) -> Iterator[Selection]:
    """The selections with the signals that gave them their sizes; CallChanged where a call has another size by now."""
    for position, drawn in enumerate(selected, 1):
        known = facts[drawn.call_id]
        frame_call = FrameCall(
            drawn.call_id, drawn.agent_id, known.tenure_days, known.complaint, known.csat, known.hold_s
        )
        call = size_call(sizing.rules, frame_call, sizing.erring.get(drawn.agent_id))
        if call.size_e6 != drawn.size_e6:
            raise CallChanged(f"the call {drawn.call_id} was changed while it was drawn")
        yield Selection(call, drawn.inclusion_prob_e12, position)


def size_of(multipliers: Iterable[int]) -> int:
    """The product of the multipliers, rounded once so that their order does not matter."""
    product, unit = MILLION, 1
    for multiplier in multipliers:
        product *= multiplier
        unit *= MILLION
    return round_half_up(product, unit)


def erring_signals(rule: ErringAgentRule, records: Mapping[UUID, AgentRecord]) -> dict[UUID, Signal]:
    """Signals of the agents who err more than the project does, after shrinking."""
    errors = sum(record.errors for record in records.values())
    applicable = sum(record.applicable for record in records.values())
    strength = prior_strength(records.values())
    signals = {}
    for agent_id, record in records.items():
        signal = _erring(rule, record, errors, applicable, strength) if errors else None
        if signal:
            signals[agent_id] = signal
    return signals


def prior_strength(records: Iterable[AgentRecord]) -> int:
    """κ in whole answers, WEAKEST_PRIOR…STRONGEST_PRIOR; the strongest where agents do not differ.

    With N answers, E errors, rate p and k agents: S = Σ nᵢ(pᵢ − p)² has the expectation
    p(1−p)·[(k−1) + ρ(N − Σnᵢ²/N − (k−1))], and κ = 1/ρ − 1.
    """
    heard = [record for record in records if record.applicable]
    errors, applicable = sum(r.errors for r in heard), sum(r.applicable for r in heard)
    spread_of_sizes = applicable * applicable - sum(r.applicable**2 for r in heard)
    if spread_of_sizes == 0 or errors in {0, applicable}:
        return STRONGEST_PRIOR
    rate = Fraction(errors, applicable)
    # Millionths keep the sum exact and independent of its order without fractions of enormous denominators.
    squares = Fraction(sum(r.errors**2 * MILLION // r.applicable for r in heard), MILLION)
    excess = (squares - rate * errors) / (rate * (1 - rate)) - (len(heard) - 1)
    correlation = excess / max(Fraction(spread_of_sizes, applicable) - (len(heard) - 1), Fraction(1))
    if correlation <= Fraction(1, STRONGEST_PRIOR + 1):
        return STRONGEST_PRIOR
    return max(WEAKEST_PRIOR, round(1 / correlation - 1))


def _erring(rule: ErringAgentRule, record: AgentRecord, errors: int, applicable: int, strength: int) -> Signal | None:
    """The ratio (eᵢ + κp)/(nᵢ + κ) : p, in whole numbers with p = errors/applicable."""
    shrunken = record.errors * applicable + strength * errors
    ratio = round_half_up(shrunken * MILLION, (record.applicable + strength) * errors)
    why = (
        f"{record.errors} errors in {record.applicable} answers, "
        f"{_percent(shrunken, (record.applicable + strength) * applicable)} when shrunk "
        f"to the project's {_percent(errors, applicable)}"
    )
    return _signal(SignalName.ERRING_AGENT, min(ratio, to_millionths(rule.max_multiplier)), why)


def _new_agent(rule: NewAgentRule, call: FrameCall) -> Signal | None:
    if call.tenure_days is None or call.tenure_days >= rule.tenure_days:
        return None
    days = max(0, call.tenure_days)
    return _signal(SignalName.NEW_AGENT, _decayed(rule, days), f"hired {days} days ago")


def _decayed(rule: NewAgentRule, days: int) -> int:
    full = to_millionths(rule.multiplier)
    return round_half_up(full * rule.tenure_days - (full - MILLION) * days, rule.tenure_days)


def _low_csat(rule: LowCsatRule, call: FrameCall) -> Signal | None:
    if call.csat is None or call.csat > rule.at_most:
        return None
    return _signal(SignalName.LOW_CSAT, to_millionths(rule.multiplier), f"rated {call.csat} by the customer")


def _long_hold(rule: LongHoldRule, call: FrameCall) -> Signal | None:
    if call.hold_s is None or call.hold_s <= rule.over_s:
        return None
    return _signal(SignalName.LONG_HOLD, to_millionths(rule.multiplier), f"{call.hold_s} s on hold")


def _signal(name: SignalName, multiplier_e6: int, why: str) -> Signal | None:
    """A signal, or None where the multiplier changes nothing."""
    if multiplier_e6 <= MILLION:
        return None
    return Signal(name, multiplier_e6, f"{why} ×{_two_decimals(multiplier_e6, MILLION)}")


def _percent(numerator: int, denominator: int) -> str:
    return f"{_two_decimals(100 * numerator, denominator)} %"


def _two_decimals(numerator: int, denominator: int) -> str:
    """A fraction with at most two decimals and no trailing zeros."""
    whole, hundredths = divmod(round_half_up(100 * numerator, denominator), 100)
    return f"{whole}.{hundredths:02}".rstrip("0").rstrip(".")
