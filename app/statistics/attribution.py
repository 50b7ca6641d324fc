"""Attribution of errors to agent or process, by the marks of the verifiers.

The provisional method assumes that the marks are correct: process share = Σw over errors marked process / Σw over all
errors. The errors of one call are not independent, so the variance is linearised by call (calls are the clusters).
Intervals are Wilson's with the effective sample size p(1 − p)/V (Korn and Graubard 1998) or, for shares of 0 and 1,
with Kish's effective number of calls (ΣW)²/ΣW², where W is the weight of a call.

The verdict on an item is `process` if the whole interval of its marked process share is above one half, `agent` if that
of its marked agent share is, and otherwise `mixed`, which includes "too few errors".

An agent stands out on an item with three or more errors and an error rate above the upper control limit of the p chart,
p̄ + 3·√(p̄(1 − p̄)/n), where n is the number of the agent's own answers. With one or two errors no agent stands out,
however small n is.
"""

from collections.abc import Iterator

import numpy as np

from app.statistics.error_sources import (
    AnswerArrays,
    ErrorSources,
    GroupSource,
    ItemSource,
    Method,
    ReasonCount,
    Verdict,
)
from app.statistics.estimates import Estimate
from app.statistics.intervals import wilson_interval
from app.statistics.sample import BoolArray, FloatArray, IntArray, factorize, sums

MAJORITY = 0.5
MIN_STANDOUT_ERRORS = 3
LIMIT_SIGMAS = 3


def provisional_sources(answers: AnswerArrays) -> ErrorSources:
    """The sources of errors before any error is checked: the marked shares are the estimates of the true ones."""
    errors = np.flatnonzero(answers.errors)
    share = _marked_share(answers, errors, answers.marked_process)
    return ErrorSources(
        errors=errors.size,
        method=Method.PROVISIONAL,
        checked_errors=0,
        process_share=share,
        marked_process_share=share,
        by_item=_by_item(answers),
        by_reason=_largest_first(_by_group(answers, answers.reasons)),
        by_team=_largest_first(_by_group(answers, answers.teams)),
        by_week=_by_group(answers, answers.weeks),
    )


def weighted_share(hits: BoolArray, weights: FloatArray, calls: IntArray) -> Estimate:
    """The weighted proportion of hits, from 0 to 1, with its 95 % interval; clusters are the calls.

    hits, weights, calls: one entry for each answer, one or more; weights are above 0, calls are codes.
    """
    value = float(weights[hits].sum() / weights.sum())
    _, call_index = factorize(calls)
    call_weights = sums(call_index, weights)
    deviations = sums(call_index, weights * (hits - value)) / weights.sum()
    effective_size = min(_effective_size(value, deviations, call_weights), hits.size)
    return Estimate(value, *wilson_interval(value, effective_size))


def _effective_size(value: float, deviations: FloatArray, call_weights: FloatArray) -> float:
    """The number of independent answers that would give the same variance."""
    n_calls = deviations.size
    variance = float(np.square(deviations).sum()) * n_calls / max(n_calls - 1, 1)
    if n_calls > 1 and 0 < value < 1 and variance > 0:
        return value * (1 - value) / variance
    return float(call_weights.sum() ** 2 / np.square(call_weights).sum())


def _marked_share(answers: AnswerArrays, errors: IntArray, marks: BoolArray) -> Estimate | None:
    if errors.size == 0:
        return None
    return weighted_share(marks[errors], answers.weights[errors], answers.calls[errors])


def _by_item(answers: AnswerArrays) -> tuple[ItemSource, ...]:
    everything = np.arange(answers.items.size)
    sources = [_item_source(answers, item, chosen) for item, chosen in _groups(answers.items, everything)]
    return tuple(sorted(sources, key=lambda source: (-source.errors, source.item)))


def _item_source(answers: AnswerArrays, item: int, chosen: IntArray) -> ItemSource:
    errors = chosen[answers.errors[chosen]]
    process_share = _marked_share(answers, errors, answers.marked_process)
    standout_agents, spread = _standout_agents(answers.agents[chosen], answers.errors[chosen])
    return ItemSource(
        item=item,
        answers=chosen.size,
        population=float(answers.weights[chosen].sum()),
        errors=errors.size,
        error_rate=weighted_share(answers.errors[chosen], answers.weights[chosen], answers.calls[chosen]),
        process_share=process_share,
        verdict=verdict(process_share, _marked_share(answers, errors, answers.marked_agent)),
        spread=spread,
        standout_agents=standout_agents,
        reasons=_reasons(answers.reasons[errors]),
    )


def verdict(process_share: Estimate | None, agent_share: Estimate | None) -> Verdict | None:
    """The source of an item's errors by the intervals of the marked shares; None if there is no error."""
    if process_share is None or agent_share is None:
        return None
    if _is_majority(process_share):
        return Verdict.PROCESS
    if _is_majority(agent_share):
        return Verdict.AGENT
    return Verdict.MIXED


def _is_majority(share: Estimate) -> bool:
    return share.low is not None and share.low > MAJORITY


def _standout_agents(agents: IntArray, errors: BoolArray) -> tuple[tuple[int, ...], float]:
    """Agents above their control limit, highest rate first, and their share of all agents to whom the item applied."""
    codes, index = factorize(agents)
    n_answers, n_errors = np.bincount(index), np.bincount(index, errors)
    rates = n_errors / n_answers
    overall = errors.mean()
    limits = overall + LIMIT_SIGMAS * np.sqrt(overall * (1 - overall) / n_answers)
    above = np.flatnonzero((rates > limits) & (n_errors >= MIN_STANDOUT_ERRORS))
    highest_first = above[np.argsort(-rates[above], kind="stable")]
    return tuple(codes[highest_first].tolist()), above.size / codes.size


def _reasons(reasons: IntArray) -> tuple[ReasonCount, ...]:
    codes, n_errors = np.unique(reasons[reasons >= 0], return_counts=True)
    order = np.argsort(-n_errors, kind="stable")
    return tuple(map(ReasonCount, codes[order].tolist(), n_errors[order].tolist()))


def _by_group(answers: AnswerArrays, keys: IntArray) -> tuple[GroupSource, ...]:
    """The groups in the order of their keys."""
    errors = np.flatnonzero(answers.errors & (keys >= 0))
    return tuple(
        GroupSource(
            key,
            chosen.size,
            weighted_share(answers.marked_process[chosen], answers.weights[chosen], answers.calls[chosen]),
        )
        for key, chosen in _groups(keys, errors)
    )


def _largest_first(sources: tuple[GroupSource, ...]) -> tuple[GroupSource, ...]:
    return tuple(sorted(sources, key=lambda source: (-source.errors, source.key)))


def _groups(keys: IntArray, chosen: IntArray) -> Iterator[tuple[int, IntArray]]:
    """The chosen positions of each key, keys in ascending order."""
    order = chosen[np.argsort(keys[chosen], kind="stable")]
    sorted_keys = keys[order]
    starts = np.flatnonzero(np.diff(sorted_keys, prepend=-1))
    return zip(sorted_keys[starts].tolist(), np.split(order, starts[1:]), strict=True) if starts.size else iter(())
