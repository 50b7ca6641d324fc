"""Who sees and decides checks. A scorer must not know what is checked of the own work before that is decided."""

from uuid import UUID

from app import assignments
from app.calibration.checks.errors import OwnScoring
from app.identity import Principal, Role
from app.platform.database import Session
from app.platform.errors import Forbidden


def require_checker(principal: Principal) -> None:
    """Refuse whoever may read evaluations of others: a check is only worth something without the scorer's mark."""
    if principal.role is not Role.VERIFIER:
        raise Forbidden("only its checker does a fault check: leaders and administrators can read the scorer's marks")


async def require_third_person(
    session: Session, principal: Principal, scorer_ids: set[UUID], agent_ids: set[UUID]
) -> None:
    """Refuse the scorers of a call, its agent and the agent's supervisor."""
    if principal.user_id in scorer_ids:
        raise OwnScoring("one of the two scorings is your own: a third person decides")
    for agent_id in agent_ids:
        await assignments.require_no_conflict(session, principal.user_id, agent_id)
