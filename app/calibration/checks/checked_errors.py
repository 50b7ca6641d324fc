"""Checked errors: the errors whose fault was decided by more than their scorer. The share of process errors rests on
them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app import events
from app.calibration.checks.events import CheckedErrorsDocument, ErrorsChecked, checked_error_document
from app.calibration.checks.repository import checked_errors as repository
from app.calibration.checks.types import CheckSource, ErrorVerdict
from app.platform.database import Session


async def record_checked_errors(
    session: Session,
    source: CheckSource,
    source_id: UUID,
    errors: Sequence[ErrorVerdict],
    *,
    decided_by: UUID,
    decided_at: datetime,
) -> None:
    """Write all the errors that a source has decided. What it decided before no longer counts, and stays."""
    superseded = await repository.supersede(session, source, source_id, decided_at)
    if not (errors or superseded):
        return
    await repository.insert(session, source, source_id, errors, decided_by=decided_by, decided_at=decided_at)
    after: CheckedErrorsDocument = {
        "source": source,
        "superseded": superseded,
        "errors": [checked_error_document(error) for error in errors],
    }
    await events.record(session, ErrorsChecked(subject_id=source_id, after=after))
