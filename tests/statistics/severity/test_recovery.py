"""Severities of simulated verifiers are recovered within their intervals: a smaller version of `make validate`."""

from functools import cache

import numpy as np
import pytest

from app.statistics import Estimate
from app.statistics.severity import Severities, estimate_severities
from validation.scorings import Setting, Simulated, simulate

SETTING = Setting(verifiers=8, agents=40, calls=800)
RUNS = 60


@cache
def a_study(setting: Setting) -> list[tuple[Simulated, Severities]]:
    rng = np.random.default_rng(3)
    simulated = [simulate(rng, setting) for _ in range(RUNS)]
    return [(one, estimate_severities(one.evaluations)) for one in simulated]


def estimates(severities: Severities) -> list[Estimate]:
    return [verifier.estimate for verifier in severities.verifiers if verifier.estimate]


@pytest.mark.parametrize(
    "setting",
    [
        SETTING,
        Setting(verifiers=3, agents=15, calls=200),
        Setting(verifiers=8, agents=40, calls=800, severities="two-point"),
        Setting(verifiers=8, agents=40, calls=800, correlation=0.5, unevenness=1.0),
        Setting(verifiers=8, agents=40, calls=800, severity=0.5),
        Setting(verifiers=8, agents=40, calls=800, top=8.0),
    ],
    ids=["normal", "three", "two-point", "good agents by some", "hardly any difference", "many 100s"],
)
def test_intervals_cover_the_true_severity(setting: Setting) -> None:
    covered = [
        estimate.low is not None and estimate.high is not None and estimate.low <= truth <= estimate.high
        for simulated, severities in a_study(setting)
        for estimate, truth in zip(estimates(severities), simulated.severities.tolist(), strict=True)
    ]
    assert 0.89 <= np.mean(covered) <= 1


def test_a_stricter_verifier_has_a_higher_severity() -> None:
    for simulated, severities in a_study(SETTING):
        assert np.corrcoef(simulated.severities, severities.values)[0, 1] > 0.9


def test_shrunken_severities_are_nearer_to_the_truth_than_differences_of_means() -> None:
    of_model, of_means = [], []
    for simulated, severities in a_study(SETTING):
        evaluations = simulated.evaluations
        means = np.bincount(evaluations.verifiers, evaluations.scores) / np.bincount(evaluations.verifiers)
        of_model.append((severities.values - simulated.severities) ** 2)
        of_means.append((means.mean() - means - simulated.severities) ** 2)
    assert np.mean(of_model) < 0.8 * np.mean(of_means)


def test_agents_means_are_nearer_to_the_truth_than_plain_means() -> None:
    of_model, plain = [], []
    for simulated, severities in a_study(SETTING):
        evaluations = simulated.evaluations
        means = np.bincount(evaluations.agents, evaluations.scores) / np.bincount(evaluations.agents)
        of_model.append((severities.agent_means - simulated.agents) ** 2)
        plain.append((means - simulated.agents) ** 2)
    assert np.mean(of_model) < 0.8 * np.mean(plain)


def test_the_variance_components_are_recovered() -> None:
    found = [severities.components for _, severities in a_study(SETTING) if severities.components]
    assert np.mean([one.agent for one in found]) == pytest.approx(16, rel=0.15)
    assert np.mean([one.verifier for one in found]) == pytest.approx(9, rel=0.3)
    assert np.mean([one.call for one in found if one.call is not None]) == pytest.approx(36, rel=0.1)
    assert np.mean([one.scoring for one in found]) == pytest.approx(16, rel=0.1)


def test_the_severities_of_a_group_have_the_mean_0() -> None:
    for _, severities in a_study(SETTING):
        assert severities.values.mean() == pytest.approx(0, abs=1e-9)


def test_the_mean_severity_of_equal_shares_is_that_of_the_group_and_certain() -> None:
    _, severities = a_study(SETTING)[0]
    (mean, one), (error, its_error) = severities.weighted(np.stack((np.full(8, 1 / 8), np.eye(8)[0])))
    assert (mean, error) == (pytest.approx(0, abs=1e-9), pytest.approx(0, abs=1e-6))
    estimate = estimates(severities)[0]
    assert one == pytest.approx(estimate.value)
    assert estimate.high is not None
    assert its_error == pytest.approx((estimate.high - estimate.value) / 1.96, rel=0.1)
