"""The answer that follows a channel until the client leaves, may no longer follow it, or the process stops."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import structlog
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from app.api.context import app_context
from app.api.event_stream.authority import Authority, StillAllowed
from app.api.event_stream.wire import BEGINNING, HEADERS, HEARTBEAT, MEDIA_TYPE, render
from app.identity import Role
from app.live import Subscription
from app.platform.errors import DomainError

log = structlog.get_logger()

Ended = Callable[[], Awaitable[None]]


async def _nothing() -> None:
    """What a route does at the end of a stream, unless it says otherwise."""


# A client that takes nothing for so long is gone; if it is not, it connects again.
_TAKE_WITHIN_S = 60


def event_stream(
    request: Request, channel_id: UUID, after: int | None, *, still_allowed: StillAllowed, ended: Ended = _nothing
) -> "EventStream":
    """The events of a channel of the principal's tenant, from the one after the client's `Last-Event-ID`.

    For routes of a `private_router(…, streaming=True)`, which check before whether the principal may follow the
    channel. Every 15 seconds the credential and the permission of the route are checked again, and `still_allowed` is
    called with the principal as it is then, in a transaction of its own. The stream ends when it answers False or
    raises a `DomainError`. `ended` is called once the stream has ended, for whatever reason, unless the process dies.
    """
    return EventStream(request, channel_id, after, Authority(request, still_allowed), ended)


class EventStream(Response):
    """Subscribes when it is sent, not when it is made: nothing is left open if it is never sent."""

    def __init__(
        self, request: Request, channel_id: UUID, after: int | None, authority: Authority, ended: Ended
    ) -> None:
        super().__init__(media_type=MEDIA_TYPE)
        self._context = app_context(request)
        self._principal = request.state.principal
        self._channel_id = channel_id
        self._after = after
        self._authority = authority
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._follow(scope, receive, send)
        finally:
            await self._end()

    async def _follow(self, scope: Scope, receive: Receive, send: Send) -> None:
        context, principal = self._context, self._principal
        life_s = context.settings.event_stream_life_s
        guest = principal.role == Role.CLIENT
        with context.streams.hold(principal.tenant_id, (principal.kind, principal.id), guest=guest):
            async with context.live.subscribe(
                principal.tenant_id, self._channel_id, self._after, life_s=life_s
            ) as subscription:
                stream = StreamingResponse(self._chunks(subscription), headers=HEADERS, media_type=MEDIA_TYPE)
                try:
                    await stream(scope, receive, _within(_TAKE_WITHIN_S, send))
                except TimeoutError:
                    log.info("an event stream was given up: its client takes nothing")

    async def _end(self) -> None:
        """Tell the route, also while the request is being cancelled."""
        try:
            await asyncio.shield(asyncio.ensure_future(self._ended()))
        except DomainError as error:
            log.info("the end of an event stream was not noted", reason=error.detail)

    async def _chunks(self, subscription: Subscription) -> AsyncIterator[bytes]:
        yield BEGINNING
        async for events in subscription:
            if events:
                yield b"".join(map(render, events))
            elif await self._authority.holds():
                yield HEARTBEAT
            else:
                return


def _within(seconds: float, send: Send) -> Send:
    """Send, and give the client up if it takes nothing for so long."""

    async def send_in_time(message: Message) -> None:
        async with asyncio.timeout(seconds):
            await send(message)

    return send_in_time
