"""Routes of precedents."""

from typing import Annotated
from uuid import UUID

from fastapi import Path

from app import calibration
from app.api.deps import PageDep, PrincipalDep, SessionDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.calibration.precedents import PrecedentOut
from app.api.schemas.common import Key, PageOf
from app.platform.errors import NotFound

router = private_router("/items", "calibration")


@router.get(
    "/{scorecard_id}/{item}/precedents",
    operation_id="listPrecedents",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("calibration:read"),
)
async def list_precedents(
    scorecard_id: UUID,
    item: Annotated[Key, Path(description="The item's key.")],
    session: SessionDep,
    principal: PrincipalDep,
    page: PageDep,
) -> PageOf[PrecedentOut]:
    """What third persons and calibration sessions decided about an item of other calls, the newest decision first.

    Calls that you have yet to score or check are left out.
    """
    found = await calibration.list_precedents(session, principal, scorecard_id, item, page)
    return PageOf(items=[PrecedentOut.model_validate(one) for one in found.items], next_cursor=found.next_cursor)
