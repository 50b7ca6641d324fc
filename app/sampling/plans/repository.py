"""SQL of sampling plans."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from app.platform.database import Row, Session, Where, dumps
from app.platform.database.pages import Keyset, fetch_page
from app.platform.database.records import insert_row, update_row
from app.platform.pagination import Page, PageRequest
from app.sampling.models import SamplingPlanModel
from app.sampling.plans.types import Plan, read_plan

_PLANS = """
SELECT p.id, p.name, p.project_id, p.scorecard_id, p.window_kind AS "window", p.timezone, p.mode, p.rate,
    p.rate_override_reason, p.quota_per_agent, p.floor_per_agent, p.eligibility, p.size, p.double_score_rate,
    p.fault_check_rate, p.verifier_daily_capacity, p.draw_delay_min, p.due_days, p.active, p.active_since, p.version,
    p.created_at,
    ARRAY(SELECT m.user_id FROM assignment_pool_members m
          WHERE (m.tenant_id, m.pool_id) = (p.tenant_id, p.id) ORDER BY m.user_id) AS verifier_ids
FROM sampling_plans p
"""
_PLAN_BY_ID = f"{_PLANS} WHERE p.id = :id"
_BY_ID = Keyset({"p.id": UUID})
_TRY_LOCK_PLAN = "SELECT true FROM sampling_plans WHERE id = :id FOR NO KEY UPDATE SKIP LOCKED"
_LOCK_PLAN = "SELECT FROM sampling_plans WHERE id = :id FOR NO KEY UPDATE"
_PLAN_REFERENCES = """
SELECT p.timezone, s.project_id AS scorecard_project_id,
    CASE WHEN s.id IS NOT NULL THEN EXISTS (
        SELECT FROM scorecard_versions v
        WHERE (v.tenant_id, v.scorecard_id) = (s.tenant_id, s.id) AND v.status = 'published'
    ) END AS published,
    ARRAY(SELECT id FROM users WHERE id = ANY (:user_ids::uuid[]) AND active AND role = 'verifier') AS verifiers
FROM (VALUES (:project_id::uuid, :scorecard_id::uuid)) AS wanted (project_id, scorecard_id)
LEFT JOIN projects p ON p.id = wanted.project_id
LEFT JOIN scorecards s ON s.id = wanted.scorecard_id
"""


async def plan_by_id(session: Session, plan_id: UUID) -> Plan | None:
    row = await session.fetch_optional(_PLAN_BY_ID, id=plan_id)
    return None if row is None else _plan(row)


async def page_of_plans(session: Session, page: PageRequest, project_id: UUID | None) -> Page[Plan]:
    where = Where().given("p.project_id = :project_id", project_id=project_id)
    return await fetch_page(session, _PLANS, where, page, keyset=_BY_ID, read=_plan)


async def lock_plan(session: Session, plan_id: UUID) -> None:
    """Of two draws from a plan at the same time one waits for the other."""
    await session.execute(_LOCK_PLAN, id=plan_id)


async def try_lock_plan(session: Session, plan_id: UUID) -> bool:
    """Lock the plan; false, without waiting, where another transaction changes it or draws from it."""
    return bool(await session.fetch_value(_TRY_LOCK_PLAN, id=plan_id))


async def plan_references(session: Session, fields: dict[str, Any]) -> Row:
    """The records that a plan refers to. `timezone` is None without the project, `published` without the scorecard."""
    return await session.fetch_one(
        _PLAN_REFERENCES,
        project_id=fields["project_id"],
        scorecard_id=fields["scorecard_id"],
        user_ids=list(fields["verifier_ids"]),
    )


async def insert_plan(session: Session, plan: Plan) -> None:
    await insert_row(session, SamplingPlanModel, tenant_id=session.tenant_id, **_columns(plan))


async def update_plan(session: Session, plan: Plan, *, expected: int) -> None:
    """Write a plan over the version that was read; StaleVersion where it has another version by now."""
    await update_row(session, SamplingPlanModel, _columns(plan), expected=expected)


def _plan(row: Row) -> Plan:
    return read_plan(dict(row))


def _columns(plan: Plan) -> dict[str, Any]:
    fields = asdict(plan) | {"eligibility": dumps(plan.eligibility), "size": dumps(plan.size)}
    del fields["verifier_ids"]
    fields["window_kind"] = fields.pop("window")
    return fields
