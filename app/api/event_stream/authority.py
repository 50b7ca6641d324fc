"""Whether a client that follows a stream may go on: asked again and again, as a stream outlives a request."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from fastapi import Request

from app.api.context import transaction_factory
from app.api.routing import PrivateRoute
from app.identity import Principal, authenticate
from app.platform.database import Session
from app.platform.errors import DomainError, TooManyRequests, Unavailable

# Called with the principal as it is now: a role may have changed since the stream began.
StillAllowed = Callable[[Session, Principal], Awaitable[bool]]

_ATTEMPTS, _PAUSE_S = 3, 1.0


class Authority:
    """The right of a request's credential to use its route, and what the route adds to that."""

    def __init__(self, request: Request, still_allowed: StillAllowed) -> None:
        route = cast(PrivateRoute, request.scope["route"])
        self._permission = route.permission
        self._credential = request.state.credential
        self._begin = transaction_factory(request, cast(Principal, request.state.principal))
        self._still_allowed = still_allowed

    async def holds(self) -> bool:
        """Ask the database. While it does not answer, nothing is sent; after three attempts the answer is no."""
        for _ in range(_ATTEMPTS):
            try:
                return await self._ask()
            except (Unavailable, TooManyRequests):
                await asyncio.sleep(_PAUSE_S)
            except DomainError:
                # The key is revoked, the user no longer active, the resource gone.
                return False
        return False

    async def _ask(self) -> bool:
        async with self._begin() as session:
            principal = await authenticate(session, self._credential)
            return principal.may(self._permission) and await self._still_allowed(session, principal)
