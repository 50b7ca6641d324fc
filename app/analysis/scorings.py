"""The first scores of a period as the severities of verifiers are estimated from them."""

from dataclasses import dataclass

import numpy as np

from app.analysis.samples import FurtherScores, SampleArrays
from app.statistics import FloatArray, IntArray, factorize
from app.statistics.sample import counts, sums
from app.statistics.severity import ScoredEvaluations, Severities, estimate_severities

MILLION = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class ScoredSeverities:
    """The evaluations with a first score, and the severities of their verifiers.

    verifiers: for each code of the severities the index of the user in the scope.
    """

    evaluations: ScoredEvaluations
    verifiers: IntArray
    severities: Severities

    def codes(self, users: IntArray) -> IntArray:
        """The codes of these users, who are indexes into the scope; −1 for those without scores."""
        if not self.verifiers.size:
            return np.full_like(users, -1)
        codes = np.minimum(np.searchsorted(self.verifiers, users), self.verifiers.size - 1)
        return np.where(self.verifiers[codes] == users, codes, -1)


def scored_severities(sample: SampleArrays, further: FurtherScores) -> ScoredSeverities:
    """The severities from every first score of the period: evaluations of record, second scorings, hand-picked calls.

    First scores are what verifiers gave by themselves. A correction often follows another person's opinion: a strict
    verifier whose evaluations a leader corrects would seem lenient.

    The call mix is the kind of call, which is its project and version of the scorecard, and its size in doublings: the
    size stands for the complaints, ratings and holds by which calls were more likely to be drawn. Hand-picked calls are
    a size of their own.
    """
    of_record = np.flatnonzero(sample.counts & sample.evaluated & ~np.isnan(sample.first_scores))
    verifiers, verifier_codes = factorize(np.concatenate((sample.verifiers[of_record], further.verifiers)))
    mix = (
        np.concatenate((sample.kinds[of_record], further.kinds)),
        _doublings(np.concatenate((sample.sizes[of_record], further.sizes))),
    )
    evaluations = ScoredEvaluations(
        scores=np.concatenate((sample.first_scores[of_record], further.scores)),
        agents=factorize(np.concatenate((sample.agents[of_record], further.agents)))[1],
        verifiers=verifier_codes,
        calls=_calls(sample, of_record, further),
        call_mix=tuple(factorize(codes)[1] for codes in mix),
    )
    return ScoredSeverities(evaluations, verifiers, estimate_severities(evaluations))


def mean_scores(evaluations: ScoredEvaluations) -> FloatArray:
    """The plain mean of the first scores that each verifier gave."""
    return sums(evaluations.verifiers, evaluations.scores) / counts(evaluations.verifiers)


def _doublings(sizes: IntArray) -> IntArray:
    """How often the size 1 is doubled, rounded down; 0 for no size."""
    doublings = np.floor(np.log2(np.maximum(sizes, 1) / MILLION))
    return np.where(sizes > 0, np.maximum(doublings, 0).astype(np.int64) + 1, 0)


def _calls(sample: SampleArrays, of_record: IntArray, further: FurtherScores) -> IntArray:
    """The code of each score's call. Scorings of a call by one scorecard share it; a hand-picked call has its own."""
    span = max(int(sample.positions.max(initial=0)), int(further.positions.max(initial=0))) + 1
    places = np.searchsorted(sample.draws * span + sample.positions, further.draws * span + further.positions)
    hand_picked = further.draws < 0
    codes = int(sample.calls.max(initial=0)) + 1 + np.arange(further.draws.size)
    codes[~hand_picked] = sample.calls[places[~hand_picked]]
    return factorize(np.concatenate((sample.calls[of_record], codes)))[1]
