"""Work that comes round for every tenant."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog

from app.platform.database import Database
from app.platform.database.compat import driver_sql
from app.platform.database.scope import System, SystemUse

log = structlog.get_logger()

_TENANTS = "SELECT id FROM tenants ORDER BY id"


async def for_every_tenant(database: Database, what: str, work: Callable[[UUID], Awaitable[object]]) -> None:
    """Do `work` for one tenant after the other; trouble with one does not keep the others waiting."""
    async with database.begin(System(SystemUse.LIST_TENANTS)) as session:
        tenants = (await driver_sql(session, _TENANTS)).scalars().all()
    for tenant_id in tenants:
        try:
            await work(tenant_id)
        except Exception:
            log.exception("sweep failed", sweep=what, tenant_id=str(tenant_id))
