"""The SQL of roll-ups."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from app.analysis.repository.selections import IdLists
from app.analysis.rollups.packing import COLUMNS, Rollup
from app.platform.database import Row, Session, dumps

_DRAWS_OF: Final = """
SELECT s.draw_id FROM assignments g JOIN selections s ON s.tenant_id = g.tenant_id AND s.id = g.subject_id
WHERE g.id = ANY(:ids::uuid[])
UNION
SELECT s.draw_id FROM evaluations e
JOIN assignments g ON g.tenant_id = e.tenant_id AND g.id = e.assignment_id
JOIN selections s ON s.tenant_id = g.tenant_id AND s.id = g.subject_id
WHERE e.id = ANY(:ids::uuid[])
UNION
SELECT id FROM draws WHERE id = ANY(:ids::uuid[]) AND drawn_at IS NOT NULL
"""
_MARK: Final = """
INSERT INTO draw_rollups (tenant_id, draw_id, changes)
SELECT :tenant_id, draw_id, 1 FROM unnest(:draw_ids::uuid[]) AS draw_id ORDER BY draw_id
ON CONFLICT (tenant_id, draw_id) DO UPDATE SET changes = draw_rollups.changes + 1
"""
_STALE_TENANTS: Final = "SELECT DISTINCT tenant_id FROM draw_rollups WHERE is_stale"
_STALE: Final = "SELECT draw_id FROM draw_rollups WHERE is_stale ORDER BY draw_id"
_CHANGES: Final = "SELECT changes FROM draw_rollups WHERE draw_id = :draw_id"
_IDS: Final = """
SELECT ARRAY(SELECT DISTINCT agent_id FROM selections WHERE draw_id = :draw_id ORDER BY agent_id) AS agent_ids,
       ARRAY(SELECT id FROM users ORDER BY id) AS user_ids
"""
_STORE: Final = """
UPDATE draw_rollups SET built_changes = :changes, built_at = now(), rows = :rows, agent_ids = :agent_ids,
    verifier_ids = :verifier_ids, answers = :answers,
    uncorrected_answers = :uncorrected_answers, answer_kinds = :answer_kinds
WHERE draw_id = :draw_id
"""
_FRESH: Final = """
SELECT draw_id, rows, agent_ids, verifier_ids,
    NULL AS answers, NULL AS uncorrected_answers, NULL AS answer_kinds
FROM draw_rollups
WHERE draw_id = ANY(:draw_ids::uuid[]) AND NOT is_stale AND rows IS NOT NULL
"""
_NO_ANSWERS: Final = "NULL AS answers, NULL AS uncorrected_answers, NULL AS answer_kinds"
_ANSWERS: Final = "answers, uncorrected_answers, answer_kinds"


async def draws_of(session: Session, ids: Collection[UUID]) -> list[UUID]:
    """The draws among these ids, and those of the assignments and evaluations among them."""
    return await session.fetch_column(_DRAWS_OF, ids=list(ids))


async def mark_stale(session: Session, draw_ids: Collection[UUID]) -> None:
    await session.execute(_MARK, tenant_id=session.tenant_id, draw_ids=list(draw_ids))


async def tenants_with_stale_rollups(session: Session) -> list[UUID]:
    return await session.fetch_column(_STALE_TENANTS)


async def stale_draws(session: Session) -> list[UUID]:
    return await session.fetch_column(_STALE)


async def known_changes(session: Session, draw_id: UUID) -> int:
    changes: int = (await session.fetch_one(_CHANGES, draw_id=draw_id)).changes
    return changes


async def ids_in(session: Session, draw_id: UUID) -> IdLists:
    row = await session.fetch_one(_IDS, draw_id=draw_id)
    return IdLists([draw_id], row.agent_ids, row.user_ids)


async def store(session: Session, draw_id: UUID, rollup: Rollup | None, changes: int) -> None:
    """Replace the roll-up. It is fresh if no change has become known since `changes` were.

    Without one there is nothing to build until the next change, and reports read the tables.
    """
    content = rollup.columns | {"answer_kinds": dumps(rollup.answer_kinds)} if rollup else dict.fromkeys(COLUMNS)
    await session.execute(
        _STORE,
        draw_id=draw_id,
        changes=changes,
        **content,
    )


async def fresh(session: Session, draw_ids: Sequence[UUID], *, answers: bool) -> list[Row]:
    """The roll-ups of these draws that are not stale, as `unpack` takes them."""
    statement = _FRESH.replace(_NO_ANSWERS, _ANSWERS) if answers else _FRESH
    return await session.fetch_all(statement, draw_ids=list(draw_ids))
