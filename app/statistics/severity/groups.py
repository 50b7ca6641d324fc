"""Which verifiers can be compared: those who share agents, directly or through other verifiers."""

import numpy as np
from scipy import linalg

from app.statistics.sample import FloatArray, IntArray, factorize
from app.statistics.severity.likelihood import schur_complement, without_agents
from app.statistics.severity.products import EvaluationProducts

# Eigenvalues below this part of the largest, and such differences of eigenvectors, are rounding errors.
_ROUNDING = 1e-8


def equations_within_agents(products: EvaluationProducts) -> FloatArray:
    """The products of the verifiers and the scores, whatever the levels of the agents and of the call mix are."""
    left = without_agents(products.weighted(0.0), np.inf)
    return schur_complement(left, products.n_fixed)


def varies(equations: FloatArray) -> bool:
    """Whether scores differ by more than agents, call mix and verifiers explain."""
    unexplained = schur_complement(equations, len(equations) - 1)
    return bool(unexplained[-1, -1] > _ROUNDING * max(equations[-1, -1], 1.0))


def comparable_groups(equations: FloatArray) -> IntArray:
    """The group of each verifier, numbered from 0 in the order of their first verifiers.

    Two verifiers are in one group if their difference can be estimated from the scores of the same agents: if the null
    vectors of the information in such scores do not tell the two apart.
    """
    values, vectors = linalg.eigh(equations[:-1, :-1])
    null = vectors[:, values <= _ROUNDING * max(values.max(), 1.0)]
    products = null @ null.T
    squares = np.diag(products)
    distances = squares[:, np.newaxis] + squares - 2 * products
    return factorize(np.asarray((distances < _ROUNDING).argmax(axis=1)))[1]


def shared_agents(products: EvaluationProducts) -> IntArray:
    """For each verifier the number of agents whom another verifier scored, too."""
    verifiers = slice(products.n_fixed, -1)
    scored = np.any([each.of_evaluations.by_agent[:, verifiers] != 0 for each in products.by_size], axis=0)
    return np.asarray(scored[scored.sum(axis=1) > 1].sum(axis=0), dtype=np.int64)
