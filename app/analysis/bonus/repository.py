"""The SQL of bonus."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from app.analysis.bonus.models import BonusRuleModel
from app.analysis.bonus.rule import BonusRule, Step, Terms
from app.analysis.bonus.types import BonusProject
from app.analysis.types import Person
from app.platform.clock import Period
from app.platform.database import Row, Session, Where
from app.platform.database.records import insert_record, read_as, update_record

_RULE: Final = """
SELECT id, project_id, steps, min_evaluations, too_few_percent, version FROM bonus_rules WHERE project_id = :project_id
"""
# Two who set the rule of a project at the same time come one after the other, also where there is none yet.
_LOCK: Final = "SELECT FROM projects WHERE id = :project_id FOR NO KEY UPDATE"
_PROJECTS: Final = """
SELECT p.id, p.name, p.timezone, r.id AS rule_id, r.steps, r.min_evaluations, r.too_few_percent
FROM projects p LEFT JOIN bonus_rules r ON r.tenant_id = p.tenant_id AND r.project_id = p.id
"""
_PEOPLE: Final = """
SELECT a.id, a.external_id, a.full_name, a.team_id, t.name
FROM agents a LEFT JOIN teams t ON t.tenant_id = a.tenant_id AND t.id = a.team_id
WHERE a.id = ANY(:agent_ids::uuid[]) OR ((a.left_on IS NULL OR a.left_on >= :first_day) AND EXISTS (
    SELECT FROM agent_projects ap
    WHERE ap.tenant_id = a.tenant_id AND ap.agent_id = a.id AND ap.project_id = :project_id
))
ORDER BY a.full_name, a.id
"""


async def rule_of(session: Session, project_id: UUID) -> BonusRule | None:
    row = await session.fetch_optional(_RULE, project_id=project_id)
    return None if row is None else read_as(BonusRule, row, steps=_steps(row.steps))


async def lock_project(session: Session, project_id: UUID) -> None:
    await session.fetch_optional(_LOCK, project_id=project_id)


async def insert_rule(session: Session, rule: BonusRule) -> None:
    await insert_record(session, BonusRuleModel, rule)


async def update_rule(session: Session, rule: BonusRule, *, expected: int) -> None:
    await update_record(session, BonusRuleModel, rule, expected=expected)


async def projects(session: Session, project_id: UUID | None) -> list[BonusProject]:
    """The project, with or without terms; or all projects that have terms, by name."""
    where = Where().given("p.id = :project_id", project_id=project_id)
    if project_id is None:
        where.add("r.id IS NOT NULL")
    rows = await session.fetch_all(f"{_PROJECTS} WHERE {where.sql} ORDER BY p.name, p.id", **where.values)
    return [_project(row) for row in rows]


async def people(session: Session, project_id: UUID, period: Period, agent_ids: Collection[UUID]) -> list[Person]:
    """These agents, and those who work in the project now and had not left before the period, by name."""
    rows = await session.fetch_all(
        _PEOPLE, project_id=project_id, first_day=period.first_day, agent_ids=list(agent_ids)
    )
    return list(map(Person._make, rows))


def _project(row: Row) -> BonusProject:
    terms = None
    if row.rule_id is not None:
        terms = Terms(_steps(row.steps), row.min_evaluations, row.too_few_percent)
    return BonusProject(row.id, row.name, row.timezone, terms)


def _steps(documents: list[dict[str, Any]]) -> tuple[Step, ...]:
    return tuple(Step(Decimal(step["from_score"]), Decimal(step["percent"])) for step in documents)
