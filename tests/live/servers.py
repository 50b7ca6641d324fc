"""API processes that serve the route of `tests.live.served`."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from app.platform.settings import Settings
from tests.people import Centre
from tests.processes import ROOT, environment, free_port, stop, wait_until_alive

SERVED = "tests.live.served:create"


@dataclass(frozen=True)
class Server:
    base_url: str
    process: "subprocess.Popen[bytes]"

    def client(self, centre: Centre, role: str = "verifier") -> httpx.AsyncClient:
        headers = {"Authorization": centre.client(role).headers["Authorization"]}
        return httpx.AsyncClient(base_url=self.base_url, headers=headers, timeout=20)


@asynccontextmanager
async def running_server(settings: Settings, *, app: str = SERVED, **more: str) -> AsyncIterator[Server]:
    port = free_port()
    process = _start(app, port, environment(settings, **({"QMT_EVENT_STREAM_LIFE_S": "60"} | more)))
    base_url = f"http://127.0.0.1:{port}"
    try:
        await wait_until_alive(base_url, process)
        yield Server(base_url, process)
    finally:
        stop(process)


def _start(app: str, port: int, env: dict[str, str]) -> "subprocess.Popen[bytes]":
    command = ("uvicorn", app, "--factory", "--port", str(port), "--no-access-log")
    return subprocess.Popen([sys.executable, "-m", *command, "--log-level", "warning"], env=env, cwd=ROOT)
