"""SQL of double scorings and of the decisions about them."""

from typing import Any
from uuid import UUID

from app.assignments import AssignmentState
from app.calibration.checks.models import DoubleScoreDecisionModel
from app.calibration.checks.types import DecidedAnswer, Decision, DoubleScore, DoubleScoreFilter, DoubleScoreState
from app.platform.database import Row, Session, Where
from app.platform.database.pages import Keyset, fetch_page
from app.platform.database.records import insert_record, read_as
from app.platform.pagination import Page, PageRequest
from app.scorecards import Fault

_DECIDED_AT = """(
    SELECT max(d.decided_at) FROM double_score_decisions d
    WHERE (d.tenant_id, d.subject_id) = (s.tenant_id, s.subject_id)
)"""
_DOUBLE_SCORES = f"""
SELECT s.subject_id, s.project_id, s.pool_id AS plan_id, s.batch_id AS draw_id, s.call_id, s.agent_id,
    s.scorecard_id, s.double_inclusion_prob_e12 AS inclusion_prob_e12, greatest(r.due_at, s.due_at) AS due_at,
    r.state AS record_state, r.verifier_id AS record_verifier_id,
    CASE WHEN r.state = 'done' THEN r.scoring_id END AS record_evaluation_id,
    s.state AS second_state, s.verifier_id AS second_verifier_id,
    CASE WHEN s.state = 'done' THEN s.scoring_id END AS second_evaluation_id,
    {_DECIDED_AT} AS decided_at
FROM assignment_status s
JOIN assignment_status r ON r.tenant_id = s.tenant_id AND r.subject_id = s.subject_id AND r.scoring_round = 1
"""  # noqa: S608
_DECIDED = """EXISTS (
    SELECT FROM double_score_decisions d WHERE (d.tenant_id, d.subject_id) = (s.tenant_id, s.subject_id)
)"""
_BOTH_DONE = "r.state = 'done' AND s.state = 'done'"
_IN_STATE = {
    DoubleScoreState.WAITING: f"'skipped' NOT IN (r.state, s.state) AND NOT ({_BOTH_DONE})",
    DoubleScoreState.SKIPPED: "'skipped' IN (r.state, s.state)",
    DoubleScoreState.OPEN: f"{_BOTH_DONE} AND NOT {_DECIDED}",
    DoubleScoreState.DECIDED: _DECIDED,
}
_BY_SUBJECT = Keyset({"s.subject_id": UUID})
_DECISIONS = """
SELECT id, subject_id, number, record_evaluation_id, second_evaluation_id, answers, comment, why, revision, decided_by,
    decided_at
FROM double_score_decisions WHERE subject_id = :subject_id ORDER BY number
"""


async def page_of_double_scores(session: Session, page: PageRequest, wanted: DoubleScoreFilter) -> Page[DoubleScore]:
    """Double scorings in the order in which they were drawn."""
    where = (
        Where()
        .add("s.scoring_round = 2")
        .given("s.project_id = :project_id", project_id=wanted.project_id)
        .given("s.pool_id = :plan_id", plan_id=wanted.plan_id)
        .given("s.batch_id = :draw_id", draw_id=wanted.draw_id)
        .given("s.agent_id = :agent_id", agent_id=wanted.agent_id)
    )
    if wanted.state is not None:
        where.add(_IN_STATE[wanted.state])
    return await fetch_page(session, _DOUBLE_SCORES, where, page, keyset=_BY_SUBJECT, read=_double_score)


async def double_score_by_id(session: Session, subject_id: UUID) -> DoubleScore | None:
    where = Where().add("s.scoring_round = 2").add("s.subject_id = :subject_id", subject_id=subject_id)
    row = await session.fetch_optional(f"{_DOUBLE_SCORES} WHERE {where.sql}", **where.values)
    return None if row is None else _double_score(row)


async def decisions_of(session: Session, subject_id: UUID) -> list[Decision]:
    """Every decision about a double scoring; the last one counts."""
    rows = await session.fetch_all(_DECISIONS, subject_id=subject_id)
    return [read_as(Decision, row, answers=[_decided(answer) for answer in row.answers]) for row in rows]


async def insert_decision(session: Session, decision: Decision) -> None:
    await insert_record(session, DoubleScoreDecisionModel, decision)


def _double_score(row: Row) -> DoubleScore:
    states = {name: AssignmentState(row[name]) for name in ("record_state", "second_state")}
    return read_as(DoubleScore, row, **states, id=row.subject_id, state=_state(row))


def _state(row: Row) -> DoubleScoreState:
    states = {row.record_state, row.second_state}
    if row.decided_at is not None:
        return DoubleScoreState.DECIDED
    if AssignmentState.SKIPPED in states:
        return DoubleScoreState.SKIPPED
    return DoubleScoreState.OPEN if states == {AssignmentState.DONE} else DoubleScoreState.WAITING


def _decided(document: dict[str, Any]) -> DecidedAnswer:
    fault = document["fault"]
    return DecidedAnswer(**{**document, "fault": None if fault is None else Fault(fault)})
