"""The worker process: takes jobs off the queues until it is told to stop."""

import asyncio
import signal
from typing import Any

import structlog

from app import wiring
from app.jobs.registry import queues
from app.jobs.runner import Runner
from app.jobs.worker import Worker
from app.platform.db import create_engine
from app.platform.logging import configure_logging
from app.platform.settings import Settings
from app.platform.startup import check_runtime_role
from app.platform.storage import create_store
from app.platform.uow import Database

log = structlog.get_logger()

# Speech fills the processor by itself; the rest mostly waits for the database.
SLOTS = {"transcription": 1}


async def work(settings: Settings, only: frozenset[str] | None = None) -> None:
    """Run until SIGTERM or SIGINT; jobs in progress are handed back."""
    if settings.database_url is None:
        raise RuntimeError("QMT_DATABASE_URL is not set: start with `qmt run`, or name a database")
    configure_logging(settings.log_level)
    wiring.connect()
    database = Database(create_engine(settings.database_url, pool_size=settings.database_pool_size))
    await check_runtime_role(database.engine)
    resources: dict[str, Any] = {"settings": settings, "store": create_store(settings)}
    runner = Runner(database, resources, settings.worker_lease_s, _stop_on_signal())
    served = {name: SLOTS.get(name, settings.worker_concurrency) for name in queues() if not only or name in only}
    log.info("worker started", queues=served)
    await Worker(settings.database_url, runner, served, wiring.schedules(database)).run()
    await database.close()
    log.info("worker stopped")


def _stop_on_signal() -> asyncio.Event:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping
