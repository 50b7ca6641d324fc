"""Means adjusted for severity: of simulated centres whose severities and agents are known."""

from collections.abc import Sequence

import numpy as np
import pytest

from app.analysis.populations import Groups
from app.analysis.quality.adjusting import NoAdjustmentReason
from app.analysis.quality.figures import Figure, figures, total
from app.analysis.samples import SampleArrays
from app.statistics.fixed_point import TRILLION
from app.statistics.severity import MIN_EVALUATIONS
from tests.analysis.arrays import Call, by_agents, sample_of, scored

EACH = 12


def calls_of(severities: Sequence[float], agents: range, first: int = 0, seed: int = 1) -> list[Call]:
    """Each agent, whose true mean score is 80, has `EACH` calls, scored by these verifiers in turn."""
    rng = np.random.default_rng(seed)
    return [
        Call(
            80 + rng.normal(0, 5) - severities[number % len(severities)],
            agent,
            verifier=first + number % len(severities),
        )
        for agent in agents
        for number in range(EACH)
    ]


def by_agent(sample: SampleArrays, *further: Call) -> tuple[Figure, ...]:
    keys = [str(agent) for agent in range(int(sample.agents.max()) + 1)]
    return figures(sample, by_agents(sample, keys), scored(sample, *further))


def reasons(found: Sequence[Figure]) -> set[NoAdjustmentReason | None]:
    assert all((one.adjusted_estimate is None) == (one.adjusted_reason is not None) for one in found)
    return {one.adjusted_reason for one in found}


def value_of(figure: Figure | None) -> float:
    assert figure is not None
    assert figure.adjusted_estimate is not None
    return figure.adjusted_estimate.value


class TestSeveralGroups:
    """A lenient group and a strict one, each with agents of its own."""

    LENIENT = calls_of((-5, -3), range(30))
    STRICT = calls_of((5, 3), range(30, 60), first=2, seed=2)

    def test_means_that_cannot_be_compared_are_not_adjusted(self) -> None:
        sample = sample_of(*self.LENIENT, *self.STRICT)
        whole = total(sample, scored(sample))
        assert whole is not None
        assert reasons([*by_agent(sample), whole]) == {NoAdjustmentReason.SEVERAL_GROUPS}

    def test_an_agent_without_a_score_lacks_the_score(self) -> None:
        sample = sample_of(*self.LENIENT, *self.STRICT, Call(None, 60, evaluated=False))
        assert by_agent(sample)[-1].adjusted_reason is NoAdjustmentReason.NO_SCORE

    def test_within_one_group_means_are_adjusted(self) -> None:
        sample = sample_of(*self.LENIENT)
        found = by_agent(sample)
        assert reasons(found) == {None}
        # By the average verifier of the group, who is lenient by 4 points.
        assert value_of(total(sample, scored(sample))) == pytest.approx(84, abs=1)

    def test_a_group_that_scored_no_call_of_the_report_does_not_matter(self) -> None:
        sample = sample_of(*self.LENIENT)
        assert reasons(by_agent(sample, *self.STRICT)) == {None}

    def test_a_group_whose_scores_were_all_corrected_by_others_does_not_matter(self) -> None:
        sample = sample_of(*self.LENIENT, *(call._replace(corrected=80) for call in self.STRICT))
        assert reasons(by_agent(sample)) == {None}

    def test_a_verifier_in_no_group_takes_the_mean_from_the_own_agents_alone(self) -> None:
        sample = sample_of(*self.LENIENT, *calls_of((0,), range(30, 31), first=2))
        found = by_agent(sample)
        assert found[-1].adjusted_reason is NoAdjustmentReason.NO_SEVERITY
        assert reasons(found[:-1]) == {None}


class TestCorrections:
    """Verifier 0 is strict by 4 points. Another person corrects these evaluations to what the others would score."""

    SEVERITIES = (4.0, 0.0, 0.0, 0.0)

    @classmethod
    def calls(cls, agents: range = range(30)) -> list[Call]:
        found = calls_of(cls.SEVERITIES, agents)
        return [call._replace(corrected=(call.score or 0) + 4) if call.verifier == 0 else call for call in found]

    def test_a_strict_verifier_stays_strict_when_corrected(self) -> None:
        severities = scored(sample_of(*self.calls())).severities.values
        # From the average of the four, which is 1.
        assert severities == pytest.approx([3, -1, -1, -1], abs=1)

    def test_severities_do_not_depend_on_corrections(self) -> None:
        corrected, before = self.calls(), calls_of(self.SEVERITIES, range(30))
        values = [scored(sample_of(*calls)).severities.values for calls in (corrected, before)]
        assert values[0].tolist() == values[1].tolist()

    def test_a_corrected_score_is_not_adjusted(self) -> None:
        """The severities of the others bring their scores, of 80 points, to the average verifier's 79."""
        sample = sample_of(*self.calls())
        severities = scored(sample).severities.values
        by_hand = np.mean([call.corrected or (call.score or 0) + severities[call.verifier] for call in self.calls()])
        assert value_of(total(sample, scored(sample))) == pytest.approx(by_hand)

    def test_an_interval_of_corrected_scores_has_no_uncertainty_of_severities(self) -> None:
        alone = [Call(60.0 + number, 30, corrected=70.0 + number) for number in range(EACH)]
        sample = sample_of(*calls_of(self.SEVERITIES, range(30)), *alone)
        last = by_agent(sample)[-1]
        assert last.estimate is not None
        assert last.adjusted_estimate is not None
        assert last.adjusted_estimate.value == pytest.approx(last.estimate.value)
        assert last.estimate.low is not None
        assert last.estimate.high is not None
        assert last.adjusted_estimate.low == pytest.approx(last.estimate.low, abs=0.3)
        assert last.adjusted_estimate.high == pytest.approx(last.estimate.high, abs=0.3)

    def test_a_corrected_score_needs_no_severity(self) -> None:
        sample = sample_of(
            *self.calls(), *(Call(60.0 + number, 30, verifier=9, corrected=75) for number in range(EACH))
        )
        assert by_agent(sample)[-1].adjusted_reason is None


def test_19_of_20_intervals_contain_the_true_mean_though_a_third_of_a_verifiers_scores_is_corrected() -> None:
    """Six verifiers, 40 agents who differ, and every draw is a small part of all calls. A longer run: validation.md."""
    rng = np.random.default_rng(6)
    severities = np.array([4.0, 0, -1, -1, -2, 0])
    covered, errors = [], []
    for run in range(10):
        true = rng.normal(65, 4, 40)
        calls = [
            call._replace(score=(call.score or 0) + true[call.agent] - 80, inclusion=TRILLION // 50)
            for call in calls_of(severities.tolist(), range(40), seed=run)
        ]
        is_corrected = [call.verifier == 0 and rng.random() < 1 / 3 for call in calls]
        sample = sample_of(
            *(
                call._replace(corrected=(call.score or 0) + 4) if corrected else call
                for call, corrected in zip(calls, is_corrected, strict=True)
            )
        )
        for figure, truth in zip(by_agent(sample), true.tolist(), strict=True):
            errors.append(value_of(figure) - truth)
            interval = figure.adjusted_estimate
            assert interval is not None
            assert interval.low is not None
            assert interval.high is not None
            covered.append(interval.low <= truth <= interval.high)
    assert np.mean(errors) == pytest.approx(0, abs=0.2)
    assert 0.92 <= np.mean(covered) <= 0.98


def test_a_verifier_with_few_evaluations_is_adjusted_with_a_severity_that_is_not_published() -> None:
    few = [Call(70.0 + number, agent=0, verifier=2) for number in range(MIN_EVALUATIONS - 1)]
    sample = sample_of(*calls_of((2.0, -2.0), range(30)), *few)
    severities = scored(sample).severities
    assert severities.verifiers[2].estimate is None
    assert severities.values[2] > 1
    scores = [(call.score or 0) + severities.values[call.verifier] for call in few]
    groups = (sample.verifiers == 2).astype(np.int64)
    adjusted = figures(sample, Groups(["others", "few"], groups, None), scored(sample))[1]
    assert value_of(adjusted) == pytest.approx(np.mean(scores))
