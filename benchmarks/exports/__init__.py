"""An export of everything beside `COPY … TO STDOUT` of the same tables, turn by turn.

The bare side reads the same tables under the same role and row-level security, as PostgreSQL's text, and throws the
bytes away. Ours makes CSV, JSON lines or Parquet of them, computes checksums, compresses, writes the archive to the
object store and journals. It runs as a worker runs it, in a process of its own.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

import asyncpg

from app.exports import TABLE_NAMES, ExportFormat
from benchmarks.centre import CentreSize, fill_centre
from benchmarks.service import Service, migrated_service

ROUNDS = 5
ANSWERS_OF_EACH = 10

# Ten answers to each evaluation, as an agent's errors are: few, with a comment now and then.
_ANSWERS = """
INSERT INTO answers (tenant_id, revision_id, position, item, value, credit, is_error, fault, reason, comment)
SELECT r.tenant_id, r.id, n, 'item_' || n, CASE WHEN bad THEN '"bad"' ELSE '"good"' END::jsonb,
    CASE WHEN bad THEN 0 ELSE 1 END, bad, CASE WHEN bad THEN 'agent' END, CASE WHEN bad THEN 'forgot' END,
    CASE WHEN bad THEN 'Said the rate, not the "fee",' || chr(10) || 'and was asked twice' END
FROM evaluation_revisions r, generate_series(0, $1::int - 1) AS n, LATERAL (SELECT random() < 0.1 AS bad) AS drawn
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What each export took, by format, and the seconds of the bare statements of the same turns."""

    ours: dict[ExportFormat, list[dict[str, Any]]]
    bare: list[float]
    bare_mb: float

    def ratio(self, file_format: ExportFormat) -> float:
        """Our speed by that of the bare statements: the median of turns."""
        turns = zip(self.bare, self.ours[file_format], strict=True)
        return float(median(bare / ours["seconds"] for bare, ours in turns))

    def rows(self) -> str:
        return "\n".join(self._row(file_format) for file_format in self.ours)

    def _row(self, file_format: ExportFormat) -> str:
        runs = self.ours[file_format]
        seconds, cpu = (median(run[name] for run in runs) for name in ("seconds", "cpu_seconds"))
        return (
            f"| export of everything, {runs[0]['rows']:,} rows, {file_format}: {runs[0]['size_mb']:.0f} MB "
            f"| {seconds:.1f} s ({cpu:.1f} s of processor) "
            f"| `COPY` of {self.bare_mb:.0f} MB {median(self.bare):.1f} s "
            f"| **{self.ratio(file_format):.2f}** of its speed | ≥ 0.5 |\n"
            f"| memory of the worker meanwhile | +{max(run['grown_mb'] for run in runs):.0f} MB | | | |"
        )


async def measure() -> Result:
    async with migrated_service() as service:
        await fill_centre(service, CentreSize(100_000, 1000, 30))
        await _add_answers(service)
        await _bare(service)  # warms up
        ours: dict[ExportFormat, list[dict[str, Any]]] = {file_format: [] for file_format in ExportFormat}
        bare, sizes = [], []
        for _ in range(ROUNDS):
            for file_format in ExportFormat:
                ours[file_format].append(await _ours(service, file_format))
            seconds, size = await _bare(service)
            bare.append(seconds)
            sizes.append(size)
        return Result(ours, bare, sizes[0] / 1e6)


async def _add_answers(service: Service) -> None:
    connection = await asyncpg.connect(service.postgres.admin_url)
    try:
        async with connection.transaction():
            # Foreign keys hold by construction, and are not checked one by one.
            await connection.execute("SET LOCAL session_replication_role = replica")
            await connection.execute(_ANSWERS, ANSWERS_OF_EACH)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _ours(service: Service, file_format: ExportFormat) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.exports.once", service.postgres.database_url]
    command += [str(service.settings.data_dir), str(service.tenant_id), str(service.user_id), file_format]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 0
    took: dict[str, Any] = json.loads(said)
    return took


async def _bare(service: Service) -> tuple[float, int]:
    """Seconds and bytes of `COPY … TO STDOUT` of all exported tables."""
    size = 0

    async def count(rows: bytes) -> None:
        nonlocal size
        size += len(rows)

    connection = await asyncpg.connect(service.postgres.database_url)
    try:
        started = time.perf_counter()
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute("SELECT set_config('app.tenant_id', $1, true)", str(service.tenant_id))
            for table in TABLE_NAMES:
                await connection.copy_from_table(table, output=count)
        return time.perf_counter() - started, size
    finally:
        await connection.close()


def main() -> Result:
    """Measure, print rows of a Markdown table, and return the result."""
    result = asyncio.run(measure())
    print(result.rows())
    return result
