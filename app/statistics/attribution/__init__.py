"""Whose errors they are: the agents' or the process's.

`error_sources` answers it overall, with the one number, and by item, reason, team and week. A model gives each error
the probability that the process caused it (`causes`); the errors whose cause was checked correct the model, so that the
share is right also where the model is not (`rectified`, `group_shares`). Before enough errors are checked the share is
provisional (`overall`). Agents stand out by their weighted error rates (`standouts`).
"""

from app.statistics.attribution.causes import ErrorCells, KnownCauses, error_cells, process_probabilities
from app.statistics.attribution.checks import CheckKind, combine_checks
from app.statistics.attribution.items import verdict
from app.statistics.attribution.results import (
    ErrorSources,
    GroupSource,
    ItemSource,
    MixedReason,
    ProcessShare,
    ReasonCount,
    ShareReason,
    Standout,
)
from app.statistics.attribution.shares import weighted_share
from app.statistics.attribution.sources import error_sources
from app.statistics.attribution.types import (
    NONE,
    AnswerArrays,
    CheckedErrors,
    CheckVerdict,
    Mark,
    Method,
    Verdict,
)

__all__ = [
    "NONE",
    "AnswerArrays",
    "CheckKind",
    "CheckVerdict",
    "CheckedErrors",
    "ErrorCells",
    "ErrorSources",
    "GroupSource",
    "ItemSource",
    "KnownCauses",
    "Mark",
    "Method",
    "MixedReason",
    "ProcessShare",
    "ReasonCount",
    "ShareReason",
    "Standout",
    "Verdict",
    "combine_checks",
    "error_cells",
    "error_sources",
    "process_probabilities",
    "verdict",
    "weighted_share",
]
