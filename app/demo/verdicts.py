"""How a verifier of the simulated centre scores a call: the errors they see, whose fault they mark, and the reason."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from app.demo.truths import NOT_APPLICABLE
from app.demo.types import Answer, Item, Verifier

# Probabilities for a verifier of medium severity; for the most lenient and the strictest they differ by this share.
MISSES, FALSE_ALARMS, SEVERITY_EFFECT = 0.08, 0.006, 0.7

# P(mark | true cause), but for errors of the process, which depend on the verifier (`blames_agent`).
AGENT_MARKS = {"agent": 0.91, "process": 0.06, "unclear": 0.03}
CUSTOMER_MARKS = {"agent": 0.15, "customer": 0.80, "unclear": 0.05}
FALSE_ALARM_MARKS = {"agent": 0.90, "unclear": 0.10}
PROCESS_UNCLEAR = 0.04

NO_REASON = 0.12

_CHANCES = 5


@dataclass(frozen=True, slots=True)
class CallTruth:
    """By item: the true level and cause; by item key: the reason of the planted fault that applies to this call."""

    levels: Sequence[int]
    causes: Sequence[str | None]
    planted: Mapping[str, str]
    duration_s: int


def mark_probabilities(verifier: Verifier, cause: str | None) -> dict[str, float]:
    """Whose fault the verifier marks, by the true cause of the error; cause None is a false alarm."""
    if cause == "process":
        rest = 1 - verifier.blames_agent - PROCESS_UNCLEAR
        return {"agent": verifier.blames_agent, "process": rest, "unclear": PROCESS_UNCLEAR}
    return {"agent": AGENT_MARKS, "customer": CUSTOMER_MARKS, None: FALSE_ALARM_MARKS}[cause]


def score_call(
    rng: np.random.Generator,
    verifier: Verifier,
    items: Sequence[Item],
    truth: CallTruth,
) -> tuple[Answer, ...]:
    """Answers to every item that is visible under the verifier's own answers, in the scorecard's order."""
    answers: dict[int, Answer] = {}
    for index, (item, chances) in enumerate(zip(items, rng.random((len(items), _CHANCES)).tolist(), strict=True)):
        if _visible(item, answers):
            answers[index] = _answer(item, truth, index, verifier, chances)
    return tuple(answers.values())


def _visible(item: Item, answers: dict[int, Answer]) -> bool:
    if item.visible_if is None:
        return True
    earlier, values = item.visible_if
    return earlier in answers and answers[earlier].value in values


def _answer(item: Item, truth: CallTruth, index: int, verifier: Verifier, chances: list[float]) -> Answer:
    seeing, marking, giving_reason, choosing, moment = chances
    level = truth.levels[index]
    if level == NOT_APPLICABLE:
        return Answer(item.key, "na")
    seen = _seen(level, verifier.severity, seeing)
    if seen == 0:
        return Answer(item.key, item.values[0])
    fault = _pick(mark_probabilities(verifier, truth.causes[index]), marking)
    return Answer(
        item.key,
        item.values[seen],
        fault,
        None if giving_reason < NO_REASON else _reason(item, fault, truth.planted.get(item.key), choosing),
        round(moment * truth.duration_s, 1),
    )


def _seen(level: int, severity: float, chance: float) -> int:
    """The level that the verifier sees. A hidden item that their own answers show to them is seen as good."""
    if level > 0:
        return 0 if chance < MISSES * (1 - SEVERITY_EFFECT * severity) else level
    return 1 if chance < FALSE_ALARMS * (1 + SEVERITY_EFFECT * severity) else 0


def _pick(probabilities: Mapping[str, float], chance: float) -> str:
    names = list(probabilities)
    steps = list(accumulate(probabilities.values()))
    return names[min(bisect_right(steps, chance), len(names) - 1)]


def _reason(item: Item, fault: str, planted: str | None, chance: float) -> str | None:
    if fault == "process" and planted:
        return planted
    fitting = item.reasons.get(fault, ())
    return fitting[int(chance * len(fitting))] if fitting else None
