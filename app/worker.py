"""The worker process: takes jobs off the queues until it is stopped.

SIGTERM and SIGINT stop it in good order: a job that reports progress returns to its queue at its next report, any
other job unless it is done within two seconds, and the process exits with 0. The worker goes on after the database was
lost; any other error ends it with an exit status that its supervisor sees.

`/metrics` of the API shows what is queued. `metrics_port` is a port on which this process shows what it did.
"""

import asyncio
import contextlib
import signal
from collections.abc import Iterator

import structlog
from prometheus_client import start_http_server

from app import wiring
from app.events import Dispatcher
from app.jobs import Runner, Worker, queues
from app.platform.database import Database
from app.platform.database.startup import check_runtime_role
from app.platform.logging import configure_logging
from app.platform.settings import Settings
from app.platform.storage import create_store

log = structlog.get_logger()

# Jobs that a worker runs at once. One transcription uses the whole processor, and one export as
# much as compressing needs; other jobs mostly wait for the database.
SLOTS = {"transcription": 1, "exports": 1}


class UnknownQueue(ValueError):
    """The queue does not exist: no kind of job uses it."""


async def work(settings: Settings, only: frozenset[str] | None = None, metrics_port: int | None = None) -> None:
    """Run until SIGTERM or SIGINT; jobs in progress then return to their queues. `only`: the queues to serve."""
    if settings.database_url is None:
        raise RuntimeError("QMT_DATABASE_URL is not set: start with `qmt run`, or name a database")
    configure_logging(settings.log_level)
    wiring.connect(settings)
    served = _served(settings, only)
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    store = create_store(settings)
    try:
        await check_runtime_role(database)
        await store.prepare()
        resources = wiring.resources(settings, store)
        runner = Runner(database, resources, settings.worker_lease_s, _stop_on_signal())
        worker = Worker(settings.database_url, runner, served, wiring.schedules(database, settings))
        with _metrics(settings.host, metrics_port):
            log.info("worker started", queues=served)
            async with asyncio.TaskGroup() as group:
                group.create_task(worker.run())
                group.create_task(Dispatcher(database).run(runner.stopping))
    finally:
        await store.close()
        await database.close()
    log.info("worker stopped")


def _served(settings: Settings, only: frozenset[str] | None) -> dict[str, int]:
    """How many jobs of each queue run at once."""
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
