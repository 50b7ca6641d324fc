"""Draws of the release before keep their samples when frames are stored by class, and get back what they had."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.platform import migrate
from app.platform.embedded import EmbeddedPostgres
from app.platform.ids import new_id
from app.sampling.selection import frame_classes, frame_digest
from app.sampling.types import SizedCall
from tests.conftest import make_empty_database, with_database

BEFORE = "20261121_first_tables"
HEAD = "20261121_provable_draws"
DRAWN_AT = datetime(2026, 3, 3, tzinfo=UTC)
NAMES = ("tenant", "user", "project", "scorecard", "agent", "plan", "draw", "selection", "first", "second", "third")
IDS = {name: new_id() for name in NAMES}
# Two of a kind, and one that was drawn for certain.
SIZES = {"first": 1_000_000, "second": 1_000_000, "third": 4_000_000}

ROWS = """
INSERT INTO tenants (id, slug, name) VALUES ({tenant}, 'rows', 'Rows');
INSERT INTO users (tenant_id, id, email, full_name, role, active, version)
    VALUES ({tenant}, {user}, 'a@example.com', 'A', 'verifier', true, 1);
INSERT INTO projects (tenant_id, id, name, timezone, language, version)
    VALUES ({tenant}, {project}, 'P', 'UTC', 'en', 1);
INSERT INTO scorecards (tenant_id, id, name, version) VALUES ({tenant}, {scorecard}, 'S', 1);
INSERT INTO agents (tenant_id, id, version, external_id, full_name) VALUES ({tenant}, {agent}, 1, 'a', 'A');
INSERT INTO calls (tenant_id, id, source, external_id, project_id, agent_id, started_at, duration_s, direction,
                   complaint, tags, attributes)
    SELECT {tenant}, id, 'crm', id::text, {project}, {agent}, '2026-03-02 09:00Z', 60, 'inbound', false, '{{}}', '{{}}'
    FROM unnest(ARRAY[{first}, {second}, {third}]::uuid[]) AS id;
INSERT INTO sampling_plans (tenant_id, id, name, project_id, scorecard_id, window_kind, timezone, mode, rate,
                            floor_per_agent, eligibility, size, double_score_rate, active, version)
    VALUES ({tenant}, {plan}, 'Daily', {project}, {scorecard}, 'day', 'UTC', 'rate', 0.5, 1, '{{}}', '{{}}', 0, true,
            1);
INSERT INTO draws (tenant_id, id, plan_id, window_start, part, starts_at, ends_at, frame_size, sample_size,
                   frame_digest, seed_commitment, seed, assignment_seed, parameters, drawn_at)
    VALUES ({tenant}, {draw}, {plan}, '2026-03-02', 0, '2026-03-02Z', '2026-03-03Z', 3, 1, 'old', 'c', 's', 'a',
            '{{"window": "day", "timezone": "UTC"}}', '2026-03-03Z');
INSERT INTO draw_strata VALUES ({tenant}, {draw}, {agent}, 3, 6000000, 1000000000000, 1);
INSERT INTO frame_calls (tenant_id, draw_id, call_id, agent_id, size, inclusion)
    VALUES ({tenant}, {draw}, {first}, {agent}, 1000000, 166666666667),
           ({tenant}, {draw}, {second}, {agent}, 1000000, 166666666667),
           ({tenant}, {draw}, {third}, {agent}, 4000000, 666666666666);
INSERT INTO selections (tenant_id, id, draw_id, call_id, agent_id, position, size, inclusion, signals)
    VALUES ({tenant}, {selection}, {draw}, {third}, {agent}, 1, 4000000, 666666666666, '[]');
INSERT INTO assignments (tenant_id, id, selection_id, call_id, scorecard_id, verifier_id, place, created_at, version)
    VALUES ({tenant}, gen_random_uuid(), {selection}, {third}, {scorecard}, {user}, 1, '2026-03-03Z', 1);
