"""Reports over 300,000 evaluations of 30 items, over HTTP, beside DuckDB scanning the exported Parquet files.

DuckDB computes the figures of ours that SQL can: weighted means or rates by group with their standard errors, by
linearisation in strata of agents and draws. It has no attribution, no bounds, no names of groups, and no JSON. Both are
timed in turns, on the same machine. The same reports over a tenth of the evaluations show how time grows.
"""

import asyncio
import tempfile
import time
import zipfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

import duckdb
import httpx

from benchmarks.centre import CentreSize, fill_centre
from benchmarks.service import Service, running_service
from tests.processes import running_worker

LARGE, SMALL = 300_000, 30_000
AGENTS, DAYS = 1000, 30
ROUNDS = 7
PERIOD: Final = {"from": "2026-11-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"}

_LATEST: Final = """
WITH latest AS (
    SELECT DISTINCT ON (evaluation_id) id AS revision_id, evaluation_id, score
    FROM 'evaluation_revisions.parquet' ORDER BY evaluation_id, number DESC
), drawn AS (
    SELECT s.draw_id, s.agent_id, r.revision_id, r.score::DOUBLE AS score, 1e12 / s.inclusion_prob_e12 AS weight
    FROM 'selections.parquet' s
    JOIN 'assignments.parquet' g ON g.subject_id = s.id AND g.scoring_round = 1
    JOIN 'evaluations.parquet' e ON e.assignment_id = g.id AND e.status = 'submitted'
    JOIN latest r ON r.evaluation_id = e.id
    WHERE s.started_at >= '2026-11-01 00:00+00' AND s.started_at < '2026-12-01 00:00+00'
)
"""
# Every answer with the rate of its item, and from these the squared residuals within strata.
_QUALITY: Final = (
    _LATEST
    + """
, means AS (
    SELECT agent_id, sum(weight * score) / sum(weight) AS mean, sum(weight) AS total, count(*) AS n
    FROM drawn GROUP BY agent_id
), strata AS (
    SELECT agent_id, draw_id, count(*) AS n, var_samp(weight * (score - mean) / total) AS variance
    FROM drawn JOIN means USING (agent_id) GROUP BY agent_id, draw_id
), errors AS (SELECT agent_id, sqrt(sum(n * coalesce(variance, 0))) AS error FROM strata GROUP BY agent_id)
SELECT a.full_name, mean, error, m.n
FROM means m JOIN errors USING (agent_id) JOIN 'agents.parquet' a ON a.id = m.agent_id ORDER BY a.full_name
"""
)
_ITEMS: Final = (
    _LATEST
    + """
, answered AS (
    SELECT a.item, d.draw_id, d.agent_id, d.weight, a.is_error, a.is_error AND a.fault = 'process' AS by_process
    FROM drawn d JOIN 'answers.parquet' a ON a.revision_id = d.revision_id
    WHERE a.credit IS NOT NULL
), rates AS (
    SELECT item, sum(weight * is_error::INT) / sum(weight) AS rate, sum(weight) AS total, count(*) AS n,
           sum(weight * by_process::INT) / sum(weight * is_error::INT) AS process_share,
           sum(weight * is_error::INT) AS errors
    FROM answered GROUP BY item
), strata AS (
    SELECT item, agent_id, draw_id, count(*) AS n,
           var_samp(weight * (is_error::INT - rate) / total) AS variance,
           var_samp(weight * (by_process::INT - process_share * is_error::INT) / errors) AS share_variance
    FROM answered JOIN rates USING (item) GROUP BY item, agent_id, draw_id
), deviations AS (
    SELECT item, sqrt(sum(n * coalesce(variance, 0))) AS error,
           sqrt(sum(n * coalesce(share_variance, 0))) AS share_error
    FROM strata GROUP BY item
)
SELECT item, rate, error, process_share, share_error, n FROM rates JOIN deviations USING (item) ORDER BY errors DESC
"""
)
REPORTS: Final = {
    "quality?by=agent": _QUALITY,
    "error-sources": _ITEMS,
    "pareto?by=item": _ITEMS,
}


@dataclass(frozen=True, slots=True)
class Times:
    """Median seconds of a report over many evaluations, of DuckDB, and of the report over a tenth of them."""

    large: float
    duckdb: float
    small: float

    def row(self, report: str) -> str:
        return (
            f"| `{report}` over {LARGE:,} evaluations × 30 items | {1000 * self.large:,.0f} ms "
            f"| DuckDB over Parquet {1000 * self.duckdb:,.0f} ms | {self.large / self.duckdb:.2f} | ≤ 1 |\n"
            f"| the same beside {SMALL:,} evaluations | {1000 * self.large:,.0f} ms | {1000 * self.small:,.0f} ms "
            f"| {self.large / self.small:.2f} | ≤ 1.5 |"
        )


async def measure() -> dict[str, Times]:
    small = await _measure(SMALL, {})
    large = await _measure(LARGE, REPORTS)
    return {report: Times(large[report][0], large[report][1], small[report][0]) for report in REPORTS}


async def _measure(evaluations: int, beside: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Median seconds of each report and of its statement."""
    async with running_service() as service, service.client() as client:
        await fill_centre(service, CentreSize(evaluations, AGENTS, DAYS, answers=True))
        with tempfile.TemporaryDirectory(prefix="qmt-bench-") as directory:
            if beside:
                await _export(service, client, Path(directory))
            connection = duckdb.connect()
            connection.execute(f"SET file_search_path = '{directory}'")
            found = {}
            for report in REPORTS:
                ours, theirs = partial(_get, client, report), partial(_scan, connection, beside.get(report))
                times = [(await _timed(ours), await _timed(theirs)) for _ in range(ROUNDS + 1)]
                # The first round only warms up.
                of_ours, of_theirs = zip(*times[1:], strict=True)
                found[report] = median(of_ours), median(of_theirs)
            return found


async def _get(client: httpx.AsyncClient, report: str) -> None:
    path, _, query = report.partition("?")
    params = PERIOD | dict([query.split("=")] if query else [])
    answer = await client.get(f"/v1/reports/{path}", params=params)
    assert answer.is_success, answer.text
    answer.json()


async def _scan(connection: Any, statement: str | None) -> None:
    if statement:
        assert len(connection.execute(statement).fetchall()) >= 30


async def _timed(way: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await way()
    return time.perf_counter() - started


async def _export(service: Service, client: httpx.AsyncClient, directory: Path) -> None:
    """Export everything as Parquet, and unpack it."""
    async with running_worker(service.settings):
        asked = await client.post("/v1/exports", json={"what": "everything", "format": "parquet"})
        assert asked.is_success, asked.text
        url = f"/v1/exports/{asked.json()['id']}"
        while (await client.get(url)).json()["state"] not in ("ready", "failed"):  # noqa: ASYNC110
            await asyncio.sleep(1)
        archive = directory / "export.zip"
        async with client.stream("GET", f"{url}/download") as answer:
            assert answer.is_success
            with archive.open("wb") as file:
                async for chunk in answer.aiter_bytes():
                    file.write(chunk)
    with zipfile.ZipFile(archive) as content:
        content.extractall(directory)


def main() -> dict[str, Times]:
    """Measure, print rows of a Markdown table, and return the figures."""
    found = asyncio.run(measure())
    for report, times in found.items():
        print(times.row(report))
    return found


if __name__ == "__main__":
    main()
