"""What a session promises: rows, errors, time limits, and that a lost connection can be tried again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

import asyncpg
import pytest

from app.platform.database import Database, Session, Tenant, dumps
from app.platform.database.database import TransactionFailed
from app.platform.database.records import map_integrity_errors
from app.platform.errors import Conflict, Unavailable
from app.platform.ids import new_id
from tests.conftest import DatabaseUrls
from tests.people import Centre


@pytest.fixture
async def session(centre: Centre, database: Database) -> AsyncIterator[Session]:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        yield session


async def test_columns_are_read_as_attributes_by_name_and_by_position(session: Session) -> None:
    row = await session.fetch_one("SELECT 1 AS number, 'two' AS text, 3 AS items")
    assert (row.number, row["text"], row[0], row["items"]) == (1, "two", 1, 3)
    with pytest.raises(AttributeError):
        _ = row.nothing


async def test_one_row_is_one_row(session: Session) -> None:
    assert await session.fetch_optional("SELECT 1 WHERE false") is None
    assert await session.fetch_value("SELECT 1 WHERE false") is None
    assert await session.fetch_column("SELECT generate_series(1, 3)") == [1, 2, 3]
    with pytest.raises(LookupError, match="none came"):
        await session.fetch_one("SELECT 1 WHERE false")
    with pytest.raises(LookupError, match="2 came"):
        await session.fetch_optional("SELECT generate_series(1, 2)")


async def test_json_goes_in_as_text_and_comes_back_as_values(session: Session) -> None:
    value = {"a": [1, None, "ж"], "b": {"c": True}}
    assert await session.fetch_value("SELECT :value::jsonb", value=dumps(value)) == value


async def test_execute_says_how_many_rows_were_changed(session: Session) -> None:
    await session.send("CREATE TEMPORARY TABLE numbers (n int) ON COMMIT DROP")
    assert await session.execute("INSERT INTO pg_temp.numbers SELECT generate_series(1, :last)", last=5) == 5
    assert await session.execute("DELETE FROM pg_temp.numbers WHERE n > :least", least=3) == 2
    session.events = 1  # the table is nobody's: there is nothing to journal


async def test_more_rows_than_fit_into_one_answer_are_streamed_in_order(session: Session) -> None:
    rows = [row.n async for row in session.stream("SELECT generate_series(1, :last) AS n", last=1234)]
    assert rows == list(range(1, 1235))


async def test_a_violated_constraint_is_the_error_that_it_means(centre: Centre, database: Database) -> None:
    async def add_the_project_again() -> None:
        async with database.begin(Tenant(centre.tenant_id)) as session:
            with map_integrity_errors(uq_projects_tenant_id_name=Conflict("there is one of that name")):
                await session.execute(
                    "INSERT INTO projects (tenant_id, id, name, timezone, language, version) "
                    "VALUES (:tenant_id, :id, 'Cards', 'UTC', 'en', 1)",
                    tenant_id=session.tenant_id,
                    id=new_id(),
                )

    with pytest.raises(Conflict, match="of that name"):
        await add_the_project_again()


async def test_a_block_that_swallows_the_error_of_a_statement_does_not_end_well(
    centre: Centre, database: Database
) -> None:
    async def swallow() -> None:
        async with database.begin(Tenant(centre.tenant_id)) as session:
            with suppress(asyncpg.DivisionByZeroError):
                await session.fetch_value("SELECT 1 / 0")

    with pytest.raises(TransactionFailed, match="nothing could be committed"):
        await swallow()


async def test_another_violation_stays_what_it_is(centre: Centre, database: Database) -> None:
    async def add_without_a_tenant() -> None:
        async with database.begin(Tenant(centre.tenant_id)) as session:
            with map_integrity_errors(uq_projects_tenant_id_name=Conflict("there is one of that name")):
                await session.execute("INSERT INTO projects (tenant_id) VALUES (:id)", id=session.tenant_id)

    with pytest.raises(asyncpg.NotNullViolationError):
        await add_without_a_tenant()


async def test_large_tables_are_joined_without_nested_loops_within_the_block_alone(session: Session) -> None:
    async with session.without_nested_loops():
        within = await session.fetch_value("SHOW enable_nestloop")
    assert (within, await session.fetch_value("SHOW enable_nestloop")) == ("off", "on")


async def test_a_statement_that_takes_too_long_is_stopped_and_may_be_tried_again(
    centre: Centre, database: Database
) -> None:
    async def sleep_too_long() -> None:
        async with database.begin(Tenant(centre.tenant_id)) as session:
            await session.send("SET LOCAL statement_timeout = '20ms'")
            await session.fetch_value("SELECT pg_sleep(5)")

    with pytest.raises(Unavailable, match="took too long"):
        await sleep_too_long()


async def test_every_statement_has_a_time_limit(session: Session) -> None:
    assert await session.fetch_value("SHOW statement_timeout") == "3min"


async def test_a_lost_connection_is_an_error_to_try_again_after_and_is_replaced(
    centre: Centre, database: Database, urls: DatabaseUrls
) -> None:
    async def lose_the_connection() -> None:
        async with database.begin(Tenant(centre.tenant_id)) as session:
            process = await session.fetch_value("SELECT pg_backend_pid()")
            admin = await asyncpg.connect(urls.admin)
            try:
                await admin.execute("SELECT pg_terminate_backend($1)", process)
            finally:
                await admin.close()
            await session.fetch_value("SELECT 1")

    with pytest.raises(Unavailable, match="try again"):
        await lose_the_connection()
    async with database.begin(Tenant(centre.tenant_id)) as session:
        assert await session.fetch_value("SELECT 1") == 1


async def test_a_cancelled_task_gives_its_connection_back_and_leaves_no_trace(
    centre: Centre, database: Database
) -> None:
    began = asyncio.Event()

    async def wait_for_ever() -> None:
        async with database.begin(Tenant(centre.tenant_id)) as session:
            await session.fetch_value("SELECT pg_advisory_xact_lock(42)")
            began.set()
            await session.fetch_value("SELECT pg_sleep(60)")

    before = database.connections()["in_use"]
    task = asyncio.create_task(wait_for_ever())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert database.connections()["in_use"] == before
    async with database.begin(Tenant(centre.tenant_id)) as session:
        assert await session.fetch_value("SELECT pg_try_advisory_xact_lock(42)")


async def test_a_process_that_has_no_connection_left_says_so(
    urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.platform.database.database._ACQUIRE_WITHIN_S", 0.1)
    small = Database(urls.runtime, pool_size=1)
    try:
        async with small.begin(Tenant(UUID(int=1))):
            assert small.connections() == {"open": 1, "in_use": 1}
            with pytest.raises(Unavailable, match="busy"):
                async with small.begin(Tenant(UUID(int=2))):
                    pass
    finally:
        await small.close()


async def test_a_database_that_does_not_answer_is_unavailable() -> None:
    nobody = Database("postgresql://qmt_app@127.0.0.1:1/qmt", pool_size=1)
    with pytest.raises(Unavailable, match="does not answer"):
        async with nobody.begin(Tenant(UUID(int=1))):
            pass
