"""The one connection of a process on which PostgreSQL tells of new events."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import structlog

from app.live.metrics import LISTENING
from app.live.types import Notice
from app.platform.database.database import plain_url

log = structlog.get_logger()

CHANNEL = "qmt_live"
# The pause before a new attempt to connect doubles from the first to the second.
_PAUSES_S = (0.1, 10.0)
_ANSWER_WITHIN_S = 10
_DATABASE_GONE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Listener:
    """`on_notice` is called for each event. `on_doubt` is called whenever a notice may have been missed.

    That is after each connection and each failed attempt, and every `poll_s` for safety. The connection is outside of
    the pool, and not through PgBouncer, which would give it to others between two transactions.
    """

    def __init__(
        self, url: str, *, on_notice: Callable[[Notice], None], on_doubt: Callable[[], None], poll_s: float
    ) -> None:
        self._url = plain_url(url)
        self._on_notice = on_notice
        self._on_doubt = on_doubt
        self._poll_s = poll_s
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen, if this is the first call."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    async def _run(self) -> None:
        pause = _PAUSES_S[0]
        while True:
            try:
                async with self._listening() as connection:
                    pause = _PAUSES_S[0]
                    await self._until_lost(connection)
            except Exception as error:
                expected = isinstance(error, _DATABASE_GONE)
                log.warning("cannot listen for live events", error=repr(error), exc_info=None if expected else error)
            self._on_doubt()
            # Processes that lost the database together do not come back together.
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311
            pause = min(2 * pause, _PAUSES_S[1])

    @contextlib.asynccontextmanager
    async def _listening(self) -> AsyncIterator[Any]:
        settings = {"application_name": "qmt-live"}
        connection = await asyncpg.connect(self._url, timeout=_ANSWER_WITHIN_S, server_settings=settings)
        try:
            await connection.add_listener(CHANNEL, self._hear)
            LISTENING.set(1)
            yield connection
        finally:
            LISTENING.set(0)
            connection.terminate()

    async def _until_lost(self, connection: Any) -> None:
        """Raise once the connection no longer answers. A connection may be lost without a word."""
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        while not connection.is_closed():
            self._on_doubt()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s):
                    await lost.wait()
            if not connection.is_closed():
                await connection.execute("SELECT 1", timeout=_ANSWER_WITHIN_S)
        log.warning("the connection for live events was lost")

    def _hear(self, _connection: Any, _pid: int, _channel: str, payload: str) -> None:
        try:
            notice = Notice.read(payload)
        except ValueError:
            log.warning("a notice of a live event cannot be read", payload=payload[:200])
            return
        self._on_notice(notice)
