"""A draw of 3 % beside `SELECT id FROM calls ORDER BY random() LIMIT n` on the same table, turn by turn.

The bare statement gives ids and nothing else. Ours freezes the frame, computes sizes and exact inclusion probabilities,
selects by a committed seed so that anybody can check it, and stores strata, selections with their signals, assignments
and the journal. `python -m benchmarks.sampling 5` goes on to frames of five million calls.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg

from app.platform.actor import Actor
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.platform.ids import new_id
from app.sampling.plans.commitments import commit
from app.sampling.plans.service import create_plan
from app.sampling.windows import window_of
from benchmarks.service import Service, migrated_service

MONTH = date(2026, 10, 1)
AGENTS = 1000
VERIFIERS = 40
ROUNDS = 5
RATE = 0.03
MILLION = 1_000_000

_PEOPLE = """
INSERT INTO projects (tenant_id, id, name, timezone, language, version) VALUES ($1, $2, 'Cards', 'UTC', 'ru', 1)
"""
_AGENTS = """
INSERT INTO agents (tenant_id, id, version, external_id, full_name, hired_on)
SELECT $1, gen_random_uuid(), 1, 'a-' || n, 'Agent ' || n, date '2026-10-01' - (n * 7) % 1000
FROM generate_series(1, $2::int) AS n
"""
_VERIFIERS = """
INSERT INTO users (tenant_id, id, email, full_name, role, active, version)
SELECT $1, gen_random_uuid(), 'v' || n || '@example.com', 'Verifier ' || n, 'verifier', true, 1
FROM generate_series(1, $2::int) AS n
"""
_SCORECARD = "INSERT INTO scorecards (tenant_id, id, name, version) VALUES ($1, $2, 'Card', 1)"
_VERSION = """
INSERT INTO scorecard_versions (tenant_id, id, scorecard_id, number, status, passing_score, definition, published_at)
VALUES ($1, gen_random_uuid(), $2, 1, 'published', 80, '{}', now())
"""
# Ids that grow with time, as the service's own do.
_CALLS = """
INSERT INTO calls (tenant_id, id, source, external_id, project_id, agent_id, started_at, duration_s, direction,
    language, hold_s, csat, complaint, tags, attributes)
SELECT $1, encode(substr(int8send(1790000000000 + n), 3) || substr(uuid_send(gen_random_uuid()), 7), 'hex')::uuid,
    'crm', n::text, $2, agents.ids[1 + floor(random() * cardinality(agents.ids))::int],
    timestamptz '2026-10-01' + random() * interval '31 days', 60 + floor(random() * 500), 'inbound', 'ru',
    CASE WHEN random() < 0.3 THEN floor(random() * 300) END,
    CASE WHEN random() < 0.15 THEN 1 + floor(random() * 5) END, random() < 0.02, '{}', '{}'
