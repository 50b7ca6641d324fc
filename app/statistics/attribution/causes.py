"""The probability that the process caused an error, by a model of competing causes.

An error at item i by agent a in context k (project, topic and week) comes from the process, at a rate q(k, i) that is
common to all agents, or otherwise from the agent's side, at a rate g(a, i). The verifier's mark m is a noisy reading of
the cause, with the verifier's own probabilities c(m | cause). So

    P(process | error, m) = q·c(m | process) / (q·c(m | process) + (1 − q)·g·c(m | agent's side)).

Rates are estimated by the EM algorithm (Dempster, Laird and Rubin 1977); marks as noisy readings of a hidden class are
due to Dawid and Skene (1979). Causes that were checked are known, and how verifiers mark is learnt from these alone:
unchecked errors are so many more that they would teach the model its own guesses (docs/validation.md). Rates are
shrunken to the rate of their item and marks to those of all verifiers, as posterior means of beta and Dirichlet
distributions whose strength follows from the data: by the moments of the beta-binomial distribution (Kleinman 1973).

Only errors are visited, and sums over cells of agent and item or context and item are bincounts. A pass takes time in
proportion to the number of errors, and does not depend on the number of answers without an error.
"""

from dataclasses import dataclass

import numpy as np

from app.statistics.attribution.types import AnswerArrays, CheckVerdict, Mark
from app.statistics.sample import FloatArray, IntArray, counts, factorize, sums

