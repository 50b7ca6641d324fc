"""Liveness, readiness and metrics of the process; and what stands in for the page of guests."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from app import events, jobs
from app.api.context import app_context
from app.api.errors import NotReady
from app.api.problems import problem_responses
from app.platform.database.migrate import at_head
from app.platform.database.scope import System, SystemUse
from app.platform.metrics import POOL_CONNECTIONS

router = APIRouter(tags=["operation"])


# What a guest sees who follows a link, until the web console has a page for guests.
_JOIN = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Calibration session</title>
<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">
<h1>Calibration session · Калибровка</h1>
<p>You are invited to score calls. This release has no page for guests yet: whoever invited you tells you how to take
part. The part of this address after # is your personal key. Keep it to yourself. Programs send it as
<code>Authorization: Bearer</code>; <a href="/docs">the API is described here</a>.</p>
<p lang="ru">Вас пригласили оценить звонки. В этой версии ещё нет страницы для гостей: как принять участие, скажет тот,
кто вас пригласил. Часть адреса после # – ваш личный ключ, не передавайте его никому.</p>
</html>"""


class Health(BaseModel):
    status: Literal["ok"] = "ok"


@router.get("/join", include_in_schema=False)
async def join() -> HTMLResponse:
    """Where the links of guests lead."""
    return HTMLResponse(_JOIN, headers={"Content-Security-Policy": "default-src 'none'"})


@router.get("/healthz", operation_id="getHealth")
async def healthz() -> Health:
    """The process is alive."""
    return Health()


@router.get("/readyz", operation_id="getReadiness", responses=problem_responses(NotReady))
async def readyz(request: Request) -> Health:
    """The database answers and is migrated, and the object store can be reached."""
    context = app_context(request)
    try:
        migrated = await at_head(context.database)
        await context.store.check()
    except Exception as error:
        raise NotReady(f"{type(error).__name__}") from error
    if not migrated:
        raise NotReady("the database is not at the newest migration")
    return Health()


@router.get("/metrics", operation_id="getMetrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Prometheus metrics."""
    for state, count in app_context(request).database.connections().items():
        POOL_CONNECTIONS.labels(state).set(count)
    async with app_context(request).database.begin(System(SystemUse.MEASURE_QUEUES)) as session:
        await jobs.measure(session)
    async with app_context(request).database.begin(System(SystemUse.FOLLOW_EVENTS)) as session:
        await events.measure(session)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
