"""The least that could be done: events from memory to the streams of one process, without database, order or resuming.

Whoever publishes sends each event to every process. Served by `uvicorn benchmarks.bare_live:create --factory`.
"""

import asyncio
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route


def create() -> Starlette:
    queues: set[asyncio.Queue[bytes]] = set()

    async def follow(_: Request) -> StreamingResponse:
        return StreamingResponse(events(), media_type="text/event-stream")

    async def events() -> AsyncIterator[bytes]:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        queues.add(queue)
        yield b"retry: 2000\n\n"
        while True:
            yield await queue.get()

    async def publish(request: Request) -> Response:
        event = await request.body()
        for queue in queues:
            queue.put_nowait(event)
        return Response(status_code=204)

    async def alive(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[
            Route("/healthz", alive),
            Route("/events", follow),
            Route("/publish", publish, methods=["POST"]),
        ]
    )
