"""`qmt run`: the whole service on one machine.

Starts the built-in PostgreSQL unless the settings name another, migrates, seeds the demo tenant if asked, then keeps
an API process and a worker process running until it is stopped. It stops whatever it has started.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from app.platform.database.local import with_database_urls
from app.platform.database.migrate import migrate
from app.platform.parent import SUPERVISED
from app.platform.settings import Settings

# A process that ends this often in a row, each time this soon after its start, would end again.
_MAX_EARLY_EXITS, _EARLY_S = 3, 5
_STOP_WITHIN_S = 20


class CannotStart(RuntimeError):
    """The service cannot start. The message is shown at the terminal, without a traceback."""


async def run(settings: Settings, say: Callable[[str], None]) -> None:
    _check_port(settings)
    stopping = _stop_on_signal()
    async with with_database_urls(settings) as named:
        assert named.migration_database_url
        await migrate(named.migration_database_url)
        seeding = asyncio.create_task(_seed_demo(named, say))
        await _wait_for_first(seeding, stopping.wait())
        if not stopping.is_set():
            await seeding
            await _serve(named, stopping, say)
        seeding.cancel()
        await asyncio.wait({seeding})


def _check_port(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise CannotStart(f"port {settings.port} on {settings.host} is in use: set QMT_PORT to another") from error


async def _seed_demo(settings: Settings, say: Callable[[str], None]) -> None:
    if settings.demo is False:
        return
    from app.demo.seeding import seed_if_wanted  # noqa: PLC0415 (numpy and the simulator only where they are used)

    started = time.monotonic()
    if await seed_if_wanted(settings):
        say(f"The demo tenant was seeded in {time.monotonic() - started:.0f} s.")


async def _serve(settings: Settings, stopping: asyncio.Event, say: Callable[[str], None]) -> None:
    environment = _environment(settings)
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(_keep_running(name, environment, stopping, say)) for name in ("api", "worker")]
        try:
            await _until_ready(settings, stopping, running)
            if not stopping.is_set():
                _announce(settings, say)
        finally:
            await _wait_for_first(stopping.wait(), *running)
            stopping.set()


def _announce(settings: Settings, say: Callable[[str], None]) -> None:
    say(f"QMT is ready at {base_url(settings)}")
    credentials = settings.data_dir / "demo-credentials.json"
    if credentials.exists():
        say(f"Demo credentials: {credentials}")


def base_url(settings: Settings) -> str:
    return f"http://{settings.host}:{settings.port}"


def _environment(settings: Settings) -> dict[str, str]:
    """The environment of the child processes: our own, and the settings that we have worked out."""
    assert settings.database_url
    assert settings.migration_database_url
    return os.environ | {
        "QMT_DATABASE_URL": settings.database_url,
        "QMT_MIGRATION_DATABASE_URL": settings.migration_database_url,
        "QMT_DATA_DIR": str(settings.data_dir.resolve()),
        SUPERVISED: "1",
    }


async def _keep_running(
    command: str, environment: dict[str, str], stopping: asyncio.Event, say: Callable[[str], None]
) -> None:
    """Run `qmt COMMAND` until we stop, and again whenever it ends."""
    early_exits = 0
    while not stopping.is_set():
        started = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.cli", command, env=environment, cwd=Path.cwd(), process_group=0
        )
        try:
            await _wait_for_first(process.wait(), stopping.wait())
        finally:
            await _stop(process)
        if stopping.is_set():
            return
        say(f"The {command} process ended with {process.returncode}.")
        early_exits = early_exits + 1 if time.monotonic() - started < _EARLY_S else 0
        if early_exits == _MAX_EARLY_EXITS:
            raise CannotStart(f"the {command} process ends soon after each start; its own messages are above")


async def _stop(process: Process) -> None:
    """Stop a process that still runs; it gets time to finish its work."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_WITHIN_S)
    except TimeoutError:
        process.kill()
        await process.wait()


async def _until_ready(settings: Settings, stopping: asyncio.Event, running: list["asyncio.Task[None]"]) -> None:
    async with httpx.AsyncClient(base_url=base_url(settings), timeout=2) as client:
        while not stopping.is_set() and not any(task.done() for task in running):
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get("/readyz")).status_code == httpx.codes.OK:
                    return
            await asyncio.sleep(0.1)


async def _wait_for_first(*awaitables: Awaitable[Any]) -> None:
    """Wait for the first one to finish. Cancel the other coroutines; tasks go on."""
    tasks = [asyncio.ensure_future(one) for one in awaitables]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task, given in zip(tasks, awaitables, strict=True):
        if task is not given:
            task.cancel()


def _stop_on_signal() -> asyncio.Event:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stopping.set)
    return stopping
