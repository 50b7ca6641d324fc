"""SQL of events."""

from typing import Any
from uuid import UUID

from app.events.types import EventFilter, RecordedEvent
from app.platform.actor import Actor
from app.platform.database import Row, Session, Where, dumps
from app.platform.database.pages import Keyset, fetch_page
from app.platform.pagination import Page, PageRequest

# One statement writes the event and lists it as unsealed, so that the list costs no round trip.
_INSERT = """
WITH recorded AS (
    INSERT INTO events (tenant_id, id, type, occurred_at, actor_kind, actor_id, request_id,
                        subject_type, subject_id, before, after)
    VALUES (:tenant_id, :id, :type, :occurred_at, :actor_kind, :actor_id, :request_id,
            :subject_type, :subject_id, :before, :after)
)
INSERT INTO unsealed_events (tenant_id, event_id) VALUES (:tenant_id, :id)
"""

_SELECT = """
SELECT id, tenant_id, type, occurred_at, actor_kind, actor_id, request_id, subject_type, subject_id, before, after
FROM events
"""

_BY_ID = Keyset({"id": UUID})


async def insert_event(session: Session, event: RecordedEvent) -> None:
    await session.execute(
        _INSERT,
        tenant_id=event.tenant_id,
        id=event.id,
        type=event.type,
        occurred_at=event.occurred_at,
        actor_kind=event.actor.kind,
        actor_id=event.actor.id,
        request_id=event.actor.request_id,
        subject_type=event.subject_type,
        subject_id=event.subject_id,
        before=_json(event.before),
        after=_json(event.after),
    )


def _json(document: dict[str, Any] | None) -> str | None:
    return None if document is None else dumps(document)


async def list_events(session: Session, page: PageRequest, wanted: EventFilter) -> Page[RecordedEvent]:
    where = (
        Where()
        .given("type = :type", type=wanted.type)
        .given("subject_id = :subject_id", subject_id=wanted.subject_id)
        .given("occurred_at >= :since", since=wanted.since)
        .given("occurred_at < :until", until=wanted.until)
    )
    return await fetch_page(session, _SELECT, where, page, keyset=_BY_ID, read=read_event)


def read_event(row: Row) -> RecordedEvent:
    return RecordedEvent(
        id=row.id,
        tenant_id=row.tenant_id,
        type=row.type,
        occurred_at=row.occurred_at,
        actor=Actor(row.actor_kind, row.actor_id, row.request_id),
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        before=row.before,
        after=row.after,
    )
