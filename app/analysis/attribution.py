"""Agent or process: whose the errors are, by the verifiers' marks.

The provisional method takes the marks at their word: process share = Σw over errors marked process / Σw
over all errors. Errors of one call are not independent, so variances are linearised by call; intervals are
Wilson's on the effective sample size p(1 − p)/V (Korn and Graubard 1998), for shares of 0 and 1 on Kish's
(ΣW)²/ΣW² of the calls.

Verdict on an item: `process` when the whole interval of its marked process share lies above one half,
`agent` when that of its marked agent share does, otherwise `mixed`, which includes "too few errors to
tell".

An agent stands out on an item with at least three errors at a rate above the upper limit of the p-chart,
p̄ + 3·√(p̄(1 − p̄)/n) with n the agent's own answers; one or two errors are no habit, however small n is.
"""

from collections.abc import Iterator

import numpy as np

from app.analysis.types import (
    Answers,
    ErrorSources,
    GroupSource,
    ItemSource,
    Method,
    ReasonCount,
    Share,
    Verdict,
)
from app.statistics import BoolArray, FloatArray, IntArray, factorize, wilson_interval

MAJORITY = 0.5
LEAST_STANDOUT_ERRORS = 3
LIMIT_SIGMAS = 3


def provisional_sources(answers: Answers) -> ErrorSources:
    """The report on error sources before any error was checked: the marked shares stand for the true ones."""
    errors = np.flatnonzero(answers.errors)
    share = _marked_share(answers, errors, answers.marked_process)
    return ErrorSources(
        errors=errors.size,
        method=Method.PROVISIONAL,
        checked_errors=0,
        process_share=share,
        marked_process_share=share,
        by_item=_by_item(answers),
        by_reason=_by_group(answers, answers.reasons),
        by_team=_by_group(answers, answers.teams),
    )


def weighted_share(hits: BoolArray, weights: FloatArray, calls: IntArray) -> Share:
    """The weighted proportion of hits among one or more answers; those of the same call go together."""
    value = float(weights[hits].sum() / weights.sum())
    _, positions = factorize(calls)
    call_weights = np.bincount(positions, weights).astype(np.float64)
    deviations = np.bincount(positions, weights * (hits - value)) / weights.sum()
    effective = _effective_size(value, deviations, call_weights)
    return Share(value, *wilson_interval(value, min(effective, hits.size)))


def _effective_size(value: float, deviations: FloatArray, call_weights: FloatArray) -> float:
    """How many independent answers would tell as much."""
    calls = deviations.size
    variance = float(np.square(deviations).sum()) * calls / max(calls - 1, 1)
    if calls > 1 and 0 < value < 1 and variance > 0:
        return value * (1 - value) / variance
    return float(call_weights.sum() ** 2 / np.square(call_weights).sum())


def _marked_share(answers: Answers, errors: IntArray, marks: BoolArray) -> Share | None:
    if errors.size == 0:
        return None
    return weighted_share(marks[errors], answers.weights[errors], answers.calls[errors])


def _by_item(answers: Answers) -> tuple[ItemSource, ...]:
    everything = np.arange(answers.items.size)
    sources = [_item_source(answers, item, chosen) for item, chosen in _groups(answers.items, everything)]
    return tuple(sorted(sources, key=lambda source: (-source.errors, source.item)))


def _item_source(answers: Answers, item: int, chosen: IntArray) -> ItemSource:
    errors = chosen[answers.errors[chosen]]
    process_share = _marked_share(answers, errors, answers.marked_process)
    standout, spread = _standout_agents(answers.agents[chosen], answers.errors[chosen])
    return ItemSource(
        item=item,
        answers=chosen.size,
        population=float(answers.weights[chosen].sum()),
        errors=errors.size,
        error_rate=weighted_share(answers.errors[chosen], answers.weights[chosen], answers.calls[chosen]),
        process_share=process_share,
        verdict=verdict(process_share, _marked_share(answers, errors, answers.marked_agent)),
        spread=spread,
        standout_agents=standout,
        reasons=_reasons(answers.reasons[errors]),
    )


def verdict(process_share: Share | None, agent_share: Share | None) -> Verdict | None:
    """Whose an item's errors are, by the intervals of the shares so marked; None without errors."""
    if process_share is None or agent_share is None:
        return None
    if process_share.low > MAJORITY:
        return Verdict.PROCESS
    if agent_share.low > MAJORITY:
        return Verdict.AGENT
    return Verdict.MIXED


def _standout_agents(agents: IntArray, errors: BoolArray) -> tuple[tuple[int, ...], float]:
    """Agents above their limit, highest rate first, and their share of all agents the item applied to."""
    codes, positions = factorize(agents)
    answers, counts = np.bincount(positions), np.bincount(positions, errors)
    rates = counts / answers
    overall = errors.mean()
    limits = overall + LIMIT_SIGMAS * np.sqrt(overall * (1 - overall) / answers)
    above = np.flatnonzero((rates > limits) & (counts >= LEAST_STANDOUT_ERRORS))
    worst_first = above[np.argsort(-rates[above], kind="stable")]
    return tuple(codes[worst_first].tolist()), above.size / codes.size


def _reasons(reasons: IntArray) -> tuple[ReasonCount, ...]:
    codes, counts = np.unique(reasons[reasons >= 0], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return tuple(map(ReasonCount, codes[order].tolist(), counts[order].tolist()))


def _by_group(answers: Answers, keys: IntArray) -> tuple[GroupSource, ...]:
    errors = np.flatnonzero(answers.errors & (keys >= 0))
    sources = [
        GroupSource(
            key,
            chosen.size,
            weighted_share(answers.marked_process[chosen], answers.weights[chosen], answers.calls[chosen]),
        )
        for key, chosen in _groups(keys, errors)
    ]
    return tuple(sorted(sources, key=lambda source: (-source.errors, source.key)))


def _groups(keys: IntArray, chosen: IntArray) -> Iterator[tuple[int, IntArray]]:
    """The chosen positions by key, keys in ascending order."""
    order = chosen[np.argsort(keys[chosen], kind="stable")]
    sorted_keys = keys[order]
    starts = np.flatnonzero(np.diff(sorted_keys, prepend=-1))
    return zip(sorted_keys[starts].tolist(), np.split(order, starts[1:]), strict=True) if starts.size else iter(())
