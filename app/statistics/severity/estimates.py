"""The severities of verifiers from their evaluations."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from app.statistics.estimates import Estimate
from app.statistics.sample import BoolArray, FloatArray, IntArray, counts
from app.statistics.severity.groups import comparable_groups, equations_within_agents, shared_agents, varies
from app.statistics.severity.likelihood import Fitted, fit, reduce_within_agents, without_agents
from app.statistics.severity.posterior import Posterior, posterior
from app.statistics.severity.products import EvaluationProducts, evaluation_products
from app.statistics.severity.types import (
    NoSeverityReason,
    ScoredEvaluations,
    VarianceComponents,
    VerifierSeverity,
)

# A verifier with fewer evaluations gets no severity, and no part in the average of the group.
MIN_EVALUATIONS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Severities:
    """The severities of verifiers, and the agents' mean scores by the average verifier.

    verifiers: by code. components: None if no severity exists.
    values, covariance: the severities and their covariance in squared points, also of verifiers with few evaluations;
        NaN outside every group.
    agent_means: shrunken towards the mean of all agents, by code; NaN without severities, or without evaluations.
    """

    verifiers: tuple[VerifierSeverity, ...]
    components: VarianceComponents | None
    values: FloatArray
    covariance: FloatArray
    agent_means: FloatArray

    def weighted(self, shares: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The mean severity of each row of shares, and its standard error; NaN with a verifier outside every group.

        shares: a row for each mean, a column for each verifier. A row sums to 1, or to less if the rest of the scores
            needs no severity.
        """
        known = ~np.isnan(self.values)
        means = shares[:, known] @ self.values[known]
        variances = np.einsum("ij,jk,ik->i", shares[:, known], self.covariance[np.ix_(known, known)], shares[:, known])
        defined = (shares[:, ~known] == 0).all(axis=1)
        return np.where(defined, means, np.nan), np.where(defined, np.sqrt(np.maximum(variances, 0)), np.nan)


