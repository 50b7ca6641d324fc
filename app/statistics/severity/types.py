"""What severities are estimated from, and what is known of each verifier afterwards."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.statistics.estimates import Estimate
from app.statistics.sample import FloatArray, IntArray, factorize


class NoSeverityReason(StrEnum):
    """Why a verifier has no severity."""

    ONE_VERIFIER = "one_verifier"
    NOT_CONNECTED = "not_connected"
    TOO_FEW_EVALUATIONS = "too_few_evaluations"
    NO_VARIATION = "no_variation"


@dataclass(frozen=True, slots=True, eq=False)
class ScoredEvaluations:
    """Evaluations as parallel arrays of length n.

    scores: points.
    agents, verifiers: codes from 0.
    calls: codes. Evaluations of the same call share its effect; a call belongs to one agent. None: every evaluation is
        of another call.
    call_mix: for each property of the calls that scores depend on, the code of its level; the levels are fixed effects.

    Raises ValueError if the arrays differ in length, a score is not finite, a code is negative, or a call has two
    agents.
    """

    scores: FloatArray
    agents: IntArray
    verifiers: IntArray
    calls: IntArray | None = None
    call_mix: tuple[IntArray, ...] = ()

    def __post_init__(self) -> None:
        codes = (self.agents, self.verifiers, *(() if self.calls is None else (self.calls,)), *self.call_mix)
        if any(array.shape != self.scores.shape for array in codes):
            raise ValueError("the arrays of evaluations must have one entry for each evaluation")
        if not np.isfinite(self.scores).all():
            raise ValueError("scores must be finite numbers")
        if any(array.size and array.min() < 0 for array in codes):
            raise ValueError("codes must not be negative")
        if self.calls is not None and not _is_function(self.calls, self.agents):
            raise ValueError("a call must have one agent")

    @property
    def n_verifiers(self) -> int:
        return int(self.verifiers.max(initial=-1)) + 1


@dataclass(frozen=True, slots=True)
class VarianceComponents:
    """The variances between agents, verifiers, calls of an agent, and scorings of a call, in squared points.

    `call` is None if no call was scored twice: `scoring` then includes it.
    """

    agent: float
    verifier: float
    call: float | None
    scoring: float


@dataclass(frozen=True, slots=True)
class VerifierSeverity:
    """How many points lower a verifier scores than the average verifier of the group: positive means stricter.

    estimate: None if the severity does not exist; `reason` says why.
    n: evaluations. shared_agents: the agents whom other verifiers scored, too.
    group: number of the group within which severities are comparable; None outside every group.
    """

    estimate: Estimate | None
    reason: NoSeverityReason | None
    n: int
    shared_agents: int
    group: int | None


def _is_function(codes: IntArray, images: IntArray) -> bool:
    """Whether equal codes have equal images."""
    distinct, index = factorize(codes)
    # Of several images the last one stays.
    image_of = np.zeros(distinct.size, dtype=np.int64)
    image_of[index] = images
    return bool(np.all(image_of[index] == images))
