"""Evaluations: calls judged by a scorecard, and every revision of the judgement.

Events, in the transaction of the change: `evaluation.drafted`, `evaluation.changed`, `evaluation.submitted` and
`evaluation.revised`. A subscriber that raises refuses the change: that is how the assignment, which is only
stored here, is checked by the package that makes assignments.
"""

from app.evaluations.errors import AssignmentOfAnother
from app.evaluations.judging import Evidence, checked, worth_as_it_stands
from app.evaluations.tallies import error_history, tally
from app.evaluations.types import Answer, Worth

__all__ = [
    "Answer",
    "AssignmentOfAnother",
    "Evidence",
    "Worth",
    "checked",
    "error_history",
    "tally",
    "worth_as_it_stands",
]
