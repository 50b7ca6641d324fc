"""The API process: `uvicorn app.main:create --factory`."""

import asyncio
import gc
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType

from fastapi import FastAPI
from limits import RateLimitItemPerMinute

from app import wiring
from app.api.application import build
from app.api.context import AppContext, make_limiter
from app.api.fairness import Computations, ConnectionShares, OpenStreams
from app.live import LiveHub
from app.platform.database import Database
from app.platform.database.startup import check_runtime_role
from app.platform.logging import configure_logging
from app.platform.settings import Settings
from app.platform.storage import create_store
from app.platform.threads import COMPUTING


def create(settings: Settings | None = None) -> FastAPI:
    settings = settings or Settings()
    if settings.database_url is None:
        raise RuntimeError("QMT_DATABASE_URL is not set: start with `qmt run`, or name a database")
    configure_logging(settings.log_level)
    wiring.connect(settings)
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    context = AppContext(
        settings=settings,
        database=database,
        store=create_store(settings),
        live=LiveHub(database, settings.database_direct_url or settings.database_url),
        shares=ConnectionShares(settings.database_pool_size),
        streams=OpenStreams(
            most=settings.event_streams,
            most_each=settings.event_streams_per_credential,
            most_of_guest=settings.event_streams_per_guest,
            most_of_tenant=settings.event_streams_of_a_tenant,
        ),
        computations=Computations(most=COMPUTING.count),
        limiter=make_limiter(),
        rate=RateLimitItemPerMinute(settings.rate_limit_per_minute),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await check_runtime_role(context.database)
        await context.store.prepare()
        # What was made at start stays: the collector need not walk it again and again.
        gc.collect()
        gc.freeze()
        # A request makes thousands of objects that die with it: looking for cycles after every 700 is waste.
        gc.set_threshold(50_000, 20, 50)
        with _on_stop_signal(context.live.stop):
            yield
        gc.unfreeze()
        await context.live.close()
        await context.store.close()
        await context.database.close()

    return build(context, lifespan=lifespan)


@contextmanager
def _on_stop_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` at SIGTERM and SIGINT, before the server does what it does at these signals.

    A server that stops waits for its answers to end before it ends the lifespan. Streams would not end by themselves.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    servers = {number: handler for number, handler in handlers.items() if callable(handler)}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop)
        servers[signal.Signals(number)](number, frame)

    for number in servers:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in servers.items():
            signal.signal(number, handler)
