"""Evaluations: the answers to a scorecard about a call, their score, and every revision of them.

The events `evaluation.drafted` and `evaluation.submitted` reach their subscribers in the transaction of the change. A
subscriber that raises refuses the change.
"""

from app.evaluations.errors import (
    AlreadyEvaluated,
    AssignmentOfAnother,
    InvalidAnswers,
    NotADraft,
    NotSubmitted,
    ScorecardNotPublished,
)
from app.evaluations.service import (
    change_draft,
    error_history,
    evaluate,
    get_evaluation,
    list_evaluations,
    list_revisions,
    revise,
    score_answers,
    submit,
    validate_answers,
)
from app.evaluations.types import (
    Answer,
    ErrorCount,
    Evaluation,
    EvaluationFilter,
    EvaluationStatus,
    EvaluationSummary,
    Evidence,
    NewEvaluation,
    Revision,
)

__all__ = [
    "AlreadyEvaluated",
    "Answer",
    "AssignmentOfAnother",
    "ErrorCount",
    "Evaluation",
    "EvaluationFilter",
    "EvaluationStatus",
    "EvaluationSummary",
    "Evidence",
    "InvalidAnswers",
    "NewEvaluation",
    "NotADraft",
    "NotSubmitted",
    "Revision",
    "ScorecardNotPublished",
    "change_draft",
    "error_history",
    "evaluate",
    "get_evaluation",
    "list_evaluations",
    "list_revisions",
    "revise",
    "score_answers",
    "submit",
    "validate_answers",
]
