"""The restricted likelihood of the variance components (Patterson and Thompson 1971; Harville 1977).

Agents and fixed effects are eliminated from the mixed model equations by Schur complements. What is left are the
information matrix M of the verifiers and the right-hand side r: for a ratio λ of the variance between verifiers to that
within agents, the best linear unbiased predictions are (M + I/λ)⁻¹r. In the eigenvectors of M everything that depends
on λ is a sum over the verifiers, so that λ costs nothing.
"""

from dataclasses import dataclass

import numpy as np
from scipy import linalg
from scipy.optimize import minimize

from app.statistics.sample import FloatArray
from app.statistics.severity.products import EvaluationProducts, Products

# The largest standard deviations tried, as multiples of that within agents, and the largest correlation within calls.
_MAX_RATIO, _MAX_CORRELATION = 30.0, 0.99
_START_RATIO, _START_CORRELATION = 0.5, 0.5
# How exactly the best ratios are found, and the deviance at them.
_STEP, _TOLERANCE = 1e-4, 1e-10
_GRIDS, _GRID_SIZE = 5, 65
# A product below this part of the largest is a rounding error.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Reduced:
    """The equations of the verifiers, in the eigenvectors of their information matrix.

    information: the eigenvalues. rotated: the right-hand side. sum_of_squares: of the scores, for λ = 0.
    df: evaluations minus fixed effects. constant: what −2 log likelihood has beside the terms that depend on λ.
    """

    vectors: FloatArray
    information: FloatArray
    rotated: FloatArray
    sum_of_squares: float
    df: int
    constant: float

    def residual_squares(self, ratios: FloatArray) -> FloatArray:
        """The sum of squares, divided by the variance within agents, for each λ."""
        lam = ratios[:, np.newaxis]
        explained = self.rotated**2 * lam / (1 + lam * self.information)
        return np.asarray(self.sum_of_squares - explained.sum(axis=1))

    def deviance(self, ratios: FloatArray) -> FloatArray:
        """−2 log restricted likelihood but for a constant, with the variance within agents at its best, for each λ."""
        determinants = np.log1p(np.outer(ratios, self.information)).sum(axis=1)
        residual = self.df * np.log(self.residual_squares(ratios) / self.df)
        return np.asarray(self.constant + determinants + residual)


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The restricted maximum likelihood estimates.

    Ratios are of standard deviations, to that within agents. `correlation` is that of two scores of a call.
    """

    agent_ratio: float
    verifier_ratio: float
    correlation: float
    reduced: Reduced

    @property
    def within_agents(self) -> float:
        """The variance within agents: between calls and between scorings."""
        squares = self.reduced.residual_squares(np.array([self.verifier_ratio**2]))
        return float(squares[0]) / self.reduced.df


def fit(products: EvaluationProducts) -> Fitted:
    """The restricted maximum likelihood estimates; the scores must vary within agents."""

    def deviance(parameters: FloatArray) -> float:
        reduced = reduce_to_verifiers(products, *_parameters(parameters))
        return float(reduced.deviance(_best_ratio(reduced) ** 2)[0])

    start = [_START_RATIO, _START_CORRELATION][: 1 + products.has_double_scores]
    bounds = [(0.0, _MAX_RATIO), (0.0, _MAX_CORRELATION)][: len(start)]
    options = {"eps": _STEP, "ftol": _TOLERANCE}
    agent_ratio, correlation = _parameters(
        minimize(deviance, start, method="L-BFGS-B", bounds=bounds, options=options).x
    )
    reduced = reduce_to_verifiers(products, agent_ratio, correlation)
    return Fitted(agent_ratio, float(_best_ratio(reduced)[0]), correlation, reduced)


def reduce_to_verifiers(products: EvaluationProducts, agent_ratio: float, correlation: float) -> Reduced:
    """The equations of the verifiers with agents as random effects, given the ratio of their standard deviation."""
    weighted, n_fixed = products.weighted(correlation), products.n_fixed
    left = without_agents(weighted, agent_ratio)
    _, fixed_determinant = np.linalg.slogdet(left[:n_fixed, :n_fixed])
    constant = (
        products.log_determinant(correlation)
        + float(np.log1p(agent_ratio**2 * weighted.agents).sum())
        + float(fixed_determinant)
    )
    return _reduced(schur_complement(left, n_fixed), products.n - n_fixed, constant)


def reduce_within_agents(products: EvaluationProducts, correlation: float) -> Reduced:
    """The equations of the verifiers with agents as fixed effects: from the differences between scores of an agent."""
    weighted, n_fixed = products.weighted(correlation), products.n_fixed
    left = without_agents(weighted, np.inf)
    n_agents = int((weighted.agents > 0).sum())
    rank = int(np.linalg.matrix_rank(left[:n_fixed, :n_fixed], tol=rounding_error(left), hermitian=True))
    return _reduced(schur_complement(left, n_fixed), products.n - n_agents - rank, 0.0)


def _reduced(equations: FloatArray, df: int, constant: float) -> Reduced:
    information, vectors = linalg.eigh(equations[:-1, :-1])
    return Reduced(
        vectors=vectors,
        information=np.maximum(information, 0),
        rotated=vectors.T @ equations[:-1, -1],
        sum_of_squares=float(equations[-1, -1]),
        df=df,
        constant=constant,
    )


def without_agents(products: Products, ratio: float) -> FloatArray:
    """The products of the columns after the agents are eliminated.

    ratio: that of the agents' standard deviation; infinite for agents as fixed effects.
    """
    shrinkage = products.agents + (1 / ratio**2 if ratio else np.inf)
    seen = shrinkage > 0
    by_agent = products.by_agent[seen]
    return np.asarray(products.columns - by_agent.T @ (by_agent / shrinkage[seen, np.newaxis]))


def schur_complement(matrix: FloatArray, n: int) -> FloatArray:
    """What is left of a symmetrical matrix of products after its first n columns are eliminated.

    Columns of which only rounding errors are left do not count.
    """
    solved = linalg.pinvh(matrix[:n, :n], atol=rounding_error(matrix)) @ matrix[:n, n:]
    return np.asarray(matrix[n:, n:] - matrix[n:, :n] @ solved)


def rounding_error(matrix: FloatArray) -> float:
    """What a product of columns may be if it is 0. The last column, the scores, has another unit."""
    return _ROUNDING * max(float(np.diag(matrix)[:-1].max(initial=0)), 1.0)


def _parameters(parameters: FloatArray) -> tuple[float, float]:
    agent_ratio, *correlation = parameters.tolist()
    return agent_ratio, correlation[0] if correlation else 0.0


def _best_ratio(reduced: Reduced) -> FloatArray:
    """The ratio of the verifiers' standard deviation with the lowest deviance, as an array of one: by finer grids."""
    low, high = 0.0, _MAX_RATIO
    for _ in range(_GRIDS):
        grid = np.linspace(low, high, _GRID_SIZE)
        best = int(reduced.deviance(grid**2).argmin())
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, _GRID_SIZE - 1)]
    return np.array([(low + high) / 2])
