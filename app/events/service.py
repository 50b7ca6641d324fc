"""Recording and reading the journal."""

from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any, overload
from uuid import UUID

from app.events import subscriptions
from app.events.catalogue import DomainEvent
from app.events.repository import journal
from app.events.types import EventFilter, RecordedEvent
from app.platform import clock
from app.platform.database import Session
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest


@overload
async def record(session: Session, event: DomainEvent, *, tenant_id: UUID | None = None) -> RecordedEvent: ...


@overload
async def record(
    session: Session,
    event: str,
    *,
    subject: tuple[str, UUID | None],
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    tenant_id: UUID | None = None,
) -> RecordedEvent: ...


async def record(
    session: Session,
    event: DomainEvent | str,
    *,
    subject: tuple[str, UUID | None] = ("", None),
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    tenant_id: UUID | None = None,
) -> RecordedEvent:
    """Write what happened into the journal, in the transaction in which it happens.

    The form with the name of a type is temporary, until every package has typed events.
    """
    if isinstance(event, DomainEvent):
        event_type, subject, before, after = _parts(event)
    else:
        event_type = event
    recorded = RecordedEvent(
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
    await journal.insert_event(session, recorded)
    session.events += 1
    await subscriptions.publish(session, recorded)
    return recorded


def _parts(event: DomainEvent) -> tuple[str, tuple[str, UUID | None], Any, Any]:
    subject = (event.subject_type, event.subject_id)
    return event.name, subject, _document(event.before), _document(event.after)


def _document(value: Any) -> dict[str, Any] | None:
    document: dict[str, Any] | None = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    return document


async def list_events(
    session: Session,
    page: PageRequest,
    *,
    event_type: str | None = None,
    subject_id: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Page[RecordedEvent]:
    """The journal in its order. `since` is included, `until` is not."""
    wanted = EventFilter(event_type, subject_id, since, until)
    return await journal.list_events(session, page, wanted)
