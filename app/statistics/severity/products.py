"""Sums of squares and products: all that the model needs of the evaluations.

The columns are the levels of the call mix, the verifiers and the score. Scores of a call have the correlation ρ; with m
scores of a call, the inverse of their correlation matrix is (I − J·ρ/(1 + (m − 1)ρ))/(1 − ρ), where J has only ones.
For every ρ, products weighted by this inverse are therefore sums of two kinds of products that do not depend on ρ:
those of evaluations (I) and those of the sums by call (J).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log, log1p

import numpy as np
from scipy import linalg, sparse

from app.statistics.sample import FloatArray, IntArray, counts, factorize
from app.statistics.severity.types import ScoredEvaluations

# A column is dependent on others if the rest of its square is this small a part of it.
_DEPENDENT = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Products:
    """agents: the square of each agent's column. by_agent: agents × columns. columns: columns × columns."""

    agents: FloatArray
    by_agent: FloatArray
    columns: FloatArray

    def __mul__(self, weight: float) -> "Products":
        return Products(weight * self.agents, weight * self.by_agent, weight * self.columns)

    def __add__(self, other: "Products") -> "Products":
        return Products(self.agents + other.agents, self.by_agent + other.by_agent, self.columns + other.columns)


@dataclass(frozen=True, slots=True, eq=False)
class _CallsOfSize:
    """The products of `calls` calls that were scored `size` times each; `of_sums` is None for calls scored once."""

    size: int
    calls: int
    of_evaluations: Products
    of_sums: Products | None


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationProducts:
    """The products of all evaluations. Columns: first `n_fixed` of the call mix, then the verifiers, last the score."""

    n: int
    n_fixed: int
    by_size: tuple[_CallsOfSize, ...]

    @property
    def has_double_scores(self) -> bool:
        return any(each.size > 1 for each in self.by_size)

    @property
    def n_agents(self) -> int:
        return int(self.by_size[0].of_evaluations.agents.size)

    @property
    def column_means(self) -> FloatArray:
        """The mean of each column over the evaluations."""
        total = sum(each.of_evaluations.by_agent.sum(axis=0) for each in self.by_size)
        return np.asarray(total / self.n)

    def weighted(self, correlation: float) -> Products:
        """The products weighted by the inverse of the correlation matrix of the scores."""
        first, *others = self._weighted(correlation)
        for other in others:
            first = first + other
        return first

    def log_determinant(self, correlation: float) -> float:
        """Of the correlation matrix of the scores."""
        return sum(
            each.calls * ((each.size - 1) * log1p(-correlation) + log(1 + (each.size - 1) * correlation))
            for each in self.by_size
        )

    def _weighted(self, correlation: float) -> Iterator[Products]:
        for each in self.by_size:
            own = 1 / (1 - correlation) if each.of_sums else 1.0
            yield each.of_evaluations if own == 1 else each.of_evaluations * own
            if each.of_sums and correlation:
                yield each.of_sums * (-own * correlation / (1 + (each.size - 1) * correlation))


def evaluation_products(evaluations: ScoredEvaluations) -> EvaluationProducts:
    fixed, columns = _columns(evaluations)
    _, calls = factorize(np.arange(columns.shape[0]) if evaluations.calls is None else evaluations.calls)
    sizes = counts(calls)[calls]
    agents = _indicators(evaluations.agents)
    by_size = tuple(
        _of_size(size, calls[sizes == size], agents[sizes == size], columns[sizes == size])
        for size in np.unique(sizes).tolist()
    )
    return EvaluationProducts(columns.shape[0], fixed, by_size)


def _of_size(size: int, calls: IntArray, agents: sparse.csr_array, columns: sparse.csr_array) -> _CallsOfSize:
    of_evaluations = _products(agents, columns)
    if size == 1:
        return _CallsOfSize(size, calls.size, of_evaluations, None)
    by_call = _indicators(factorize(calls)[1]).T.tocsr()
    return _CallsOfSize(size, calls.size // size, of_evaluations, _products(by_call @ agents, by_call @ columns))


def _products(agents: sparse.csr_array, columns: sparse.csr_array) -> Products:
    squares = np.asarray(agents.multiply(agents).sum(axis=0), dtype=np.float64).ravel()
    return Products(squares, (agents.T @ columns).toarray(), (columns.T @ columns).toarray())


def _columns(evaluations: ScoredEvaluations) -> tuple[int, sparse.csr_array]:
    """The number of independent fixed columns, and all columns. A stricter verifier scores lower, hence the −1.

    Scores are taken from their mean, for the sake of rounding.
    """
    levels = [_indicators(factorize(codes)[1]) for codes in (np.zeros_like(evaluations.agents), *evaluations.call_mix)]
    fixed = _independent(levels)
    scores = evaluations.scores - evaluations.scores.mean()
    verifiers = -_indicators(evaluations.verifiers)
    return fixed.shape[1], sparse.csr_array(sparse.hstack([fixed, verifiers, scores[:, np.newaxis]]))


def _independent(levels: Sequence[sparse.csr_array]) -> sparse.csr_array:
    """The columns without those that depend linearly on others."""
    columns = sparse.csr_array(sparse.hstack(levels))
    squares = (columns.T @ columns).toarray()
    _, triangle, order = linalg.qr(squares, pivoting=True)
    diagonal = np.abs(np.diag(triangle))
    return columns[:, np.sort(order[diagonal > _DEPENDENT * diagonal[0]])]


def _indicators(codes: IntArray) -> sparse.csr_array:
    """A column for each code, with a 1 in the rows that have it."""
    shape = codes.size, int(codes.max(initial=-1)) + 1
    return sparse.csr_array((np.ones(codes.size), codes, np.arange(codes.size + 1)), shape=shape)
