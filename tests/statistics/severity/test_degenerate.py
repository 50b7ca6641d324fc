"""Evaluations that say nothing of severity: null with a reason, never 0."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from app.statistics.severity import (
    MIN_EVALUATIONS,
    NoSeverityReason,
    ScoredEvaluations,
    Severities,
    estimate_severities,
)

ENOUGH = 2 * MIN_EVALUATIONS


def evaluations(*rows: tuple[int, Sequence[int], int], seed: int = 1) -> ScoredEvaluations:
    """For each verifier of the rows as many evaluations as named, of these agents in turn, with scores by chance."""
    agents = [agents[number % len(agents)] for _, agents, n in rows for number in range(n)]
    verifiers = [verifier for verifier, _, n in rows for _ in range(n)]
    scores = np.random.default_rng(seed).normal(80, 5, len(agents))
    return ScoredEvaluations(scores, np.array(agents, dtype=np.int64), np.array(verifiers, dtype=np.int64))


def reasons(severities: Severities) -> list[NoSeverityReason | None]:
    assert all((one.estimate is None) == (one.reason is not None) for one in severities.verifiers)
    return [one.reason for one in severities.verifiers]


def test_no_evaluations_give_no_severities() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    found = estimate_severities(ScoredEvaluations(np.zeros(0), nothing, nothing))
    assert (found.verifiers, found.components, found.values.size) == ((), None, 0)


def test_one_verifier_cannot_be_compared() -> None:
    found = estimate_severities(evaluations((0, [0, 1], ENOUGH)))
    assert reasons(found) == [NoSeverityReason.ONE_VERIFIER]
    assert np.isnan(found.values).all()
    assert found.verifiers[0].n == ENOUGH
    assert found.verifiers[0].shared_agents == 0


def test_verifiers_without_shared_agents_cannot_be_compared() -> None:
    found = estimate_severities(evaluations((0, [0, 1], ENOUGH), (1, [2, 3], ENOUGH)))
    assert reasons(found) == [NoSeverityReason.NOT_CONNECTED] * 2
    assert [one.group for one in found.verifiers] == [None, None]


def test_verifiers_are_compared_through_others() -> None:
    found = estimate_severities(evaluations((0, [0, 1], ENOUGH), (1, [1, 2], ENOUGH), (2, [2, 3], ENOUGH)))
    assert reasons(found) == [None] * 3
    assert {one.group for one in found.verifiers} == {0}
    assert [one.shared_agents for one in found.verifiers] == [1, 2, 1]


def test_groups_have_averages_of_their_own() -> None:
    rows = [(verifier, [2 * (verifier // 2), 2 * (verifier // 2) + 1], ENOUGH) for verifier in range(6)]
    found = estimate_severities(evaluations(*rows))
    assert [one.group for one in found.verifiers] == [0, 0, 1, 1, 2, 2]
    assert found.values.reshape(3, 2).sum(axis=1) == pytest.approx(0, abs=1e-9)


def test_a_verifier_whose_agents_nobody_shares_is_left_out_of_the_group() -> None:
    found = estimate_severities(evaluations((0, [0, 1], ENOUGH), (1, [0, 1], ENOUGH), (2, [2], ENOUGH)))
    assert reasons(found) == [None, None, NoSeverityReason.NOT_CONNECTED]
    means, errors = found.weighted(np.array([[0.5, 0.5, 0], [0.5, 0, 0.5]]))
    assert np.isnan(means).tolist() == np.isnan(errors).tolist() == [False, True]


def test_few_evaluations_give_no_severity_but_adjust_all_the_same() -> None:
    found = estimate_severities(evaluations((0, [0, 1], ENOUGH), (1, [0, 1], ENOUGH), (2, [0, 1], MIN_EVALUATIONS - 1)))
    assert reasons(found) == [None, None, NoSeverityReason.TOO_FEW_EVALUATIONS]
    assert found.verifiers[2].group == 0
    assert found.values[:2].sum() == pytest.approx(0, abs=1e-9)
    assert found.covariance[2, 2] > found.covariance[0, 0] > 0


def test_shared_agents_on_another_level_of_the_call_mix_do_not_connect() -> None:
    """Whether the verifier or the scorecard is strict cannot be said if each verifier has a scorecard of the own."""
    both = evaluations((0, [0, 1], ENOUGH), (1, [0, 1], ENOUGH))
    apart = ScoredEvaluations(both.scores, both.agents, both.verifiers, call_mix=(both.verifiers,))
    assert reasons(estimate_severities(both)) == [None] * 2
    assert reasons(estimate_severities(apart)) == [NoSeverityReason.NOT_CONNECTED] * 2


@pytest.mark.parametrize("kind", ["equal", "by agent", "by verifier"])
def test_scores_that_do_not_vary_give_no_severity(kind: str) -> None:
    given = evaluations((0, [0, 1], ENOUGH), (1, [0, 1], ENOUGH))
    scores = {"equal": 0 * given.agents, "by agent": 10 * given.agents, "by verifier": 10 * given.verifiers}[kind]
    found = estimate_severities(
        ScoredEvaluations(np.asarray(80.0 + scores, dtype=np.float64), given.agents, given.verifiers)
    )
    assert reasons(found) == [NoSeverityReason.NO_VARIATION] * 2
    assert found.components is None


def test_verifiers_that_do_not_differ_still_have_intervals() -> None:
    found = estimate_severities(evaluations(*((verifier, range(10), 30) for verifier in range(6))))
    for one in found.verifiers:
        assert one.estimate is not None
        assert one.estimate.low is not None
        assert one.estimate.high is not None
        assert one.estimate.low < 0 < one.estimate.high


def test_a_verifier_code_without_evaluations_has_too_few() -> None:
    found = estimate_severities(evaluations((0, [0, 1], ENOUGH), (2, [0, 1], ENOUGH)))
    assert reasons(found) == [None, NoSeverityReason.TOO_FEW_EVALUATIONS, None]


def test_columns_of_the_call_mix_that_depend_on_others_do_no_harm() -> None:
    given = evaluations((0, [0, 1], ENOUGH), (1, [0, 1], ENOUGH))
    level = np.arange(given.scores.size) % 3
    once = ScoredEvaluations(given.scores, given.agents, given.verifiers, call_mix=(level,))
    twice = ScoredEvaluations(given.scores, given.agents, given.verifiers, call_mix=(level, level + 7, given.agents))
    assert estimate_severities(twice).values == pytest.approx(estimate_severities(once).values, abs=1e-3)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"agents": [0, 1]}, "one entry for each"),
        ({"scores": [80.0, np.nan, 90.0]}, "finite"),
        ({"verifiers": [0, -1, 1]}, "negative"),
        ({"calls": [0, 0, 1]}, "one agent"),
    ],
)
def test_bad_arrays_are_rejected(values: dict[str, list[float]], message: str) -> None:
    given: dict[str, Any] = {
        "scores": [80.0, 70.0, 90.0],
        "agents": [0, 1, 1],
        "verifiers": [0, 1, 1],
        "calls": [0, 1, 1],
    }
    arrays: dict[str, Any] = {name: np.array(array) for name, array in (given | values).items()}
    with pytest.raises(ValueError, match=message):
        ScoredEvaluations(**arrays)
