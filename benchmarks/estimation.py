"""`GET /v1/reports/quality?by=agent` over HTTP compared with plain averages in SQL, of the same evaluations, in turns.

The plain statement is a report without estimation: evaluations of the period's calls with their latest revisions,
averaged by agent, with the agents' names. It runs as the service's own role, under row-level security, and has no
probabilities, nonresponse, intervals or totals. The report is timed to the last byte of its JSON. The core of the
plain statement, without calls and names, is timed as well.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from app.platform.ids import new_id
from benchmarks.service import Service, running_service

ROUNDS = 15
EVALUATIONS = 100_000
AGENTS = 1000
DAYS = 30
PERIOD = {"from": "2026-11-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"}

_PLAIN = """
SELECT e.agent_id, a.full_name, avg(r.score), count(*)
FROM evaluations e
JOIN calls c ON c.tenant_id = e.tenant_id AND c.id = e.call_id
JOIN agents a ON a.tenant_id = e.tenant_id AND a.id = e.agent_id
JOIN (
    SELECT DISTINCT ON (evaluation_id) evaluation_id, score
    FROM evaluation_revisions ORDER BY evaluation_id, number DESC
) r ON r.evaluation_id = e.id
WHERE e.status = 'submitted' AND c.started_at >= '2026-11-01Z' AND c.started_at < '2026-12-01Z'
GROUP BY e.agent_id, a.full_name ORDER BY a.full_name
"""
_CORE = """
SELECT e.agent_id, avg(r.score)
FROM evaluations e
JOIN (
    SELECT DISTINCT ON (evaluation_id) evaluation_id, score
    FROM evaluation_revisions ORDER BY evaluation_id, number DESC
) r ON r.evaluation_id = e.id
WHERE e.status = 'submitted' GROUP BY e.agent_id
"""

# Three or four calls of each agent and day, drawn with unequal probabilities and all of them evaluated. One in 500 has
# no agent score. Rows come in the order in which a centre would have made them.
_GIVEN = """
CREATE TEMP TABLE given (
    tenant_id uuid, user_id uuid, project_id uuid, scorecard_id uuid, version_id uuid, plan_id uuid,
    agents int, days int, evaluations int
)
"""
_ROWS = (
    "INSERT INTO projects (tenant_id, id, name, timezone, language, version) "
    "SELECT tenant_id, project_id, 'Cards', 'UTC', 'en', 1 FROM given",
    "INSERT INTO scorecards (tenant_id, id, name, version) SELECT tenant_id, scorecard_id, 'Support', 1 FROM given",
    "INSERT INTO scorecard_versions (tenant_id, id, scorecard_id, number, status, passing_score, definition, "
    "published_at) SELECT tenant_id, version_id, scorecard_id, 1, 'published', 80, '{\"sections\": []}', now() "
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
        agent_score, process_loss,
        passed, sections, families, fatal_items, applicable_count, error_count)
    SELECT tenant_id, uuidv7(), evaluation_id, 1, user_id, score, score,
        CASE WHEN random() < 0.998 THEN score + (100 - score) * random() END, (100 - score) * random(), score >= 80,
        '[{"key": "contact", "score": 92.5, "weight": 40}, {"key": "solution", "score": 81.25, "weight": 60}]',
        '{"customer": {"applicable": 12, "failing": 1}, "business": {"applicable": 9, "failing": 0}}', '{}', 30, 3
    FROM given, sample ORDER BY draw_id, position
    """,
)


@dataclass(frozen=True, slots=True)
class Result:
    """Seconds of each round, by every way."""

    ours: tuple[float, ...]
    plain: tuple[float, ...]
    core: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Our time by that of the plain statement: the median of rounds that ran one after the other."""
        return _ratio(self.ours, self.plain)

    def row(self) -> str:
        ours, plain, core = (1000 * median(seconds) for seconds in (self.ours, self.plain, self.core))
        against_core = _ratio(self.ours, self.core)
        return (
            f"| `quality?by=agent` over {EVALUATIONS:,} evaluations | {ours:,.0f} ms | plain averages {plain:,.0f} ms, "
            f"without calls and names {core:,.0f} ms | {self.ratio:.2f} ({against_core:.2f}) | ≤ 2 |"
        )


def _ratio(ours: tuple[float, ...], theirs: tuple[float, ...]) -> float:
    return median(one / other for one, other in zip(ours, theirs, strict=True))


async def measure() -> Result:
    async with running_service() as service, service.client() as client:
        await _fill(service)
        connection = await asyncpg.connect(service.postgres.database_url)
        try:
            return await _rounds(client, connection, service.tenant_id)
        finally:
            await connection.close()


async def _fill(service: Service) -> None:
    connection = await asyncpg.connect(service.postgres.admin_url)
    try:
        await connection.execute(_GIVEN)
        values = (service.tenant_id, service.user_id, *(new_id() for _ in range(4)), AGENTS, DAYS, EVALUATIONS)
        await connection.execute("INSERT INTO given VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", *values)
        for statement in _ROWS:
            await connection.execute(statement)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _rounds(client: httpx.AsyncClient, connection: Any, tenant_id: UUID) -> Result:
    async def ours() -> None:
        answer = await client.get("/v1/reports/quality", params=PERIOD | {"by": "agent"})
        assert answer.is_success, answer.text
        report = answer.json()
        assert (len(report["items"]), report["total"]["n"]) == (AGENTS, EVALUATIONS)

    async def plain() -> None:
        await _averages(connection, tenant_id, _PLAIN)

    async def core() -> None:
        await _averages(connection, tenant_id, _CORE)

    times = [[await _timed(way) for way in (ours, plain, core)] for _ in range(ROUNDS + 2)]
    return Result(*zip(*times[2:], strict=True))  # the first ones only warm up


async def _averages(connection: Any, tenant_id: UUID, statement: str) -> None:
    async with connection.transaction():
        await connection.execute("SELECT set_config('app.tenant_id', $1, true)", str(tenant_id))
        assert len(await connection.fetch(statement)) == AGENTS


async def _timed(way: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await way()
    return time.perf_counter() - started


def main() -> Result:
    """Measure, print a row of a Markdown table, and return it."""
    result = asyncio.run(measure())
    print(result.row())
    return result


if __name__ == "__main__":
    main()
