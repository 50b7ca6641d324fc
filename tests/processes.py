"""Real processes of the service, for tests that need a socket or kill a process."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

import httpx

from app.platform.settings import Settings

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(settings: Settings, **more: str) -> dict[str, str]:
    assert settings.database_url
    assert settings.migration_database_url
    return {
        **os.environ,
        "QMT_DATABASE_URL": settings.database_url,
        "QMT_MIGRATION_DATABASE_URL": settings.migration_database_url,
        "QMT_DATA_DIR": str(settings.data_dir),
        "QMT_LOG_LEVEL": "warning",
        "QMT_RATE_LIMIT_PER_MINUTE": "1000000",
        "QMT_WORKER_LEASE_S": str(settings.worker_lease_s),
        **more,
    }


def start(*command: str, env: dict[str, str], stdout: BinaryIO | None = None) -> subprocess.Popen[bytes]:
    """`qmt COMMAND` as a process of its own."""
    return subprocess.Popen([sys.executable, "-m", "app.cli", *command], env=env, cwd=ROOT, stdout=stdout)


def qmt(*command: str, env: dict[str, str], within_s: float = 60) -> subprocess.CompletedProcess[str]:
    """`qmt COMMAND`, run to its end."""
    line = [sys.executable, "-m", "app.cli", *command]
    return subprocess.run(line, env=env, cwd=ROOT, capture_output=True, text=True, timeout=within_s, check=False)


def stop(process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> int:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
    try:
        return process.wait(25)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


async def wait_until_alive(base_url: str, process: subprocess.Popen[bytes], within_s: float = 90) -> None:
    async with httpx.AsyncClient(base_url=base_url, timeout=2) as client, asyncio.timeout(within_s):
        while process.poll() is None:
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get("/healthz")).is_success:
                    return
            await asyncio.sleep(0.05)
    raise RuntimeError(f"the server ended with {process.returncode} before it answered")


@asynccontextmanager
async def running_api(settings: Settings, **more: str) -> AsyncIterator[str]:
    """The base URL of an API process that runs during the block."""
    port = free_port()
    process = start("api", env=environment(settings, QMT_PORT=str(port), **more))
    base_url = f"http://127.0.0.1:{port}"
    try:
        await wait_until_alive(base_url, process)
        yield base_url
    finally:
        stop(process)


@asynccontextmanager
async def running_worker(settings: Settings, *options: str, **more: str) -> AsyncIterator[subprocess.Popen[bytes]]:
    process = start("worker", *options, env=environment(settings, **more))
    try:
        yield process
    finally:
        stop(process)
