"""Around every request: its id, its log line and its metrics. Pure ASGI, so that bodies stream through untouched."""

import re
import time
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import problems
from app.platform.metrics import REQUEST_SECONDS, REQUESTS

log = structlog.get_logger()

_WELL_FORMED = re.compile(rb"[A-Za-z0-9._-]{1,100}\Z")


class RequestMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status = 0
        started = time.perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except Exception as error:
            # Not in an exception handler, which would answer outside this middleware and without the request id.
            if status:
                raise
            await problems.unexpected(error)(scope, receive, answer)
        finally:
            _log_and_measure(scope, status, time.perf_counter() - started)


def _request_id(scope: Scope) -> str:
    """The id that the client sent, if it is well-formed, so that its logs and ours can be compared; else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _WELL_FORMED.match(value):
            return bytes(value).decode()
    return uuid4().hex


def _log_and_measure(scope: Scope, status: int, seconds: float) -> None:
    # The route's template, not the path: ids must not become label values.
    route = getattr(scope.get("route"), "path", "unmatched")
    REQUESTS.labels(scope["method"], route, status).inc()
    REQUEST_SECONDS.labels(scope["method"], route).observe(seconds)
    log.info("request", method=scope["method"], path=scope["path"], status=status, ms=round(seconds * 1000, 1))
