"""The report on the coverage of the sample."""

from typing import Any

from app import analysis
from app.analysis import SAMPLING_COVERAGE
from app.api.deps import TransactionFactoryDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.tables import FormatDep, answers_with, render
from app.api.v1.reports.filters import WindowFiltersDep
from app.platform.errors import NotFound

router = private_router("/reports", "reports", streaming=True)


@router.get(
    "/sampling-coverage",
    operation_id="getSamplingCoverageReport",
    **answers_with(SAMPLING_COVERAGE, problem_responses(NotFound)),
    openapi_extra=requires_permission("reports:read"),
)
async def get_sampling_coverage_report(
    begin: TransactionFactoryDep, filters: WindowFiltersDep, wanted: FormatDep
) -> Any:
    """The drawn and evaluated calls of each agent, why an agent has none, and whether the draws follow the plans.

    The report is about whole windows: all that overlap the period, with the supplementary draws of late calls. A call
    in the frames of two plans counts once for each. In files it is the table of agents.
    """
    async with begin() as session:
        report = await analysis.coverage_report(session, filters)
    return await render(SAMPLING_COVERAGE, report, wanted)
