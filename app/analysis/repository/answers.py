"""The answers to the evaluated calls of a report.

Millions of answers travel as a few rows: for each kind of answer, the indexes of its calls.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import numpy as np

from app.analysis.repository.filters import with_conditions
from app.analysis.repository.rows import AnswerCodes, AnswerKind, AnswersOfKind
from app.analysis.samples import SampleArrays
from app.platform.database import Session, Where

_ANSWERS: Final = """
SELECT e.scorecard_id, e.scorecard_version_id, a.item, a.is_error, a.fault, a.reason,
       string_agg(int4send(evaluated.call_index), ''::bytea) AS calls
FROM unnest(:revision_ids::uuid[], :call_indexes::int4[]) AS evaluated (revision_id, call_index)
JOIN evaluation_revisions r ON r.id = evaluated.revision_id
JOIN evaluations e ON e.tenant_id = r.tenant_id AND e.id = r.evaluation_id
JOIN answers a ON a.tenant_id = r.tenant_id AND a.revision_id = r.id
WHERE a.credit IS NOT NULL AND {answers}
GROUP BY e.scorecard_id, e.scorecard_version_id, a.item, a.is_error, a.fault, a.reason
ORDER BY e.scorecard_id, e.scorecard_version_id, a.item, a.is_error, a.fault, a.reason
"""


async def answers_by_kind(
    session: Session,
    sample: SampleArrays,
    revision_ids: Sequence[UUID | None],
    *,
    item: str | None = None,
    errors_only: bool = False,
) -> list[AnswersOfKind]:
    """The applicable answers to the evaluated calls that the report is about; those to one item, or the errors."""
    where = Where().given("a.item = :item", item=item)
    if errors_only:
        where = where.add("a.is_error")
    return await _read(session, evaluated_revisions(sample, revision_ids), where)


async def answers_of(session: Session, revision_ids: Sequence[UUID | None]) -> AnswerCodes:
    """The applicable answers of these revisions, of which each row has one or none."""
    calls = [index for index, revision_id in enumerate(revision_ids) if revision_id is not None]
    if not calls:
        return AnswerCodes.none()
    found = await _read(
        session, {"revision_ids": [revision_ids[call] for call in calls], "call_indexes": calls}, Where()
    )
    return AnswerCodes(
        kinds=[one.kind for one in found],
        codes=np.repeat(np.arange(len(found)), [one.calls.size for one in found]),
        rows=np.concatenate([np.zeros(0, dtype=np.int64), *(one.calls for one in found)]),
    )


def evaluated_revisions(
    sample: SampleArrays, revision_ids: Sequence[UUID | None]
) -> dict[str, list[UUID | None] | list[int]]:
    """The latest revisions of the evaluated calls that the report is about, and the calls' indexes in the sample."""
    calls: list[int] = np.flatnonzero(sample.counts & sample.evaluated).tolist()
    return {"revision_ids": [revision_ids[call] for call in calls], "call_indexes": calls}


async def _read(
    session: Session, revisions: dict[str, list[UUID | None] | list[int]], where: Where
) -> list[AnswersOfKind]:
    statement, values = with_conditions(_ANSWERS, answers=where)
    rows = await session.fetch_all(statement, **revisions, **values)
    return [
        AnswersOfKind.of(AnswerKind(*tuple(row)[:-1]), np.frombuffer(row.calls, dtype=">i4").astype(np.int64))
        for row in rows
    ]
