"""Who sees and who writes which evaluations.

A verifier sees their own alone: whoever scores a call a second time must not know how it was scored the first.
An agent sees what was submitted about their own calls. Leaders and administrators see all, and a key sees what its
user sees.
"""

from dataclasses import dataclass
from uuid import UUID

from app.evaluations.types import EvaluationSummary
from app.identity import Principal, Role
from app.platform.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Sight:
    """Which evaluations a principal sees: a verifier's, those about an agent's user, or all."""

    verifier_id: UUID | None = None
    agent_user_id: UUID | None = None


def sight_of(principal: Principal) -> Sight:
    if principal.role is Role.VERIFIER:
        return Sight(verifier_id=principal.user_id)
    if principal.role is Role.AGENT:
        return Sight(agent_user_id=principal.user_id)
    return Sight()


def require_verifier(principal: Principal, evaluation: EvaluationSummary) -> None:
    if principal.user_id != evaluation.verifier_id:
        raise Forbidden("a draft is changed and submitted by its own verifier")


def require_reviser(principal: Principal, evaluation: EvaluationSummary) -> None:
    if principal.role in (Role.LEADER, Role.ADMIN) or principal.user_id == evaluation.verifier_id:
        return
    raise Forbidden("an evaluation is revised by its verifier, a leader or an administrator")
