"""SQL of proofs: what a draw was made of, read in pages."""

from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from app.platform.database import Session
from app.platform.database.compat import driver_sql
from app.sampling.proof_document import ClassDocument, SelectionDocument, StratumDocument

Item = TypeVar("Item")
Key = TypeVar("Key")

# What the first pages come after: no selection and no agent has these.
BEFORE_SELECTIONS = 0
BEFORE_STRATA = UUID(int=0)

_SELECTIONS = """
SELECT position, call_id::text, agent_id::text, size::text, inclusion::text, signals
FROM selections WHERE draw_id = $1 AND position > $2 ORDER BY position LIMIT $3
"""
_STRATA = """
SELECT agent_id, calls, size::text, expected::text, selected
FROM draw_strata WHERE draw_id = $1 AND agent_id > $2 ORDER BY agent_id LIMIT $3
"""
_CLASSES = """
SELECT agent_id, size::text, call_ids::text[]
FROM frame_classes WHERE draw_id = $1 AND agent_id BETWEEN $2 AND $3 ORDER BY agent_id, frame_classes.size
"""


class PageOf(NamedTuple, Generic[Item, Key]):
    """Items as a proof tells them, and what the next page comes after; None on the last."""

    items: list[Item]
    after: Key | None


async def page_of_selections(
    session: Session, after: int, *, draw_id: UUID, limit: int
) -> PageOf[SelectionDocument, int]:
    rows = (await driver_sql(session, _SELECTIONS, draw_id, after, limit)).all()
    items: list[SelectionDocument] = [
        {
            "position": row.position,
            "call_id": row.call_id,
            "agent_id": row.agent_id,
            "size": row.size,
            "inclusion": row.inclusion,
            # The explanations stay behind: they tell of people, and nothing follows from them.
            "signals": [{"name": one["name"], "multiplier": str(one["multiplier"])} for one in row.signals],
        }
        for row in rows
    ]
    return PageOf(items, rows[-1].position if len(rows) == limit else None)


async def page_of_strata(session: Session, after: UUID, *, draw_id: UUID, limit: int) -> PageOf[StratumDocument, UUID]:
    """Strata with all their classes."""
    rows = (await driver_sql(session, _STRATA, draw_id, after, limit)).all()
    if not rows:
        return PageOf([], None)
    classes: dict[UUID, list[ClassDocument]] = {row.agent_id: [] for row in rows}
    for row in await driver_sql(session, _CLASSES, draw_id, rows[0].agent_id, rows[-1].agent_id):
        classes[row.agent_id].append({"size": row.size, "call_ids": row.call_ids})
    items: list[StratumDocument] = [
        {
            "agent_id": str(row.agent_id),
            "calls": row.calls,
            "size": row.size,
            "expected": row.expected,
            "selected": row.selected,
            "classes": classes[row.agent_id],
        }
        for row in rows
    ]
    return PageOf(items, rows[-1].agent_id if len(rows) == limit else None)
