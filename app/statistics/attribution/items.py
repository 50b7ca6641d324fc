"""The sources of errors by item, and the agents who stand out overall."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.statistics.attribution.results import ItemSource, MixedReason, ReasonCount, Standout
from app.statistics.attribution.shares import groups, weighted_shares
from app.statistics.attribution.standouts import AgentItemCells, agent_item_cells, agent_sds, overall_standouts
from app.statistics.attribution.types import AnswerArrays, Mark, Verdict
from app.statistics.estimates import Estimate
from app.statistics.sample import FloatArray, IntArray, counts, sums

MAJORITY = 0.5
# With fewer errors an item's verdict is `mixed` for want of errors.
MIN_VERDICT_ERRORS = 5
_NOTHING = np.zeros(0, dtype=np.int64)

# The process share of each group of errors, from a code for each error.
Shares = Callable[[IntArray], dict[int, Estimate]]


@dataclass(frozen=True, slots=True, eq=False)
class JudgedErrors:
    """The errors as indexes of the answers, each with its P(process), and how their shares are estimated."""

    errors: IntArray
    probabilities: FloatArray
    shares: Shares


def verdict(process_share: Estimate | None, agent_part: float) -> Verdict | None:
    """The source of an item's errors, if the whole interval of its share is above one half; None without errors.

    agent_part: the proportion of the agents' errors among those that are not the process's; the rest are the customers'
        and unclear.
    """
    if process_share is None or process_share.low is None or process_share.high is None:
        return None
    if process_share.low > MAJORITY:
        return Verdict.PROCESS
    if (1 - process_share.high) * agent_part > MAJORITY:
        return Verdict.AGENT
    return Verdict.MIXED


def item_sources(answers: AnswerArrays, judged: JudgedErrors) -> tuple[tuple[ItemSource, ...], tuple[Standout, ...]]:
    """The sources by item, most errors first, and the agents who stand out over all items."""
    pairs = agent_item_cells(answers.items, answers.agents, answers.weights, judged.errors, 1 - judged.probabilities)
    size = int(answers.items.max(initial=0)) + 1
    items = _Items(
        reasons=answers.reasons[judged.errors],
        n_answers=counts(answers.items),
        populations=sums(answers.items, answers.weights, size),
        error_rates=weighted_shares(answers.errors, answers.weights, answers.calls, answers.items),
        pairs=pairs,
        shares=judged.shares(answers.items[judged.errors]),
        agent_parts=_agent_parts(answers, judged, size),
        agent_sds=agent_sds(pairs, size),
    )
    errors = dict(groups(answers.items[judged.errors]))
    sources = [items.source(item, errors.get(item, _NOTHING)) for item in items.error_rates]
    by_item = tuple(sorted(sources, key=lambda source: (-source.errors, source.item)))
    return by_item, _overall_standouts(answers, judged.errors, pairs)


@dataclass(frozen=True, slots=True, eq=False)
class _Items:
    """What the sources by item are made of, by the code of the item; `reasons` is of each error."""

    reasons: IntArray
    n_answers: IntArray
    populations: FloatArray
    error_rates: dict[int, Estimate]
    pairs: AgentItemCells
    shares: dict[int, Estimate]
    agent_parts: FloatArray
    agent_sds: list[float | None]

    def source(self, item: int, errors: IntArray) -> ItemSource:
        share = self.shares.get(item)
        found = verdict(share, float(self.agent_parts[item]))
        few = MixedReason.FEW_ERRORS if errors.size < MIN_VERDICT_ERRORS else MixedReason.UNCERTAIN
        standouts, spread = self._standouts(item)
        return ItemSource(
            item=item,
            answers=int(self.n_answers[item]),
            population=float(self.populations[item]),
            errors=errors.size,
            error_rate=self.error_rates[item],
            process_share=share,
            verdict=found,
            mixed_reason=few if found is Verdict.MIXED else None,
            spread=spread,
            agent_sd=self.agent_sds[item],
            standout_agents=standouts,
            reasons=_reasons(self.reasons[errors]),
        )

    def _standouts(self, item: int) -> tuple[tuple[Standout, ...], float]:
        """The agents above their limit, highest rate first, and their share of all agents to whom the item applied."""
        pairs = self.pairs
        of_item = np.flatnonzero(pairs.items == item)
        above = of_item[pairs.stands_out[of_item]]
        highest_first = above[np.argsort(-pairs.rates[above], kind="stable")]
        rows = (pairs.agents, pairs.n_errors, pairs.rates)
        columns = (column[highest_first].tolist() for column in rows)
        return tuple(map(Standout, *columns)), above.size / of_item.size


def _agent_parts(answers: AnswerArrays, judged: JudgedErrors, size: int) -> FloatArray:
    """By item the proportion of errors marked as the agents' among those that are not the process's."""
    items = answers.items[judged.errors]
    weights = answers.weights[judged.errors] * (1 - judged.probabilities)
    others = sums(items, weights, size)
    agents = sums(items, weights * (answers.marks[judged.errors] == Mark.AGENT), size)
    return np.divide(agents, others, out=np.ones(size), where=others > 0)


def _overall_standouts(answers: AnswerArrays, errors: IntArray, pairs: AgentItemCells) -> tuple[Standout, ...]:
    agents = answers.agents[errors]
    size = int(answers.agents.max(initial=0)) + 1
    n_errors = np.bincount(agents, minlength=size)
    rates = sums(agents, answers.weights[errors], size) / np.maximum(sums(answers.agents, answers.weights, size), 1e-9)
    chosen = overall_standouts(pairs)
    return tuple(map(Standout, chosen.tolist(), n_errors[chosen].tolist(), rates[chosen].tolist()))


def _reasons(reasons: IntArray) -> tuple[ReasonCount, ...]:
    codes, n_errors = np.unique(reasons[reasons >= 0], return_counts=True)
    order = np.argsort(-n_errors, kind="stable")
    return tuple(map(ReasonCount, codes[order].tolist(), n_errors[order].tolist()))