def estimate_severities(evaluations: ScoredEvaluations, confidence: float = 0.95) -> Severities:
    """The severity of every verifier. `app.statistics.severity` says how, and what holds."""
    if not evaluations.scores.size:
        return Severities((), None, np.zeros(0), np.zeros((0, 0)), np.zeros(0))
    products = evaluation_products(evaluations)
    data = _Data.of(evaluations, products)
    if not data.comparable.any() or not data.varies:
        return _without_severities(data)
    fitted = fit(products)
    mixture = posterior(reduce_within_agents(products, fitted.correlation), fitted.verifier_ratio)
    return Severities(
        verifiers=_verifiers(data, mixture, confidence),
        components=_components(fitted, products),
        values=np.where(data.comparable, _mean(mixture, data.centring), np.nan),
        covariance=np.where(
            np.logical_and.outer(data.comparable, data.comparable),
            data.centring @ mixture.covariance() @ data.centring.T,
            np.nan,
        ),
        agent_means=evaluations.scores.mean() + _agent_effects(data, fitted, _mean(mixture, np.eye(data.n.size))),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Data:
    """What the evaluations say before anything is estimated.

    n, shared: evaluations and shared agents of each verifier. groups: −1 for verifiers who cannot be compared.
    centring: takes the average of the verifiers with enough evaluations from each severity of a group.
    """

    products: EvaluationProducts
    n: IntArray
    shared: IntArray
    groups: IntArray
    centring: FloatArray
    varies: bool

    @classmethod
    def of(cls, evaluations: ScoredEvaluations, products: EvaluationProducts) -> "_Data":
        n = counts(evaluations.verifiers)
        equations = equations_within_agents(products)
        groups = _groups_to_compare(comparable_groups(equations), n >= MIN_EVALUATIONS)
        centring = _centring(groups, n >= MIN_EVALUATIONS)
        return cls(products, n, shared_agents(products), groups, centring, varies(equations))

    @property
    def enough(self) -> BoolArray:
        return self.n >= MIN_EVALUATIONS

    @property
    def comparable(self) -> BoolArray:
        return self.groups >= 0

    def reason(self, verifier: int) -> NoSeverityReason | None:
        """Why the verifier has no severity; None if there is one."""
        if (self.n > 0).sum() == 1:
            return NoSeverityReason.ONE_VERIFIER
        if not self.enough[verifier]:
            return NoSeverityReason.TOO_FEW_EVALUATIONS
        if not self.comparable[verifier]:
            return NoSeverityReason.NOT_CONNECTED
        return None if self.varies else NoSeverityReason.NO_VARIATION

    def verifier(self, verifier: int, estimate: Estimate | None) -> VerifierSeverity:
        group = int(self.groups[verifier])
        reason = self.reason(verifier)
        return VerifierSeverity(
            estimate=None if reason else estimate,
            reason=reason,
            n=int(self.n[verifier]),
            shared_agents=int(self.shared[verifier]),
            group=None if group < 0 else group,
        )


def _groups_to_compare(groups: IntArray, enough: BoolArray) -> IntArray:
    """The groups with at least two verifiers with enough evaluations, numbered from 0; −1 for all others."""
    large = counts(groups[enough], int(groups.max()) + 1) > 1
    return np.where(large, np.cumsum(large) - 1, -1)[groups]


def _centring(groups: IntArray, enough: BoolArray) -> FloatArray:
    same = (groups[:, np.newaxis] == groups) & enough & (groups >= 0)[:, np.newaxis]
    averages = same / np.maximum(same.sum(axis=1, keepdims=True), 1)
    return np.asarray(np.diag((groups >= 0).astype(np.float64)) - averages)


def _without_severities(data: _Data) -> Severities:
    size = data.n.size
    return Severities(
        verifiers=tuple(data.verifier(verifier, None) for verifier in range(size)),
        components=None,
        values=np.full(size, np.nan),
        covariance=np.full((size, size), np.nan),
        agent_means=np.full(data.products.n_agents, np.nan),
    )


def _verifiers(data: _Data, mixture: Posterior, confidence: float) -> tuple[VerifierSeverity, ...]:
    chosen = np.flatnonzero(data.comparable & data.enough)
    contrasts = data.centring[chosen]
    columns = _mean(mixture, contrasts), *mixture.interval(contrasts, confidence)
    estimates = map(Estimate, *(column.tolist() for column in columns))
    by_verifier = dict(zip(chosen.tolist(), estimates, strict=True))
    return tuple(data.verifier(verifier, by_verifier.get(verifier)) for verifier in range(data.n.size))


def _mean(mixture: Posterior, contrasts: FloatArray) -> FloatArray:
    return np.asarray(mixture.predictions(contrasts) @ mixture.weights)


def _components(fitted: Fitted, products: EvaluationProducts) -> VarianceComponents:
    within, doubled = fitted.within_agents, products.has_double_scores
    return VarianceComponents(
        agent=within * fitted.agent_ratio**2,
        verifier=within * fitted.verifier_ratio**2,
        call=within * fitted.correlation if doubled else None,
        scoring=within * (1 - fitted.correlation),
    )


def _agent_effects(data: _Data, fitted: Fitted, severities: FloatArray) -> FloatArray:
    """The predicted mean of each agent by the average verifier on the average call, from the mean of all scores."""
    n_fixed = data.products.n_fixed
    weighted = data.products.weighted(fitted.correlation)
    left = without_agents(weighted, fitted.agent_ratio)
    known = left[:n_fixed, -1] - left[:n_fixed, n_fixed:-1] @ severities
    fixed = linalg.pinvh(left[:n_fixed, :n_fixed]) @ known
    effects = np.concatenate((fixed, severities))
    prior = 1 / fitted.agent_ratio**2 if fitted.agent_ratio else np.inf
    agents = (weighted.by_agent[:, -1] - weighted.by_agent[:, :-1] @ effects) / (weighted.agents + prior)
    average = data.products.column_means[:n_fixed] @ fixed - severities[data.comparable & data.enough].mean()
    return np.where(weighted.agents > 0, average + agents, np.nan)
