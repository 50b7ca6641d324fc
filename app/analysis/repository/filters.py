"""The filters of reports as conditions of SQL: a new filter is added to those it applies to."""

from typing import Any, Final

from app.analysis.types import Filters
from app.platform.clock import Period
from app.platform.database import Where

_IS_MEMBER: Final = """EXISTS (
    SELECT FROM agent_projects ap
    WHERE ap.tenant_id = a.tenant_id AND ap.agent_id = a.id AND ap.project_id = :project_id
)"""


def with_conditions(template: str, **conditions: Where) -> tuple[str, dict[str, Any]]:
    """The statement with the conditions in place of their names in braces, and the values of their parameters."""
    values: dict[str, Any] = {}
    for condition in conditions.values():
        values |= condition.values
    return template.format(**{name: condition.sql for name, condition in conditions.items()}), values


def draws_in(filters: Filters, period: Period) -> Where:
    """The draws `d` of plans `p` whose windows overlap the period."""
    return plans_in(filters).add("d.starts_at < :until AND d.ends_at > :since", since=period.since, until=period.until)


def scored_draws_in(filters: Filters, period: Period) -> Where:
    """The same, of draws whose calls are scored by the scorecard. A draw keeps the scorecard that its plan had then."""
    return draws_in(filters, period).given(
        "coalesce((d.parameters ->> 'scorecard_id')::uuid, p.scorecard_id) = :scorecard_id",
        scorecard_id=filters.scorecard_id,
    )


def plans_in(filters: Filters) -> Where:
    """The plans `p`."""
    return Where().given("p.project_id = :project_id", project_id=filters.project_id)


def agents_in(filters: Filters) -> Where:
    """The agents `a` in the report."""
    return Where().given("a.team_id = :team_id", team_id=filters.team_id)


def members_in(filters: Filters) -> Where:
    """The agents `a` who work in the project."""
    return Where().given(_IS_MEMBER, project_id=filters.project_id)


def evaluations_in(filters: Filters, period: Period) -> Where:
    """The evaluations `e` of the period's calls `c`; the agents are filtered by `agents_in`."""
    return _of_project_and_scorecard("e", filters).add(
        "c.started_at >= :since AND c.started_at < :until", since=period.since, until=period.until
    )


def calls_in(period: Period) -> Where:
    """The calls `c` of the period."""
    return Where().add("c.started_at >= :since AND c.started_at < :until", since=period.since, until=period.until)


def submissions_in(filters: Filters, period: Period) -> Where:
    """The evaluations `e` that were submitted in the period; the agents are filtered by `agents_in`."""
    return _of_project_and_scorecard("e", filters).add(
        "e.submitted_at >= :since AND e.submitted_at < :until", since=period.since, until=period.until
    )


def assignments_in(filters: Filters) -> Where:
    """The assignments `g`; the agents are filtered by `agents_in`."""
    return _of_project_and_scorecard("g", filters)


def _of_project_and_scorecard(table: str, filters: Filters) -> Where:
    return (
        Where()
        .given(f"{table}.project_id = :project_id", project_id=filters.project_id)
        .given(f"{table}.scorecard_id = :scorecard_id", scorecard_id=filters.scorecard_id)
    )
