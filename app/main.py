"""The API process: `uvicorn app.main:create --factory`."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from limits import RateLimitItemPerMinute

from app import wiring
from app.api.application import build
from app.api.context import AppContext, make_limiter
from app.api.fairness import ConnectionShares
from app.platform.database import Database
from app.platform.database.startup import check_runtime_role
from app.platform.logging import configure_logging
from app.platform.settings import Settings
from app.platform.storage import create_store


def create(settings: Settings | None = None) -> FastAPI:
    settings = settings or Settings()
    if settings.database_url is None:
        raise RuntimeError("QMT_DATABASE_URL is not set: start with `qmt run`, or name a database")
    configure_logging(settings.log_level)
    wiring.connect(settings)
    context = AppContext(
        settings=settings,
        database=Database(settings.database_url, pool_size=settings.database_pool_size),
        store=create_store(settings),
        shares=ConnectionShares(settings.database_pool_size),
        limiter=make_limiter(),
        rate=RateLimitItemPerMinute(settings.rate_limit_per_minute),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await check_runtime_role(context.database)
        await context.store.prepare()
        # What was made at start stays: the collector need not walk it again and again.
        gc.collect()
        gc.freeze()
        # A request makes thousands of objects that die with it: looking for cycles after every 700 is waste.
        gc.set_threshold(50_000, 20, 50)
        yield
        gc.unfreeze()
        await context.store.close()
        await context.database.close()

    return build(context, lifespan=lifespan)
