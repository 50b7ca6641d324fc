"""The service with one more route, which follows any channel: `uvicorn tests.live.served:create --factory`.

The channel has the id of a project. Who follows it may do so until the project is named "Closed".
"""

import os
from uuid import UUID

from fastapi import FastAPI, Request, Response

from app import main
from app.api.event_stream import LastEventIdDep, event_stream, event_stream_responses
from app.api.routing import private_router, requires_permission
from app.identity import Principal
from app.platform.database import Session

_OPEN = "SELECT coalesce((SELECT name <> 'Closed' FROM projects WHERE id = :channel_id), true)"

router = private_router("/live", "live", streaming=True)


@router.get(
    "/{channel_id}/events",
    response_class=Response,
    responses=event_stream_responses("Everything."),
    openapi_extra=requires_permission("calls:read"),
)
async def follow(channel_id: UUID, request: Request, after: LastEventIdDep) -> Response:
    async def still_allowed(session: Session, _principal: Principal) -> bool:
        return bool(await session.fetch_value(_OPEN, channel_id=channel_id))

    return event_stream(request, channel_id, after, still_allowed=still_allowed)


def create() -> FastAPI:
    app = main.create()
    app.router.routes.extend(router.routes)
    if beat_s := os.environ.get("BEAT_S"):
        app.state.context.live._beat_s = float(beat_s)
    return app
