"""Sealing: committed events are put into an order and chained, batch by batch.

The statement that writes an event also lists it in `unsealed_events`. A sealer takes whatever is listed and committed,
seals it and removes it from the list, in one transaction. So an event is on the list or has a seal, and never both or
neither; when its transaction commits does not matter. Writers take no lock. Of the sealers of a tenant one at a time
works, which the others do not wait for.

The order of a batch is that in which its events were recorded (`unsealed_events.place`, from a sequence). An event
that is recorded after another one has committed always comes later. Nothing depends on the numbers of transactions, so
that a journal may be dumped and restored into another cluster (docs/decisions/0017).
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.events import merkle
from app.events.repository import cursors
from app.events.repository import seals as repository
from app.events.types import ChainHead, Seal
from app.platform import clock
from app.platform.database import Database, Session
from app.platform.database.scope import Tenant
from app.platform.ids import new_id

BATCH = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def seal_tenant(database: Database, tenant_id: UUID, *, batch: int = BATCH) -> int:
    """Seal a tenant's events, one transaction a batch; return how many there were."""
    total = 0
    while True:
        async with database.begin(Tenant(tenant_id)) as session:
            sealed = await seal_batch(session, batch)
        total += sealed
        if sealed < batch:
            return total


async def seal_batch(session: Session, limit: int) -> int:
    """Seal up to `limit` events; none while another worker seals this tenant's."""
    if not await repository.lock_sealing(session):
        return 0
    ids: list[str] = []
    digests: list[bytes] = []
    async for event in repository.unsealed_events(session, limit):
        ids.append(str(event[1]))
        digests.append(merkle.leaf(event))
    if ids:
        sealed_at = clock.now()
        seal = _seal(session.tenant_id, await repository.chain_head(session), digests, sealed_at)
        await repository.insert_seal(session, seal, sealed_at, ids, digests)
        await cursors.extend_backlog(session, seal.tenant_id, seal.number)
    return len(ids)


def _seal(tenant_id: UUID, head: ChainHead, digests: list[bytes], sealed_at: datetime) -> Seal:
    columns = (
        *(str(tenant_id), str(new_id()), str(head.number + 1), _seconds(sealed_at), str(len(digests))),
        *(merkle.root(digests).hex(), head.chained_root.hex()),
    )
    return Seal(columns, merkle.chained(columns))


def _seconds(at: datetime) -> str:
    """The time as PostgreSQL prints `extract(epoch FROM at)`."""
    seconds, microseconds = divmod((at - _EPOCH) // timedelta(microseconds=1), 1_000_000)
    return f"{seconds}.{microseconds:06d}"
