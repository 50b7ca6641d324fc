"""The bonus as a step function of what is certain about an agent's score.

Chance decides which calls of an agent are evaluated. The bonus follows the lower limit of the 95 % interval of the
agent's mean score, so that nobody is paid for luck. With few evaluations the interval is wide; the bonus is then the
percentage that the project sets for such agents, so that nobody is punished for noise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

from app.statistics import Estimate

MAX_STEPS = 20
MAX_PERCENT = 200
# One evaluation has no interval.
LEAST_EVALUATIONS, MOST_EVALUATIONS = 2, 1000
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Step:
    """From this score on, the bonus is this percentage."""

    from_score: Decimal
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Terms:
    """By what a bonus is computed. The steps ascend from score 0.

    min_evaluations: with fewer evaluations the bonus is `too_few_percent`, which is the percentage of one of the steps.
    """

    steps: tuple[Step, ...]
    min_evaluations: int
    too_few_percent: Decimal


@dataclass(frozen=True, slots=True)
class BonusRule:
    """The terms that a project has set."""

    id: UUID
    project_id: UUID
    steps: tuple[Step, ...]
    min_evaluations: int
    too_few_percent: Decimal
    version: int = 1

    @property
    def terms(self) -> Terms:
        return Terms(self.steps, self.min_evaluations, self.too_few_percent)


class Outcome(StrEnum):
    STEP = "step"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class Bonus:
    """What an agent earns. `from_score`, and `percent_at_estimate`, which says what chance costs, are of a step.

    lower: the lower limit of the score, rounded to hundredths as scores are; None with too few evaluations.
    """

    outcome: Outcome
    percent: Decimal
    lower: Decimal | None
    from_score: Decimal | None
    percent_at_estimate: Decimal | None


def bonus_of(terms: Terms, estimate: Estimate | None, n: int) -> Bonus:
    """The bonus of an agent with this mean score from n evaluations."""
    if n < terms.min_evaluations or estimate is None or estimate.low is None:
        return Bonus(Outcome.TOO_FEW, terms.too_few_percent, None, None, None)
    lower = _hundredths(estimate.low)
    step = step_at(terms.steps, lower)
    at_estimate = step_at(terms.steps, _hundredths(estimate.value))
    return Bonus(Outcome.STEP, step.percent, lower, step.from_score, at_estimate.percent)


def step_at(steps: Sequence[Step], score: Decimal) -> Step:
    """The highest step that the score reaches; a score is 0 or more."""
    return max((step for step in steps if step.from_score <= score), key=lambda step: step.from_score)


def term_errors(terms: Terms) -> Iterator[tuple[str, str]]:
    """What is wrong with the terms: pointers and sentences."""
    steps = terms.steps
    if steps[0].from_score != 0:
        yield "/steps/0/from_score", "the first step begins at 0"
    for place, (lower, upper) in enumerate(pairwise(steps), start=1):
        if upper.from_score <= lower.from_score:
            yield f"/steps/{place}/from_score", f"must be above that of the step before, {lower.from_score}"
        if upper.percent < lower.percent:
            yield f"/steps/{place}/percent", f"must not be below that of the step before, {lower.percent}"
    if terms.too_few_percent not in {step.percent for step in steps}:
        yield "/too_few_percent", "must be the percentage of one of the steps"


def _hundredths(score: float) -> Decimal:
    return Decimal(score).quantize(_HUNDREDTH, ROUND_HALF_EVEN)
