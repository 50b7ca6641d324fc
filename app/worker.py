"""The worker process: takes jobs off the queues until it is told to stop.

SIGTERM and SIGINT end it in good order: a job that reports progress is handed back at its next report, another one
unless it is done within two seconds, and the process exits with 0. It outlives the loss of its database; any other
fault makes it exit with an error for its supervisor to see.

What waits in the queues is on the `/metrics` of the API. What this process did is on a port of its own, if one is
asked for (`metrics_port`).
"""

import asyncio
import contextlib
import signal
from collections.abc import Iterator

import structlog
from prometheus_client import start_http_server

from app import wiring
from app.jobs.registry import queues
from app.jobs.runner import Runner
from app.jobs.worker import Worker
from app.platform.database import Database
from app.platform.database.startup import check_runtime_role
from app.platform.logging import configure_logging
from app.platform.settings import Settings
from app.platform.storage import create_store

log = structlog.get_logger()

# Speech fills the processor by itself; the rest mostly waits for the database.
SLOTS = {"transcription": 1}


class UnknownQueue(ValueError):
    """A queue was asked for that no kind of job uses."""


async def work(settings: Settings, only: frozenset[str] | None = None, metrics_port: int | None = None) -> None:
    """Run until SIGTERM or SIGINT; jobs in progress are handed back. `only`: the queues to serve; all if not given."""
    if settings.database_url is None:
        raise RuntimeError("QMT_DATABASE_URL is not set: start with `qmt run`, or name a database")
    configure_logging(settings.log_level)
    wiring.connect()
    served = _served(settings, only)
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    store = create_store(settings)
    try:
        await check_runtime_role(database)
        await store.prepare()
        resources = wiring.resources(settings, store)
        runner = Runner(database, resources, settings.worker_lease_s, _stop_on_signal())
        with _metrics(settings.host, metrics_port):
            log.info("worker started", queues=served)
            await Worker(settings.database_url, runner, served, wiring.schedules(database)).run()
    finally:
        await store.close()
        await database.close()
    log.info("worker stopped")


def _served(settings: Settings, only: frozenset[str] | None) -> dict[str, int]:
    """How many jobs of which queue run at once."""
    known = queues()
    if unknown := (only or frozenset()).difference(known):
        raise UnknownQueue(f"no such queue: {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    return {name: SLOTS.get(name, settings.worker_concurrency) for name in known if only is None or name in only}


def _stop_on_signal() -> asyncio.Event:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping


@contextlib.contextmanager
def _metrics(host: str, port: int | None) -> Iterator[None]:
    if port is None:
        yield
        return
    server, _ = start_http_server(port, host)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
