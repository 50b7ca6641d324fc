"""The dependencies of handlers. FastAPI takes about 15 µs for each of them, so a handler asks for what it needs."""

from collections.abc import AsyncIterator
from typing import Annotated, cast

from fastapi import Depends, Header, Query, Request, Response
from pydantic import BaseModel

from app.api.context import AppContext, app_context, computation, transaction_factory
from app.identity import Principal
from app.platform.database import Session, TransactionFactory
from app.platform.errors import PreconditionRequired, invalid
from app.platform.pagination import DEFAULT_LIMIT, MAX_LIMIT, PageRequest
from app.platform.settings import Settings
from app.platform.storage import ObjectStore


async def _context(request: Request) -> AppContext:
    return app_context(request)


async def _settings(request: Request) -> Settings:
    return app_context(request).settings


async def _store(request: Request) -> ObjectStore:
    return app_context(request).store


async def _session(request: Request) -> Session:
    return cast(Session, request.state.session)


async def _principal(request: Request) -> Principal:
    return cast(Principal, request.state.principal)


async def _transaction_factory(request: Request) -> TransactionFactory:
    return transaction_factory(request, request.state.principal)


async def _admission(request: Request) -> AsyncIterator[None]:
    async with computation(request):
        yield


async def _page(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Rows a page.")] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=500, description="The `next_cursor` of the page before.")] = None,
) -> PageRequest:
    return PageRequest(limit, cursor)


async def _if_match(
    if_match: Annotated[str | None, Header(alias="If-Match", description="The ETag that was read.")] = None,
) -> int:
    """The version that the client has read, from `If-Match`."""
    if if_match is None:
        raise PreconditionRequired("send the ETag that you have read as If-Match")
    text = if_match.removeprefix("W/").strip('"')
    if not text.isdecimal() or len(text) > 9:
        raise invalid("If-Match", "this is not an ETag of this service")
    return int(text)


def set_etag(response: Response, version: int) -> None:
    response.headers["ETag"] = f'"{version}"'


def json_answer(document: BaseModel) -> Response:
    """The document as an answer that nobody serialises again. For a thread: a large one takes seconds."""
    return Response(document.model_dump_json(by_alias=True), media_type="application/json")


ContextDep = Annotated[AppContext, Depends(_context)]
SettingsDep = Annotated[Settings, Depends(_settings)]
StoreDep = Annotated[ObjectStore, Depends(_store)]
SessionDep = Annotated[Session, Depends(_session)]
PrincipalDep = Annotated[Principal, Depends(_principal)]
TransactionFactoryDep = Annotated[TransactionFactory, Depends(_transaction_factory)]
PageDep = Annotated[PageRequest, Depends(_page)]
IfMatchDep = Annotated[int, Depends(_if_match)]
# For a handler that computes. It ends before the answer is sent: a client that reads slowly holds nothing.
ComputationDep = Annotated[None, Depends(_admission, scope="function")]
