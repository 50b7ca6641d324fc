"""An estimated value with its confidence interval, and what else is known of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A point estimate and its confidence interval.

    `low` and `high` are None if the data do not show a variance. An interval of a bounded value is not symmetrical.
    """

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class SurveyEstimate(Estimate):
    """An estimate for a domain of the population from `n` evaluated selections out of `selected` drawn ones.

    `stderror` is None where the interval is.
    """

    stderror: float | None
    n: int
    selected: int

    @property
    def response_rate(self) -> float:
        return self.n / self.selected


@dataclass(frozen=True, slots=True)
class MeanEstimate(SurveyEstimate):
    """An estimated mean of a domain of about `population` calls.

    `design_effect` is the variance divided by that of a simple random sample of the same size; None if the values do
    not differ. `naive_mean` is the unweighted mean of the sample, for comparison.
    """

    population: float
    design_effect: float | None
    naive_mean: float
