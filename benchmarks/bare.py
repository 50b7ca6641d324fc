"""The least that could be done: a handler that parses the body and sends the service's own statements, unchecked.

It does not authenticate, validate, score or answer what it wrote. Served by `uvicorn benchmarks.bare:create --factory`.
"""

import os
import pickle
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.platform.ids import new_id


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement as the service sent it, with what it sent along."""

    statement: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """The statements of one submission: of which call it was, and when it began."""

    call_id: UUID
    began_at: datetime
    statements: Sequence[Sent]

    def new_ids(self) -> set[UUID]:
        """The ids that the service made for this submission: UUIDs of version 7 begin with the time in milliseconds."""
        began_ms = int(self.began_at.timestamp() * 1000)
        values = (value for sent in self.statements for value in sent.values)
        return {
            value
            for value in values
            if isinstance(value, UUID) and value.version == 7 and value.int >> 80 >= began_ms and value != self.call_id
        }


def create() -> Starlette:
    """The application; BARE_URL is the database and BARE_STATEMENTS the file of a pickled `Recording`."""
    recording: Recording = pickle.loads(Path(os.environ["BARE_STATEMENTS"]).read_bytes())
    new_ids = recording.new_ids()
    first, *others = recording.statements

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(os.environ["BARE_URL"], min_size=10, max_size=20, reset=_keep) as pool:
            app.state.pool = pool
            yield

    async def submit(request: Request) -> JSONResponse:
        body = orjson.loads(await request.body())
        call_id = UUID(body["call_id"])
        ids = {recording.call_id: call_id, **{old: new_id() for old in new_ids}}
        now = datetime.now(UTC)
        async with request.app.state.pool.acquire() as connection:
            # The first one begins the transaction.
            await connection.execute(first.statement)
            for sent in others:
                await connection.fetch(sent.statement, *(_of_this_call(value, ids, now) for value in sent.values))
            await connection.execute("COMMIT")
        return JSONResponse({"call_id": str(call_id)}, status_code=201)

    routes = [Route("/healthz", _alive), Route("/v1/evaluations", submit, methods=["POST"])]
    return Starlette(routes=routes, lifespan=lifespan)


async def _alive(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


async def _keep(_connection: Any) -> None:
    """The service's pool does not reset its connections either."""


def _of_this_call(value: Any, ids: dict[UUID, UUID], now: datetime) -> Any:
    """What was recorded, with the ids and the time of this request. The answers are sent as they were recorded."""
    if isinstance(value, UUID):
        return ids.get(value, value)
    return now if isinstance(value, datetime) else value
