"""The report on quality."""

from typing import Any

from app import analysis
from app.analysis import QUALITY, GroupBy
from app.api.deps import PrincipalDep, TransactionFactoryDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.tables import ReportFormatDep, answers_with, render
from app.api.v1.reports.filters import FiltersDep
from app.platform.errors import NotFound

router = private_router("/reports", "reports", streaming=True)


@router.get(
    "/quality",
    operation_id="getQualityReport",
    **answers_with(QUALITY, problem_responses(NotFound)),
    openapi_extra=requires_permission("reports:own"),
)
async def get_quality_report(
    begin: TransactionFactoryDep,
    principal: PrincipalDep,
    filters: FiltersDep,
    wanted: ReportFormatDep,
    by: GroupBy = GroupBy.PROJECT,
) -> Any:
    """The mean score of all calls, estimated from the drawn calls, with its interval and the unweighted mean.

    The report is about the calls that started within the period and were in the frame of a draw. A call in the frames
    of several plans counts once. Of every evaluation, the latest revision counts. Drawn calls that are not evaluated
    are nonresponse; their weight goes to other calls of the same agent. `population` is the number of calls: an exact
    count where `population_exact` is true. `unrepresented` of them are calls of agents, or of windows, without any
    evaluation; the mean is not about these. Calls that no item applied to are left out of the mean. Evaluations of
    hand-picked calls are only counted. Beside each mean is the mean adjusted for the severity of the verifiers, unless
    they are in several groups that cannot be compared. `by=verifier` is descriptive: it is the mean of the calls that a
    verifier scored, not a measure of strictness, which is in the report on verifiers. In files, the last row has no key
    and is the total.
    An agent may read the own figure with `by=agent`.
    """
    async with begin() as session:
        report = await analysis.quality_report(session, principal, filters, by)
    return await render(QUALITY, report, wanted)
