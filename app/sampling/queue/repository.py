"""SQL that joins assignments with what sampling and evaluations know of them."""

from collections.abc import Collection
from uuid import UUID

from app.platform.database import Session
from app.sampling.draws.repository.draws import read_signals
from app.sampling.draws.types import Signal

_SIGNALS = "SELECT id, signals FROM selections WHERE id = ANY (:selection_ids::uuid[])"
# Of the verifier's own choice: an evaluation of an assignment has the assignment itself as its obstacle. Drafts do not
# count: otherwise a verifier could keep calls away by drafts, and so influence which calls they get.
_SCORED_IN_POOL = """
SELECT a.id
FROM assignments a
JOIN evaluations e ON e.tenant_id = a.tenant_id AND e.call_id = a.call_id AND e.scorecard_id = a.scorecard_id
WHERE a.verifier_id IS NULL AND e.verifier_id = :verifier_id AND e.status = 'submitted'
"""
_HAS_SCORED = """
SELECT EXISTS (
    SELECT FROM evaluations
    WHERE verifier_id = :verifier_id AND call_id = :call_id AND scorecard_id = :scorecard_id AND status = 'submitted'
)
"""


async def signals_of(session: Session, selection_ids: Collection[UUID]) -> dict[UUID, tuple[Signal, ...]]:
    """The signals of selections by their ids."""
    rows = await session.fetch_all(_SIGNALS, selection_ids=list(selection_ids))
    return {row.id: read_signals(row.signals) for row in rows}


async def scored_in_pool(session: Session, verifier_id: UUID) -> list[UUID]:
    """The assignments of the pools whose calls the verifier has scored already."""
    return await session.fetch_column(_SCORED_IN_POOL, verifier_id=verifier_id)


async def has_scored(session: Session, verifier_id: UUID, call_id: UUID, scorecard_id: UUID) -> bool:
    subject = {"verifier_id": verifier_id, "call_id": call_id, "scorecard_id": scorecard_id}
    return bool(await session.fetch_value(_HAS_SCORED, **subject))
