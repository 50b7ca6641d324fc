"""SQL of fault checks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.calibration.checks.types import (
    CheckedCall,
    DrawableEvaluation,
    FaultCheckCounts,
    FaultCheckFilter,
    FaultCheckRecord,
    FaultCheckState,
    Obstacle,
    ProofRow,
)
from app.platform.database import Row, Session, Where
from app.platform.database.pages import Keyset, fetch_page
from app.platform.database.records import read_as
from app.platform.pagination import Page, PageRequest, moment_of

_OPEN = "f.done_at IS NULL AND f.expired_at IS NULL"
_IN_STATE = {
    FaultCheckState.OPEN: _OPEN,
    FaultCheckState.DONE: "f.done_at IS NOT NULL",
    FaultCheckState.EXPIRED: "f.expired_at IS NOT NULL",
}
_CHECKS = """
SELECT f.id, f.evaluation_id, f.revision_id, f.draw_id, f.plan_id, f.project_id, f.call_id, f.agent_ids,
    f.inclusion_prob_e12, f.drawn_at, f.checker_id, f.obstacle, f.given_at, f.done_at, f.expired_at,
    e.scorecard_id, e.scorecard_version_id, v.number AS scorecard_version,
    c.started_at, c.duration_s, c.direction, c.language,
    EXISTS (SELECT FROM recordings r WHERE r.tenant_id = c.tenant_id AND r.call_id = c.id) AS has_recording,
    coalesce((SELECT t.status FROM transcripts t WHERE t.tenant_id = c.tenant_id AND t.call_id = c.id
              ORDER BY t.id DESC LIMIT 1), 'none') AS transcript_status
FROM fault_checks f
JOIN evaluations e ON e.tenant_id = f.tenant_id AND e.id = f.evaluation_id
JOIN scorecard_versions v ON v.tenant_id = e.tenant_id AND v.id = e.scorecard_version_id
JOIN calls c ON c.tenant_id = f.tenant_id AND c.id = f.call_id
"""
_BY_ID = Keyset({"f.id": UUID})
_COUNTS = """
SELECT f.plan_id, count(*) AS drawn, count(f.done_at) AS done,
    count(*) FILTER (WHERE f.done_at IS NULL AND f.expired_at IS NULL) AS open,
    count(*) FILTER (WHERE f.done_at IS NULL AND f.expired_at IS NULL AND f.checker_id IS NULL) AS unassigned,
    count(f.expired_at) AS expired
FROM fault_checks f
"""
_LOCK = "SELECT FROM fault_checks WHERE id = :id FOR UPDATE"
# What may be drawn: the first submissions, with errors, of assignments.
_DRAWABLE = """
SELECT e.id AS evaluation_id, r.id AS revision_id, a.batch_id AS draw_id, a.pool_id AS plan_id, a.project_id, a.call_id,
    array_remove(ARRAY[a.agent_id, e.agent_id], NULL) AS agent_ids, e.submitted_at
FROM evaluations e
JOIN assignments a ON a.tenant_id = e.tenant_id AND a.id = e.assignment_id
JOIN evaluation_revisions r ON r.tenant_id = e.tenant_id AND r.evaluation_id = e.id AND r.number = 1
WHERE e.status = 'submitted' AND r.error_count > 0 AND {condition}
ORDER BY e.submitted_at, e.id
"""
_DRAWABLE_EVALUATION = _DRAWABLE.format(condition="e.id = :evaluation_id")
_DRAWABLE_WITHOUT_CHECK = _DRAWABLE.format(
    condition="""a.batch_id = :draw_id
  AND NOT EXISTS (SELECT FROM fault_checks f WHERE (f.tenant_id, f.evaluation_id) = (e.tenant_id, e.id))"""
)
_INSERT = """
INSERT INTO fault_checks (tenant_id, id, evaluation_id, revision_id, draw_id, plan_id, project_id, call_id, agent_ids,
    inclusion_prob_e12, drawn_at, obstacle)
