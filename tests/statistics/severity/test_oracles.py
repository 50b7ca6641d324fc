"""The fit equals that of a dense mixed model."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize

from app.statistics import FloatArray, IntArray
from app.statistics.severity import ScoredEvaluations, VarianceComponents, estimate_severities
from app.statistics.severity.likelihood import Fitted, fit, reduce_to_verifiers, reduce_within_agents
from app.statistics.severity.posterior import MAX_DEVIATION, posterior
from app.statistics.severity.products import evaluation_products
from validation.scorings import Setting, simulate

SIMULATED = simulate(np.random.default_rng(12), Setting(verifiers=5, agents=12, calls=150, doubled=0.3))
EVALUATIONS = SIMULATED.evaluations


def indicators(codes: IntArray) -> FloatArray:
    return np.asarray(np.eye(int(codes.max()) + 1)[codes], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Dense:
    """The mixed model with whole matrices. Parameters: the variances of agents, verifiers, calls and scorings."""

    evaluations: ScoredEvaluations

    @property
    def fixed(self) -> FloatArray:
        return np.column_stack(
            (np.ones(self.evaluations.scores.size), *(indicators(m)[:, 1:] for m in self.evaluations.call_mix))
        )

    def covariance(self, variances: FloatArray) -> FloatArray:
        agents, verifiers, calls, scorings = variances
        one = self.evaluations
        assert one.calls is not None
        columns = ((agents, one.agents), (verifiers, one.verifiers), (calls, one.calls))
        same = sum(variance * indicators(codes) @ indicators(codes).T for variance, codes in columns)
        return np.asarray(same + scorings * np.eye(one.scores.size))

    def inverse(self, variances: FloatArray) -> FloatArray:
        return np.asarray(np.linalg.inv(self.covariance(variances)), dtype=np.float64)

    def deviance(self, variances: FloatArray) -> float:
        inverse = self.inverse(variances)
        information = self.fixed.T @ inverse @ self.fixed
        residuals = self.evaluations.scores - self.fixed @ self.coefficients(inverse)
        determinants = np.linalg.slogdet(self.covariance(variances))[1] + np.linalg.slogdet(information)[1]
        return float(determinants + residuals @ inverse @ residuals)

    def coefficients(self, inverse: FloatArray) -> FloatArray:
        equations = self.fixed.T @ inverse @ self.fixed
        return np.asarray(np.linalg.solve(equations, self.fixed.T @ inverse @ self.evaluations.scores), np.float64)

    def predictions(self, variances: FloatArray) -> FloatArray:
        """The best linear unbiased predictions of the severities."""
        inverse = self.inverse(variances)
        residuals = self.evaluations.scores - self.fixed @ self.coefficients(inverse)
        return np.asarray(-variances[1] * indicators(self.evaluations.verifiers).T @ inverse @ residuals)


def variances_of(fitted: Fitted) -> FloatArray:
    within = fitted.within_agents
    shares = fitted.agent_ratio**2, fitted.verifier_ratio**2, fitted.correlation, 1 - fitted.correlation
    return within * np.array(shares)


class TestDenseModel:
    def test_the_likelihood_is_the_same_but_for_a_constant(self) -> None:
        products, dense = evaluation_products(EVALUATIONS), Dense(EVALUATIONS)
        differences = []
        for agent, verifier, correlation in ((0.3, 0.2, 0.1), (0.9, 0.5, 0.7), (0.1, 1.5, 0.4)):
            reduced = reduce_to_verifiers(products, agent, correlation)
            ratios = np.array([verifier**2])
            within = float(reduced.residual_squares(ratios)[0]) / reduced.df
            variances = within * np.array([agent**2, verifier**2, correlation, 1 - correlation])
            differences.append(dense.deviance(variances) - float(reduced.deviance(ratios)[0]))
        assert differences == pytest.approx([differences[0]] * 3, abs=1e-7)

    def test_no_other_variances_are_more_likely(self) -> None:
        dense, found = Dense(EVALUATIONS), variances_of(fit(evaluation_products(EVALUATIONS)))
        best = minimize(
            lambda logs: dense.deviance(np.exp(logs)), np.log(found), method="Nelder-Mead", options={"xatol": 1e-5}
        )
        assert np.exp(best.x) == pytest.approx(found, rel=2e-3)
        assert dense.deviance(found) == pytest.approx(best.fun, abs=1e-5)

    def test_predictions_are_the_same_for_random_agents(self) -> None:
        fitted = fit(evaluation_products(EVALUATIONS))
        reduced, ratio = fitted.reduced, fitted.verifier_ratio**2
        ours = reduced.vectors @ (reduced.rotated * ratio / (1 + ratio * reduced.information))
        assert ours == pytest.approx(Dense(EVALUATIONS).predictions(variances_of(fitted)), abs=1e-8)

    def test_predictions_are_the_same_for_fixed_agents(self) -> None:
        """An enormous variance between agents makes them fixed effects."""
        fitted = fit(evaluation_products(EVALUATIONS))
        reduced = reduce_within_agents(evaluation_products(EVALUATIONS), fitted.correlation)
        ratio = fitted.verifier_ratio**2
        ours = reduced.vectors @ (reduced.rotated * ratio / (1 + ratio * reduced.information))
        variances = variances_of(fitted)
        variances[0] = 1e7
        assert ours == pytest.approx(Dense(EVALUATIONS).predictions(variances), abs=1e-4)


class TestMixture:
    def test_severities_are_the_integral_over_the_variance(self) -> None:
        fitted = fit(evaluation_products(EVALUATIONS))
        reduced = reduce_within_agents(evaluation_products(EVALUATIONS), fitted.correlation)
        least = float(reduced.deviance(np.array([fitted.verifier_ratio**2]))[0])
        deviation = np.sqrt(reduced.residual_squares(np.array([fitted.verifier_ratio**2]))[0] / reduced.df)

        def weight(ratio: float) -> float:
            return float(np.exp((least - reduced.deviance(np.array([ratio]))[0]) / 2))

        def weighted(ratio: float) -> float:
            shrunken = reduced.rotated * ratio / (1 + ratio * reduced.information)
            return weight(ratio) * float((reduced.vectors @ shrunken)[0])

        # Beyond this the tail is as thin as the tolerance.
        end = min((MAX_DEVIATION / deviation) ** 2, 1e4)
        parts = [(0, 0.1), (0.1, 1), (1, 10), (10, 100), (100, end)]
        total, mean = (sum(quad(f, *part, limit=200)[0] for part in parts) for f in (weight, weighted))
        mixture = posterior(reduced, fitted.verifier_ratio)
        assert mixture.predictions(np.eye(5))[0] @ mixture.weights == pytest.approx(mean / total, rel=2e-3)

    def test_the_interval_has_its_probability(self) -> None:
        """Checked by drawing from the mixture."""
        fitted = fit(evaluation_products(EVALUATIONS))
        mixture = posterior(reduce_within_agents(evaluation_products(EVALUATIONS), fitted.correlation), 0.3)
        contrast = np.array([[0.8, -0.2, -0.2, -0.2, -0.2]])
        (low,), (high,) = mixture.interval(contrast, 0.95)
        rng = np.random.default_rng(1)
        components = rng.choice(mixture.weights.size, 200_000, p=mixture.weights)
        t = rng.standard_t(mixture.reduced.df, components.size)
        drawn = mixture.predictions(contrast)[0][components] + mixture.standard_errors(contrast)[0][components] * t
        assert np.mean(drawn < low) == pytest.approx(0.025, abs=0.002)
        assert np.mean(drawn > high) == pytest.approx(0.025, abs=0.002)
        variance = contrast @ mixture.covariance() @ contrast.T
        assert float(variance[0, 0]) == pytest.approx(np.var(drawn), rel=0.05)


def test_the_components_are_those_of_the_fit() -> None:
    components = estimate_severities(EVALUATIONS).components
    assert isinstance(components, VarianceComponents)
    found = [components.agent, components.verifier, components.call, components.scoring]
    assert found == pytest.approx(variances_of(fit(evaluation_products(EVALUATIONS))).tolist())
