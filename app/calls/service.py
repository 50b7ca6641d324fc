"""Use cases of calls. A single call is a batch of one."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from app import events
from app.calls import repository
from app.calls.types import Call, CallFilter, CallKey, Ingested, Ingestion, NewCall
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import FieldError, Invalid, NotFound
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest, page_of

# A source whose clock is ahead, or that takes its local time for UTC, is less than a day ahead.
_CLOCKS_DIFFER_BY = timedelta(days=1)


async def ingest_call(session: Session, call: NewCall) -> tuple[Call, Ingestion]:
    """Create or update one call; refuse it where a batch would reject its row."""
    (outcome,) = await ingest_calls(session, [call])
    if outcome.id is None:
        raise Invalid("the call cannot be stored as it is", field_errors=outcome.faults)
    return await get_call(session, outcome.id), outcome.status


async def ingest_calls(session: Session, rows: Sequence[NewCall]) -> list[Ingested]:
    """Create or update calls, an outcome a row. Of several rows for one call the last one is written."""
    known = await repository.references(session, rows)
    rejected = {place: faults for place, row in enumerate(rows) if (faults := _faults(row, known))}
    # Sorted: two batches that touch the same calls take their locks in the same order.
    last = dict(sorted((row.key, place) for place, row in enumerate(rows) if place not in rejected))
    if not last:
        return [Ingested(Ingestion.REJECTED, faults=rejected[place]) for place in range(len(rows))]
    written = await _write(session, [rows[place] for place in last.values()], known.agents)
    return [
        Ingested(Ingestion.REJECTED, faults=rejected[place])
        if place in rejected
        else _outcome(written[row.key], superseded=last[row.key] != place)
        for place, row in enumerate(rows)
    ]


def _faults(row: NewCall, known: repository.References) -> tuple[FieldError, ...]:
    faults: tuple[FieldError, ...] = ()
    if row.started_at > clock.now() + _CLOCKS_DIFFER_BY:
        faults += (FieldError("/started_at", "must not lie more than a day ahead"),)
    if row.project_id not in known.projects:
        faults += (FieldError("/project_id", f"there is no project {row.project_id}"),)
    if row.agent_external_id is not None and row.agent_external_id not in known.agents:
        faults += (FieldError("/agent_external_id", f"there is no agent {row.agent_external_id!r}"),)
    return faults


def _outcome(written: Ingested, *, superseded: bool) -> Ingested:
    return Ingested(Ingestion.UNCHANGED, written.id, superseded=True) if superseded else written


async def _write(session: Session, rows: Sequence[NewCall], agents: Mapping[str, UUID]) -> dict[CallKey, Ingested]:
    """The outcome of rows of distinct keys whose references exist."""
    offered = [new_id() for _ in rows]
    new = frozenset(offered)
    outcomes = {
        key: Ingested(Ingestion.CREATED if call_id in new else Ingestion.UPDATED, call_id)
        for key, call_id in (await repository.upsert(session, rows, offered, agents)).items()
    }
    if unchanged := [row.key for row in rows if row.key not in outcomes]:
        ids = await repository.ids_by_key(session, unchanged)
        outcomes |= {key: Ingested(Ingestion.UNCHANGED, call_id) for key, call_id in ids.items()}
    await _record(session, outcomes.values())
    return outcomes


async def _record(session: Session, outcomes: Iterable[Ingested]) -> None:
    """One event a push, with the ids that it wrote: one a call would double the writing of a batch.

    What a call says is the source's to answer for; what a draw made of it is frozen in the draw. The journal has
    to tell who wrote which calls when. A push that changed nothing is told as well: it was let in.
    """
    ids: dict[Ingestion, list[UUID]] = {status: [] for status in Ingestion}
    for outcome in outcomes:
        if outcome.id is not None:
            ids[outcome.status].append(outcome.id)
    touched = [call_id for some in ids.values() for call_id in some]
    await events.record(
        session,
        "calls.ingested",
        subject=("call", touched[0] if len(touched) == 1 else None),
        after={
            "created": [str(call_id) for call_id in ids[Ingestion.CREATED]],
            "updated": [str(call_id) for call_id in ids[Ingestion.UPDATED]],
            "unchanged": len(ids[Ingestion.UNCHANGED]),
        },
    )


async def get_call(session: Session, call_id: UUID) -> Call:
    call = await repository.call_by_id(session, call_id)
    if call is None:
        raise NotFound(f"there is no call {call_id}")
    return call


async def get_calls(session: Session, call_ids: Iterable[UUID]) -> dict[UUID, Call]:
    """Those of the calls that exist, by id."""
    return {call.id: call for call in await repository.calls_by_id(session, call_ids)}


async def list_calls(session: Session, wanted: CallFilter, page: PageRequest) -> Page[Call]:
    """The latest calls first."""
    rows = await repository.page_of_calls(session, wanted, page)
    return page_of(rows, page, lambda call: (call.started_at.isoformat(), call.id))
