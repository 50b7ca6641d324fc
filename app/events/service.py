"""Recording and reading the journal."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.events import repository, subscriptions
from app.events.types import Event, EventFilter
from app.platform import clock
from app.platform.actor import actor_of
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest, page_of
from app.platform.scope import Tenant


async def record(
    session: AsyncSession,
    event_type: str,
    *,
    subject: tuple[str, UUID | None],
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    tenant_id: UUID | None = None,
) -> Event:
    """Write what happened into the journal, in the transaction in which it happened, and tell the subscribers."""
    event = Event(
        id=new_id(),
        tenant_id=tenant_id or _tenant(session),
        type=event_type,
        occurred_at=clock.now(),
        actor=actor_of(session),
        subject_type=subject[0],
        subject_id=subject[1],
        before=before,
        after=after,
    )
    await repository.insert(session, event)
    session.info["events"] += 1
    await subscriptions.publish(session, event)
    return event


def _tenant(session: AsyncSession) -> UUID:
    scope = session.info["scope"]
    if not isinstance(scope, Tenant):
        raise TypeError("an event of the system scope must name its tenant")
    return scope.id


async def list_events(
    session: AsyncSession,
    page: PageRequest,
    *,
    event_type: str | None = None,
    subject_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Page[Event]:
    """The journal in its order. `since` is included, `until` is not."""
    wanted = EventFilter(event_type, subject_id, since, until)
    rows = await repository.list_events(session, page, wanted)
    return page_of(rows, page, lambda event: (event.id,))
