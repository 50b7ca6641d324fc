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


def create() -> Starlette:
    """The application; BARE_URL is the database and BARE_STATEMENTS the file of pickled `Sent`s."""
    statements: Sequence[Sent] = pickle.loads(Path(os.environ["BARE_STATEMENTS"]).read_bytes())

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(os.environ["BARE_URL"], min_size=10, max_size=20, reset=_keep) as pool:
            app.state.pool = pool
            yield

    async def submit(request: Request) -> JSONResponse:
        body = orjson.loads(await request.body())
        evaluation_id = new_id()
        values = _values(statements, body, evaluation_id)
        async with request.app.state.pool.acquire() as connection:
            # The first one begins the transaction.
            await connection.execute(statements[0].statement)
            for sent, parameters in zip(statements[1:], values, strict=True):
                await connection.fetch(sent.statement, *parameters)
            await connection.execute("COMMIT")
        return JSONResponse({"id": str(evaluation_id)}, status_code=201)

    routes = [Route("/healthz", _alive), Route("/v1/evaluations", submit, methods=["POST"])]
    return Starlette(routes=routes, lifespan=lifespan)


async def _alive(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


async def _keep(_connection: Any) -> None:
    """The service's pool does not reset its connections either."""


def _values(statements: Sequence[Sent], body: dict[str, Any], evaluation_id: UUID) -> list[Sequence[Any]]:
    """What goes along with each statement: as recorded, but for this body and new ids."""
    user, subject, write, event, job, ticket = (sent.values for sent in statements[1:])
    call_id, scorecard_id = UUID(body["call_id"]), UUID(body["scorecard_id"])
    now, job_id, tenant_id = datetime.now(UTC), new_id(), write[0]
    after = orjson.loads(event[10]) | {"call_id": body["call_id"]}
    return [
        user,
        (call_id, scorecard_id, *subject[2:]),
        _write(write, body, evaluation_id, call_id, now),
        (tenant_id, new_id(), event[2], now, *event[4:8], evaluation_id, None, orjson.dumps(after).decode()),
        (tenant_id, job_id, job[2], orjson.dumps({"evaluation_id": evaluation_id}).decode()),
        tuple([tenant_id.bytes + job_id.bytes] if _is_payload(value) else value for value in ticket),
    ]


def _write(
    recorded: Sequence[Any], body: dict[str, Any], evaluation_id: UUID, call_id: UUID, now: datetime
) -> Sequence[Any]:
    answers = body["answers"]
    return (
        recorded[0],
        new_id(),
        *recorded[2:5],
        body["comment"],
        *recorded[6:12],
        now,
        recorded[13],
        [answer["item"] for answer in answers],
        [str(answer["value"]) for answer in answers],
        *recorded[16:18],
        *([answer.get(name) for answer in answers] for name in ("fault", "reason", "comment", "at_s", "segment_id")),
        evaluation_id,
        call_id,
        *recorded[25:],
    )


def _is_payload(value: Any) -> bool:
    return isinstance(value, list) and isinstance(value[0], bytes)
