"""The SQL of the report on hold time: the database counts the calls, however many there are."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from app.analysis.hold_time.types import HoldRow, MedianRow
from app.analysis.repository.filters import calls_in, with_conditions
from app.analysis.types import Person
from app.platform.clock import Period
from app.platform.database import Session
from app.statistics.hold_time import CAP_S, MINUTE_S

# Whole seconds, so that the sums are exact in whatever order the calls come. Of n holds, one lasted for more than a
# minute if together they lasted for more than n minutes.
_TOTALS: Final = f"""
SELECT c.agent_id, c.project_id, count(*) AS calls, count(c.hold_s) AS known,
       count(*) FILTER (WHERE c.hold_s > 0) AS held,
       count(*) FILTER (WHERE c.hold_s > {MINUTE_S}) AS over_minute,
       count(*) FILTER (WHERE c.hold_s > {MINUTE_S} * greatest(coalesce(c.hold_count, 1), 1)) AS one_over_minute,
       count(c.hold_count) AS counted, count(*) FILTER (WHERE c.hold_count >= 3) AS third_hold,
       coalesce(sum(c.hold_s), 0)::float8 AS hold_s,
       coalesce(sum(c.capped), 0)::float8 AS sum1, coalesce(sum(c.capped * c.capped), 0)::float8 AS sum2,
       coalesce(sum(c.capped * c.capped * c.capped), 0)::float8 AS sum3
FROM (
    SELECT c.agent_id, c.project_id, c.hold_s, c.hold_count, least(c.hold_s, {CAP_S})::int8 AS capped
    FROM calls c
    WHERE {{calls}}
) c
GROUP BY c.agent_id, c.project_id
"""  # noqa: S608
_MEDIANS: Final = """
SELECT c.agent_id, c.project_id, grouping(c.agent_id) = 1 AS of_project,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY c.hold_s::float8) AS median_s
FROM calls c
WHERE c.hold_s > 0 AND {calls}
GROUP BY GROUPING SETS ((c.project_id, c.agent_id), (c.project_id))
"""
_PEOPLE: Final = """
SELECT a.id, a.external_id, a.full_name, a.team_id, t.name
FROM agents a LEFT JOIN teams t ON t.tenant_id = a.tenant_id AND t.id = a.team_id
WHERE a.id = ANY(:agent_ids::uuid[])
UNION ALL
SELECT id, '', name, NULL, NULL FROM projects WHERE id = ANY(:project_ids::uuid[])
"""


async def hold_totals(session: Session, period: Period) -> list[HoldRow]:
    """The calls of the period by agent and project, always in the same order."""
    statement, values = with_conditions(_TOTALS, calls=calls_in(period))
    rows = map(HoldRow._make, await session.fetch_all(statement, **values))
    return sorted(rows, key=lambda row: (row.project_id, row.agent_id is None, row.agent_id))


async def hold_medians(session: Session, period: Period) -> list[MedianRow]:
    statement, values = with_conditions(_MEDIANS, calls=calls_in(period))
    return list(map(MedianRow._make, await session.fetch_all(statement, **values)))


async def people_and_projects(
    session: Session, agent_ids: Collection[UUID], project_ids: Collection[UUID]
) -> dict[UUID, Person]:
    """The agents with their present teams, and the projects, of which only the name is filled in."""
    rows = await session.fetch_all(_PEOPLE, agent_ids=list(agent_ids), project_ids=list(project_ids))
    return {row.id: Person._make(row) for row in rows}
