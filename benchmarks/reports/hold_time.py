"""`GET /v1/reports/hold-time` over a million calls, compared with plain averages in SQL of the same calls, in turns.

The plain statement has the calls, mean and share with hold of each agent and project, without names, medians, limits
and verdicts. It runs as the service's own role, under row-level security. The report is timed to the last byte.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median

import asyncpg

from benchmarks.service import Service, running_service

ROUNDS = 5
CALLS = 1_000_000
AGENTS = 1000
PROJECTS = 10
PERIOD = {"from": "2026-11-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"}

_PLAIN = """
SELECT c.agent_id, c.project_id, count(*), avg(c.hold_s), avg((c.hold_s > 0)::int)
FROM calls c
WHERE c.started_at >= '2026-11-01Z' AND c.started_at < '2026-12-01Z'
GROUP BY c.agent_id, c.project_id
"""
# Half of the calls are on hold, a tenth of the hold times is not known, and agents differ.
_ROWS = (
    """
    INSERT INTO projects (tenant_id, id, name, timezone, language, version)
    SELECT tenant_id, uuidv7(), 'Project ' || n, 'UTC', 'en', 1 FROM given, generate_series(1, projects) AS n
    """,
    """
    INSERT INTO agents (tenant_id, id, external_id, full_name, version)
    SELECT tenant_id, uuidv7(), 'a-' || n, 'Agent ' || n, 1 FROM given, generate_series(1, agents) AS n
    """,
    """
    INSERT INTO calls (tenant_id, id, source, external_id, project_id, agent_id, started_at, duration_s, direction,
        complaint, tags, attributes, hold_s, hold_count)
    SELECT g.tenant_id, uuidv7(), 'bench', n::text, p.id, a.id, timestamptz '2026-11-01Z' + n * interval '2.5 seconds',
        312, 'inbound', false, '{}', '{}',
        CASE WHEN n % 10 = 0 THEN NULL WHEN n % 2 = 0 THEN 0
             ELSE round((30 * exp(0.9 * random_normal())) * (0.8 + 0.4 * (a.number % 7) / 7.0))::int END,
        CASE WHEN n % 10 = 0 THEN NULL WHEN n % 2 = 0 THEN 0 ELSE 1 + n % 4 END
    FROM given g CROSS JOIN generate_series(1, g.calls) AS n
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS number FROM agents) a
        ON a.number = n::bigint * 7919 % g.agents
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS number FROM projects) p ON p.number = a.number % g.projects
    """,
    "VACUUM ANALYZE",
)


@dataclass(frozen=True, slots=True)
class Result:
    """Seconds of each round, by both ways."""

    ours: tuple[float, ...]
    plain: tuple[float, ...]

    @property
    def ratio(self) -> float:
        return median(one / other for one, other in zip(self.ours, self.plain, strict=True))

    def row(self) -> str:
        return (
            f"| `hold-time` over {CALLS:,} calls of {AGENTS:,} agents, over HTTP | {median(self.ours):.2f} s | "
            f"plain averages {median(self.plain):.2f} s | {self.ratio:.2f} | |"
        )


async def measure() -> Result:
    async with running_service() as service, service.client() as client:
        await _fill(service)
        connection = await asyncpg.connect(service.postgres.database_url)

        async def ours() -> None:
            answer = await client.get("/v1/reports/hold-time", params=PERIOD)
            assert answer.is_success, answer.text
            report = answer.json()
            assert sum(project["calls"] for project in report["projects"]) == CALLS
            assert len(report["agents"]) == AGENTS

        async def plain() -> None:
            async with connection.transaction():
                await connection.execute("SELECT set_config('app.tenant_id', $1, true)", str(service.tenant_id))
                assert len(await connection.fetch(_PLAIN)) == AGENTS

        try:
            times = [[await _timed(way) for way in (ours, plain)] for _ in range(ROUNDS + 1)]
        finally:
            await connection.close()
        return Result(*zip(*times[1:], strict=True))  # the first round only warms up


async def _fill(service: Service) -> None:
    connection = await asyncpg.connect(service.postgres.admin_url)
    try:
        await connection.execute("CREATE TEMP TABLE given (tenant_id uuid, calls int, agents int, projects int)")
        await connection.execute(
            "INSERT INTO given VALUES ($1, $2, $3, $4)", service.tenant_id, CALLS, AGENTS, PROJECTS
        )
        for statement in _ROWS:
            await connection.execute(statement)
    finally:
        await connection.close()


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