VALUES (:tenant_id, :id, :evaluation_id, :revision_id, :draw_id, :plan_id, :project_id, :call_id, :agent_ids,
    :inclusion_prob_e12, :drawn_at, 'scoring_open')
ON CONFLICT (evaluation_id, tenant_id) DO NOTHING
"""
_WAITING_OF_CALL = """
SELECT id FROM fault_checks
WHERE call_id = :call_id AND checker_id IS NULL AND done_at IS NULL AND expired_at IS NULL ORDER BY id
"""
_SCORING_OPEN = "SELECT EXISTS (SELECT FROM assignment_status WHERE call_id = :call_id AND state = 'open')"
_PANEL = """
SELECT u.id, u.active AND u.role = 'verifier' AS verifies,
    EXISTS (SELECT FROM conflicts_of_interest x
            WHERE x.tenant_id = u.tenant_id AND x.user_id = u.id AND x.agent_id = ANY (:agent_ids::uuid[]))
        AS conflicted,
    EXISTS (SELECT FROM assignments a
            WHERE a.tenant_id = u.tenant_id AND a.call_id = :call_id AND a.verifier_id = u.id)
        OR EXISTS (SELECT FROM evaluations e
                   WHERE e.tenant_id = u.tenant_id AND e.call_id = :call_id AND e.verifier_id = u.id) AS scores,
    (SELECT count(*)::int FROM fault_checks f
     WHERE f.tenant_id = u.tenant_id AND f.checker_id = u.id AND f.done_at IS NULL AND f.expired_at IS NULL)
        AS open_checks
FROM assignment_pool_members m
JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.user_id
WHERE m.pool_id = :plan_id
"""
_GIVE = """
UPDATE fault_checks SET checker_id = :checker_id, given_at = :given_at, obstacle = :obstacle WHERE id = :id
"""
_FINISH = "UPDATE fault_checks SET done_at = :at WHERE id = :id"
_EXPIRE = "UPDATE fault_checks SET expired_at = :at WHERE id = :id"
_OPEN_OF_DRAW = """
SELECT f.id FROM fault_checks f
WHERE f.draw_id = :draw_id AND f.done_at IS NULL AND f.expired_at IS NULL AND {condition} ORDER BY f.id
"""
_ALL_OPEN = _OPEN_OF_DRAW.format(condition="true")
# Its checker has left, or it never had one.
_UNATTENDED = _OPEN_OF_DRAW.format(
    condition="""NOT EXISTS (
    SELECT FROM users u WHERE u.tenant_id = f.tenant_id AND u.id = f.checker_id AND u.active AND u.role = 'verifier'
)"""
)
_OPEN_WORK = """
SELECT EXISTS (SELECT FROM assignment_status a WHERE a.batch_id = :draw_id AND a.state = 'open')
    OR EXISTS (SELECT FROM fault_checks f
               WHERE f.draw_id = :draw_id AND f.done_at IS NULL AND f.expired_at IS NULL)
"""
_REVEALED_AT = "SELECT revealed_at FROM fault_check_reveals WHERE draw_id = :draw_id"
_REVEAL = "INSERT INTO fault_check_reveals (tenant_id, draw_id, revealed_at) VALUES (:tenant_id, :draw_id, :at)"
_NOT_REVEALED = """
SELECT d.id FROM draws d
WHERE d.fault_check_seed IS NOT NULL AND d.drawn_at > :since
  AND NOT EXISTS (SELECT FROM fault_check_reveals r WHERE (r.tenant_id, r.draw_id) = (d.tenant_id, d.id))
ORDER BY d.drawn_at, d.id
"""
# Of all tenants.
_TENANTS = "SELECT DISTINCT tenant_id FROM draws WHERE fault_check_seed IS NOT NULL AND drawn_at > :since"
_PROOF = """
SELECT e.id, e.submitted_at,
    EXISTS (SELECT FROM fault_checks f WHERE (f.tenant_id, f.evaluation_id) = (e.tenant_id, e.id)) AS drawn
