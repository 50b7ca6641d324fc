"""The share that is rectified on the checked errors."""

import numpy as np
import pytest

from app.statistics import BoolArray, FloatArray
from app.statistics.attribution.rectified import ChanceChecked, Predicted, RectifiedShare, half_width, rectify
from tests.statistics.factories import interval_of

N = 2000


def population(rng: np.random.Generator, weights: FloatArray | None = None) -> tuple[Predicted, BoolArray]:
    """Errors with a prediction that is a good guess of the cause, and the causes; each error in a call of its own."""
    causes = rng.random(N) < 0.3
    predictions = np.clip(np.where(causes, 0.7, 0.2) + rng.normal(0, 0.15, N), 0, 1)
    return Predicted(np.ones(N) if weights is None else weights, np.arange(N), predictions), causes


def checked(chosen: BoolArray, probability: float, causes: BoolArray, real: BoolArray | None = None) -> ChanceChecked:
    errors = np.flatnonzero(chosen)
    is_real = np.ones(causes.size, dtype=np.bool_) if real is None else real
    return ChanceChecked(errors, np.full(errors.size, probability), (causes & is_real)[errors], is_real[errors])


def require(found: RectifiedShare | None) -> RectifiedShare:
    assert found is not None
    return found


class TestShare:
    def test_a_prediction_that_says_nothing_leaves_the_checked_errors_alone(self) -> None:
        rng = np.random.default_rng(1)
        errors, causes = population(rng)
        chosen = rng.random(N) < 0.1
        blind = Predicted(errors.weights, errors.calls, np.full(N, 0.9))
        found = require(rectify(blind, checked(chosen, 0.1, causes)))
        assert found.weight == 0
        assert found.estimate.value == pytest.approx(causes[chosen].mean())

    def test_a_perfect_prediction_leaves_no_doubt_from_the_checks(self) -> None:
        rng = np.random.default_rng(2)
        errors, causes = population(rng)
        perfect = Predicted(errors.weights, errors.calls, causes.astype(np.float64))
        found = require(rectify(perfect, checked(rng.random(N) < 0.1, 0.1, causes)))
        assert found.weight == pytest.approx(1, abs=0.002)
        assert found.estimate.value == pytest.approx(causes.mean(), abs=1e-4)
        assert found.check_variance == pytest.approx(0, abs=1e-8)

    def test_it_is_the_estimate_of_ppi_plus_plus(self) -> None:
        """With equal weights: θ = ȳ − λ(f̄ − F̄), λ the regression of y on f about the mean of all."""
        rng = np.random.default_rng(3)
        errors, causes = population(rng)
        chosen = rng.random(N) < 0.1
        y, f = causes[chosen].astype(np.float64), errors.probabilities[chosen] - errors.probabilities.mean()
        weight = (y - y.mean()) @ f / (f @ f)
        found = require(rectify(errors, checked(chosen, 0.1, causes)))
        assert 0 < weight < 1.5
        assert found.weight == pytest.approx(min(weight, 1))
        assert found.estimate.value == pytest.approx(y.mean() - min(weight, 1) * f.mean())

    def test_a_prediction_that_is_the_wrong_way_round_gets_no_weight(self) -> None:
        rng = np.random.default_rng(4)
        errors, causes = population(rng)
        wrong = Predicted(errors.weights, errors.calls, 1 - errors.probabilities)
        assert require(rectify(wrong, checked(rng.random(N) < 0.1, 0.1, causes))).weight == 0

    def test_errors_that_were_none_are_in_neither_part_of_the_ratio(self) -> None:
        causes = np.repeat([True, False], 500)
        real = np.arange(1000) % 4 != 0
        errors = Predicted(np.ones(1000), np.arange(1000), np.full(1000, 0.5))
        chosen = np.arange(1000) < 750
        found = require(rectify(errors, checked(chosen, 0.5, causes, real)))
        assert found.estimate.value == pytest.approx((causes & real)[:750].sum() / real[:750].sum())

    def test_no_real_error_has_no_share(self) -> None:
        errors, causes = population(np.random.default_rng(5))
        assert rectify(errors, checked(np.arange(N) < 40, 0.1, causes, np.zeros(N, dtype=np.bool_))) is None

    def test_checks_with_a_small_probability_weigh_more(self) -> None:
        errors = Predicted(np.ones(40), np.arange(40), np.full(40, 0.5))
        both = ChanceChecked(np.arange(40), np.repeat([0.1, 0.3], 20), np.arange(40) < 20, np.ones(40, dtype=np.bool_))
        assert require(rectify(errors, both)).estimate.value == pytest.approx(0.75)

    def test_it_is_between_0_and_1_with_an_interval_of_some_width(self) -> None:
        errors = Predicted(np.ones(N), np.arange(N), np.linspace(0, 1, N))
        for outcome in (True, False):
            found = require(rectify(errors, checked(np.arange(N) % 50 == 0, 0.02, np.full(N, outcome))))
            low, high = interval_of(found.estimate)
            assert found.estimate.value == outcome
            assert 0 <= low <= found.estimate.value <= high <= 1
            assert high - low > 0.05


