"""How statements are planned, and how long they may take."""

import pytest

from app.platform.database import Database
from app.platform.database.compat import driver_sql
from app.platform.database.scope import Tenant
from app.platform.errors import Unavailable
from tests.people import Centre


async def test_tables_are_joined_by_hashing_within_the_block_alone(centre: Centre, database: Database) -> None:
    async with database.begin(Tenant(centre.tenant_id)) as session:

        async def nested_loops() -> str:
            return str((await driver_sql(session, "SHOW enable_nestloop")).scalar_one())

        async with session.without_nested_loops():
            within = await nested_loops()
        assert (within, await nested_loops()) == ("off", "on")


async def test_a_statement_that_takes_too_long_is_given_up_and_may_be_tried_again(
    centre: Centre, database: Database
) -> None:
    async def sleep_too_long() -> None:
        async with database.begin(Tenant(centre.tenant_id)) as session:
            await driver_sql(session, "SET LOCAL statement_timeout = '20ms'")
            await driver_sql(session, "SELECT pg_sleep(5)")

    with pytest.raises(Unavailable, match="took too long"):
        await sleep_too_long()


async def test_every_statement_has_a_time_limit(centre: Centre, database: Database) -> None:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        assert (await driver_sql(session, "SHOW statement_timeout")).scalar_one() == "3min"
