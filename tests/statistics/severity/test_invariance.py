"""What must not matter: the order of evaluations, the numbers of people, the level of scores."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.statistics.severity import ScoredEvaluations, Severities, estimate_severities
from validation.scorings import Setting, simulate

EVALUATIONS = simulate(np.random.default_rng(5), Setting(verifiers=5, agents=12, calls=150, doubled=0.2)).evaluations
SEVERITIES = estimate_severities(EVALUATIONS)


def intervals(severities: Severities) -> list[tuple[float | None, ...]]:
    estimates = [verifier.estimate for verifier in severities.verifiers if verifier.estimate]
    return [(estimate.value, estimate.low, estimate.high) for estimate in estimates]


def reordered(evaluations: ScoredEvaluations, order: np.ndarray) -> ScoredEvaluations:
    assert evaluations.calls is not None
    return ScoredEvaluations(
        evaluations.scores[order],
        evaluations.agents[order],
        evaluations.verifiers[order],
        evaluations.calls[order],
        tuple(codes[order] for codes in evaluations.call_mix),
    )


@settings(max_examples=10)
@given(st.randoms(use_true_random=False))
def test_the_order_of_evaluations_does_not_matter(random: object) -> None:
    order = np.random.default_rng(random.getrandbits(32)).permutation(EVALUATIONS.scores.size)  # type: ignore[attr-defined]
    found = estimate_severities(reordered(EVALUATIONS, order))
    assert np.array(intervals(found), dtype=float) == pytest.approx(
        np.array(intervals(SEVERITIES), dtype=float), abs=1e-3
    )


@settings(max_examples=10)
@given(st.permutations(range(5)), st.permutations(range(12)))
def test_the_numbers_of_people_do_not_matter(verifiers: list[int], agents: list[int]) -> None:
    renumbered = replace(
        EVALUATIONS,
        verifiers=np.array(verifiers)[EVALUATIONS.verifiers],
        agents=np.array(agents)[EVALUATIONS.agents],
    )
    found = estimate_severities(renumbered)
    assert found.values[verifiers] == pytest.approx(SEVERITIES.values, abs=1e-3)
    assert found.agent_means[agents] == pytest.approx(SEVERITIES.agent_means, abs=1e-3)


@pytest.mark.parametrize("shift", [-30.0, 1000.0])
def test_the_level_of_scores_moves_agents_and_not_severities(shift: float) -> None:
    found = estimate_severities(replace(EVALUATIONS, scores=EVALUATIONS.scores + shift))
    assert found.values == pytest.approx(SEVERITIES.values, abs=1e-3)
    assert found.agent_means == pytest.approx(SEVERITIES.agent_means + shift, abs=1e-3)


def test_points_that_one_verifier_takes_off_every_score_are_severity() -> None:
    """Shrunken a little; the others become more lenient than the average."""
    stricter = EVALUATIONS.scores - 5 * (EVALUATIONS.verifiers == 2)
    change = estimate_severities(replace(EVALUATIONS, scores=stricter)).values - SEVERITIES.values
    assert change[2] == pytest.approx(4, abs=0.4)
    assert change[[0, 1, 3, 4]] == pytest.approx(-1, abs=0.4)


def test_points_that_a_level_of_the_call_mix_takes_off_are_no_severity() -> None:
    harder = EVALUATIONS.scores - 20 * EVALUATIONS.call_mix[0]
    found = estimate_severities(replace(EVALUATIONS, scores=harder))
    assert found.values == pytest.approx(SEVERITIES.values, abs=1e-3)


def test_without_call_codes_every_evaluation_is_of_another_call() -> None:
    unnamed = replace(EVALUATIONS, calls=None)
    named = replace(EVALUATIONS, calls=np.arange(EVALUATIONS.scores.size))
    assert intervals(estimate_severities(unnamed)) == intervals(estimate_severities(named))
    components = estimate_severities(unnamed).components
    assert components is not None
    assert components.call is None


def test_double_scorings_make_severities_more_certain() -> None:
    """Half of the scores are second scorings: they count for more where the call is known to be the same."""
    setting = Setting(verifiers=5, agents=12, calls=150, doubled=1, call=12.0, scoring=2.0)
    doubled = simulate(np.random.default_rng(6), setting).evaluations
    known, unknown = (estimate_severities(one) for one in (doubled, replace(doubled, calls=None)))
    assert np.trace(known.covariance) < 0.5 * np.trace(unknown.covariance)
