"""`qmt run`, the one command: it starts, keeps things going, stops without a trace, and says what is wrong."""

import asyncio
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from tests.e2e.company import PASSWORD, json_of
from tests.processes import free_port, qmt, start

pytestmark = pytest.mark.e2e

# The supervisor takes an earlier death of a process for a sign that it would only die again.
SOONEST_RESTART_S = 5


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """As on a machine where nothing else is set."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("QMT_")}
    return inherited | {"QMT_DATA_DIR": str(data_dir), "QMT_DEMO": "0", "QMT_LOG_LEVEL": "warning"} | more


def create_company(data_dir: Path, slug: str) -> subprocess.CompletedProcess[str]:
    command = ("tenant", "create", slug, "--name", "Harbor Mobile", "--admin-email", "admin@harbor.example")
    return qmt(*command, env=environment(data_dir, QMT_ADMIN_PASSWORD=PASSWORD))


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """An installation with a tenant, made before the service ever ran; what one run leaves is what the next finds."""
    with tempfile.TemporaryDirectory(prefix="qmt-run-") as directory:
        data_dir = Path(directory) / "data"
        made = create_company(data_dir, "harbor")
        assert made.returncode == 0, made.stderr
        assert processes_of(data_dir) == []
        yield data_dir


def processes_of(data_dir: Path) -> list[psutil.Process]:
    """Everything that runs for an installation, its database included."""
    return [process for process in psutil.process_iter() if _belongs(process, str(data_dir))]


def _belongs(process: psutil.Process, data_dir: str) -> bool:
    try:
        return process.cwd().startswith(data_dir) or process.environ().get("QMT_DATA_DIR") == data_dir
    except psutil.Error:
        return False


@dataclass
class Run:
    """A `qmt run` and what has become of it."""

    data_dir: Path
    output: Path
    supervisor: subprocess.Popen[bytes]
    base_url: str

    def said(self) -> list[str]:
        """What it has printed on its standard output."""
        return self.output.read_text(encoding="utf-8").splitlines()

    def child(self, command: str) -> psutil.Process | None:
        """The present API or worker process."""
        mine = [one for one in processes_of(self.data_dir) if one.ppid() == self.supervisor.pid]
        return next((one for one in mine if one.cmdline()[-1:] == [command]), None)

    async def ended(self, number: signal.Signals, within_s: float) -> int:
        """The exit status after a signal."""
        self.supervisor.send_signal(number)
        return await asyncio.to_thread(self.supervisor.wait, within_s)


@asynccontextmanager
async def running(data_dir: Path) -> AsyncIterator[Run]:
    """`qmt run` in an installation, once it has said that it is ready; whatever of it is left is killed."""
    port = free_port()
    output = data_dir.parent / f"output-{port}"
    with output.open("wb") as stdout:
        supervisor = start("run", env=environment(data_dir, QMT_PORT=str(port)), stdout=stdout)
    run = Run(data_dir, output, supervisor, f"http://127.0.0.1:{port}")
    try:
        await wait_until(lambda: bool(run.said()) or supervisor.poll() is not None, within_s=60)
        yield run
    finally:
        for left in processes_of(data_dir):
            left.kill()
        supervisor.wait()


async def wait_until(condition: Callable[[], bool], within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s} s"
        await asyncio.sleep(0.1)


async def sign_in(base_url: str) -> None:
    """The administrator is known, and the database and the store are at hand."""
    async with httpx.AsyncClient(base_url=base_url, timeout=10) as client:
        json_of(await client.get("/readyz"))
        form = {"username": "admin@harbor.example", "password": PASSWORD, "client_id": "harbor"}
        json_of(await client.post("/v1/auth/token", data=form))


async def test_it_keeps_the_service_going_until_it_is_interrupted_and_leaves_nothing_running(data_dir: Path) -> None:
    async with running(data_dir) as run:
        assert run.said() == [f"QMT is ready at {run.base_url}"]
        await sign_in(run.base_url)

        worker = run.child("worker")
        assert worker
        await wait_until(lambda: time.time() - worker.create_time() > SOONEST_RESTART_S + 1, within_s=20)
        worker.kill()
        await wait_until(lambda: run.child("worker") not in {None, worker}, within_s=20)
        assert run.said() == [f"QMT is ready at {run.base_url}", "The worker process ended with -9."]
        await sign_in(run.base_url)

        assert await run.ended(signal.SIGINT, within_s=30) == 0
        assert processes_of(data_dir) == []
        assert len(run.said()) == 2


async def test_a_later_run_has_what_was_there_and_its_processes_end_with_a_killed_supervisor(data_dir: Path) -> None:
    async with running(data_dir) as run:
        await sign_in(run.base_url)
        children = {run.child("api"), run.child("worker")}
        assert None not in children
        assert await run.ended(signal.SIGKILL, within_s=5) == -signal.SIGKILL
        await wait_until(lambda: children.isdisjoint(processes_of(data_dir)), within_s=15)
        # The database alone is left; whoever uses it next is the last to leave it.
        assert create_company(data_dir, "other").returncode == 0
        assert processes_of(data_dir) == []


@pytest.mark.parametrize(
    ("settings", "status", "said"),
    [
        ({"QMT_PORT": "abc"}, 2, "QMT_PORT: "),
        ({"QMT_STORAGE": "s3"}, 2, "QMT_S3_BUCKET is required when QMT_STORAGE=s3"),
        ({"QMT_SECRET_KEY": "short"}, 2, "QMT_SECRET_KEY must have at least 32 characters"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_wrong_setting_is_named_and_nothing_is_begun(
    tmp_path: Path, settings: dict[str, str], status: int, said: str
) -> None:
    ended = qmt("run", env=environment(tmp_path / "data", **settings))
    assert (ended.returncode, ended.stdout) == (status, "")
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert not (tmp_path / "data").exists()


def test_a_port_that_is_taken_is_named_and_nothing_is_begun(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = qmt("run", env=environment(tmp_path / "data", QMT_PORT=str(port)))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"QMT cannot start: port {port} on 127.0.0.1 is in use: set QMT_PORT to another\n"
    assert not (tmp_path / "data").exists()
