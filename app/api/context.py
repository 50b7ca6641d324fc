"""What the application has while it runs, and what a request has while it is served."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import cast

from fastapi import Request
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from app.identity import Principal
from app.platform.actor import Actor
from app.platform.database import Database, Session
from app.platform.database.scope import Scope, Tenant
from app.platform.database.session import act_as
from app.platform.settings import Settings
from app.platform.storage import ObjectStore

UnitOfWork = Callable[[], AbstractAsyncContextManager[Session]]


@dataclass(frozen=True)
class AppContext:
    settings: Settings
    database: Database
    store: ObjectStore
    limiter: SlidingWindowCounterRateLimiter
    rate: RateLimitItemPerMinute


def make_limiter() -> SlidingWindowCounterRateLimiter:
    return SlidingWindowCounterRateLimiter(MemoryStorage())


def app_context(request: Request) -> AppContext:
    return cast(AppContext, request.app.state.context)


@asynccontextmanager
async def begin(request: Request, scope: Scope, principal: Principal | None = None) -> AsyncIterator[Session]:
    """A unit of work on behalf of the request's principal, if it has one yet."""
    async with app_context(request).database.begin(scope) as session:
        if principal is not None:
            act_as(session, actor(request, principal))
        yield session


def actor(request: Request, principal: Principal) -> Actor:
    return Actor(str(principal.kind), principal.id, request.state.request_id)


def unit_of_work(request: Request, principal: Principal) -> UnitOfWork:
    """For a request too long for one transaction: a way to begin short ones."""
    return lambda: begin(request, Tenant(principal.tenant_id), principal)