FROM generate_series($3::int, $4::int) AS n, (SELECT array_agg(id) AS ids FROM agents WHERE tenant_id = $1) AS agents
"""
_BARE = "SELECT id FROM calls ORDER BY random() LIMIT $1"


@dataclass(frozen=True, slots=True)
class Result:
    """Seconds of each draw, by either way, with the memory that ours took and where its time went."""

    calls: int
    ours: tuple[dict[str, Any], ...]
    bare: tuple[float, ...]

    @property
    def seconds(self) -> float:
        return float(median(run["seconds"] for run in self.ours))

    @property
    def ratio(self) -> float:
        return self.seconds / median(self.bare)

    def part(self, name: str) -> float:
        return float(median(run["parts"].get(name, 0.0) for run in self.ours))

    def row(self) -> str:
        bare, grown = median(self.bare), max(run["grown_mb"] for run in self.ours)
        proper = sum(self.part(name) for name in ("frame", "digest", "selection"))
        return (
            f"| draw of 3 % from {self.calls:,} calls, {AGENTS:,} agents, whole | {self.seconds:.2f} s | {bare:.2f} s "
            f"| **{self.ratio:.1f}** | ≤ 5 |\n"
            f"| of it frame, digest and selection | {proper:.2f} s | {bare:.2f} s | **{proper / bare:.1f}** | ≤ 5 |\n"
            f"| the same, memory of the worker | +{grown:.0f} MB | | | < 150 MB |\n"
            f"| where the time goes | frame {self.part('frame'):.2f} s, digest {self.part('digest'):.2f} s, "
            f"selection {self.part('selection'):.2f} s, rows {self.part('rows'):.2f} s | | | |"
        )


async def measure(millions: int = 1) -> list[Result]:
    results = []
    async with migrated_service() as service:
        admin = await asyncpg.connect(service.postgres.admin_url)
        try:
            project_id, scorecard_id = await _centre(admin, service.tenant_id)
            reached = 0
            for calls in sorted({MILLION, millions * MILLION}):
                await _fill(admin, service.tenant_id, project_id, reached, calls)
                reached = calls
                results.append(await _rounds(service, project_id, scorecard_id, calls))
        finally:
            await admin.close()
    return results


async def _centre(admin: Any, tenant_id: UUID) -> tuple[UUID, UUID]:
    project_id, scorecard_id = new_id(), new_id()
    await admin.execute(_PEOPLE, tenant_id, project_id)
    await admin.execute(_AGENTS, tenant_id, AGENTS)
    await admin.execute(_VERIFIERS, tenant_id, VERIFIERS)
    await admin.execute(_SCORECARD, tenant_id, scorecard_id)
    await admin.execute(_VERSION, tenant_id, scorecard_id)
    return project_id, scorecard_id


async def _fill(admin: Any, tenant_id: UUID, project_id: UUID, reached: int, calls: int) -> None:
    """Bring the table to so many calls. Foreign keys are the same for all of them, and not checked one by one."""
    async with admin.transaction():
        await admin.execute("SET LOCAL session_replication_role = replica")
        await admin.execute(_CALLS, tenant_id, project_id, reached + 1, calls)
    await admin.execute("VACUUM ANALYZE")


async def _rounds(service: Service, project_id: UUID, scorecard_id: UUID, calls: int) -> Result:
    ours, bare = [], []
    for number in range((ROUNDS if calls == MILLION else 2) + 1):
        await _forget(service)
        draw_id = await _committed(service, project_id, scorecard_id, number)
        bare.append(await _bare(service, round(calls * RATE)))
        ours.append(await _ours(service, draw_id))
    return Result(calls, tuple(ours[1:]), tuple(bare[1:]))  # the first ones only warm up


_DRAWN = ("assignments", "selections", "frame_classes", "draw_strata")


async def _forget(service: Service) -> None:
    """Take the draws of before away: verifiers who have the same calls already would have to be looked up.

    Autovacuum keeps off: of tables just emptied it would note, in the midst of the next draw, that they have no rows,
    and the planner would check foreign keys by walking whole indexes. A service's tables are never emptied.
    """
    admin = await asyncpg.connect(service.postgres.admin_url)
    try:
        await admin.execute("SET session_replication_role = replica")
        for table in _DRAWN:
            await admin.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
        await admin.execute(f"TRUNCATE {', '.join(_DRAWN)}, draws CASCADE")
    finally:
        await admin.close()


async def _committed(service: Service, project_id: UUID, scorecard_id: UUID, number: int) -> UUID:
    """A plan of its own for every draw: a plan draws a window once."""
    assert service.settings.database_url
    database = Database(service.settings.database_url, pool_size=1)
    try:
        async with database.begin(Tenant(service.tenant_id)) as session:
            act_as(session, Actor("system", None))
            verifiers = await session.fetch_column("SELECT id FROM users WHERE role = 'verifier'")
            plan = await create_plan(session, **_plan(project_id, scorecard_id, number, verifiers))
            return (await commit(session, plan, window_of(plan.window, plan.timezone, MONTH))).id
    finally:
        await database.close()


def _plan(project_id: UUID, scorecard_id: UUID, number: int, verifier_ids: list[UUID]) -> dict[str, Any]:
    return {
        "name": f"Plan {number}",
        "project_id": project_id,
        "scorecard_id": scorecard_id,
        "window": "month",
        "timezone": "UTC",
        "mode": "rate",
        "rate": RATE,
        "rate_override_reason": None,
        "quota_per_agent": None,
        "floor_per_agent": 1,
        "eligibility": {"min_duration_s": 20, "require_recording": False},
        "size": {
            "new_agent": {"tenure_days": 60, "multiplier": 3},
            "erring_agent": {"lookback_days": 30, "max_multiplier": 4},
            "complaint": 4,
            "low_csat": {"at_most": 2, "multiplier": 3},
            "long_hold": {"over_s": 180, "multiplier": 1.5},
        },
        "double_score_rate": 0.1,
        "verifier_ids": verifier_ids,
        "verifier_daily_capacity": None,
        "draw_delay_min": 0,
        "due_days": 7,
        "active": False,
    }


async def _bare(service: Service, sample_size: int) -> float:
    """As the role and in the scope that ours works in."""
    connection = await asyncpg.connect(service.settings.database_url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT set_config('app.tenant_id', $1, true)", str(service.tenant_id))
            started = time.perf_counter()
            await connection.fetch(_BARE, sample_size)
            return time.perf_counter() - started
    finally:
        await connection.close()


async def _ours(service: Service, draw_id: UUID) -> dict[str, Any]:
    arguments = (str(service.settings.database_url), str(service.tenant_id), str(draw_id))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.draw_once", *arguments, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    measured: dict[str, Any] = json.loads(out)
    return measured


def main() -> None:
    for result in asyncio.run(measure(*map(int, sys.argv[1:2]))):
        print(result.row())


if __name__ == "__main__":
    main()
