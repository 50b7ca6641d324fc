"""SQL of pooled agreement. One statement reads all scorings: each person's answers to a call as one document."""

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

from app.calibration.agreement.types import (
    AgreementFilter,
    NewestDraw,
    Rater,
    Scoring,
    ScoringSource,
    SourceChoice,
    Threshold,
)
from app.identity import Role
from app.platform.clock import Period
from app.platform.database import Row, Session, Where
from app.platform.database.records import compose
from app.statistics.fixed_point import TRILLION

# What a session that is not revealed holds stays out of sight, also when it was revealed before. Of a
# score that was changed after a reveal, the answers that were revealed first count: the others are not blind.
_SCORINGS: Final = """
WITH doubled AS (
    SELECT g2.tenant_id, g2.subject_id, g2.double_inclusion_prob_e12, l.inclusion_prob_e12,
        ARRAY[e1.id, e2.id] AS evaluation_ids
    FROM assignments g2
    JOIN assignments g1 ON g1.tenant_id = g2.tenant_id AND g1.subject_id = g2.subject_id AND g1.scoring_round = 1
    JOIN evaluations e1 ON e1.tenant_id = g1.tenant_id AND e1.assignment_id = g1.id AND e1.status = 'submitted'
    JOIN evaluations e2 ON e2.tenant_id = g2.tenant_id AND e2.assignment_id = g2.id AND e2.status = 'submitted'
    LEFT JOIN agents a ON a.tenant_id = g2.tenant_id AND a.id = g2.agent_id
    LEFT JOIN selections l ON l.tenant_id = g2.tenant_id AND l.id = g2.subject_id
    WHERE g2.scoring_round = 2
        AND greatest(e1.submitted_at, e2.submitted_at) >= :since AND greatest(e1.submitted_at, e2.submitted_at) < :until
        AND {doubles}
), scored AS (
    SELECT 'session' AS source, s.tenant_id, s.id AS task_id, x.call_id, c.project_id, s.scorecard_id,
        s.scorecard_version_id, p.user_id, p.email, p.name,
        NULL::bigint AS double_inclusion_prob_e12, NULL::bigint AS inclusion_prob_e12,
        (SELECT jsonb_object_agg(a ->> 'item', a -> 'value')
         FROM jsonb_array_elements(CASE WHEN x.blind THEN x.answers ELSE x.blind_answers END) AS a) AS answers
    FROM calibration_sessions s
    JOIN calibration_scores x ON x.tenant_id = s.tenant_id AND x.session_id = s.id
    JOIN calibration_participants p ON p.tenant_id = x.tenant_id AND p.session_id = x.session_id
        AND p.id = x.participant_id AND p.withdrawn_at IS NULL
    JOIN calls c ON c.tenant_id = x.tenant_id AND c.id = x.call_id
    LEFT JOIN agents a ON a.tenant_id = c.tenant_id AND a.id = c.agent_id
    WHERE s.state IN ('revealed', 'closed') AND s.revealed_at >= :since AND s.revealed_at < :until
        AND CASE WHEN x.blind THEN x.answers ELSE x.blind_answers END <> '[]' AND {sessions}
    UNION ALL
    SELECT 'double_score', d.tenant_id, d.subject_id, e.call_id, e.project_id, e.scorecard_id,
        e.scorecard_version_id, e.verifier_id, NULL, NULL, d.double_inclusion_prob_e12, d.inclusion_prob_e12,
        coalesce((SELECT jsonb_object_agg(a.item, a.value) FROM answers a
                  WHERE a.tenant_id = r.tenant_id AND a.revision_id = r.id), '{{}}')
    FROM doubled d
    CROSS JOIN unnest(d.evaluation_ids) AS scoring_id
    JOIN evaluations e ON e.tenant_id = d.tenant_id AND e.id = scoring_id
    JOIN evaluation_revisions r ON r.tenant_id = e.tenant_id AND r.evaluation_id = e.id AND r.number = 1
)
SELECT t.*, u.full_name, u.role, u.active
FROM scored t
LEFT JOIN users u ON u.tenant_id = t.tenant_id AND u.id = t.user_id
ORDER BY t.task_id, t.call_id, t.user_id, t.email
"""
_SCORECARDS: Final = """
SELECT s.id, s.name, v.id AS version_id
FROM scorecards s JOIN published_versions v ON v.tenant_id = s.tenant_id AND v.scorecard_id = s.id
WHERE s.id = ANY(:ids::uuid[])
"""
_FILTERED_BY: Final = """
SELECT (SELECT timezone FROM projects WHERE id = :project_id) AS timezone,
       (SELECT id FROM scorecards WHERE id = :scorecard_id) AS scorecard_id
"""
_PROJECTS: Final = "SELECT id, name, agreement_threshold FROM projects"
_NEWEST_DRAWS: Final = """
SELECT DISTINCT ON (p.project_id, p.scorecard_id) p.project_id, p.scorecard_id, d.id, d.sample_size
FROM draws d JOIN sampling_plans p ON p.tenant_id = d.tenant_id AND p.id = d.plan_id
WHERE p.project_id = ANY(:project_ids::uuid[]) AND d.sample_size > 0 AND d.voided_at IS NULL
ORDER BY p.project_id, p.scorecard_id, d.drawn_at DESC, d.id DESC
"""
_UNDER_WAY: Final = """
SELECT suggestion_id, id FROM calibration_sessions
WHERE suggestion_id IS NOT NULL AND state IN ('arranging', 'open')
"""
# Two requests for the session of one suggestion wait for each other.
_LOCK_PROJECT: Final = "SELECT id FROM projects WHERE id = :id FOR NO KEY UPDATE"
_MAY_SCORE: Final = frozenset({Role.ADMIN, Role.LEADER, Role.VERIFIER})


