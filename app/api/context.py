"""What the application has while it runs, and the transactions of a request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from fastapi import Request
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from app.api.fairness import Computations, ConnectionShares, OpenStreams
from app.identity import Credential, Principal
from app.live import LiveHub
from app.platform.actor import Actor
from app.platform.database import Database, Session, TransactionFactory
from app.platform.database.scope import Scope, Tenant
from app.platform.database.session import act_as
from app.platform.settings import Settings
from app.platform.storage import ObjectStore


@dataclass(frozen=True)
class AppContext:
    settings: Settings
    database: Database
    store: ObjectStore
    live: LiveHub
    shares: ConnectionShares
    streams: OpenStreams
    computations: Computations
    limiter: SlidingWindowCounterRateLimiter
    rate: RateLimitItemPerMinute


def make_limiter() -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(MemoryStorage())


def app_context(request: Request) -> AppContext:
    return cast(AppContext, request.app.state.context)


@asynccontextmanager
async def begin(request: Request, scope: Scope, principal: Principal | None = None) -> AsyncIterator[Session]:
    """A transaction of the request, within its credential's share of the connections.

    Requests without a credential have one share together for each use of the system scope.
    """
    context = app_context(request)
    holder: Credential | Scope = request.state.credential if isinstance(scope, Tenant) else scope
    async with context.shares.hold(holder), context.database.begin(scope) as session:
        if principal is not None:
            act_as(session, actor(request, principal))
        yield session


@asynccontextmanager
async def computation(request: Request) -> AsyncIterator[None]:
    """The right to compute something slow for the principal while the block runs."""
    principal: Principal = request.state.principal
    async with app_context(request).computations.hold(principal.tenant_id, (principal.kind, principal.id)):
        yield


def actor(request: Request, principal: Principal) -> Actor:
    return Actor(str(principal.kind), principal.id, request.state.request_id)


def transaction_factory(request: Request, principal: Principal) -> TransactionFactory:
    """A way to begin short transactions, for a request that takes too long for one."""
    return lambda: begin(request, Tenant(principal.tenant_id), principal)
