"""Sampling plans: what is drawn how often from which calls, and who scores it."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app import assignments, events
from app.assignments import AssignmentPool
from app.platform import clock
from app.platform.database import Row, Session
from app.platform.errors import FieldError, Invalid, StaleVersion, require_found
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest
from app.sampling.plans import repository
from app.sampling.plans.commitments import keep_committed, void_open
from app.sampling.plans.events import SamplingPlanChanged, SamplingPlanCreated
from app.sampling.plans.types import USUAL_RATES, Plan, SamplingMode, read_plan


async def create_plan(session: Session, **fields: Any) -> Plan:
    """A plan from its fields, nested ones as documents; the time zone, if None, is the project's."""
    references = await repository.plan_references(session, fields)
    timezone = fields["timezone"] or references.timezone or "UTC"
    now = clock.now()
    derived = {"timezone": timezone, "id": new_id(), "version": 1, "created_at": now}
    wanted = read_plan({**fields, **derived, "active_since": now if fields["active"] else None})
    _check(wanted, references)
    plan = _tidy(wanted)
    await repository.insert_plan(session, plan)
    await _save_pool(session, plan)
    await events.record(session, SamplingPlanCreated(subject_id=plan.id, after=plan))
    await keep_committed(session, plan)
    return plan


async def get_plan(session: Session, plan_id: UUID) -> Plan:
    return require_found(await repository.plan_by_id(session, plan_id), "sampling plan", plan_id)


async def list_plans(session: Session, page: PageRequest, *, project_id: UUID | None) -> Page[Plan]:
    return await repository.page_of_plans(session, page, project_id)


async def change_plan(session: Session, plan_id: UUID, version: int, changes: dict[str, Any]) -> Plan:
    """Change the given fields, nested ones as whole documents. What was drawn before stays as it was drawn.

    With other windows, what was committed to for those that are not over becomes void.
    """
    await repository.lock_plan(session, plan_id)
    before = await get_plan(session, plan_id)
    if before.version != version:
        raise StaleVersion(f"the plan is now at version {before.version}")
    wanted = read_plan(asdict(before) | changes | {"version": version + 1})
    wanted = replace(wanted, active_since=_active_since(before, wanted))
    _check(wanted, await repository.plan_references(session, asdict(wanted)))
    after = _tidy(wanted)
    await repository.update_plan(session, after, expected=version)
    await _save_pool(session, after)
    await events.record(session, SamplingPlanChanged(subject_id=plan_id, before=before, after=after))
    if not after.active or (before.window, before.timezone) != (after.window, after.timezone):
        await void_open(session, after)
    await keep_committed(session, after)
    return after


async def _save_pool(session: Session, plan: Plan) -> None:
    """Let the plan's verifiers claim from its pool, which has the plan's id."""
    pool = AssignmentPool(id=plan.id, project_id=plan.project_id, name=plan.name, member_ids=plan.verifier_ids)
    await assignments.save_pool(session, pool)


def _active_since(before: Plan, after: Plan) -> datetime | None:
    if not after.active:
        return None
    return before.active_since or clock.now()


def _tidy(plan: Plan) -> Plan:
    """The verifiers are a set: in one order, each once."""
    return replace(plan, verifier_ids=tuple(sorted(set(plan.verifier_ids))))


def _check(plan: Plan, references: Row) -> None:
    faults = (*_rate_faults(plan), *_quota_faults(plan), *_reference_faults(plan, references))
    if faults:
        raise Invalid("; ".join(fault.detail for fault in faults), field_errors=faults)


def _rate_faults(plan: Plan) -> Iterator[FieldError]:
    lowest, highest = USUAL_RATES
    if plan.mode is not SamplingMode.RATE:
        if plan.rate is not None:
            yield FieldError("/rate", "a plan with a quota has no rate")
    elif plan.rate is None:
        yield FieldError("/rate", "a plan with the mode rate needs a rate")
    elif not (lowest <= plan.rate <= highest or plan.rate_override_reason):
        yield FieldError("/rate", f"a rate outside {lowest}…{highest} needs a rate_override_reason")


def _quota_faults(plan: Plan) -> Iterator[FieldError]:
    if plan.mode is not SamplingMode.QUOTA:
        if plan.quota_per_agent is not None:
            yield FieldError("/quota_per_agent", "a plan with a rate has no quota")
    elif plan.quota_per_agent is None:
        yield FieldError("/quota_per_agent", "a plan with the mode quota needs a quota_per_agent")


def _reference_faults(plan: Plan, references: Row) -> Iterator[FieldError]:
    if references.timezone is None:
        yield FieldError("/project_id", f"there is no project {plan.project_id}")
    if references.published is None:
        yield FieldError("/scorecard_id", f"there is no scorecard {plan.scorecard_id}")
    elif not references.published:
        yield FieldError("/scorecard_id", "the scorecard has no published version")
    elif references.scorecard_project_id not in {None, plan.project_id}:
        yield FieldError("/scorecard_id", "the scorecard is another project's")
    for index, user_id in enumerate(plan.verifier_ids):
        if user_id not in references.verifiers:
            yield FieldError(f"/verifier_ids/{index}", f"{user_id} is no active user with the role verifier")
