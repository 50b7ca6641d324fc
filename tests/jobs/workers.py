"""Worker processes to test with."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.platform.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class WorkerProcess:
    process: Process
    log: Path
    metrics_port: int

    @property
    def pid(self) -> int:
        return self.process.pid

    def log_text(self) -> str:
        return self.log.read_text(encoding="utf-8")

    async def wait_for_log(self, words: str, within_s: float = 30) -> None:
        async with asyncio.timeout(within_s):
            while words not in self.log_text():
                assert self.process.returncode is None, self.log_text()
                await asyncio.sleep(0.05)

    async def end(self, number: signal.Signals, within_s: float = 10) -> int:
        """Send a signal and wait for the exit status."""
        self.process.send_signal(number)
        async with asyncio.timeout(within_s):
            return await self.process.wait()


@dataclass
class WorkerPool:
    """Workers of one queue."""

    queue: str
    settings: Settings
    directory: Path
    workers: list[WorkerProcess] = field(default_factory=list)
    started: int = 0

    async def start(self) -> WorkerProcess:
        """Start a worker; it takes jobs once it has said so."""
        self.started += 1
        log = self.directory / f"worker-{self.started}.log"
        port = free_port()
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.jobs.process", self.queue, str(port)),
                cwd=ROOT,
                env=os.environ | self._environment(),
                stdout=output,
                stderr=output,
            )
        worker = WorkerProcess(process, log, port)
        self.workers.append(worker)
        return worker

    async def wait_until_ready(self, strength: int = 2) -> "WorkerPool":
        """Wait until that many workers serve the queue."""
        self.workers = [worker for worker in self.workers if worker.process.returncode is None]
        for _ in range(strength - len(self.workers)):
            await self.start()
        for worker in self.workers:
            await worker.wait_for_log("worker started")
        return self

    def worker_of(self, job: dict[str, Any]) -> WorkerProcess:
        """The worker whose process id the job shows as its progress."""
        (worker,) = (worker for worker in self.workers if worker.pid == int(job["progress"]["done"]))
        return worker

    async def kill_all(self) -> None:
        for worker in self.workers:
            if worker.process.returncode is None:
                worker.process.kill()
                await worker.process.wait()

    def _environment(self) -> dict[str, str]:
        assert self.settings.database_url
        assert self.settings.migration_database_url
        return {
            "QMT_DATABASE_URL": self.settings.database_url,
            "QMT_MIGRATION_DATABASE_URL": self.settings.migration_database_url,
            "QMT_DATA_DIR": str(self.settings.data_dir),
            "QMT_WORKER_LEASE_S": str(self.settings.worker_lease_s),
        }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
