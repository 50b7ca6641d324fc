"""Sealing: committed events are put into an order and chained, batch by batch, behind the back of who writes them.

Writers take no lock. A batch holds only events of transactions below `pg_snapshot_xmin`: all of those have ended, so
nothing can still appear among what is sealed. `horizon` of a seal says how far that went: every event of a transaction
below it has its place. An event that turns up below the newest horizon without a place was inserted by another way.

Transaction numbers belong to a database cluster. Where a journal is moved into another one by dump and restore, that
cluster's next number has to be set above the newest horizon (`pg_resetwal --epoch, --next-transaction-id`).
"""

from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import structlog

from app.events import merkle, repository
from app.events.types import Head, Seal
from app.platform import clock
from app.platform.database import Database, Session
from app.platform.database.scope import Tenant
from app.platform.ids import new_id
from app.platform.sweep import for_every_tenant

log = structlog.get_logger()

BATCH = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def seal_all(database: Database) -> None:
    """Seal what every tenant has."""
    await for_every_tenant(database, "sealing of the journal", partial(seal_tenant, database))


async def seal_tenant(database: Database, tenant_id: UUID, *, batch: int = BATCH) -> int:
    """Seal a tenant's events, a transaction a batch; how many there were."""
    total = 0
    while True:
        async with database.begin(Tenant(tenant_id)) as session:
            sealed = await _seal_batch(session, batch)
        total += sealed
        if sealed < batch:
            return total


async def _seal_batch(session: Session, limit: int) -> int:
    """Seal up to `limit` events; none while another worker is sealing this tenant's."""
    if not await repository.lock_sealing(session):
        return 0
    head = await repository.head(session)
    horizon = await repository.settled_below(session)
    if horizon < head.horizon:
        log.error("transaction numbers are behind the newest seal: was the journal moved to another cluster?")
        return 0
    ids: list[str] = []
    digests: list[bytes] = []
    async for event in repository.unsealed(session, head.horizon, horizon, limit):
        ids.append(str(event[1]))
        digests.append(merkle.leaf(event))
        if len(ids) == limit:
            # A full batch may end within a transaction, whose other events are to be the next one's.
            horizon = int(str(event[-1]))
    if ids:
        sealed_at = clock.now()
        seal = _seal(session.tenant_id, head, digests, sealed_at, horizon)
        await repository.insert_seal(session, seal, sealed_at)
        await repository.insert_entries(session, seal, ids, digests)
    return len(ids)


def _seal(tenant_id: UUID, head: Head, digests: list[bytes], sealed_at: datetime, horizon: int) -> Seal:
    columns = (
        *(str(tenant_id), str(new_id()), str(head.number + 1), _seconds(sealed_at), str(len(digests))),
        *(merkle.root(digests).hex(), head.chained_root.hex(), str(horizon)),
    )
    return Seal(columns, merkle.chained(columns))


def _seconds(at: datetime) -> str:
    """As PostgreSQL prints `extract(epoch FROM at)`."""
    seconds, microseconds = divmod((at - _EPOCH) // timedelta(microseconds=1), 1_000_000)
    return f"{seconds}.{microseconds:06d}"
