"""Signals in a proof: whether the plan's rules can give them, and whether they explain the sizes."""

from collections.abc import Iterable, Mapping, Sequence

from app.sampling.fixed_point import MILLION, to_millionths
from app.sampling.proof_document import Discrepancy, SelectionDocument, SignalDocument, agree
from app.sampling.sizes import Sizing, size_of
from app.sampling.types import SignalName, SizeRules, Window

# By signal, the multipliers that a plan's rules can give, ascending.
Multipliers = Mapping[SignalName, Sequence[int]]


def allowed_multipliers(rules: SizeRules, window: Window) -> Multipliers:
    """How much an agent errs is not in the proof: that multiplier may be any up to the plan's."""
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
    """The size of a call of which everything is true that makes it larger."""
    return size_of(multipliers[-1] for multipliers in allowed.values() if multipliers)


def check_signals(selections: Iterable[SelectionDocument], allowed: Multipliers) -> None:
    """The signals of a call explain its size; an agent errs as much in one call as in another."""
    erring: dict[str, int] = {}
    for selection in selections:
        where = f"selection {selection['position']}"
        signals = _signals(where, selection["signals"], allowed)
        agree(f"{where}: size, by its signals,", selection["size"], str(size_of(signals.values())))
        multiplier = signals.get(SignalName.ERRING_AGENT, MILLION)
        agree(f"{where}: erring_agent", multiplier, erring.setdefault(selection["agent_id"], multiplier))


def _signals(where: str, signals: Sequence[SignalDocument], allowed: Multipliers) -> dict[SignalName, int]:
    """The multipliers of signals, each of which the plan's rules can give, in the order of the rules."""
    given = {SignalName(signal["name"]): int(signal["multiplier"]) for signal in signals}
    in_order = [name.value for name in SignalName if name in given]
    agree(f"{where}: signals", [signal["name"] for signal in signals], in_order)
    for name, multiplier in given.items():
        if multiplier not in allowed[name]:
            raise Discrepancy(f"{where}: the plan's rules do not give {name} the multiplier {multiplier}")
    return given


def _above_one(multiplier: int) -> tuple[int, ...]:
    """A multiplier of 1 changes nothing and is no signal."""
    return (multiplier,) if multiplier > MILLION else ()
