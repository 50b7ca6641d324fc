"""SQL of checked errors."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.calibration.checks.types import CheckSource, ErrorVerdict, GivenVerdict, Verdict
from app.platform.database import Session, dumps
from app.platform.ids import new_id

_SUPERSEDE = """
UPDATE checked_errors SET superseded_at = :at
WHERE source_id = :source_id AND source = :source AND superseded_at IS NULL
"""
_INSERT = """
INSERT INTO checked_errors (tenant_id, source, source_id, decided_by, decided_at, by_chance, id, call_id, scorecard_id,
    scorecard_version_id, item, evaluation_id, verdict, value, inclusion_prob_e12, comment)
SELECT :tenant_id, :source, :source_id, :decided_by, :decided_at, prob_e12 IS NOT NULL, id, call_id, scorecard_id,
    version_id, item, evaluation_id, verdict, value::jsonb, prob_e12, comment
FROM unnest(:ids::uuid[], :call_ids::uuid[], :scorecard_ids::uuid[], :version_ids::uuid[], :items::text[],
    :evaluation_ids::uuid[], :verdicts::text[], :value_texts::text[], :probs::bigint[], :comments::text[])
    AS new (id, call_id, scorecard_id, version_id, item, evaluation_id, verdict, value, prob_e12, comment)
"""
_VERDICTS = """
SELECT source_id, item, verdict, comment FROM checked_errors
WHERE source_id = ANY (:source_ids::uuid[]) AND source = :source AND superseded_at IS NULL
"""


async def supersede(session: Session, source: CheckSource, source_id: UUID, at: datetime) -> int:
    """Let what the source decided before no longer count; how many rows that were."""
    return await session.execute(_SUPERSEDE, source=source, source_id=source_id, at=at)


async def insert(
    session: Session,
    source: CheckSource,
    source_id: UUID,
    errors: Sequence[ErrorVerdict],
    *,
    decided_by: UUID,
    decided_at: datetime,
) -> None:
    await session.execute(
        _INSERT,
        tenant_id=session.tenant_id,
        source=source,
        source_id=source_id,
        decided_by=decided_by,
        decided_at=decided_at,
        ids=[new_id() for _ in errors],
        call_ids=[error.call_id for error in errors],
        scorecard_ids=[error.scorecard_id for error in errors],
        version_ids=[error.scorecard_version_id for error in errors],
        items=[error.item for error in errors],
        evaluation_ids=[error.evaluation_id for error in errors],
        verdicts=[error.verdict for error in errors],
        value_texts=[None if error.value is None else dumps(error.value) for error in errors],
        probs=[error.inclusion_prob_e12 for error in errors],
        comments=[error.comment for error in errors],
    )


async def verdicts_of(
    session: Session, source: CheckSource, source_ids: Sequence[UUID]
) -> dict[UUID, dict[str, GivenVerdict]]:
    """The verdicts that count, by source and item."""
    found: dict[UUID, dict[str, GivenVerdict]] = {source_id: {} for source_id in source_ids}
    for row in await session.fetch_all(_VERDICTS, source=source, source_ids=list(source_ids)):
        found[row.source_id][row.item] = GivenVerdict(row.item, Verdict(row.verdict), row.comment)
    return found
