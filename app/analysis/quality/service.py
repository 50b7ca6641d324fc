"""The report on quality.

The arithmetic on large samples takes a while, so it runs in threads beside the event loop.
"""

import asyncio

from app.analysis.quality.figures import QualityReport, figures, group_calls, of_agents, total
from app.analysis.reading.samples import drawn_sample
from app.analysis.report_period import report_period
from app.analysis.repository import scope
from app.analysis.repository.further import further_scores
from app.analysis.scorings import scored_severities
from app.analysis.types import Filters, GroupBy
from app.analysis.visibility import visible_agents
from app.identity import Principal
from app.platform.database import Session
from app.platform.errors import Forbidden
from app.platform.threads import REPORTS


async def quality_report(session: Session, principal: Principal, filters: Filters, by: GroupBy) -> QualityReport:
    """The mean score of all calls in the drawn windows, in total and by group.

    An agent reads the own figure, which is the same that a leader reads. Raises Forbidden if the groups are not agents.
    """
    visible = await visible_agents(session, principal)
    if visible is None:
        return await _report(session, filters, by)
    if by is not GroupBy.AGENT:
        raise Forbidden("an agent may read the own figure: by=agent")
    report = await _report(session, filters, by)
    unsampled = await scope.unsampled_evaluations_of(session, filters, report.period, visible)
    return of_agents(report, visible, unsampled)


async def _report(session: Session, filters: Filters, by: GroupBy) -> QualityReport:
    period = await report_period(session, filters)
    async with session.without_nested_loops():
        of = await scope.report_scope(session, filters, period)
        further = await further_scores(session, filters, period, of)
    sample = await drawn_sample(session, period, of)
    groups = group_calls(by, sample, of)
    scored = await REPORTS.run(scored_severities, sample, further)
    # Both at once: numpy lets other threads run while it computes.
    items, whole = await asyncio.gather(
        REPORTS.run(figures, sample, groups, None if by is GroupBy.VERIFIER else scored),
        REPORTS.run(total, sample, scored),
    )
    names = await scope.names_of_groups(session, by, [figure.key for figure in items if figure.key is not None])
    named = [figure._replace(name=names.get(figure.key or "", figure.name)) for figure in items]
    return QualityReport(
        by=by,
        period=period,
        items=tuple(sorted(named, key=lambda figure: (figure.key is None, figure.name, figure.key))),
        total=whole,
        unsampled_evaluations=of.unsampled_evaluations,
    )
