"""The severity of verifiers: how many points lower one scores than the average verifier."""

from app.statistics.severity.estimates import MIN_EVALUATIONS, Severities, estimate_severities
from app.statistics.severity.types import NoSeverityReason, ScoredEvaluations, VarianceComponents, VerifierSeverity

__all__ = [
    "MIN_EVALUATIONS",
    "NoSeverityReason",
    "ScoredEvaluations",
    "Severities",
    "VarianceComponents",
    "VerifierSeverity",
    "estimate_severities",
]