class TestVariance:
    def test_it_is_that_over_repeated_checks(self) -> None:
        """1,000 draws of checks from one set of errors in clusters; all calls are in the sample."""
        rng = np.random.default_rng(6)
        errors, causes = population(rng)
        calls = np.arange(N) // 4
        errors = Predicted(errors.weights, calls, errors.probabilities)
        runs = []
        for _ in range(1000):
            found = require(rectify(errors, checked((rng.random(N // 4) < 0.1)[calls], 0.1, causes)))
            runs.append((found.estimate.value, found.check_variance, found.sample_variance))
        values, check_variances, sample_variances = np.array(runs).T
        assert values.mean() == pytest.approx(causes.mean(), abs=0.003)
        assert check_variances.mean() == pytest.approx(values.var(), rel=0.12)
        assert sample_variances.max() == 0

    def test_errors_of_a_call_that_are_alike_make_it_larger(self) -> None:
        rng = np.random.default_rng(7)
        calls = np.arange(N) // 4
        causes = (rng.random(N // 4) < 0.3)[calls]
        chosen = (rng.random(N // 4) < 0.1)[calls]
        blind = np.full(N, 0.5)
        together = require(rectify(Predicted(np.ones(N), calls, blind), checked(chosen, 0.1, causes)))
        apart = require(rectify(Predicted(np.ones(N), np.arange(N), blind), checked(chosen, 0.1, causes)))
        assert together.check_variance > 3 * apart.check_variance

    def test_a_sample_of_few_calls_adds_its_own_part(self) -> None:
        rng = np.random.default_rng(8)
        errors, causes = population(rng, np.full(N, 50.0))
        found = require(rectify(errors, checked(np.ones(N, dtype=np.bool_), 1.0, causes)))
        p = causes.mean()
        assert found.check_variance == 0
        assert found.sample_variance == pytest.approx(0.98 * p * (1 - p) / N, rel=0.01)

    def test_a_census_that_is_checked_throughout_is_certain(self) -> None:
        errors, causes = population(np.random.default_rng(9))
        found = require(rectify(errors, checked(np.ones(N, dtype=np.bool_), 1.0, causes)))
        assert found.estimate.value == pytest.approx(causes.mean())
        assert half_width(found.estimate) < 0.03

    def test_a_good_prediction_makes_the_interval_shorter_and_a_bad_one_no_longer(self) -> None:
        rng = np.random.default_rng(10)
        errors, causes = population(rng)
        chosen = rng.random(N) < 0.1

        def width(predictions: FloatArray) -> float:
            predicted = Predicted(errors.weights, errors.calls, predictions)
            return half_width(require(rectify(predicted, checked(chosen, 0.1, causes))).estimate)

        alone = width(np.full(N, 0.5))
        assert width(errors.probabilities) < 0.75 * alone
        assert width(rng.random(N)) < 1.02 * alone