# EM ends when probabilities change by less than this in a pass, on average. It need not converge: what a prediction
# still lacks is what the checked errors correct.
TOLERANCE = 2e-4
MAX_PASSES = 20
# The first guess is that most marks are right.
_FIRST = {Mark.AGENT: 0.25, Mark.PROCESS: 0.85, Mark.CUSTOMER: 0.1, Mark.UNCLEAR: 0.5}
# What is assumed of marks before any cause is checked, as a number of checked errors of each cause.
_PRIOR_MARKS = np.array([[4.0, 0.4, 0.3, 0.3], [1.0, 3.4, 0.3, 0.3]])
# The limits of the correlation between two answers of a cell, 1/(strength + 1).
_CORRELATIONS = (0.002, 0.9)
# Rates are kept away from 0 and 1.
_TINY = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Answers that share a rate: those of an agent, or of a context, at an item.

    of_errors: the cell of each error. sizes: answers by cell. items: the item of each cell.
    """

    of_errors: IntArray
    sizes: FloatArray
    items: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class ErrorCells:
    """The errors of a report, and the cells of all answers that the model needs.

    errors: the index of each error among the answers. marks, verifiers: of each error; verifiers are numbered from 0.
    """

    errors: IntArray
    marks: IntArray
    verifiers: IntArray
    n_verifiers: int
    n_items: int
    by_context: Cells
    by_agent: Cells


@dataclass(frozen=True, slots=True, eq=False)
class KnownCauses:
    """Checked errors by their index among the errors, and what the checks said."""

    errors: IntArray
    verdicts: IntArray


def error_cells(answers: AnswerArrays) -> ErrorCells:
    errors = np.flatnonzero(answers.errors)
    item_codes, items = factorize(answers.items)
    verifier_codes, verifiers = factorize(answers.verifiers[errors])
    return ErrorCells(
        errors=errors,
        marks=answers.marks[errors],
        verifiers=verifiers,
        n_verifiers=verifier_codes.size,
        n_items=item_codes.size,
        by_context=_cells(answers.contexts, items, item_codes.size, errors),
        by_agent=_cells(answers.agents, items, item_codes.size, errors),
    )


def _cells(groups: IntArray, items: IntArray, n_items: int, errors: IntArray) -> Cells:
    codes, cells = factorize(groups * n_items + items)
    return Cells(cells[errors], counts(cells, codes.size).astype(np.float64), codes % max(n_items, 1))


def process_probabilities(cells: ErrorCells, known: KnownCauses) -> FloatArray:
    """P(process) of each error, from 0 to 1. A checked error has the probability that it would have unchecked."""
    model = _Model(cells, known)
    probabilities = np.array([_FIRST[mark] for mark in Mark])[cells.marks]
    for _ in range(MAX_PASSES):
        before, probabilities = probabilities, model.update(probabilities)
        if np.abs(probabilities - before).sum() <= TOLERANCE * probabilities.size:
            break
    return probabilities


class _Model:
    """One pass of EM: from the probabilities of the causes the rates, and from these the probabilities."""

    def __init__(self, cells: ErrorCells, known: KnownCauses) -> None:
        self._cells = cells
        self._known = known
        real = np.ones(cells.errors.size)
        real[known.errors[known.verdicts == CheckVerdict.NO_ERROR]] = 0
        self._real = real
        self._process = (known.verdicts == CheckVerdict.PROCESS).astype(np.float64)
        marks = _mark_probabilities(cells, known.errors, self._process, real[known.errors])
        of_marks = cells.verifiers * len(Mark) + cells.marks
        self._if_agent, self._if_process = (one.take(of_marks) for one in marks)

    def update(self, probabilities: FloatArray) -> FloatArray:
        cells = self._cells
        causes = probabilities.copy()
        causes[self._known.errors] = self._process
        by_process, by_agent = causes * self._real, (1 - causes) * self._real
        uncertainty = probabilities * (1 - probabilities)
        uncertainty[self._known.errors] = 0
        process = shrunken_rates(by_process, uncertainty, cells.by_context, cells.by_context.sizes, cells.n_items)
        # An answer that the process has spoilt says nothing about the agent.
        chances = np.maximum(
            cells.by_agent.sizes - sums(cells.by_agent.of_errors, by_process, cells.by_agent.sizes.size), _TINY
        )
        agent = shrunken_rates(by_agent, uncertainty, cells.by_agent, chances, cells.n_items)
        q = process[cells.by_context.of_errors]
        g = agent[cells.by_agent.of_errors]
        from_process = q * self._if_process
        from_agent = (1 - q) * g * self._if_agent
        return np.asarray(from_process / (from_process + from_agent))


def shrunken_rates(
    events: FloatArray, uncertainty: FloatArray, cells: Cells, chances: FloatArray, n_items: int
) -> FloatArray:
    """The rate of each cell, shrunken to the rate of its item.

    events: the expected number of events at each error. uncertainty: its variance.
    """
    size = chances.size
    n_events = sums(cells.of_errors, events, size)
    item_chances = sums(cells.items, chances, n_items)
    overall = (n_events.sum() + _TINY) / (chances.sum() + _TINY)
    # An item counts with one more chance at the rate of all items.
    rates = np.clip((sums(cells.items, n_events, n_items) + overall) / (item_chances + 1), _TINY, 1 - _TINY)[
        cells.items
    ]
    variance = rates * (1 - rates)
    squares = (n_events - chances * rates) ** 2 + sums(cells.of_errors, uncertainty, size)
    pairs = float((chances * np.maximum(chances - 1, 0) * variance).sum())
    excess = float((squares - chances * variance).sum())
    correlation = float(np.clip(excess / pairs if pairs > 0 else 0.0, *_CORRELATIONS))
    strength = 1 / correlation - 1
    return np.asarray(np.clip((n_events + strength * rates) / (chances + strength), _TINY, 1 - _TINY))


def _mark_probabilities(
    cells: ErrorCells, known: IntArray, process: FloatArray, real: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The probability of each mark by verifier, of errors from the agent's side and of errors of the process.

    known: the checked errors. process, real: 1 if it is the process's, and an error at all, otherwise 0.
    """
    shape = cells.n_verifiers, len(Mark)
    index = cells.verifiers[known] * len(Mark) + cells.marks[known]
    agent, of_process = (
        _partially_pooled(sums(index, weights, shape[0] * shape[1]).reshape(shape), prior)
        for weights, prior in zip(((1 - process) * real, process * real), _PRIOR_MARKS, strict=True)
    )
    return agent, of_process


def _partially_pooled(n_marks: FloatArray, prior: FloatArray) -> FloatArray:
    """The probabilities of the marks by verifier, shrunken to those of all verifiers."""
    total = n_marks.sum(axis=0) + prior
    pooled = total / total.sum()
    n = n_marks.sum(axis=1, keepdims=True)
    squares = float(((n_marks - n * pooled) ** 2).sum())
    variance = float((pooled * (1 - pooled)).sum())
    pairs = float((n * np.maximum(n - 1, 0)).sum()) * variance
    excess = squares - float(n.sum()) * variance
    strength = 1 / float(np.clip(excess / pairs if pairs > 0 else 0.0, *_CORRELATIONS)) - 1
    return np.asarray((n_marks + strength * pooled) / (n + strength))
