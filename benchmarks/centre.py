"""A centre in the tables: the draws of a month, their calls all evaluated, with an answer to each of 30 items."""

import json
from dataclasses import dataclass

import asyncpg

from app.analysis.rollups import build
from app.platform.actor import Actor
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.platform.ids import new_id
from app.scorecards import definition_to_document
from benchmarks.service import Service
from tests.scorecards.factories import thirty_items


@dataclass(frozen=True, slots=True)
class CentreSize:
    """`answers`: whether the evaluations have them, so that there are errors."""

    evaluations: int
    agents: int
    days: int
    answers: bool = False


# Three or four calls of each agent and day, drawn with unequal probabilities and all of them evaluated. One in 500 has
# no agent score. Rows come in the order in which a centre would have made them.
_GIVEN = """
CREATE TEMP TABLE given (
    tenant_id uuid, user_id uuid, project_id uuid, scorecard_id uuid, version_id uuid, plan_id uuid,
    agents int, days int, evaluations int, definition text
)
"""
_ROWS = (
    "INSERT INTO projects (tenant_id, id, name, timezone, language, version) "
    "SELECT tenant_id, project_id, 'Cards', 'UTC', 'en', 1 FROM given",
    "INSERT INTO scorecards (tenant_id, id, name, version) SELECT tenant_id, scorecard_id, 'Support', 1 FROM given",
    "INSERT INTO scorecard_versions (tenant_id, id, scorecard_id, number, status, passing_score, definition, "
    "published_at) SELECT tenant_id, version_id, scorecard_id, 1, 'published', 80, definition::jsonb, now() "
    "FROM given",
    "INSERT INTO teams (tenant_id, id, name, version) "
    "SELECT tenant_id, uuidv7(), 'Team ' || n, 1 FROM given, generate_series(0, 49) AS n",
    """
    INSERT INTO agents (tenant_id, id, external_id, full_name, team_id, version)
    SELECT g.tenant_id, uuidv7(), 'a-' || n, 'Agent ' || n, t.id, 1
    FROM given g, generate_series(0, agents - 1) AS n
    JOIN teams t ON t.name = 'Team ' || n % 50
    """,
    "INSERT INTO agent_projects (tenant_id, agent_id, project_id) "
    "SELECT a.tenant_id, a.id, g.project_id FROM given g, agents a",
    """
    INSERT INTO sampling_plans (tenant_id, id, name, project_id, scorecard_id, window_kind, timezone, mode, rate,
        floor_per_agent, eligibility, size, double_score_rate, draw_delay_min, due_days, active, version)
    SELECT tenant_id, plan_id, 'Daily', project_id, scorecard_id, 'day', 'UTC', 'rate', 0.03, 1, '{}', '{}', 0, 0,
        7, false, 1
    FROM given
    """,
    """
    INSERT INTO draws (tenant_id, id, plan_id, window_kind, timezone, window_start, supplement_no,
        starts_at, ends_at,
        frame_size, sample_size, frame_digest, seed_commitment, seed, assignment_seed, parameters, committed_at,
        drawn_at)
    SELECT tenant_id, uuidv7(), plan_id, 'day', 'UTC', day::date, 0, day, day + interval '1 day', 0, 0, '', '', '', '',
        '{}', day, day + interval '1 day'
    FROM given, generate_series(0, days - 1) AS n,
        LATERAL (SELECT timestamptz '2026-11-01Z' + n * interval '1 day' AS day) AS of_month
    """,
    """
    CREATE TEMP TABLE sample AS
    SELECT d.id AS draw_id, a.id AS agent_id, uuidv7() AS call_id, uuidv7() AS selection_id, uuidv7() AS assignment_id,
        uuidv7() AS evaluation_id, d.starts_at + random() * interval '24 hours' AS started_at,
        (1e12 * (0.01 + 0.1 * random()))::bigint AS inclusion, 60 + 40 * random() AS score,
        row_number() OVER (PARTITION BY d.id ORDER BY random()) AS position
    FROM given g CROSS JOIN generate_series(0, g.evaluations - 1) AS n
    JOIN (SELECT *, row_number() OVER (ORDER BY starts_at) - 1 AS number FROM draws) d ON d.number = n % g.days
    JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS number FROM agents) a ON a.number = n / g.days % g.agents
    """,
    """
    INSERT INTO calls (tenant_id, id, source, external_id, project_id, agent_id, started_at, duration_s, direction,
        complaint, tags, attributes)
    SELECT tenant_id, call_id, 'bench', call_id, project_id, agent_id, started_at, 312, 'inbound', false, '{}', '{}'
    FROM given, sample ORDER BY started_at
    """,
    """
    INSERT INTO draw_strata (tenant_id, draw_id, agent_id, calls, size_e6, expected_n_e12, selected)
    SELECT tenant_id, draw_id, agent_id, count(*), 0, sum(inclusion), count(*) FROM given, sample
    GROUP BY tenant_id, draw_id, agent_id
    """,
    """
    INSERT INTO selections
        (tenant_id, id, draw_id, call_id, agent_id, position, size_e6, inclusion_prob_e12, started_at, signals)
    SELECT tenant_id, selection_id, draw_id, call_id, agent_id, position, 1000000, inclusion, started_at, '[]'
    FROM given, sample ORDER BY draw_id, position
    """,
    """
    INSERT INTO assignment_pools (tenant_id, id, project_id, name)
    SELECT tenant_id, plan_id, project_id, 'Daily' FROM given
    """,
    """
    INSERT INTO assignments (tenant_id, id, pool_id, project_id, batch_id, subject_id, scoring_round,
        double_inclusion_prob_e12, agent_id, call_id, scorecard_id, verifier_id, due_at, begun_at, completed_at,
        scoring_id, version)
    SELECT tenant_id, assignment_id, plan_id, project_id, draw_id, selection_id, 1, 0, agent_id, call_id, scorecard_id,
        user_id, started_at + interval '8 days', started_at + interval '2 days', started_at + interval '2 days',
        evaluation_id, 1
    FROM given, sample ORDER BY draw_id, position
    """,
    """
    INSERT INTO evaluations (tenant_id, id, call_id, project_id, agent_id, scorecard_id, scorecard_version_id,
        assignment_id, verifier_id, status, version, submitted_at)
    SELECT tenant_id, evaluation_id, call_id, project_id, agent_id, scorecard_id, version_id, assignment_id, user_id,
        'submitted', 1, started_at + interval '2 days'
    FROM given, sample ORDER BY draw_id, position
    """,
    """
    INSERT INTO evaluation_revisions (tenant_id, id, evaluation_id, number, author_id, score, score_before_fatal,
        agent_score, process_loss, passed, sections, families, fatal_items, applicable_count, error_count)
    SELECT tenant_id, uuidv7(), evaluation_id, 1, user_id, score, score,
        CASE WHEN random() < 0.998 THEN score + (100 - score) * random() END, (100 - score) * random(), score >= 80,
        '[{"key": "contact", "score": 92.5, "weight": 40}, {"key": "solution", "score": 81.25, "weight": 60}]',
        '{"customer": {"applicable": 12, "failing": 1}, "business": {"applicable": 9, "failing": 0}}', '{}', 30, 3
    FROM given, sample ORDER BY draw_id, position
    """,
)

