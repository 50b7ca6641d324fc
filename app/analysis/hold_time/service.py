"""The report on hold time."""

from collections.abc import Sequence
from uuid import UUID

from app.analysis.hold_time.report import HoldData, agent_holds, hold_reading, project_reports
from app.analysis.hold_time.repository import hold_medians, hold_totals, people_and_projects
from app.analysis.hold_time.types import HoldRow, HoldTimeReport
from app.analysis.report_period import report_period
from app.analysis.types import Filters
from app.analysis.visibility import visible_agents
from app.identity import Principal
from app.platform.database import Session
from app.platform.threads import REPORTS
from app.statistics.hold_time import overall_verdict


async def hold_time_report(session: Session, principal: Principal, filters: Filters) -> HoldTimeReport:
    """The hold times of all calls of the period, and whose they are.

    The filters, and who asks, choose what is shown. The limits come from all calls of the tenant in the period, so that
    an agent has the same limit whoever looks, and however few are looked at.
    """
    period = await report_period(session, filters)
    visible = await visible_agents(session, principal)
    rows = await hold_totals(session, period)
    medians = await hold_medians(session, period)
    agent_ids = {row.agent_id for row in rows if row.agent_id is not None}
    names = await people_and_projects(session, agent_ids, {row.project_id for row in rows})
    data = HoldData(rows, medians, names)
    reading = await REPORTS.run(hold_reading, rows)
    shown = _shown(data, filters, visible)
    agents = agent_holds(data, reading, shown)
    if visible is not None:
        return HoldTimeReport(period, None, None, None, (), agents)
    projects = project_reports(data, reading, {rows[place].project_id for place in shown})
    return HoldTimeReport(
        period=period,
        verdict=overall_verdict(project.verdict for project in projects),
        sd_between_agents_s=reading.sd_between_agents,
        sd_between_projects_s=reading.sd_between_projects,
        projects=projects,
        agents=agents,
    )


def _shown(data: HoldData, filters: Filters, visible: frozenset[UUID] | None) -> Sequence[int]:
    """The places of the rows that the report shows."""

    def is_shown(row: HoldRow) -> bool:
        if filters.project_id is not None and row.project_id != filters.project_id:
            return False
        if visible is not None and row.agent_id not in visible:
            return False
        if filters.team_id is None:
            return True
        return row.agent_id is not None and data.names[row.agent_id].team_id == filters.team_id

    return [place for place, row in enumerate(data.rows) if is_shown(row)]