FROM assignments a
JOIN evaluations e ON e.tenant_id = a.tenant_id AND e.assignment_id = a.id
JOIN evaluation_revisions r ON r.tenant_id = e.tenant_id AND r.evaluation_id = e.id AND r.number = 1
"""
_BY_SUBMISSION = Keyset({"e.submitted_at": moment_of, "e.id": UUID})


async def page_of_checks(
    session: Session, page: PageRequest, wanted: FaultCheckFilter, own_id: UUID | None
) -> Page[FaultCheckRecord]:
    """The fault checks of all checkers, or of one, in the order in which they were drawn."""
    where = _where(wanted, own_id)
    return await fetch_page(session, _CHECKS, where, page, keyset=_BY_ID, read=_check)


async def check_by_id(session: Session, check_id: UUID, own_id: UUID | None = None) -> FaultCheckRecord | None:
    where = Where().add("f.id = :id", id=check_id).given("f.checker_id = :own_id", own_id=own_id)
    row = await session.fetch_optional(f"{_CHECKS} WHERE {where.sql}", **where.values)
    return None if row is None else _check(row)


async def counts_by_plan(session: Session, wanted: FaultCheckFilter) -> list[FaultCheckCounts]:
    where = _where(wanted, None)
    rows = await session.fetch_all(f"{_COUNTS} WHERE {where.sql} GROUP BY f.plan_id ORDER BY f.plan_id", **where.values)
    return [FaultCheckCounts._make(row) for row in rows]


async def lock(session: Session, check_id: UUID) -> None:
    """Lock the check: no other transaction changes it until this one ends."""
    await session.execute(_LOCK, id=check_id)


async def drawable_evaluation(session: Session, evaluation_id: UUID) -> DrawableEvaluation | None:
    """The evaluation, if it was submitted with errors for an assignment."""
    row = await session.fetch_optional(_DRAWABLE_EVALUATION, evaluation_id=evaluation_id)
    return None if row is None else _drawable(row)


async def drawable_without_check(session: Session, draw_id: UUID) -> list[DrawableEvaluation]:
    """The evaluations of a draw that were submitted with errors and have no fault check."""
    return [_drawable(row) for row in await session.fetch_all(_DRAWABLE_WITHOUT_CHECK, draw_id=draw_id)]


async def insert(session: Session, check_id: UUID, drawn: DrawableEvaluation, prob_e12: int, at: datetime) -> bool:
    """Write a check without a checker; false where the evaluation has one already."""
    written = await session.execute(
        _INSERT,
        tenant_id=session.tenant_id,
        id=check_id,
        evaluation_id=drawn.evaluation_id,
        revision_id=drawn.revision_id,
        draw_id=drawn.draw_id,
        plan_id=drawn.plan_id,
        project_id=drawn.project_id,
        call_id=drawn.call_id,
        agent_ids=sorted(set(drawn.agent_ids)),
        inclusion_prob_e12=prob_e12,
        drawn_at=at,
    )
    return written == 1


async def waiting_of_call(session: Session, call_id: UUID) -> Sequence[UUID]:
    """The open checks of a call that have no checker."""
    return await session.fetch_column(_WAITING_OF_CALL, call_id=call_id)


async def is_being_scored(session: Session, call_id: UUID) -> bool:
    """Whether an assignment of the call is open."""
    return bool(await session.fetch_value(_SCORING_OPEN, call_id=call_id))


async def panel_of(session: Session, check: FaultCheckRecord) -> dict[UUID, Row]:
    """The verifiers of the check's plan: whether each may do the check, and how many open ones they have."""
    subject = {"plan_id": check.plan_id, "call_id": check.call.id, "agent_ids": list(check.agent_ids)}
    return {row.id: row for row in await session.fetch_all(_PANEL, **subject)}


