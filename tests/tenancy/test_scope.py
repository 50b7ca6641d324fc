"""What a unit of work may see and do."""

from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import insert

from app import events
from app.identity.models import ProjectModel
from app.platform.actor import Actor
from app.platform.database import Database, Session
from app.platform.database.scope import System, SystemUse, Tenant
from app.platform.database.session import UnjournalledWrite, act_as
from app.platform.database.sql import NOT_JOURNALLED, journalled_tables_written
from app.platform.database.startup import UnsafeRole, check_runtime_role
from app.platform.ids import new_id
from app.schema import metadata
from tests.conftest import DatabaseUrls
from tests.journal import RowsPrepared
from tests.people import Centre
from tests.queries import run


def project(tenant_id: object, name: str = "Other") -> dict[str, object]:
    return {"tenant_id": tenant_id, "id": new_id(), "name": name, "timezone": "UTC", "language": "en"}


async def projects(session: Session) -> list[UUID]:
    return await session.fetch_column("SELECT id FROM projects")


async def test_a_tenant_sees_only_its_own_rows(database: Database, centre: Centre) -> None:
    async with database.begin(Tenant(new_id())) as session:
        assert await projects(session) == []
    async with database.begin(Tenant(centre.tenant_id)) as session:
        assert await projects(session) == [centre.project_id]


async def test_a_tenant_cannot_write_into_another(database: Database, centre: Centre) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with database.begin(Tenant(new_id())) as session:
            await run(session, insert(ProjectModel).values(**project(centre.tenant_id)))


async def test_the_system_scope_sees_no_tenant_table_it_has_no_policy_for(database: Database, centre: Centre) -> None:
    async with database.begin(System(SystemUse.LIST_TENANTS)) as session:
        assert await projects(session) == []


async def test_a_pooled_connection_forgets_its_scope(database: Database, centre: Centre) -> None:
    async with database.begin(Tenant(centre.tenant_id)):
        pass
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM projects") == 0


async def test_a_change_without_an_event_is_refused(database: Database, centre: Centre) -> None:
    with pytest.raises(UnjournalledWrite, match="projects"):
        async with database.begin(Tenant(centre.tenant_id)) as session:
            await run(session, insert(ProjectModel).values(**project(centre.tenant_id)))
    async with database.begin(Tenant(centre.tenant_id)) as session:
        assert len(await projects(session)) == 1


async def test_a_change_with_an_event_is_committed(database: Database, centre: Centre) -> None:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        act_as(session, Actor("system", None))
        await run(session, insert(ProjectModel).values(**project(centre.tenant_id)))
        await events.record(session, RowsPrepared(subject_id=None))
    async with database.begin(Tenant(centre.tenant_id)) as session:
        assert len(await projects(session)) == 2


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("INSERT INTO projects (id) VALUES ($1)", {"projects"}),
        ('UPDATE "projects" SET name = $1', {"projects"}),
        ("DELETE FROM public.projects", {"projects"}),
        ("WITH a AS (INSERT INTO calls SELECT 1) INSERT INTO answers SELECT 2", {"calls", "answers"}),
        ("INSERT INTO calls (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET id = $1", {"calls"}),
        ("SELECT 1 FROM projects FOR UPDATE", set()),
        ("SELECT 1 FROM projects FOR NO KEY UPDATE SKIP LOCKED", set()),
        ("INSERT INTO events (id) VALUES ($1)", set()),
        ("INSERT INTO pgqueuer.pgqueuer AS job (id) SELECT 1", set()),
    ],
)
def test_written_tables_are_read_off_the_statement(statement: str, tables: set[str]) -> None:
    assert journalled_tables_written(statement) == tables


def test_only_tables_that_exist_are_exempt_from_the_journal() -> None:
    assert set(metadata.tables) >= NOT_JOURNALLED


@pytest.mark.parametrize(("url", "why"), [("admin", "superuser"), ("owner", "owns tables")])
async def test_the_application_refuses_a_role_that_security_does_not_bind(
    urls: DatabaseUrls, url: str, why: str
) -> None:
    database = Database(getattr(urls, url), pool_size=1)
    try:
        with pytest.raises(UnsafeRole, match=why):
            await check_runtime_role(database)
    finally:
        await database.close()
