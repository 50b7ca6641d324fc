"""SQL of the journal."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.events.models import EventModel
from app.events.types import Event
from app.platform.actor import Actor
from app.platform.db import dumps
from app.platform.pagination import PageRequest
from app.platform.sql import driver_sql

_INSERT = """
INSERT INTO events (tenant_id, id, type, occurred_at, actor_kind, actor_id, request_id,
                    subject_type, subject_id, before, after)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""


async def insert(session: AsyncSession, event: Event) -> None:
    await driver_sql(
        session,
        _INSERT,
        event.tenant_id,
        event.id,
        event.type,
        event.occurred_at,
        event.actor.kind,
        event.actor.id,
        event.actor.request_id,
        event.subject_type,
        event.subject_id,
        _json(event.before),
        _json(event.after),
    )


def _json(value: dict[str, Any] | None) -> str | None:
    return None if value is None else dumps(value)


async def list_events(
    session: AsyncSession, page: PageRequest, *, event_type: str | None, subject_id: UUID | None
) -> Sequence[Event]:
    query = select(EventModel).order_by(EventModel.id).limit(page.limit + 1)
    if after := page.after(UUID):
        query = query.where(EventModel.id > after[0])
    if event_type:
        query = query.where(EventModel.type == event_type)
    if subject_id:
        query = query.where(EventModel.subject_id == subject_id)
    return [_event(row) for row in await session.scalars(query)]


def _event(row: EventModel) -> Event:
    return Event(
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
