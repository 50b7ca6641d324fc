"""Recording and reading the journal."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.events import repository, subscriptions
from app.events.types import Event, EventFilter
from app.platform import clock
from app.platform.database import Session
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest


async def record(
    session: Session,
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
        tenant_id=tenant_id or session.tenant_id,
        type=event_type,
        occurred_at=clock.now(),
        actor=session.actor,
        subject_type=subject[0],
        subject_id=subject[1],
        before=before,
        after=after,
    )
    await repository.insert(session, event)
    session.events += 1
    await subscriptions.publish(session, event)
    return event


async def list_events(
    session: Session,
    page: PageRequest,
    *,
    event_type: str | None = None,
    subject_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Page[Event]:
    """The journal in its order. `since` is included, `until` is not."""
    wanted = EventFilter(event_type, subject_id, since, until)
    return await repository.list_events(session, page, wanted)
