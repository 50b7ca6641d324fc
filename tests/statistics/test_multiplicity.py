"""Calls in the frames of several draws."""

from dataclasses import replace

import numpy as np
import pytest

from app.statistics import FloatArray, FrameCounts, Sample, estimate_means
from app.statistics.multiplicity import class_probabilities, multiplicity_shares
from tests.sampling.factories import a_frame, rate_plan
from tests.statistics.factories import codes, population_mean


class TestClassProbabilities:
    def test_they_are_in_proportion_to_size_and_sum_to_the_expected_number(self) -> None:
        found = class_probabilities(np.array([1.0, 4, 1]), codes([6, 1, 5]), codes([0, 0, 1]), np.array([2.0, 0.5]))
        assert found.tolist() == pytest.approx([0.2, 0.8, 0.1])

    def test_none_is_above_1_and_the_rest_goes_to_the_others(self) -> None:
        """At first that of 9 would be above 1; then that of 4 is 1."""
        found = class_probabilities(np.array([9.0, 4, 1]), codes([1, 1, 4]), codes([0, 0, 0]), np.array([3.0]))
        assert found.tolist() == pytest.approx([1, 1, 0.25])

    def test_a_census_is_certain(self) -> None:
        found = class_probabilities(np.array([2.0, 1]), codes([3, 2]), codes([0, 0]), np.array([5.0]))
        assert found.tolist() == [1, 1]

    def test_they_are_those_of_the_service(self) -> None:
        """Up to the last trillionths, which the service gives to the largest remainders."""
        sizes = np.random.default_rng(3).choice([1, 2, 4, 12, 36], (6, 50), p=[0.6, 0.2, 0.1, 0.06, 0.04])
        frame = a_frame(rate_plan("0.05"), sizes.tolist())
        agents = {stratum.agent_id: code for code, stratum in enumerate(frame.strata)}
        found = class_probabilities(
            np.array([call.call.size_e6 for call in frame.calls], dtype=np.float64),
            codes([1] * len(frame.calls)),
            codes([agents[call.call.agent_id] for call in frame.calls]),
            np.array([stratum.expected_n_e12 / 10**12 for stratum in frame.strata]),
        )
        assert found.tolist() == pytest.approx([call.inclusion_prob_e12 / 10**12 for call in frame.calls], abs=2e-12)


def test_the_shares_of_a_call_sum_to_1_and_follow_its_probabilities() -> None:
    shares = multiplicity_shares(np.array([0.1, 0.3, 0.2, 1]), codes([7, 7, 9, 8]))
    assert shares.tolist() == pytest.approx([0.25, 0.75, 1, 1])


class TestTwoFrames:
    """200 calls are in a frame with equal probabilities, and the first 120 of them in one that prefers low scores."""

    CALLS, INNER = 200, 120

    @pytest.fixture
    def scores(self) -> FloatArray:
        return np.random.default_rng(4).uniform(40, 100, self.CALLS)

    @pytest.fixture
    def probabilities(self, scores: FloatArray) -> FloatArray:
        """By frame and call; 0 for a call that is not in the frame."""
        sizes = 150 - scores[: self.INNER]
        preferring = np.zeros(self.CALLS)
        preferring[: self.INNER] = 30 * sizes / sizes.sum()
        return np.array([np.full(self.CALLS, 0.1), preferring])

    def samples(self, scores: FloatArray, probabilities: FloatArray, *, runs: int) -> list[Sample]:
        rng = np.random.default_rng(5)
        shares = probabilities / probabilities.sum(axis=0)
        found = []
        for _ in range(runs):
            frames, calls = np.nonzero(rng.random(probabilities.shape) < probabilities)
            strata = frames.astype(np.int64)
            zeros = np.zeros_like(strata)
            chosen = frames, calls
            found.append(Sample(scores[calls], probabilities[chosen], strata, strata, zeros, shares[chosen]))
        return found

    def test_a_selection_stands_for_its_share_of_the_call(self, scores: FloatArray, probabilities: FloatArray) -> None:
        (sample,) = self.samples(scores, probabilities, runs=1)
        total = probabilities.sum(axis=0)
        drawn = np.searchsorted(np.sort(scores), sample.values)
        assert sample.design_weights.tolist() == pytest.approx((1 / total[np.argsort(scores)][drawn]).tolist())

    def test_estimates_are_unbiased(self, scores: FloatArray, probabilities: FloatArray) -> None:
        estimates = [population_mean(sample) for sample in self.samples(scores, probabilities, runs=3000)]
        values, populations = (np.array([getattr(one, name) for one in estimates]) for name in ("value", "population"))
        for figures, truth in ((values, scores.mean()), (populations, self.CALLS)):
            assert abs(figures.mean() - truth) < 4 * figures.std() / np.sqrt(len(estimates))

    def test_calls_that_count_twice_would_bias_them(self, scores: FloatArray, probabilities: FloatArray) -> None:
        """The 120 calls that are in both frames are the worst ones."""
        ascending = np.sort(scores)
        samples = self.samples(ascending, probabilities, runs=300)
        once = np.mean([population_mean(sample).value for sample in samples])
        twice = np.mean([population_mean(replace(sample, shares=None)).value for sample in samples])
        assert once == pytest.approx(scores.mean(), abs=1)
        assert twice < scores.mean() - 3

    def test_intervals_cover_the_truth(self, scores: FloatArray, probabilities: FloatArray) -> None:
        found = [
            estimate_means(sample, np.zeros_like(sample.strata), bounds=(0, 100))[0]
            for sample in self.samples(scores, probabilities, runs=1000)
        ]
        covered = np.mean([one.low <= scores.mean() <= one.high for one in found if one.low and one.high])
        assert 0.93 <= covered <= 0.98

    def test_the_weights_sum_to_the_calls_that_are_in_either_frame(
        self, scores: FloatArray, probabilities: FloatArray
    ) -> None:
        (sample,) = self.samples(scores, probabilities, runs=1)
        shares = probabilities / probabilities.sum(axis=0)
        frame = FrameCounts(codes([0, 1]), codes([0, 0]), codes([0, 1]), shares.sum(axis=1))
        assert population_mean(replace(sample, frame=frame)).population == pytest.approx(self.CALLS)


@pytest.mark.parametrize("share", [0.0, 1.1])
def test_a_share_that_is_no_part_of_a_call_is_rejected(share: float) -> None:
    one = np.array([1.0])
    with pytest.raises(ValueError, match="shares must be"):
        Sample(one, one, codes([0]), codes([0]), codes([0]), np.array([share]))
