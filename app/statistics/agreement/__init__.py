"""Agreement between raters: coefficients with intervals, of items, pairs and single raters, and alignment."""

from app.statistics.agreement.alignment import alignment
from app.statistics.agreement.items import ItemSplit, Prevalence, is_paradox, most_frequent, rank_by_disagreement
from app.statistics.agreement.levels import Level
from app.statistics.agreement.listed import RatingList, listed_agreement_with_others
from app.statistics.agreement.measuring import RESAMPLES, STANDARD, bootstrap_agreement, measure_agreement
from app.statistics.agreement.raters import PairAgreement, RaterAgreement, agreement_with_others, pairwise_agreement
from app.statistics.agreement.ratings import MISSING, Ratings
from app.statistics.agreement.results import Agreement, Coefficient, IntervalMethod, Reason

__all__ = [
    "MISSING",
    "RESAMPLES",
    "STANDARD",
    "Agreement",
    "Coefficient",
    "IntervalMethod",
    "ItemSplit",
    "Level",
    "PairAgreement",
    "Prevalence",
    "RaterAgreement",
    "RatingList",
    "Ratings",
    "Reason",
    "agreement_with_others",
    "alignment",
    "bootstrap_agreement",
    "is_paradox",
    "listed_agreement_with_others",
    "measure_agreement",
    "most_frequent",
    "pairwise_agreement",
    "rank_by_disagreement",
]
