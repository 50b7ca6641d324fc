"""Creating, updating and reading calls. A single call is a batch of one."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from app import events
from app.calls import repository
from app.calls.events import CallsIngested, WrittenCalls
from app.calls.types import Call, CallFilter, CallKey, Ingested, Ingestion, NewCall
from app.platform import clock
from app.platform.database import Session, Where
from app.platform.errors import FieldError, Invalid, require_found
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest

# A source whose clock is ahead, or that takes its local time for UTC, is less than a day ahead.
_CLOCKS_DIFFER_BY = timedelta(days=1)


async def ingest_call(session: Session, call: NewCall) -> tuple[Call, Ingestion]:
    """Create or update one call; refuse it where a batch would reject its row."""
    (outcome,) = await ingest_calls(session, [call])
    if outcome.id is None:
        raise Invalid("the call cannot be stored as it is", field_errors=outcome.field_errors)
    return await get_call(session, outcome.id), outcome.status


async def ingest_calls(session: Session, rows: Sequence[NewCall]) -> list[Ingested]:
    """Create or update calls; one outcome for each row. Of several rows for one call the last is written."""
    known = await repository.references(session, rows)
    rejected = {place: errors for place, row in enumerate(rows) if (errors := _field_errors(row, known))}
    # Sorted: two batches that touch the same calls take their locks in the same order.
    last = dict(sorted((row.key, place) for place, row in enumerate(rows) if place not in rejected))
    if not last:
        return [Ingested(Ingestion.REJECTED, field_errors=rejected[place]) for place in range(len(rows))]
    written = await _write(session, [rows[place] for place in last.values()], known.agents)
    return [
        Ingested(Ingestion.REJECTED, field_errors=rejected[place])
        if place in rejected
        else _outcome(written[row.key], superseded=last[row.key] != place)
        for place, row in enumerate(rows)
    ]


def _field_errors(row: NewCall, known: repository.References) -> tuple[FieldError, ...]:
    errors: tuple[FieldError, ...] = ()
    if row.started_at > clock.now() + _CLOCKS_DIFFER_BY:
        errors += (FieldError("/started_at", "must not lie more than a day ahead"),)
    if row.project_id not in known.projects:
        errors += (FieldError("/project_id", f"there is no project {row.project_id}"),)
    if row.agent_external_id is not None and row.agent_external_id not in known.agents:
        errors += (FieldError("/agent_external_id", f"there is no agent {row.agent_external_id!r}"),)
    return errors


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
    """One event for all rows, with the ids that it wrote: an event a call would double the writing of a batch.

    The source answers for what a call says, and a draw keeps what it used of it. The journal has to tell who wrote
    which calls when, and also who sent calls that changed nothing.
    """
    ids: dict[Ingestion, list[UUID]] = {status: [] for status in Ingestion}
    for outcome in outcomes:
        if outcome.id is not None:
            ids[outcome.status].append(outcome.id)
    sent = [call_id for some in ids.values() for call_id in some]
    after: WrittenCalls = {
        "created": ids[Ingestion.CREATED],
        "updated": ids[Ingestion.UPDATED],
        "unchanged": len(ids[Ingestion.UNCHANGED]),
    }
    await events.record(session, CallsIngested(subject_id=sent[0] if len(sent) == 1 else None, after=after))


async def get_call(session: Session, call_id: UUID) -> Call:
    return require_found(await repository.call_by_id(session, call_id), "call", call_id)


async def get_calls(session: Session, call_ids: Iterable[UUID]) -> dict[UUID, Call]:
    """Those of the calls that exist, by id."""
    return {call.id: call for call in await repository.calls_by_id(session, call_ids)}


async def list_calls(
    session: Session, wanted: CallFilter, page: PageRequest, *, where: Where | None = None
) -> Page[Call]:
    """The latest calls first. `where`: a condition on calls `c` from a package above, which knows tables of its own."""
    return await repository.page_of_calls(session, wanted, where or Where(), page)
