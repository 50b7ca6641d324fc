"""SQL that reads assignments.

The ids of a page are found first, with the conditions asked for and no others, so that the planner can choose among
indexes; what is shown of them is looked up for these alone.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from app.platform.database import Session
from app.platform.database.compat import driver_sql
from app.platform.pagination import PageRequest, moment_of
from app.sampling.draws.repository.draws import read_signals
from app.sampling.records import AssignmentFilter, AssignmentState, AssignmentView

_ASSIGNMENT = """
SELECT a.id, derived.state, derived.overdue, p.project_id, d.plan_id, p.name AS plan_name,
    (SELECT j.name FROM projects j WHERE j.tenant_id = p.tenant_id AND j.id = p.project_id) AS project_name,
    s.draw_id, a.verifier_id, a.scoring_round, a.call_id, c.source, c.external_id, c.started_at, c.duration_s,
    c.direction, c.language, s.agent_id,
    (SELECT g.full_name FROM agents g WHERE g.tenant_id = s.tenant_id AND g.id = s.agent_id) AS agent_name,
    EXISTS (SELECT FROM recordings r WHERE r.tenant_id = c.tenant_id AND r.call_id = c.id) AS has_recording,
    coalesce((SELECT t.status FROM transcripts t WHERE t.tenant_id = c.tenant_id AND t.call_id = c.id
              ORDER BY t.id DESC LIMIT 1), 'none') AS transcript_status,
    s.signals, a.scorecard_id,
    (SELECT k.name FROM scorecards k WHERE k.tenant_id = a.tenant_id AND k.id = a.scorecard_id) AS scorecard_name,
    (SELECT max(v.number) FROM scorecard_versions v
     WHERE v.tenant_id = a.tenant_id AND v.scorecard_id = a.scorecard_id AND v.status = 'published')
        AS scorecard_version,
    e.id AS evaluation_id, a.created_at, a.due_at, a.claimed_at, a.skipped_at, a.skip_reason
FROM assignments a
JOIN selections s ON s.tenant_id = a.tenant_id AND s.id = a.selection_id
JOIN draws d ON d.tenant_id = s.tenant_id AND d.id = s.draw_id
JOIN sampling_plans p ON p.tenant_id = d.tenant_id AND p.id = d.plan_id
JOIN calls c ON c.tenant_id = a.tenant_id AND c.id = a.call_id
LEFT JOIN evaluations e ON e.tenant_id = a.tenant_id AND e.assignment_id = a.id
CROSS JOIN LATERAL (
    SELECT CASE WHEN e.status = 'submitted' THEN 'done' WHEN a.skipped_at IS NOT NULL THEN 'skipped' ELSE 'open' END
) AS found (state)
CROSS JOIN LATERAL (SELECT found.state, found.state = 'open' AND a.due_at < $1) AS derived (state, overdue)
"""
_ASSIGNMENT_BY_ID = f"{_ASSIGNMENT} WHERE a.id = $2"
_PAGE = """
WHERE a.id = ANY (ARRAY(SELECT a.id FROM assignments a WHERE {where} ORDER BY a.due_at, a.id LIMIT {limit}))
ORDER BY a.due_at, a.id
"""
_SUBMITTED = """EXISTS (
    SELECT FROM evaluations e WHERE e.tenant_id = a.tenant_id AND e.assignment_id = a.id AND e.status = 'submitted'
)"""
_OPEN = f"a.skipped_at IS NULL AND NOT {_SUBMITTED}"
_STATES = {
    AssignmentState.OPEN: _OPEN,
    AssignmentState.DONE: _SUBMITTED,
    AssignmentState.SKIPPED: "a.skipped_at IS NOT NULL",
}
_OVERDUE = {True: f"a.due_at < $1 AND {_OPEN}", False: f"(a.due_at >= $1 OR NOT ({_OPEN}))"}
_SELECTED = """EXISTS (
    SELECT FROM selections s {joins} WHERE s.tenant_id = a.tenant_id AND s.id = a.selection_id AND {condition}
)"""
_DRAW = "JOIN draws d ON d.tenant_id = s.tenant_id AND d.id = s.draw_id"
_PLAN = f"{_DRAW} JOIN sampling_plans p ON p.tenant_id = d.tenant_id AND p.id = d.plan_id"
_VALUES = {
    "verifier_id": "a.verifier_id = {0}",
    "draw_id": _SELECTED.format(joins="", condition="s.draw_id = {0}"),
    "agent_id": _SELECTED.format(joins="", condition="s.agent_id = {0}"),
    "plan_id": _SELECTED.format(joins=_DRAW, condition="d.plan_id = {0}"),
    "project_id": _SELECTED.format(joins=_PLAN, condition="p.project_id = {0}"),
}


async def assignment_by_id(session: Session, assignment_id: UUID, now: datetime) -> AssignmentView | None:
    row = (await driver_sql(session, _ASSIGNMENT_BY_ID, now, assignment_id)).mappings().one_or_none()
    return None if row is None else _assigned_call(row)


async def page_of_assignments(
    session: Session, page: PageRequest, wanted: AssignmentFilter, own: UUID | None, now: datetime
) -> list[AssignmentView]:
    """Up to one more than a page holds, of everybody or of one verifier; what is due first comes first."""
    values: list[Any] = [now]
    conditions = ["true"]
    for condition, asked in (*_conditions(wanted, own), *_after(page)):
        conditions.append(condition.format(*(f"${len(values) + place}" for place in range(1, len(asked) + 1))))
        values.extend(asked)
    found = _PAGE.format(where=" AND ".join(conditions), limit=page.limit + 1)
    rows = await driver_sql(session, _ASSIGNMENT + found, *values)
    return [_assigned_call(row) for row in rows.mappings()]


def _conditions(wanted: AssignmentFilter, own: UUID | None) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """What is asked for, each with the values that it takes."""
    if own is not None:
        yield _VALUES["verifier_id"], (own,)
    for name, condition in _VALUES.items():
        if (value := getattr(wanted, name)) is not None:
            yield condition, (value,)
    if wanted.pooled:
        yield "a.verifier_id IS NULL", ()
    if wanted.state is not None:
        yield _STATES[wanted.state], ()
    if wanted.overdue is not None:
        yield _OVERDUE[wanted.overdue], ()


def _after(page: PageRequest) -> Iterator[tuple[str, tuple[Any, ...]]]:
    if last := page.after(moment_of, UUID):
        yield "(a.due_at, a.id) > ({0}, {1})", last


def _assigned_call(row: RowMapping) -> AssignmentView:
    derived = {"state": AssignmentState(row["state"]), "signals": read_signals(row["signals"])}
    return AssignmentView(**{**row, **derived})
