"""Which agents a principal may read about in reports. The service decides, never a filter of the client."""

from uuid import UUID

from app.analysis.repository.scope import agents_of_user
from app.identity import Principal, VisibilityScope, visibility_of
from app.platform.database import Session


async def visible_agents(session: Session, principal: Principal) -> frozenset[UUID] | None:
    """The agents whose figures the principal may read; None: all of the tenant.

    An agent may read the own figures. Whoever sees only a part of the work, such as a verifier, reads about nobody.
    """
    visible = visibility_of(principal)
    if visible == VisibilityScope():
        return None
    if visible.agent_user_id is None:
        return frozenset()
    return await agents_of_user(session, visible.agent_user_id)
