"""The answers to the evaluated calls of a report."""

from collections.abc import Sequence
from uuid import UUID

from app.analysis.errors.table import AnswerGroup, ItemKey
from app.analysis.repository.answers import answers_by_kind
from app.analysis.samples import SampleArrays
from app.platform.database import Session


async def answer_groups(
    session: Session, sample: SampleArrays, revision_ids: Sequence[UUID | None]
) -> list[AnswerGroup]:
    """Every applicable answer to the evaluated calls that the report is about."""
    return [
        AnswerGroup(ItemKey(one.scorecard_id, one.item), one.version_id, one.is_error, one.fault, one.reason, one.calls)
        for one in await answers_by_kind(session, sample, revision_ids)
    ]
