"""SQL of proofs: the contents of a draw, read in pages."""

from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from app.platform.database import Session
from app.sampling.proofs.document import ClassDocument, SelectionDocument, StratumDocument

Item = TypeVar("Item")
Key = TypeVar("Key")

# The first pages come after these: no selection and no agent has them.
BEFORE_SELECTIONS = 0
BEFORE_STRATA = UUID(int=0)

_SELECTIONS = """
SELECT position, call_id::text, agent_id::text, size_e6::text, inclusion_prob_e12::text, signals
FROM selections WHERE draw_id = :draw_id AND position > :after ORDER BY position LIMIT :limit
"""
_STRATA = """
SELECT agent_id, calls, size_e6::text, expected_n_e12::text, selected
FROM draw_strata WHERE draw_id = :draw_id AND agent_id > :after ORDER BY agent_id LIMIT :limit
"""
_CLASSES = """
SELECT agent_id, size_e6::text, call_ids::text[]
FROM frame_classes WHERE draw_id = :draw_id AND agent_id BETWEEN :first AND :last
ORDER BY agent_id, frame_classes.size_e6
"""


class DocumentPage(NamedTuple, Generic[Item, Key]):
    """Items as a proof contains them, and the key that the next page comes after; None on the last page."""

    items: list[Item]
    after: Key | None


async def page_of_selections(
    session: Session, after: int, *, draw_id: UUID, limit: int
) -> DocumentPage[SelectionDocument, int]:
    rows = await session.fetch_all(_SELECTIONS, draw_id=draw_id, after=after, limit=limit)
    items: list[SelectionDocument] = [
        {
            "position": row.position,
            "call_id": row.call_id,
            "agent_id": row.agent_id,
            "size": row.size_e6,
            "inclusion": row.inclusion_prob_e12,
            # Without the explanations: they are about people, and nothing follows from them.
            "signals": [{"name": one["name"], "multiplier": str(one["multiplier"])} for one in row.signals],
        }
        for row in rows
    ]
    return DocumentPage(items, rows[-1].position if len(rows) == limit else None)


async def page_of_strata(
    session: Session, after: UUID, *, draw_id: UUID, limit: int
) -> DocumentPage[StratumDocument, UUID]:
    """Strata with all their size classes."""
    rows = await session.fetch_all(_STRATA, draw_id=draw_id, after=after, limit=limit)
    if not rows:
        return DocumentPage([], None)
    classes: dict[UUID, list[ClassDocument]] = {row.agent_id: [] for row in rows}
    for row in await session.fetch_all(_CLASSES, draw_id=draw_id, first=rows[0].agent_id, last=rows[-1].agent_id):
        classes[row.agent_id].append({"size": row.size_e6, "call_ids": row.call_ids})
    items: list[StratumDocument] = [
        {
            "agent_id": str(row.agent_id),
            "calls": row.calls,
            "size": row.size_e6,
            "expected": row.expected_n_e12,
            "selected": row.selected,
            "classes": classes[row.agent_id],
        }
        for row in rows
    ]
    return DocumentPage(items, rows[-1].agent_id if len(rows) == limit else None)
