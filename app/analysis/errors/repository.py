"""The answers to the evaluated calls of a report."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import numpy as np

from app.analysis.errors.table import AnswerGroup, ItemKey
from app.analysis.samples import SampleArrays
from app.platform.database import Session

# Millions of answers travel as a few rows: for each kind of answer, the indexes of its calls.
_ANSWERS: Final = """
SELECT e.scorecard_id, e.scorecard_version_id, a.item, a.is_error, a.fault, a.reason,
       string_agg(int4send(evaluated.call_index), ''::bytea) AS calls
FROM unnest(:revision_ids::uuid[], :call_indexes::int4[]) AS evaluated (revision_id, call_index)
JOIN evaluation_revisions r ON r.id = evaluated.revision_id
JOIN evaluations e ON e.tenant_id = r.tenant_id AND e.id = r.evaluation_id
JOIN answers a ON a.tenant_id = r.tenant_id AND a.revision_id = r.id
WHERE a.credit IS NOT NULL
GROUP BY e.scorecard_id, e.scorecard_version_id, a.item, a.is_error, a.fault, a.reason
ORDER BY e.scorecard_id, e.scorecard_version_id, a.item, a.is_error, a.fault, a.reason
"""


async def answer_groups(
    session: Session, sample: SampleArrays, revision_ids: Sequence[UUID | None]
) -> list[AnswerGroup]:
    """Every applicable answer to the evaluated calls that the report is about."""
    calls = np.flatnonzero(sample.counts & sample.evaluated).tolist()
    rows = await session.fetch_all(_ANSWERS, revision_ids=[revision_ids[call] for call in calls], call_indexes=calls)
    return [
        AnswerGroup(
            ItemKey(row.scorecard_id, row.item),
            row.scorecard_version_id,
            row.is_error,
            row.fault,
            row.reason,
            np.frombuffer(row.calls, dtype=">i4").astype(np.int64),
        )
        for row in rows
    ]
