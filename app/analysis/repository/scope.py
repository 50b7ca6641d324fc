"""What a report is about: its filters' records, its draws and agents, and the names of its groups."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from app.analysis.repository.filters import agents_in, evaluations_in, scored_draws_in, with_conditions
from app.analysis.samples import ReportScope
from app.analysis.types import Filters, GroupBy
from app.platform.clock import Period
from app.platform.database import Row, Session

_FILTERED_BY: Final = """
SELECT (SELECT timezone FROM projects WHERE id = :project_id) AS timezone,
       (SELECT id FROM teams WHERE id = :team_id) AS team_id,
       (SELECT id FROM scorecards WHERE id = :scorecard_id) AS scorecard_id,
       (SELECT name FROM projects WHERE id = :project_id) AS project,
       (SELECT name FROM teams WHERE id = :team_id) AS team,
       (SELECT name FROM scorecards WHERE id = :scorecard_id) AS scorecard
"""

# One statement, so that the agents of the draws are among the agents.
_SCOPE: Final = """
WITH drawn AS (
    SELECT d.id, d.plan_id, d.starts_at, d.ends_at, p.project_id, j.timezone,
        coalesce((d.parameters ->> 'scorecard_id')::uuid, p.scorecard_id) AS scorecard_id,
        row_number() OVER (ORDER BY p.id, d.starts_at, d.supplement_no, d.id) - 1 AS rank
    FROM draws d
    JOIN sampling_plans p ON p.tenant_id = d.tenant_id AND p.id = d.plan_id
    JOIN projects j ON j.tenant_id = p.tenant_id AND j.id = p.project_id
    WHERE d.drawn_at IS NOT NULL AND {draws}
)
SELECT ARRAY(SELECT id FROM drawn ORDER BY id) AS draw_ids,
       ARRAY(SELECT rank FROM drawn ORDER BY id) AS draw_ranks,
       ARRAY(SELECT plan_id FROM drawn ORDER BY rank) AS draw_plans,
       ARRAY(SELECT scorecard_id FROM drawn ORDER BY rank) AS draw_scorecards,
       ARRAY(SELECT starts_at FROM drawn ORDER BY rank) AS draw_starts,
       ARRAY(SELECT ends_at FROM drawn ORDER BY rank) AS draw_ends,
       ARRAY(SELECT project_id FROM drawn ORDER BY rank) AS draw_projects,
       ARRAY(SELECT timezone FROM drawn ORDER BY rank) AS draw_zones,
       ARRAY(SELECT id FROM agents ORDER BY id) AS agent_ids,
       ARRAY(SELECT team_id FROM agents ORDER BY id) AS agent_teams,
       ARRAY(SELECT coalesce({agents}, false) FROM agents a ORDER BY id) AS agent_counts,
       ARRAY(SELECT id FROM users ORDER BY id) AS user_ids,
       (
           SELECT count(*)
           FROM evaluations e
           JOIN calls c ON c.tenant_id = e.tenant_id AND c.id = e.call_id
           LEFT JOIN agents a ON a.tenant_id = c.tenant_id AND a.id = e.agent_id
           WHERE e.status = 'submitted' AND e.assignment_id IS NULL AND {evaluations} AND {agents}
       ) AS unsampled_evaluations
"""

_UNSAMPLED_OF_AGENTS: Final = """
SELECT count(*)
FROM evaluations e
JOIN calls c ON c.tenant_id = e.tenant_id AND c.id = e.call_id
JOIN agents a ON a.tenant_id = e.tenant_id AND a.id = e.agent_id
WHERE e.status = 'submitted' AND e.assignment_id IS NULL AND e.agent_id = ANY(:agent_ids::uuid[])
    AND {evaluations} AND {agents}
"""

_NAMES: Final = {
    GroupBy.PROJECT: "SELECT id::text, name FROM projects WHERE id = ANY(:ids::uuid[])",
    GroupBy.TEAM: "SELECT id::text, name FROM teams WHERE id = ANY(:ids::uuid[])",
    GroupBy.AGENT: "SELECT id::text, full_name FROM agents WHERE id = ANY(:ids::uuid[])",
    GroupBy.VERIFIER: "SELECT id::text, full_name FROM users WHERE id = ANY(:ids::uuid[])",
}
_AGENTS_AND_TEAMS: Final = """
SELECT id, full_name FROM agents WHERE id = ANY(:ids::uuid[])
UNION ALL
SELECT id, name FROM teams WHERE id = ANY(:ids::uuid[])
"""


async def filtered_by(session: Session, filters: Filters) -> Row:
    """The time zone of the project, the ids and the names of what the filters name, each None if it does not exist."""
    return await session.fetch_one(
        _FILTERED_BY, project_id=filters.project_id, team_id=filters.team_id, scorecard_id=filters.scorecard_id
    )


async def report_scope(session: Session, filters: Filters, period: Period) -> ReportScope:
    statement, values = with_conditions(
        _SCOPE,
        draws=scored_draws_in(filters, period),
        evaluations=evaluations_in(filters, period),
        agents=agents_in(filters),
    )
    return ReportScope(**await session.fetch_one(statement, **values))


async def unsampled_evaluations_of(
    session: Session, filters: Filters, period: Period, agent_ids: Collection[UUID]
) -> int:
    """The number of evaluations of hand-picked calls of these agents."""
    statement, values = with_conditions(
        _UNSAMPLED_OF_AGENTS, evaluations=evaluations_in(filters, period), agents=agents_in(filters)
    )
    return int(await session.fetch_value(statement, agent_ids=list(agent_ids), **values))


async def names_of_groups(session: Session, by: GroupBy, keys: Collection[str]) -> dict[str, str]:
    """The names of the groups with these keys; a week has no name but its key."""
    if by is GroupBy.WEEK:
        return {}
    return dict(tuple(row) for row in await session.fetch_all(_NAMES[by], ids=list(keys)))


async def names_of_agents_and_teams(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    return dict(tuple(row) for row in await session.fetch_all(_AGENTS_AND_TEAMS, ids=list(ids)))


async def agents_of_user(session: Session, user_id: UUID) -> frozenset[UUID]:
    """The agents that are linked to the user: one or none."""
    return frozenset(await session.fetch_column("SELECT id FROM agents WHERE user_id = :user_id", user_id=user_id))
