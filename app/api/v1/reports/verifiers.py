"""The report on verifiers."""

from typing import Any

from app import analysis
from app.analysis import VERIFIERS
from app.api.deps import TransactionFactoryDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.tables import FormatDep, answers_with, render
from app.api.v1.reports.filters import FiltersDep
from app.platform.errors import NotFound

router = private_router("/reports", "reports", streaming=True)


@router.get(
    "/verifiers",
    operation_id="getVerifiersReport",
    **answers_with(VERIFIERS, problem_responses(NotFound)),
    openapi_extra=requires_permission("reports:read"),
)
async def get_verifiers_report(begin: TransactionFactoryDep, filters: FiltersDep, wanted: FormatDep) -> Any:
    """How strictly each verifier scores, how far each agrees with the others, and how much each did.

    Severities are estimated from the first submissions of all evaluations of the calls that started within the period
    and match the filters. A positive severity means stricter. Verifiers who share no agents, directly or through
    others, are in different groups; severities can be compared within a group only. In files it is the table of
    verifiers.
    """
    async with begin() as session:
        report = await analysis.verifiers_report(session, filters)
    return await render(VERIFIERS, report, wanted)
