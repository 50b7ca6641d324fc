"""The report with a control chart."""

from typing import Any

from app import analysis
from app.analysis import CONTROL_CHART, Interval, RuleSet
from app.api.deps import TransactionFactoryDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.tables import ReportFormatDep, answers_with, render
from app.api.v1.reports.filters import FiltersDep
from app.api.v1.reports.metrics import QuestionDep
from app.platform.errors import NotFound

router = private_router("/reports", "reports", streaming=True)


@router.get(
    "/control-chart",
    operation_id="getControlChartReport",
    **answers_with(CONTROL_CHART, problem_responses(NotFound)),
    openapi_extra=requires_permission("reports:read"),
)
async def get_control_chart_report(
    begin: TransactionFactoryDep,
    filters: FiltersDep,
    question: QuestionDep,
    wanted: ReportFormatDep,
    *,
    interval: Interval = Interval.DAY,
    rules: RuleSet = RuleSet.WESTERN_ELECTRIC,
) -> Any:
    """A metric over time with control limits, named signals, a moving average and changes of its level.

    `error_rate`: the share of calls with an error, or with an error at one item. `errors_per_call`: the mean number of
    items with an error. `score`: the mean score. `agent_score`: the mean score without the errors that are not the
    agent's. `critical_error_rate`: the share of calls that fail a critical family, of those to which one of its items
    applied. `process_share`: the share of errors that verifiers marked as the
    process's. An item whose key several scorecards use needs `scorecard_id`. The report is about the same calls as the
    quality report. In files it is the table of points.
    """
    async with begin() as session:
        report = await analysis.control_chart_report(session, filters, question, interval, rules)
    return await render(CONTROL_CHART, report, wanted)