class ScoringRow(NamedTuple):
    """A scoring with its rater. Its answers are as they are stored: those of double scorings are text."""

    scoring: Scoring
    rater: Rater


class NamedScorecard(NamedTuple):
    id: UUID
    name: str
    # The newest published version.
    version_id: UUID


class ProjectRow(NamedTuple):
    id: UUID
    threshold: Threshold | None


async def filtered_by(session: Session, filters: AgreementFilter) -> Row:
    """The time zone of the project and the scorecard of the filters, each None if it does not exist."""
    return await session.fetch_one(_FILTERED_BY, project_id=filters.project_id, scorecard_id=filters.scorecard_id)


async def scorings(
    session: Session, filters: AgreementFilter, period: Period, project_ids: Collection[UUID] | None = None
) -> list[ScoringRow]:
    """The scores of sessions that were revealed in the period, and the double scorings that were completed in it."""
    sessions = _where("s.scorecard_id", "c.project_id", filters, project_ids)
    doubles = _where("e1.scorecard_id", "e1.project_id", filters, project_ids)
    if filters.source is SourceChoice.SESSIONS:
        doubles.add("false")
    if filters.source is SourceChoice.DOUBLE_SCORES:
        sessions.add("false")
    statement = compose(_SCORINGS, sessions=sessions.sql, doubles=doubles.sql)
    values = {"since": period.since, "until": period.until, **sessions.values}
    async with session.without_nested_loops():
        rows = await session.fetch_all(statement, **values)
    tasks: dict[tuple[UUID, UUID], int] = {}
    numbers = [tasks.setdefault((row.task_id, row.call_id), len(tasks)) for row in rows]
    return [ScoringRow(_scoring(row, task), _rater(row)) for row, task in zip(rows, numbers, strict=True)]


async def scorecards(session: Session, ids: Collection[UUID]) -> list[NamedScorecard]:
    return [NamedScorecard(*row) for row in await session.fetch_all(_SCORECARDS, ids=list(ids))]


async def projects(session: Session, project_id: UUID | None) -> list[ProjectRow]:
    """The project, or all that want some agreement."""
    where = Where().given("id = :project_id", project_id=project_id)
    if project_id is None:
        where.add("agreement_threshold IS NOT NULL")
    return [_project(row) for row in await session.fetch_all(f"{_PROJECTS} WHERE {where.sql}", **where.values)]


async def newest_draws(session: Session, project_ids: Collection[UUID]) -> Mapping[tuple[UUID, UUID], NewestDraw]:
    """The newest draw of each project and scorecard that has calls."""
    rows = await session.fetch_all(_NEWEST_DRAWS, project_ids=list(project_ids))
    return {(row.project_id, row.scorecard_id): NewestDraw(row.id, row.sample_size) for row in rows}


async def sessions_under_way(session: Session) -> dict[str, UUID]:
    """The sessions that were made from suggestions and are not revealed, by suggestion."""
    return {row.suggestion_id: row.id for row in await session.fetch_all(_UNDER_WAY)}


async def lock_project(session: Session, project_id: UUID) -> None:
    await session.fetch_optional(_LOCK_PROJECT, id=project_id)


def _where(scorecard: str, project: str, filters: AgreementFilter, project_ids: Collection[UUID] | None) -> Where:
    return (
        Where()
        .given(f"{scorecard} = :scorecard_id", scorecard_id=filters.scorecard_id)
        .given(f"{project} = :project_id", project_id=filters.project_id)
        .given(f"{project} = ANY(:project_ids::uuid[])", project_ids=None if project_ids is None else list(project_ids))
        .given("a.team_id = :team_id", team_id=filters.team_id)
    )


def _scoring(row: Row, task: int) -> Scoring:
    return Scoring(
        task=task,
        call_id=row.call_id,
        source=ScoringSource(row.source),
        project_id=row.project_id,
        scorecard_id=row.scorecard_id,
        version_id=row.scorecard_version_id,
        rater=_rater_key(row),
        probability=_probability(row),
        answers=row.answers,
    )


def _probability(row: Row) -> float | None:
    """The probability of a double scoring: that its call was drawn, times that it was chosen to be scored twice."""
    if not row.double_inclusion_prob_e12:
        return None
    drawn = row.inclusion_prob_e12 or TRILLION
    return float(row.double_inclusion_prob_e12 / TRILLION * (drawn / TRILLION))


def _rater(row: Row) -> Rater:
    may_score = bool(row.active) and row.role in _MAY_SCORE
    return Rater(_rater_key(row), row.user_id, row.name if row.full_name is None else row.full_name, may_score)


def _rater_key(row: Row) -> str:
    return str(row.email if row.user_id is None else row.user_id)


def _project(row: Row) -> ProjectRow:
    wanted: Any = row.agreement_threshold
    return ProjectRow(row.id, None if wanted is None else Threshold(row.id, row.name, wanted))