# About one answer in twenty is an error; the first ten items fail by the process, the others mostly by agents.
_ANSWERS = """
INSERT INTO answers (tenant_id, revision_id, position, item, value, credit, is_error, fault, reason)
SELECT r.tenant_id, r.id, i.k, i.key, CASE WHEN x.is_error THEN 'bad' ELSE 'good' END,
    CASE WHEN x.is_error THEN 0 ELSE 1 END, x.is_error,
    CASE WHEN x.is_error THEN CASE WHEN i.k <= 10 OR random() < 0.2 THEN 'process' ELSE 'agent' END END, NULL
FROM evaluation_revisions r
CROSS JOIN unnest($1::text[]) WITH ORDINALITY AS i (key, k)
CROSS JOIN LATERAL (SELECT random() < 0.05 + 0 * i.k AS is_error) AS x
"""
_ROLL_UPS = "INSERT INTO draw_rollups (tenant_id, draw_id, changes) SELECT tenant_id, id, 1 FROM draws"


async def fill_centre(service: Service, size: CentreSize) -> None:
    """Write the rows, and let the roll-ups be built as a worker builds them."""
    definition = thirty_items()
    connection = await asyncpg.connect(service.postgres.admin_url)
    try:
        await connection.execute(_GIVEN)
        ids = (service.tenant_id, service.user_id, *(new_id() for _ in range(4)))
        document = json.dumps(definition_to_document(definition))
        await connection.execute(
            "INSERT INTO given VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            *ids,
            size.agents,
            size.days,
            size.evaluations,
            document,
        )
        for statement in _ROWS:
            await connection.execute(statement)
        if size.answers:
            # The rows are right: checking each of millions of keys would take most of the time.
            await connection.execute("SET session_replication_role = replica")
            keys = [item.key for section in definition.sections for item in section.items]
            await connection.execute(_ANSWERS, keys)
            await connection.execute("SET session_replication_role = origin")
        await connection.execute(_ROLL_UPS)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    await _roll_up(service)


async def _roll_up(service: Service) -> None:
    assert service.settings.database_url
    database = Database(service.settings.database_url, pool_size=1)
    try:
        async with database.begin(Tenant(service.tenant_id)) as session:
            draw_ids = await session.fetch_column("SELECT draw_id FROM draw_rollups")
        for draw_id in draw_ids:
            async with database.begin(Tenant(service.tenant_id)) as session:
                act_as(session, Actor("system", None))
                await build(session, draw_id)
    finally:
        await database.close()
