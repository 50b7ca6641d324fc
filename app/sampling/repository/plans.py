"""SQL of sampling plans."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from app.platform.database import Row, Session, dumps
from app.platform.database.compat import driver_sql
from app.platform.database.records import insert_row, update_row
from app.platform.pagination import PageRequest
from app.sampling.models import SamplingPlanModel
from app.sampling.records import Plan, read_plan

_PLAN = """
SELECT p.id, p.name, p.project_id, p.scorecard_id, p.window_kind AS "window", p.timezone, p.mode, p.rate,
    p.rate_override_reason, p.quota_per_agent, p.floor_per_agent, p.eligibility, p.size, p.double_score_rate,
    p.verifier_daily_capacity, p.draw_delay_min, p.due_days, p.active, p.active_since, p.version, p.created_at,
    ARRAY(SELECT v.user_id FROM sampling_plan_verifiers v
          WHERE (v.tenant_id, v.plan_id) = (p.tenant_id, p.id) ORDER BY v.user_id) AS verifier_ids
FROM sampling_plans p
"""
_PLAN_BY_ID = f"{_PLAN} WHERE p.id = $1"
_PLANS = f"""
{_PLAN}
WHERE ($1::uuid IS NULL OR p.project_id = $1) AND ($2::uuid IS NULL OR p.id > $2) ORDER BY p.id LIMIT $3
"""
# A plan that was stopped still has to draw what was over before.
_PLANS_AT_WORK = """
SELECT p.id FROM sampling_plans p
WHERE p.active OR EXISTS (
    SELECT FROM draws d WHERE d.tenant_id = p.tenant_id AND d.plan_id = p.id AND d.part = 0 AND d.drawn_at IS NULL
      AND d.voided_at IS NULL
)
ORDER BY p.id
"""
_LOCK_PLAN = "SELECT FROM sampling_plans WHERE id = $1 FOR NO KEY UPDATE"
_SET_VERIFIERS = """
WITH gone AS (DELETE FROM sampling_plan_verifiers WHERE plan_id = $2 AND user_id <> ALL ($3::uuid[]))
INSERT INTO sampling_plan_verifiers (tenant_id, plan_id, user_id) SELECT $1, $2, unnest($3::uuid[])
ON CONFLICT DO NOTHING
"""
_PLAN_REFERENCES = """
SELECT p.timezone, s.project_id AS scorecard_project_id,
    CASE WHEN s.id IS NOT NULL THEN EXISTS (
        SELECT FROM scorecard_versions v
        WHERE (v.tenant_id, v.scorecard_id) = (s.tenant_id, s.id) AND v.status = 'published'
    ) END AS published,
    ARRAY(SELECT id FROM users WHERE id = ANY ($3::uuid[]) AND active AND role = 'verifier') AS verifiers
FROM (VALUES ($1::uuid, $2::uuid)) AS wanted (project_id, scorecard_id)
LEFT JOIN projects p ON p.id = wanted.project_id
LEFT JOIN scorecards s ON s.id = wanted.scorecard_id
"""


async def plan_by_id(session: Session, plan_id: UUID) -> Plan | None:
    row = (await driver_sql(session, _PLAN_BY_ID, plan_id)).mappings().one_or_none()
    return None if row is None else read_plan({**row})


async def page_of_plans(session: Session, page: PageRequest, project_id: UUID | None) -> list[Plan]:
    after = page.after(UUID)
    rows = await driver_sql(session, _PLANS, project_id, after and after[0], page.limit + 1)
    return [read_plan({**row}) for row in rows.mappings()]


async def plans_at_work(session: Session) -> Sequence[UUID]:
    """The plans that are active or have windows to draw from the time when they were."""
    return (await driver_sql(session, _PLANS_AT_WORK)).scalars().all()


async def lock_plan(session: Session, plan_id: UUID) -> None:
    """Of two draws from a plan at the same time one waits for the other."""
    await driver_sql(session, _LOCK_PLAN, plan_id)


async def plan_references(session: Session, fields: dict[str, Any]) -> Row:
    """What there is of what a plan points to. `timezone` is None without the project, `published` without the card."""
    values = (fields["project_id"], fields["scorecard_id"], list(fields["verifier_ids"]))
    return (await driver_sql(session, _PLAN_REFERENCES, *values)).one()


async def insert_plan(session: Session, plan: Plan) -> None:
    await insert_row(session, SamplingPlanModel, tenant_id=session.tenant_id, **_columns(plan))
    await driver_sql(session, _SET_VERIFIERS, session.tenant_id, plan.id, plan.verifier_ids)


async def update_plan(session: Session, plan: Plan, *, expected: int) -> None:
    """Write a plan over the version that was read; refuse when somebody else was faster."""
    await update_row(session, SamplingPlanModel, _columns(plan), expected=expected)
    await driver_sql(session, _SET_VERIFIERS, session.tenant_id, plan.id, plan.verifier_ids)


def _columns(plan: Plan) -> dict[str, Any]:
    fields = asdict(plan) | {"eligibility": dumps(plan.eligibility), "size": dumps(plan.size)}
    del fields["verifier_ids"]
    fields["window_kind"] = fields.pop("window")
    return fields
