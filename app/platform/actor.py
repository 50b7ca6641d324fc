"""Who acts in a unit of work; the journal writes it beside what was done."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Actor:
    """A user, an API key, a job, or the system itself."""

    kind: str
    id: UUID | None
    request_id: str | None = None


def act_as(session: AsyncSession, actor: Actor) -> None:
    session.info["actor"] = actor


def actor_of(session: AsyncSession) -> Actor:
    actor: Actor = session.info["actor"]
    return actor
