"""Recording and reading the journal."""

from collections.abc import Iterable
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.events.catalogue import DomainEvent
from app.events.repository import journal, pending
from app.events.types import EventFilter, RecordedEvent
from app.platform import clock
from app.platform.database import Session
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest


async def record(session: Session, event: DomainEvent, *, tenant_id: UUID | None = None) -> RecordedEvent:
    """Write what happened into the journal, in the transaction in which it happens."""
    recorded = RecordedEvent(
        id=new_id(),
        tenant_id=tenant_id or session.tenant_id,
        type=event.name,
        occurred_at=clock.now(),
        actor=session.actor,
        subject_type=event.subject_type,
        subject_id=event.subject_id,
        before=_document(event.before),
        after=_document(event.after),
    )
    await journal.insert_event(session, recorded)
    session.events += 1
    return recorded


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


async def subjects_not_consumed(session: Session, consumer: str, types: Iterable[type[DomainEvent]]) -> list[UUID]:
    """The subjects of the events of these types that the consumer has not consumed yet.

    What the consumer keeps about these may be out of date.
    """
    return await pending.subjects_not_consumed(session, consumer, [kind.name for kind in types])
