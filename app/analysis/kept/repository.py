"""SQL of kept figures."""

import hashlib
from datetime import datetime
from typing import Final

from app.analysis.kept.types import ChangeReason, KeptFigure, PreviousFigure
from app.platform.database import Session
from app.platform.ids import new_id

_KEPT: Final = """
SELECT method, input_digest, figures, value, computed_at, previous_value, previous_input_digest, previous_computed_at,
    change_reason
FROM report_figures WHERE report = :report AND question_digest = :question_digest
"""
# Of two that compute the same at once the first one is kept; one that has read older inputs is not kept over a newer.
_KEEP: Final = """
INSERT INTO report_figures AS f (tenant_id, id, report, question, question_digest, method, input_digest, figures, value,
    computed_at, previous_value, previous_input_digest, previous_computed_at, change_reason)
VALUES (:tenant_id, :id, :report, :question, :question_digest, :method, :input_digest, :figures, :value, :computed_at,
    :previous_value, :previous_input_digest, :previous_computed_at, :change_reason)
ON CONFLICT (tenant_id, report, question_digest) DO UPDATE
SET method = excluded.method, input_digest = excluded.input_digest, figures = excluded.figures, value = excluded.value,
    computed_at = excluded.computed_at, previous_value = excluded.previous_value,
    previous_input_digest = excluded.previous_input_digest, previous_computed_at = excluded.previous_computed_at,
    change_reason = excluded.change_reason
WHERE f.computed_at < excluded.computed_at
    AND (f.input_digest, f.method) IS DISTINCT FROM (excluded.input_digest, excluded.method)
"""
_REMOVE_OLD: Final = """
DELETE FROM report_figures WHERE (tenant_id, id) IN (
    SELECT tenant_id, id FROM report_figures WHERE computed_at < :before ORDER BY computed_at LIMIT :limit)
"""
_REMOVE_SURPLUS: Final = """
DELETE FROM report_figures WHERE (tenant_id, id) IN (
    SELECT tenant_id, id FROM (
        SELECT tenant_id, id, row_number() OVER (PARTITION BY tenant_id ORDER BY computed_at DESC, id DESC) AS place
        FROM report_figures
    ) AS numbered
    WHERE place > :most LIMIT :limit)
"""


async def kept_figure(session: Session, report: str, question: str) -> KeptFigure | None:
    row = await session.fetch_optional(_KEPT, report=report, question_digest=_digest(question))
    if row is None:
        return None
    changed = None
    if row.change_reason is not None:
        before = row.previous_value, row.previous_input_digest, row.previous_computed_at
        changed = PreviousFigure(*before, ChangeReason(row.change_reason))
    own = row.method, row.input_digest, row.figures, row.value, row.computed_at
    return KeptFigure(report, question, *own, changed)


async def keep(session: Session, figure: KeptFigure) -> None:
    changed = figure.changed
    await session.execute(
        _KEEP,
        tenant_id=session.tenant_id,
        id=new_id(),
        report=figure.report,
        question=figure.question,
        question_digest=_digest(figure.question),
        method=figure.method,
        input_digest=figure.input_digest,
        figures=figure.figures,
        value=figure.value,
        computed_at=figure.computed_at,
        previous_value=changed and changed.previous_value,
        previous_input_digest=changed and changed.previous_input_digest,
        previous_computed_at=changed and changed.previous_computed_at,
        change_reason=changed and str(changed.reason),
    )


async def remove_old(session: Session, before: datetime, limit: int) -> int:
    """Remove the oldest figures of all tenants that were computed before a moment; how many there were."""
    return await session.execute(_REMOVE_OLD, before=before, limit=limit)


async def remove_surplus(session: Session, most: int, limit: int) -> int:
    """Remove the oldest figures of tenants that have more than `most`; how many there were."""
    return await session.execute(_REMOVE_SURPLUS, most=most, limit=limit)


def _digest(question: str) -> str:
    return hashlib.sha256(question.encode()).hexdigest()
