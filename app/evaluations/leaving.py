"""Changes of a user who scores: what a user who may no longer score leaves open."""

from typing import Any
from uuid import UUID

from app import assignments, identity
from app.evaluations.repository import reading
from app.evaluations.types import OpenWork
from app.identity import User
from app.platform.database import Session

_MAY_END_SCORING = frozenset({"active", "role"})


async def change_user(
    session: Session, user_id: UUID, version: int, changes: dict[str, Any]
) -> tuple[User, OpenWork | None]:
    """The changed user and, after a change of `active` or `role`, the work that is open under the user's name.

    A user who is deactivated, or is no longer a verifier, cannot finish the assignments: others must take them over.
    """
    user = await identity.change_user(session, user_id, version, changes)
    if _MAY_END_SCORING.isdisjoint(changes):
        return user, None
    return user, await open_work_of(session, user_id)


async def open_work_of(session: Session, user_id: UUID) -> OpenWork:
    assigned = await assignments.open_work_of(session, user_id)
    drafts = await reading.count_drafts(session, user_id)
    return OpenWork(assigned.not_begun + assigned.begun, assigned.begun, drafts)
