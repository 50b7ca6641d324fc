"""What the measures of agreement return."""

from dataclasses import dataclass
from enum import StrEnum

from app.statistics.agreement.levels import Level


class Coefficient(StrEnum):
    """A coefficient of agreement. `GWET_AC` is AC1 at the nominal level and AC2 at every other."""

    PERCENT = "percent"
    COHEN_KAPPA = "cohen_kappa"
    CONGER_KAPPA = "conger_kappa"
    FLEISS_KAPPA = "fleiss_kappa"
    BRENNAN_PREDIGER = "brennan_prediger"
    GWET_AC = "gwet_ac"
    KRIPPENDORFF_ALPHA = "krippendorff_alpha"


class IntervalMethod(StrEnum):
    """How an interval follows from the analytic standard error (`app.statistics.agreement.intervals`)."""

    WILSON = "wilson"
    STUDENT = "student"


class Reason(StrEnum):
    """Why a coefficient, its standard error or its interval does not exist."""

    NO_RATINGS = "no_ratings"
    ONE_RATER = "one_rater"
    NO_PAIRS = "no_pairs"
    NOT_TWO_RATERS = "not_two_raters"
    NO_VARIATION = "no_variation"
    ONE_UNIT = "one_unit"
    NO_SPREAD = "no_spread"
    UNDEFINED_RESAMPLES = "undefined_resamples"
    NOT_RESAMPLED = "not_resampled"

    @property
    def text(self) -> str:
        return _TEXTS[self]


_TEXTS = {
    Reason.NO_RATINGS: "Nobody rated anything.",
    Reason.ONE_RATER: "Only one rater gave ratings. Agreement needs two.",
    Reason.NO_PAIRS: "No unit was rated by two raters.",
    Reason.NOT_TWO_RATERS: "Cohen's kappa compares two raters, and more gave ratings. Use Conger's or Fleiss' kappa.",
    Reason.NO_VARIATION: "All ratings are the same category, so agreement and chance cannot be told apart.",
    Reason.ONE_UNIT: "There is one unit or one cluster of units. An interval needs two.",
    Reason.NO_SPREAD: "All units agree to the same degree, so they show no sampling error.",
    Reason.UNDEFINED_RESAMPLES: "In more than one in ten resamples the coefficient does not exist.",
    Reason.NOT_RESAMPLED: "This coefficient is not resampled; it has the interval from its standard error.",
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """One coefficient with its 95 % interval.

    value: None if the coefficient does not exist; `reason` says why.
    low, high: None if there is no value, or if the value has no interval; `reason` says why. low ≤ value ≤ high.
    stderror: the standard error; None if there is none or if the units show no spread, which may be chance;
        `stderror_reason` says why.
    n_units: the number of units that two or more raters rated.
    n_raters: the number of raters who gave a rating.
    """

    name: Coefficient
    level: Level
    value: float | None
    stderror: float | None
    low: float | None
    high: float | None
    n_units: int
    n_raters: int
    reason: Reason | None

    @property
    def stderror_reason(self) -> Reason | None:
        return self.reason if self.reason is not None or self.stderror is not None else Reason.NO_SPREAD
