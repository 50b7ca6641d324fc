"""The system scope belongs to no tenant: each of its uses may run the commands that it is named for, and no other."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from app import events, jobs, live, notifications
from app.events.repository import cursors
from app.notifications import NewEmail
from app.platform.database import Database, System, SystemUse, Tenant
from app.platform.database.scope import scope_statement
from app.platform.ids import new_id
from app.sampling import DRAW
from app.schema import metadata
from tests.conftest import DatabaseUrls
from tests.identity.factories import post_key
from tests.people import Centre
from tests.reporting.factories import create as create_schedule
from tests.sampling.tenant_factories import create_plan
from tests.tenancy.test_catalogue import SYSTEM_USES, WITHOUT_TENANT

TABLES = sorted(({*metadata.tables} - WITHOUT_TENANT) | {"tenants"})
EMAIL = NewEmail(to_name="Ann", to_email="ann@example.com", subject="Invited", text="Three calls.")
PROJECT = {"name": "Loans", "timezone": "UTC", "language": "en"}
# No use has these names: nothing, and a text that an older release would have taken for a reason.
UNNAMED = ["", "a reason"]

# $1 is a tenant that exists, $2 a new id.
INSERTS = {
    "tenants": "INSERT INTO tenants (id, slug, name) SELECT id, id::text, $1::uuid::text FROM CAST($2 AS uuid) AS id",
    "users": "INSERT INTO users (tenant_id, id, email, full_name, role, active, version) "
    "SELECT $1, id, id || '@example.com', 'A', 'admin', true, 1 FROM CAST($2 AS uuid) AS id",
    "events": "INSERT INTO events (tenant_id, id, type, occurred_at, actor_kind, subject_type) "
    "VALUES ($1, $2, 'test.happened', now(), 'system', 'test')",
    "unsealed_events": "INSERT INTO unsealed_events (tenant_id, event_id) VALUES ($1, $2)",
    "api_keys": "INSERT INTO api_keys (tenant_id, id, name, key_hash, scopes, user_id, created_by) "
    "VALUES ($1, $2, 'CRM', '', '{}', $2, $2)",
    "idempotency_keys": "INSERT INTO idempotency_keys (tenant_id, principal_id, key, fingerprint) "
    "VALUES ($1, $2, 'key', '')",
    "emails": "INSERT INTO emails (tenant_id, id, to_name, to_email, subject, text, attachments, state, attempts) "
    "VALUES ($1, $2, 'Ann', 'ann@example.com', 'Invited', '', '[]', 'queued', 0)",
    "jobs": "INSERT INTO jobs (tenant_id, id, kind, payload, state, attempts) "
    "VALUES ($1, $2, 'test', '{}', 'queued', 0)",
    "projects": "INSERT INTO projects (tenant_id, id, name, timezone, language, version) "
    "VALUES ($1, $2, 'Loans', 'UTC', 'en', 1)",
}

every_use = pytest.mark.parametrize("use", [*SystemUse, *UNNAMED])


@pytest.fixture
async def filled(centre: Centre, database: Database) -> Centre:
    """A tenant with rows in the tables that the system scope can reach, and in some that it cannot."""
    await events.seal_tenant(database, centre.tenant_id)
    async with database.begin(Tenant(centre.tenant_id)) as session:
        await cursors.create_cursor(session, "a consumer")
    answers = [
        await centre.admin.post("/v1/projects", json=PROJECT, headers={"Idempotency-Key": "key"}),
        await post_key(centre.admin, "calls:read"),
        await centre.admin.post("/v1/exports", json={"what": ["teams"], "format": "csv"}),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 202]
    # The clock finds plans, and draws that are committed to.
    await create_plan(centre)
    await create_schedule(centre)
    # A report of a period that is over keeps its figures.
    over = {"from": "2026-01-01", "to": "2026-02-01"}
    assert (await centre.leader.get("/v1/reports/error-sources", params=over)).status_code == 200
    async with database.begin(Tenant(centre.tenant_id)) as session:
        await jobs.enqueue(session, DRAW.name, {})
        await live.publish(session, new_id(), "joined", {})
        await notifications.send_email(session, EMAIL)
    return centre


@pytest.fixture
async def runtime(urls: DatabaseUrls) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the runtime role in a transaction of its own, which is rolled back."""
    connection = await asyncpg.connect(urls.runtime)
    yield connection
    await connection.close()


async def enter(connection: asyncpg.Connection, use: str) -> None:
    if use in UNNAMED:
        await connection.execute("BEGIN")
        await connection.execute(
            "SELECT set_config('app.tenant_id', '', true), set_config('app.system', $1, true)", use
        )
    else:
        await connection.execute(scope_statement(System(SystemUse(use))))


def may(use: str, command: str) -> set[str]:
    return {table for (table, named), uses in SYSTEM_USES.items() if named == command and use in uses}


@every_use
async def test_a_use_reads_the_tables_it_is_named_for_and_no_other(
    filled: Centre, runtime: asyncpg.Connection, use: str
) -> None:
    await enter(runtime, use)
    seen = {table for table in TABLES if await runtime.fetchval(f"SELECT EXISTS (SELECT FROM {table})")}
    assert seen == may(use, "SELECT")


@every_use
async def test_a_use_deletes_from_the_tables_it_is_named_for_and_no_other(
    filled: Centre, runtime: asyncpg.Connection, use: str
) -> None:
    granted = "SELECT table_name FROM information_schema.role_table_grants WHERE privilege_type = 'DELETE'"
    deletable = {row["table_name"] for row in await runtime.fetch(granted)} & set(TABLES)
    await enter(runtime, use)
    deleted = {table for table in deletable if await runtime.execute(f"DELETE FROM {table}") != "DELETE 0"}
    assert deleted == may(use, "DELETE")


@every_use
async def test_a_use_inserts_into_the_tables_it_is_named_for_and_no_other(
    filled: Centre, runtime: asyncpg.Connection, use: str
) -> None:
    for table, statement in INSERTS.items():
        await enter(runtime, use)
        if table in may(use, "INSERT"):
            assert await runtime.execute(statement, filled.tenant_id, new_id()) == "INSERT 0 1"
        else:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                await runtime.execute(statement, filled.tenant_id, new_id())
        await runtime.execute("ROLLBACK")


@every_use
async def test_no_use_changes_a_row(filled: Centre, runtime: asyncpg.Connection, use: str) -> None:
    await enter(runtime, use)
    assert await runtime.execute("UPDATE tenants SET name = 'forged'") == "UPDATE 0"
    assert await runtime.execute("UPDATE users SET role = 'admin'") == "UPDATE 0"
    assert await runtime.execute("UPDATE idempotency_keys SET body = ''") == "UPDATE 0"
    assert await runtime.execute("UPDATE jobs SET payload = '{}'") == "UPDATE 0"
    assert await runtime.execute("UPDATE emails SET text = 'forged'") == "UPDATE 0"


async def test_the_queues_are_measured_in_the_system_scope(centre: Centre, stranger: httpx.AsyncClient) -> None:
    measured = await stranger.get("/metrics")
    assert measured.status_code == 200
    assert "qmt_" in measured.text
