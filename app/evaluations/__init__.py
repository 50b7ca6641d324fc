"""Evaluations: the answers to a scorecard about a call, their score, and every revision of them."""

from app.evaluations.answers import answer_values, errors_among
from app.evaluations.errors import (
    AlreadyEvaluated,
    InvalidAnswers,
    NotADraft,
    NotSubmitted,
    ScorecardNotPublished,
)
from app.evaluations.events import EvaluationSubmitted
from app.evaluations.leaving import change_user
from app.evaluations.repository.reading import answer_of_document
from app.evaluations.service import (
    abandon,
    change_draft,
    error_history,
    evaluate,
    evidence_of,
    get_evaluation,
    list_evaluations,
    list_revisions,
    revise,
    score_answers,
    submit,
    validate_answers,
    where_call_evaluated,
)
from app.evaluations.submissions import errors_of, submissions_of
from app.evaluations.types import (
    Answer,
    ErrorCount,
    Evaluation,
    EvaluationFilter,
    EvaluationStatus,
    EvaluationSummary,
    Evidence,
    NewEvaluation,
    OpenWork,
    Revision,
    RevisionKind,
    Submission,
)

__all__ = [
    "AlreadyEvaluated",
    "Answer",
    "ErrorCount",
    "Evaluation",
    "EvaluationFilter",
    "EvaluationStatus",
    "EvaluationSubmitted",
    "EvaluationSummary",
    "Evidence",
    "InvalidAnswers",
    "NewEvaluation",
    "NotADraft",
    "NotSubmitted",
    "OpenWork",
    "Revision",
    "RevisionKind",
    "ScorecardNotPublished",
    "Submission",
    "abandon",
    "answer_of_document",
    "answer_values",
    "change_draft",
    "change_user",
    "error_history",
    "errors_among",
    "errors_of",
    "evaluate",
    "evidence_of",
    "get_evaluation",
    "list_evaluations",
    "list_revisions",
    "revise",
    "score_answers",
    "submissions_of",
    "submit",
    "validate_answers",
    "where_call_evaluated",
]
