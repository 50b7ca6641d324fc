"""The filters of reports as conditions of SQL: a new filter is added to those it applies to."""

from app.analysis.types import Filters, Period
from app.platform.database import Where


def draws_in(filters: Filters, period: Period) -> Where:
    """The draws `d` of plans `p` whose windows overlap the period."""
    return (
        Where()
        .add("d.starts_at < :until AND d.ends_at > :since", since=period.since, until=period.until)
        .given("p.project_id = :project_id", project_id=filters.project_id)
    )


def agents_in(filters: Filters) -> Where:
    """The agents `a` whom the report is about."""
    return Where().given("a.team_id = :team_id", team_id=filters.team_id)


def selections_in(filters: Filters) -> Where:
    """The selections by plans `p` with assignments `g`."""
    return Where().given("coalesce(g.scorecard_id, p.scorecard_id) = :scorecard_id", scorecard_id=filters.scorecard_id)


def evaluations_in(filters: Filters, period: Period) -> Where:
    """The evaluations `e` of the period's calls `c`; the agents are filtered by `agents_in`."""
    return (
        Where()
        .add("c.started_at >= :since AND c.started_at < :until", since=period.since, until=period.until)
        .given("e.project_id = :project_id", project_id=filters.project_id)
        .given("e.scorecard_id = :scorecard_id", scorecard_id=filters.scorecard_id)
    )
