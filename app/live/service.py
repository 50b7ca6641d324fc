"""Publishing live events, and removing old ones."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.live import repository
from app.live.errors import EventTooLarge
from app.live.types import RESET
from app.platform import clock
from app.platform.database import Session, dumps

# An event says what has happened; clients read the resource for the rest.
MAX_DATA_BYTES = 16 * 1024
_KIND = re.compile(r"[a-z][a-z0-9_.]{0,49}")


async def publish(session: Session, channel_id: UUID, kind: str, data: Mapping[str, Any]) -> int:
    """Publish an event in the session's transaction; its number in the channel.

    The channel belongs to the session's tenant and exists from its first event on. Its id is that of the resource that
    the events are about. Publish last in a transaction: from here to the commit, other publishers of the channel wait.
    On several channels publish in the order of their ids, so that two transactions do not wait for each other.
    """
    if not _KIND.fullmatch(kind) or kind == RESET:
        raise ValueError(f"not a kind of event: {kind!r}")
    text = dumps(dict(data))
    if len(text.encode()) > MAX_DATA_BYTES:
        raise EventTooLarge(f"the data of an event may have {MAX_DATA_BYTES} bytes at most")
    return await repository.publish(session, channel_id, kind, text)


async def last_number(session: Session, channel_id: UUID) -> int:
    """The number of the channel's last event: a client that reads it with the resource can follow on from there."""
    return await repository.last_number(session, channel_id)


async def remove_old_events(session: Session, limit: int, *, kept: timedelta) -> int:
    """Remove events of all tenants that were published longer ago than they are kept; how many there were."""
    return await repository.remove_old(session, clock.now() - kept, limit)
