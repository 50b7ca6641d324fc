"""Routes of the journal."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app import events
from app.api.deps import PageDep, SessionDep
from app.api.routing import private_router, requires_permission
from app.api.schemas.common import Key, PageOf, Utc
from app.api.schemas.events import HEAD_PATTERN, ActorOut, EventOut, JournalFaultOut, VerificationOut

router = private_router("/events", "events")


@router.get("", operation_id="listEvents", openapi_extra=requires_permission("admin:read"))
async def list_events(
    *,
    session: SessionDep,
    page: PageDep,
    event_type: Annotated[Key | None, Query(alias="type", description="Only events of this type.")] = None,
    subject_id: Annotated[UUID | None, Query(description="Only events of this subject.")] = None,
    since: Annotated[Utc | None, Query(alias="from", description="Not before this time.")] = None,
    until: Annotated[Utc | None, Query(alias="to", description="Before this time.")] = None,
) -> PageOf[EventOut]:
    """The audit trail, oldest first."""
    found = await events.list_events(
        session, page, event_type=event_type, subject_id=subject_id, since=since, until=until
    )
    return PageOf(items=[_event(event) for event in found.items], next_cursor=found.next_cursor)


@router.get("/verification", operation_id="verifyEvents", openapi_extra=requires_permission("admin:read"))
async def verify_events(
    *,
    session: SessionDep,
    known_head: Annotated[
        str | None,
        Query(pattern=HEAD_PATTERN, description="The `head` of an earlier verification: is it still in the chain?"),
    ] = None,
    resume_from: Annotated[
        str | None,
        Query(pattern=HEAD_PATTERN, description="The batch up to which the journal is already `verified`."),
    ] = None,
    batches: Annotated[
        int | None,
        Query(ge=1, le=1_000_000, description="Verify so many batches at most. Without it: all that are left."),
    ] = None,
) -> VerificationOut:
    """Compute every digest of the sealed journal again, and name the first fault.

    A long journal is verified in pieces: send `batches`, and repeat with the `verified` of the answer as
    `resume_from` until it is `complete`.
    """
    found = await events.verify(
        session, known_head=_chain_head(known_head), resume_from=_chain_head(resume_from), limit=batches
    )
    return VerificationOut(
        valid=found.valid,
        complete=found.complete,
        sealed=found.sealed,
        pending=found.pending,
        head=_text(found.head),
        verified=_text(found.verified),
        first_fault=JournalFaultOut.model_validate(found.first_fault) if found.first_fault else None,
    )


def _chain_head(text: str | None) -> events.ChainHead | None:
    if text is None:
        return None
    number, root = text.split(":")
    return events.ChainHead(int(number), bytes.fromhex(root))


def _text(head: events.ChainHead) -> str:
    return f"{head.number}:{head.chained_root.hex()}"


def _event(event: events.RecordedEvent) -> EventOut:
    return EventOut(
        id=event.id,
        type=event.type,
        occurred_at=event.occurred_at,
        actor=ActorOut.model_validate(event.actor),
        request_id=event.actor.request_id,
        subject_type=event.subject_type,
        subject_id=event.subject_id,
        before=event.before,
        after=event.after,
    )
