"""The monthly report."""

import re
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BeforeValidator, WithJsonSchema

from app import analysis
from app.analysis import MONTHLY, WantedMonth
from app.api.deps import PrincipalDep, TransactionFactoryDep
from app.api.errors import TooManyComputations
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.tables import JSON, MEDIA_TYPES, PDF, PrintFormatDep, answer_with_file, to_wire, wire_model
from app.platform.errors import NotFound
from app.platform.threads import PICTURES

router = private_router("/reports", "reports", streaming=True)


def _first_day(text: str) -> date:
    if re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text) and not text.startswith("0000"):
        return date.fromisoformat(f"{text}-01")
    raise ValueError("must be a month, such as 2026-11")


Month = Annotated[
    date,
    BeforeValidator(_first_day),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[0-2])$", "examples": ["2026-11"]}),
]
_MONTH = Query(description="A month that has begun. The default is the last one that has ended.")
_PROJECT = Query(description="Calls of one project. The month is then one of its time zone, and otherwise of UTC.")
_TEAM = Query(description="Calls of the agents who are now in this team.")


@router.get(
    "/monthly",
    operation_id="getMonthlyReport",
    response_model=wire_model(MONTHLY.document),
    responses={
        200: {"content": {MEDIA_TYPES[PDF]: {"schema": {"type": "string", "format": "binary"}}}},
        **problem_responses(NotFound, TooManyComputations),
    },
    openapi_extra=requires_permission("reports:read"),
)
async def get_monthly_report(
    *,
    begin: TransactionFactoryDep,
    principal: PrincipalDep,
    wanted: PrintFormatDep,
    month: Annotated[Month | None, _MONTH] = None,
    project_id: Annotated[UUID | None, _PROJECT] = None,
    team_id: Annotated[UUID | None, _TEAM] = None,
) -> Any:
    """A month for a leader: how good the calls are and since when, agent or process, what to do, and how sure that is.

    As PDF it is two pages to send on. Both formats have the same figures, and sentences on them in `language`.
    """
    async with wanted.admission():
        async with begin() as session:
            report = await analysis.monthly_report(
                session, principal, WantedMonth(month, project_id, team_id, wanted.language)
            )
        if wanted.format == JSON:
            return to_wire(MONTHLY.document, report)
        content = await PICTURES.run(analysis.monthly_pdf, report)
        return answer_with_file(content, f"{MONTHLY.name}-{report.month:%Y-%m}", PDF)
