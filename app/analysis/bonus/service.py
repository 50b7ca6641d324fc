"""The report on the bonus, its preview, and the steps that a project sets."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app import events
from app.analysis.bonus import repository
from app.analysis.bonus.errors import BonusNotSet
from app.analysis.bonus.events import BonusRuleSet
from app.analysis.bonus.rule import BonusRule, Terms, bonus_of, term_errors
from app.analysis.bonus.scores import MEASURE, measured_agents
from app.analysis.bonus.types import (
    AgentBonus,
    BonusMonth,
    BonusPreview,
    BonusProject,
    BonusReport,
    MeasuredAgent,
    month_name,
)
from app.analysis.report_period import report_period
from app.analysis.types import Filters, period_of
from app.analysis.visibility import visible_agents
from app.identity import Principal, get_project
from app.platform import clock
from app.platform.clock import Period
from app.platform.database import Session
from app.platform.errors import FieldError, Invalid, invalid, require_found
from app.platform.ids import new_id

MAX_MONTHS = 12


async def get_bonus_rule(session: Session, project_id: UUID) -> BonusRule:
    return require_found(await repository.rule_of(session, project_id), "bonus rule of the project", project_id)


async def set_bonus_rule(session: Session, project_id: UUID, terms: Terms) -> BonusRule:
    """Set the terms of a project. To set what is set already changes nothing."""
    _check(terms)
    await get_project(session, project_id)
    await repository.lock_project(session, project_id)
    before = await repository.rule_of(session, project_id)
    if before is not None and before.terms == terms:
        return before
    if before is None:
        after = BonusRule(new_id(), project_id, terms.steps, terms.min_evaluations, terms.too_few_percent)
        await repository.insert_rule(session, after)
    else:
        after = BonusRule(
            before.id, project_id, terms.steps, terms.min_evaluations, terms.too_few_percent, before.version + 1
        )
        await repository.update_rule(session, after, expected=before.version)
    await events.record(session, BonusRuleSet(subject_id=project_id, before=before, after=after))
    return after


async def bonus_report(session: Session, principal: Principal, filters: Filters, month: date | None) -> BonusReport:
    """What the agents earn in a month, by default the last one that is over. An agent reads the own figure.

    The score of an agent is that of all calls in the project, whoever looks: team and reader choose what is shown.
    Raises BonusNotSet for a project without terms.
    """
    await report_period(session, filters)
    visible = await visible_agents(session, principal)
    projects = await repository.projects(session, filters.project_id)
    if filters.project_id is not None and projects[0].terms is None:
        raise BonusNotSet(f"the project {projects[0].name} has no steps of the bonus yet")
    first = _last_month() if month is None else _begun(month, "month")
    of_projects = [await _project_month(session, project, project.terms, first) for project in projects]
    complete = all(one.complete for one in of_projects) if of_projects else _is_over(first, ZoneInfo("UTC"))
    rows = tuple(row for one in of_projects for row in one.agents if _is_shown(row, filters.team_id, visible))
    if visible is not None:
        own = {row.project.id for row in rows}
        projects = [project for project in projects if project.id in own]
    return BonusReport(MEASURE, tuple(projects), BonusMonth(month_name(first), complete, rows))


async def bonus_preview(session: Session, project_id: UUID, terms: Terms, months: Sequence[date]) -> BonusPreview:
    """What other terms would have given in these months, beside what the present ones give. Nothing is stored."""
    _check(terms)
    if len(set(months)) != len(months):
        raise invalid("/months", "each month is named once")
    project = next(iter(await repository.projects(session, project_id)), None)
    present = require_found(project, "project", project_id)
    found = [
        await _project_month(session, present, terms, _begun(month, f"/months/{place}"))
        for place, month in enumerate(months)
    ]
    return BonusPreview(MEASURE, present, terms, tuple(found))


async def _project_month(session: Session, project: BonusProject, terms: Terms | None, first: date) -> BonusMonth:
    """The agents of a project by these terms, and by the present ones beside them."""
    zone = ZoneInfo(project.timezone)
    filters = Filters(first, _next_month(first), project_id=project.id)
    period = period_of(filters, zone, clock.now())
    measured = await measured_agents(session, filters, period)
    rows = await _rows(session, project, terms, period, measured) if terms is not None else []
    return BonusMonth(month_name(first), _is_over(first, zone), tuple(rows))


async def _rows(
    session: Session, project: BonusProject, terms: Terms, period: Period, measured: Sequence[MeasuredAgent]
) -> list[AgentBonus]:
    by_agent = {one.agent_id: one for one in measured}
    found = await repository.people(session, project.id, period, by_agent)
    none = MeasuredAgent(project.id, None, 0)
    rows = []
    for person in found:
        one = by_agent.get(person.id, none)
        present = None if project.terms is None else bonus_of(project.terms, one.estimate, one.n).percent
        bonus = bonus_of(terms, one.estimate, one.n)
        month = month_name(period.first_day)
        rows.append(AgentBonus(month, project, person, one.estimate, one.n, bonus, present))
    return rows


def _is_shown(row: AgentBonus, team_id: UUID | None, visible: Collection[UUID] | None) -> bool:
    in_team = team_id is None or row.person.team_id == team_id
    return in_team and (visible is None or row.person.id in visible)


def _check(terms: Terms) -> None:
    errors = tuple(FieldError(pointer, detail) for pointer, detail in term_errors(terms))
    if errors:
        raise Invalid("; ".join(error.detail for error in errors), field_errors=errors)


def _begun(month: date, pointer: str) -> date:
    if month > clock.now().date():
        raise invalid(pointer, f"{month_name(month)} has not begun yet")
    return month


def _last_month() -> date:
    return (clock.now().date().replace(day=1) - timedelta(days=1)).replace(day=1)


def _next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _is_over(month: date, zone: ZoneInfo) -> bool:
    return clock.now().astimezone(zone).date() >= _next_month(month)
