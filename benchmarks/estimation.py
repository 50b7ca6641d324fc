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

from benchmarks.centre import CentreSize, fill_centre
from benchmarks.service import running_service

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
        await fill_centre(service, CentreSize(EVALUATIONS, AGENTS, DAYS))
        connection = await asyncpg.connect(service.postgres.database_url)
        try:
            return await _rounds(client, connection, service.tenant_id)
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
