"""Precedents: what was decided about an item of other calls, for whoever scores it next."""

from dataclasses import replace
from uuid import UUID

from app.calibration.checks.redacting import name_stems, redact_comment
from app.calibration.checks.repository import precedents as repository
from app.calibration.checks.types import Precedent, PrecedentRow
from app.identity import Principal
from app.platform.database import Session
from app.platform.errors import NotFound
from app.platform.pagination import Page, PageRequest


async def list_precedents(
    session: Session, principal: Principal, scorecard_id: UUID, item: str, page: PageRequest
) -> Page[Precedent]:
    """The decisions about an item, the newest first, without names. Calls that the reader has work on are left out."""
    if not await repository.has_item(session, scorecard_id, item):
        raise NotFound(f"no version of the scorecard {scorecard_id} has an item {item!r}")
    found = await repository.page_of_precedents(session, scorecard_id, item, page, principal.user_id)
    comments = [row.precedent.comment for row in found.items if row.precedent.comment is not None]
    users = await repository.user_names(session, sorted(name_stems(comments)))
    return found.map(lambda row: _redacted(row, users))


def _redacted(row: PrecedentRow, users: list[str]) -> Precedent:
    comment = row.precedent.comment
    if comment is None:
        return row.precedent
    names = users if row.agent_name is None else [row.agent_name, *users]
    return replace(row.precedent, comment=redact_comment(comment, names, row.identifiers))
