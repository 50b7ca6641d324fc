"""The FastAPI application: routers, error handlers, middleware and the contract."""

from fastapi import APIRouter, FastAPI

from app.api import health, openapi, problems
from app.api.context import AppContext
from app.api.middleware import RequestMiddleware
from app.api.v1 import auth, jobs, projects

VERSION = "0.1.0"

PRIVATE = (auth.router, jobs.router, projects.router)


def build(context: AppContext | None, *, lifespan: object = None) -> FastAPI:
    """The application. Without a context it can be looked at (its contract written) but not served."""
    max_body = context.settings.max_body_bytes if context else 16 * 2**20
    app = FastAPI(
        title="QMT",
        version=VERSION,
        description=openapi.DESCRIPTION,
        docs_url="/docs",
        redoc_url=None,
        lifespan=lifespan,  # type: ignore[arg-type]
        max_body_size=max_body,
    )
    app.state.context = context
    v1 = APIRouter(prefix="/v1")
    v1.include_router(auth.public)
    for router in PRIVATE:
        v1.include_router(router)
    app.include_router(v1)
    app.include_router(health.router)
    problems.install(app)
    openapi.install(app)
    app.add_middleware(RequestMiddleware)
    return app
