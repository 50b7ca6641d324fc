"""Who may write which evaluations. `VisibilityScope` of app.identity says who sees them."""

from app.evaluations.types import EvaluationSummary
from app.identity import Principal, Role
from app.platform.errors import Forbidden


def require_verifier(principal: Principal, evaluation: EvaluationSummary) -> None:
    if principal.user_id != evaluation.verifier_id:
        raise Forbidden("only its own verifier changes and submits a draft")


def require_reviser(principal: Principal, evaluation: EvaluationSummary) -> None:
    if principal.role in (Role.LEADER, Role.ADMIN) or principal.user_id == evaluation.verifier_id:
        return
    raise Forbidden("only its verifier, a leader or an administrator revises an evaluation")
