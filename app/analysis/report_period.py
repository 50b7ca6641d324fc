"""The period of a report."""

from zoneinfo import ZoneInfo

from app.analysis.repository import scope
from app.analysis.types import Filters, ReportPeriod, period_of
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import require_found


async def report_period(session: Session, filters: Filters) -> ReportPeriod:
    """The period of the report. NotFound if the project, the team or the scorecard of the filters does not exist."""
    found = await scope.filtered_by(session, filters)
    if filters.project_id:
        require_found(found.timezone, "project", filters.project_id)
    if filters.team_id:
        require_found(found.team_id, "team", filters.team_id)
    if filters.scorecard_id:
        require_found(found.scorecard_id, "scorecard", filters.scorecard_id)
    period = period_of(filters, filters.zone or ZoneInfo(found.timezone or "UTC"), clock.now())
    return ReportPeriod(period.since, period.until, period.zone, found.project, found.team, found.scorecard)
