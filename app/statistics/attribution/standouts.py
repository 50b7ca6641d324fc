"""Agents who stand out, at an item or over all items, and how much agents differ at an item.

Rates are design-weighted: the sample has more calls of agents who erred before and of callers who complain. Errors of
the process do not count against the agent who made them: an error counts as much as it is probable that it comes from
the agent's side. The limit of an agent follows from the agent's effective number of answers, (Σw)²/Σw² (Kish): given
that the agent errs at the rate of all others, the number of errors is binomial. One error more is added to those of the
others, so that no error at all is not taken for a rate of 0.

Among thousands of pairs of agent and item many would be above a fixed limit by chance. The pairs are therefore chosen
by the procedure of Benjamini and Hochberg (1995), which bounds the expected proportion of false ones among the chosen.
Nobody stands out with fewer than three errors.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from app.statistics.sample import BoolArray, FloatArray, IntArray, counts, factorize, sums

FALSE_DISCOVERIES = 0.05
MIN_STANDOUT_ERRORS = 3


@dataclass(frozen=True, slots=True, eq=False)
class AgentItemCells:
    """The answers of each agent at each item, one entry for each pair that occurs.

    items, agents: codes. answers: effective number. errors: effective number of errors that count against the agent.
    rates: weighted proportion of errors, those of the process included. n_errors: their number in the sample.
    stands_out: whether the pair is above its limit.
    """

    items: IntArray
    agents: IntArray
    answers: FloatArray
    errors: FloatArray
    rates: FloatArray
    n_errors: IntArray
    stands_out: BoolArray


def agent_item_cells(
    items: IntArray, agents: IntArray, weights: FloatArray, errors: IntArray, blame: FloatArray
) -> AgentItemCells:
    """The cells of all answers.

    items, agents, weights: one entry for each answer; codes are 0 or above. errors: the indexes of the errors.
    blame: for each error the probability that it comes from the agent's side.
    """
    n_items = int(items.max(initial=0)) + 1
    codes, cells = factorize(agents * n_items + items)
    size, of_errors = codes.size, cells[errors]
    total = sums(cells, weights, size)
    effective = total**2 / sums(cells, weights**2, size)
    blamed = sums(of_errors, weights[errors] * blame, size) / total * effective
    n_errors = counts(of_errors, size)
    item_of = codes % n_items
    p_values = _p_values(blamed, effective, _others(blamed, item_of), _others(effective, item_of))
    # The only agent at an item cannot be compared.
    p_values[(n_errors < MIN_STANDOUT_ERRORS) | (counts(item_of)[item_of] < 2)] = 1.0
    return AgentItemCells(
        items=item_of,
        agents=codes // n_items,
        answers=effective,
        errors=blamed,
        rates=sums(of_errors, weights[errors], size) / total,
        n_errors=n_errors,
        stands_out=benjamini_hochberg(p_values, FALSE_DISCOVERIES),
    )


def overall_standouts(cells: AgentItemCells) -> IntArray:
    """The agents whose errors over all items are above their limit, most first relative to what is expected.

    What is expected of an agent is that the agent errs at each item as all others do.
    """
    expected = cells.answers * np.minimum(
        (_others(cells.errors, cells.items) + 1) / (_others(cells.answers, cells.items) + 1), 1
    )
    agents, index = factorize(cells.agents)
    n_agents = agents.size
    if n_agents < 2:
        return agents[:0]
    errors, wanted, answers = (sums(index, values, n_agents) for values in (cells.errors, expected, cells.answers))
    p_values = _upper_tail(errors, answers, np.clip(wanted / answers, 0, 1))
    p_values[sums(index, cells.n_errors.astype(np.float64), n_agents) < MIN_STANDOUT_ERRORS] = 1.0
    chosen = np.flatnonzero(benjamini_hochberg(p_values, FALSE_DISCOVERIES))
    return agents[chosen[np.argsort(-(errors / wanted)[chosen], kind="stable")]]


def agent_sds(cells: AgentItemCells, n_items: int) -> list[float | None]:
    """The standard deviation between the agents' rates by item, those of the process left out.

    By the moments of the beta-binomial distribution (Kleinman 1973); 0 if agents differ less than chance lets them.
    """
    n, items = cells.answers, cells.items
    total, squares = sums(items, n, n_items), sums(items, n**2, n_items)
    mean = sums(items, cells.errors, n_items) / np.maximum(total, 1e-9)
    deviations = sums(items, n * (cells.errors / n - mean[items]) ** 2, n_items)
    n_agents = counts(items, n_items)
    scale = total - squares / np.maximum(total, 1e-9)
    known = (n_agents > 1) & (mean > 0) & (scale > 0)
    within = mean * (1 - mean) * (n_agents - 1)
    between = np.maximum(deviations - within, 0) / np.where(known, scale, 1)
    # The deviations hold mean·(1 − mean)·(1 − ρ) in place of the binomial variance: a small overestimate of ρ² is kept.
    return [float(sd) if is_known else None for sd, is_known in zip(np.sqrt(between), known, strict=True)]


def benjamini_hochberg(p_values: FloatArray, rate: float) -> BoolArray:
    """Which hypotheses are rejected, so that the expected proportion of false rejections is at most `rate`."""
    order = np.argsort(p_values, kind="stable")
    below = p_values[order] <= rate * np.arange(1, p_values.size + 1) / max(p_values.size, 1)
    chosen = np.zeros(p_values.size, dtype=np.bool_)
    chosen[order[: int(np.flatnonzero(below).max(initial=-1)) + 1]] = True
    return chosen


def _others(values: FloatArray, groups: IntArray) -> FloatArray:
    """The sum over the group without the entry itself."""
    return np.asarray(np.maximum(sums(groups, values)[groups] - values, 0))


def _p_values(
    errors: FloatArray, answers: FloatArray, other_errors: FloatArray, other_answers: FloatArray
) -> FloatArray:
    return _upper_tail(errors, answers, np.minimum((other_errors + 1) / (other_answers + 1), 1))


def _upper_tail(errors: FloatArray, answers: FloatArray, rate: FloatArray) -> FloatArray:
    """P(X ≥ errors) of a binomial X, continued to numbers that are not whole."""
    some = errors > 0
    tail = betainc(np.where(some, errors, 1), np.maximum(answers - errors, 0) + 1, rate)
    return np.where(some, tail, 1.0)