"""
LATER = """
INSERT INTO draws (tenant_id, id, plan_id, window_kind, timezone, window_start, part, starts_at, ends_at,
                   seed_commitment, seed, assignment_seed, committed_at)
    VALUES ({tenant}, gen_random_uuid(), {plan}, 'day', 'UTC', '2026-03-03', 0, '2026-03-03Z', '2026-03-04Z', 'c', 's',
            'a', now());
INSERT INTO assignments (tenant_id, id, selection_id, call_id, scorecard_id, verifier_id, place, due_at, version)
    VALUES ({tenant}, gen_random_uuid(), {selection}, {third}, {scorecard}, NULL, 2, now(), 1);
"""


@pytest.fixture
async def engine(cluster: EmbeddedPostgres, worker_name: str) -> AsyncIterator[AsyncEngine]:
    """A database as the release before left it, with one draw."""
    urls = await make_empty_database(cluster, f"qmt_draws_{worker_name}")
    engine = migrate.owner_engine(urls.owner)
    await to(engine, BEFORE)
    await execute(engine, cluster, ROWS)
    yield engine
    await engine.dispose()


async def to(engine: AsyncEngine, revision: str, *, up: bool = True) -> None:
    async with engine.connect() as connection:
        await connection.run_sync(migrate.upgrade if up else migrate.downgrade, revision)


async def execute(engine: AsyncEngine, cluster: EmbeddedPostgres, statements: str) -> None:
    admin = await asyncpg.connect(with_database(cluster.admin_url, str(engine.url.database)))
    try:
        await admin.execute(statements.format(**{name: f"'{value}'" for name, value in IDS.items()}))
    finally:
        await admin.close()


async def fetch(engine: AsyncEngine, cluster: EmbeddedPostgres, query: str) -> list[tuple[Any, ...]]:
    admin = await asyncpg.connect(with_database(cluster.admin_url, str(engine.url.database)))
    try:
        return [tuple(row) for row in await admin.fetch(query)]
    finally:
        await admin.close()


async def test_frames_become_classes_with_the_digest_that_the_pure_modules_give(
    engine: AsyncEngine, cluster: EmbeddedPostgres
) -> None:
    await to(engine, HEAD)
    classes = frame_classes(SizedCall(IDS[name], IDS["agent"], size) for name, size in SIZES.items())
    stored = await fetch(engine, cluster, "SELECT agent_id, size, call_ids FROM frame_classes ORDER BY size")
    assert [(agent, size, tuple(calls)) for agent, size, calls in stored] == [tuple(alike) for alike in classes]
    draws = await fetch(engine, cluster, "SELECT frame_digest, window_kind, timezone, committed_at FROM draws")
    assert draws == [(frame_digest(classes), "day", "UTC", DRAWN_AT)]
    selected = await fetch(engine, cluster, "SELECT call_id, started_at FROM selections")
    assert selected == [(IDS["third"], datetime(2026, 3, 2, 9, tzinfo=UTC))]
    assert await fetch(engine, cluster, "SELECT due_at FROM assignments") == [(DRAWN_AT + timedelta(days=7),)]
    assert await fetch(engine, cluster, "SELECT active_since IS NOT NULL FROM sampling_plans") == [(True,)]


async def test_going_back_gives_every_call_its_row_and_drops_what_was_not_known(
    engine: AsyncEngine, cluster: EmbeddedPostgres
) -> None:
    await to(engine, HEAD)
    await execute(engine, cluster, LATER)
    await to(engine, BEFORE, up=False)
    frame = await fetch(engine, cluster, "SELECT call_id, size, inclusion FROM frame_calls")
    expected: dict[UUID, tuple[int, int]] = {
        IDS["first"]: (1_000_000, 166_666_666_666),
        IDS["second"]: (1_000_000, 166_666_666_666),
        IDS["third"]: (4_000_000, 666_666_666_666),
    }
    assert {call: (size, inclusion) for call, size, inclusion in frame} == expected
    assert len(await fetch(engine, cluster, "SELECT id FROM draws")) == 1
    assert await fetch(engine, cluster, "SELECT verifier_id FROM assignments") == [(IDS["user"],)]
    await to(engine, HEAD)
    assert await migrate.at_head(engine)