async def give(
    session: Session, check_id: UUID, checker_id: UUID | None, obstacle: Obstacle | None, at: datetime
) -> None:
    given_at = None if checker_id is None else at
    await session.execute(_GIVE, id=check_id, checker_id=checker_id, obstacle=obstacle, given_at=given_at)


async def finish(session: Session, check_id: UUID, at: datetime) -> None:
    await session.execute(_FINISH, id=check_id, at=at)


async def expire(session: Session, check_id: UUID, at: datetime) -> None:
    await session.execute(_EXPIRE, id=check_id, at=at)


async def open_checks_of_draw(session: Session, draw_id: UUID) -> Sequence[UUID]:
    return await session.fetch_column(_ALL_OPEN, draw_id=draw_id)


async def unattended_checks_of_draw(session: Session, draw_id: UUID) -> Sequence[UUID]:
    """The open checks without a checker who is an active verifier."""
    return await session.fetch_column(_UNATTENDED, draw_id=draw_id)


async def has_open_work(session: Session, draw_id: UUID) -> bool:
    """Whether an assignment or a fault check of the draw is open."""
    return bool(await session.fetch_value(_OPEN_WORK, draw_id=draw_id))


async def revealed_at(session: Session, draw_id: UUID) -> datetime | None:
    at: datetime | None = await session.fetch_value(_REVEALED_AT, draw_id=draw_id)
    return at


async def reveal(session: Session, draw_id: UUID, at: datetime) -> None:
    await session.execute(_REVEAL, tenant_id=session.tenant_id, draw_id=draw_id, at=at)


async def draws_with_secret_seed(session: Session, since: datetime) -> Sequence[UUID]:
    """The draws since then whose fault checks have a seed that is not revealed yet."""
    return await session.fetch_column(_NOT_REVEALED, since=since)


async def tenants_with_fault_checks(session: Session, since: datetime) -> Sequence[UUID]:
    return await session.fetch_column(_TENANTS, since=since)


async def page_of_proof(session: Session, draw_id: UUID, page: PageRequest, before: datetime) -> Page[ProofRow]:
    """The evaluations with errors that were submitted before the seed was revealed, in the order of submission."""
    where = Where().add("a.batch_id = :draw_id", draw_id=draw_id)
    where.add("e.status = 'submitted' AND r.error_count > 0 AND e.submitted_at < :before", before=before)
    return await fetch_page(session, _PROOF, where, page, keyset=_BY_SUBMISSION, read=ProofRow._make)


def _where(wanted: FaultCheckFilter, own_id: UUID | None) -> Where:
    where = (
        Where()
        .given("f.checker_id = :own_id", own_id=own_id)
        .given("f.checker_id = :checker_id", checker_id=wanted.checker_id)
        .given("f.project_id = :project_id", project_id=wanted.project_id)
        .given("f.plan_id = :plan_id", plan_id=wanted.plan_id)
        .given("f.draw_id = :draw_id", draw_id=wanted.draw_id)
    )
    if wanted.state is not None:
        where.add(_IN_STATE[wanted.state])
    if wanted.unassigned:
        where.add(f"f.checker_id IS NULL AND {_OPEN}")
    return where


def _check(row: Row) -> FaultCheckRecord:
    call = CheckedCall(row.call_id, *(row[name] for name in CheckedCall._fields[1:]))
    fields: dict[str, Any] = {
        "state": _state(row),
        "call": call,
        "agent_ids": tuple(row.agent_ids),
        "obstacle": None if row.obstacle is None else Obstacle(row.obstacle),
    }
    return read_as(FaultCheckRecord, row, **fields)


def _state(row: Row) -> FaultCheckState:
    if row.done_at is not None:
        return FaultCheckState.DONE
    return FaultCheckState.OPEN if row.expired_at is None else FaultCheckState.EXPIRED


def _drawable(row: Row) -> DrawableEvaluation:
    return read_as(DrawableEvaluation, row, agent_ids=tuple(row.agent_ids))
