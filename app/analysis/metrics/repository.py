"""What evaluations say of each call: its errors and its critical families.

Results travel as packed bytes, as the sample does (`app.analysis.reading.samples`).
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import numpy as np

from app.analysis.metrics.types import FAMILIES, CallOutcomes
from app.analysis.repository.answers import evaluated_revisions
from app.analysis.repository.filters import with_conditions
from app.analysis.samples import SampleArrays
from app.platform.database import Session, Where, dumps

# A family is null where none of its items applied, and otherwise true if none of them is an error.
_OUTCOMES: Final = """
SELECT string_agg(
           int4send(evaluated.call_index) || int4send(r.error_count) || boolsend(r.applicable_count > 0)
               || boolsend(r.families ->> 'customer' IS NOT NULL)
               || boolsend(r.families ->> 'business' IS NOT NULL)
               || boolsend(r.families ->> 'compliance' IS NOT NULL)
               || boolsend(coalesce(r.families ->> 'customer' = 'false', false))
               || boolsend(coalesce(r.families ->> 'business' = 'false', false))
               || boolsend(coalesce(r.families ->> 'compliance' = 'false', false)),
           ''::bytea
       )
FROM unnest(:revision_ids::uuid[], :call_indexes::int4[]) AS evaluated (revision_id, call_index)
JOIN evaluation_revisions r ON r.id = evaluated.revision_id
"""
_PACKED: Final = np.dtype(
    [
        ("call", ">i4"),
        ("errors", ">i4"),
        ("applies", "?"),
        ("family_applies", "?", (len(FAMILIES),)),
        ("family_fails", "?", (len(FAMILIES),)),
    ]
)

_HAS_ITEM: Final = """
SELECT EXISTS (
    SELECT FROM scorecard_versions v WHERE v.status = 'published' AND v.definition @> :wanted::jsonb AND {scorecards}
)
"""


async def call_outcomes(session: Session, sample: SampleArrays, revision_ids: Sequence[UUID | None]) -> CallOutcomes:
    packed = await session.fetch_value(_OUTCOMES, **evaluated_revisions(sample, revision_ids))
    found = np.frombuffer(packed or b"", dtype=_PACKED)
    calls, shape = found["call"], (sample.draws.size, len(FAMILIES))
    errors, applies = np.zeros(shape[0], dtype=np.int64), np.zeros(shape[0], dtype=np.bool_)
    family_applies, family_fails = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    errors[calls], applies[calls] = found["errors"], found["applies"]
    family_applies[calls], family_fails[calls] = found["family_applies"], found["family_fails"]
    return CallOutcomes(errors, applies, family_applies, family_fails)


async def has_item(session: Session, item: str, scorecard_id: UUID | None) -> bool:
    """Whether a published version of the scorecard, or of any, has the item."""
    wanted = dumps({"sections": [{"items": [{"key": item}]}]})
    where = Where().given("v.scorecard_id = :scorecard_id", scorecard_id=scorecard_id)
    statement, values = with_conditions(_HAS_ITEM, scorecards=where)
    return bool(await session.fetch_value(statement, wanted=wanted, **values))
