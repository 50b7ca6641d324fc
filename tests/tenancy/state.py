"""The rows of a tenant in every table, to see whether something changed them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from tests.people import Centre
from tests.tenancy.test_catalogue import WITHOUT_TENANT

# What one tenant's rows look like, whatever the table.
_STATE = "SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM {} t WHERE tenant_id = $1"
_TABLES = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"

State = dict[str, tuple[int, str | None]]


@asynccontextmanager
async def unchanged(admin: asyncpg.Connection, centre: Centre) -> AsyncIterator[None]:
    """Fail where a row of the tenant is not as it was before the block."""
    before = await state(admin, centre)
    yield
    assert changed_tables(before, await state(admin, centre)) == set()


async def state(admin: asyncpg.Connection, centre: Centre) -> State:
    """For every table how many rows the tenant has, and a digest of them."""
    names = {row["relname"] for row in await admin.fetch(_TABLES)} - WITHOUT_TENANT
    return {name: tuple(await admin.fetchrow(_STATE.format(name), centre.tenant_id)) for name in names}


def changed_tables(before: State, after: State) -> set[str]:
    return {name for name in before if before[name] != after[name]}
