"""Verifying the signals in a proof: the plan's rules allow them, and they explain the sizes."""

from collections.abc import Iterable, Mapping, Sequence

from app.sampling.draws.sizes import Sizing, size_of
from app.sampling.draws.types import SignalName
from app.sampling.plans.types import SizeRules
from app.sampling.proofs.document import Discrepancy, SelectionDocument, SignalDocument, require_equal
from app.sampling.windows import Window
from app.statistics.fixed_point import MILLION, to_millionths

# By signal, the multipliers that a plan's rules can give, ascending.
Multipliers = Mapping[SignalName, Sequence[int]]


def allowed_multipliers(rules: SizeRules, window: Window) -> Multipliers:
    """The multipliers by signal. A proof holds no error rates: `erring_agent` may be any up to the plan's maximum."""
    sizing = Sizing(rules, window, erring={})
    most = to_millionths(rules.erring_agent.max_multiplier) if rules.erring_agent else MILLION
    return {
        SignalName.NEW_AGENT: sorted(multiplier for multiplier in sizing.by_tenure if multiplier > MILLION),
        SignalName.ERRING_AGENT: range(MILLION + 1, most + 1),
        SignalName.COMPLAINT: _above_one(sizing.complaint),
        SignalName.LOW_CSAT: _above_one(sizing.low_csat[1]),
        SignalName.LONG_HOLD: _above_one(sizing.long_hold[1]),
    }


def largest_size(allowed: Multipliers) -> int:
    """The size of a call with every signal at its largest."""
    return size_of(multipliers[-1] for multipliers in allowed.values() if multipliers)


def check_signals(selections: Iterable[SelectionDocument], allowed: Multipliers) -> None:
    """Check that signals explain sizes, and that an agent has the same error signal in every call."""
    erring: dict[str, int] = {}
    for selection in selections:
        where = f"selection {selection['position']}"
        signals = _signals(where, selection["signals"], allowed)
        require_equal(f"{where}: size, by its signals,", selection["size"], str(size_of(signals.values())))
        multiplier = signals.get(SignalName.ERRING_AGENT, MILLION)
        require_equal(f"{where}: erring_agent", multiplier, erring.setdefault(selection["agent_id"], multiplier))


def _signals(where: str, signals: Sequence[SignalDocument], allowed: Multipliers) -> dict[SignalName, int]:
    """The multipliers by signal, in the order of the rules; Discrepancy where the rules do not allow one."""
    given = {SignalName(signal["name"]): int(signal["multiplier"]) for signal in signals}
    in_order = [name.value for name in SignalName if name in given]
    require_equal(f"{where}: signals", [signal["name"] for signal in signals], in_order)
    for name, multiplier in given.items():
        if multiplier not in allowed[name]:
            raise Discrepancy(f"{where}: the plan's rules do not give {name} the multiplier {multiplier}")
    return given


def _above_one(multiplier: int) -> tuple[int, ...]:
    """A multiplier of 1 changes nothing and is no signal."""
    return (multiplier,) if multiplier > MILLION else ()
