"""SQL of precedents."""

from collections.abc import Sequence
from uuid import UUID

from app.calibration.checks.types import CheckSource, Precedent, PrecedentRow, Verdict
from app.platform.database import Row, Session, Where, dumps
from app.platform.database.pages import Keyset, fetch_page
from app.platform.database.records import read_as
from app.platform.pagination import Page, PageRequest, moment_of

_HAS_ITEM = """
SELECT EXISTS (SELECT FROM scorecard_versions WHERE scorecard_id = :scorecard_id AND definition @> :wanted::jsonb)
"""
# Of the two errors that a decision about two scorings may have found at an item, the first one stands for both.
_PRECEDENTS = """
SELECT p.id, p.decided_at, p.source, p.value, p.verdict, p.comment, v.number AS scorecard_version,
    array_remove(ARRAY[c.external_id, c.customer_ref, g.external_id], NULL) AS identifiers, g.full_name AS agent_name
FROM checked_errors p
JOIN scorecard_versions v ON v.tenant_id = p.tenant_id AND v.id = p.scorecard_version_id
JOIN calls c ON c.tenant_id = p.tenant_id AND c.id = p.call_id
LEFT JOIN agents g ON g.tenant_id = c.tenant_id AND g.id = c.agent_id
"""
_DECIDED = """
p.scorecard_id = :scorecard_id AND p.item = :item AND p.superseded_at IS NULL
  AND p.source IN ('double_score', 'calibration')
  AND NOT EXISTS (
    SELECT FROM checked_errors o
    WHERE (o.tenant_id, o.source_id, o.source, o.item) = (p.tenant_id, p.source_id, p.source, p.item)
      AND o.superseded_at IS NULL AND o.id < p.id
  )
"""
# To a reader who has yet to score or check the call, the decision would give the answer away.
_NOT_OWN_WORK = """
NOT EXISTS (SELECT FROM assignment_status a
            WHERE a.tenant_id = p.tenant_id AND a.call_id = p.call_id AND a.verifier_id = :reader_id
              AND a.state = 'open')
  AND NOT EXISTS (SELECT FROM evaluations e
                  WHERE e.tenant_id = p.tenant_id AND e.call_id = p.call_id AND e.verifier_id = :reader_id
                    AND e.status = 'draft')
  AND NOT EXISTS (SELECT FROM fault_checks f
                  WHERE f.tenant_id = p.tenant_id AND f.call_id = p.call_id AND f.checker_id = :reader_id
                    AND f.done_at IS NULL AND f.expired_at IS NULL)
  AND NOT EXISTS (SELECT FROM calibration_calls k
                  JOIN calibration_sessions s ON s.tenant_id = k.tenant_id AND s.id = k.session_id
                      AND s.state IN ('arranging', 'open')
                  JOIN calibration_participants t ON t.tenant_id = k.tenant_id AND t.session_id = k.session_id
                      AND t.user_id = :reader_id AND t.withdrawn_at IS NULL
                  WHERE k.tenant_id = p.tenant_id AND k.call_id = p.call_id)
"""
_NEWEST_FIRST = Keyset({"p.decided_at": moment_of, "p.id": UUID}, descending=True)
# Names that have a word beginning with these letters.
_NAMES = """
SELECT full_name FROM users u
WHERE u.tenant_id = :tenant_id AND EXISTS (
    SELECT FROM regexp_split_to_table(lower(u.full_name), '[^[:alpha:]]+') AS word
    WHERE left(word, 3) = ANY (:stems::text[])
)
"""


async def has_item(session: Session, scorecard_id: UUID, item: str) -> bool:
    """Whether any version of the scorecard has the item."""
    wanted = dumps({"sections": [{"items": [{"key": item}]}]})
    return bool(await session.fetch_value(_HAS_ITEM, scorecard_id=scorecard_id, wanted=wanted))


async def page_of_precedents(
    session: Session, scorecard_id: UUID, item: str, page: PageRequest, reader_id: UUID
) -> Page[PrecedentRow]:
    """What was decided about an item, the newest decision first, but for the calls that the reader has work on."""
    where = Where().add(_DECIDED, scorecard_id=scorecard_id, item=item).add(_NOT_OWN_WORK, reader_id=reader_id)
    return await fetch_page(session, _PRECEDENTS, where, page, keyset=_NEWEST_FIRST, read=_precedent)


async def user_names(session: Session, stems: Sequence[str]) -> list[str]:
    """The names of the tenant's users that have a word beginning with one of the stems."""
    return await session.fetch_column(_NAMES, tenant_id=session.tenant_id, stems=list(stems))


def _precedent(row: Row) -> PrecedentRow:
    precedent = read_as(Precedent, row, source=CheckSource(row.source), verdict=Verdict(row.verdict))
    return PrecedentRow(precedent, row.id, tuple(row.identifiers), row.agent_name)
