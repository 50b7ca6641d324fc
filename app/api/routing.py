"""The routes of QMT: one request, one transaction, one declared permission.

A `PrivateRoute` begins the transaction of its request in the tenant of the credential, authenticates in it, checks the
permission that the route declares, calls the handler, and commits after the answer is serialised. A route that declares
no permission cannot be built.

This happens around the whole handler and not in dependencies: authentication must come before the body is parsed, and
the answer to an `Idempotency-Key` is stored after it is serialised (docs/decisions/0002).
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import cached_property
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from app.api import idempotency
from app.api.bodies import BodyRequest, is_json, media_type_of
from app.api.context import actor, app_context, begin
from app.api.problems import COMMON, problem_responses
from app.identity import PERMISSIONS, Credential, Principal, authenticate, read_credential
from app.platform.database import Session
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.platform.errors import (
    FieldError,
    Forbidden,
    Invalid,
    RequestTimeout,
    TooManyRequests,
    Unauthenticated,
    UnsupportedMedia,
)

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

BODY_WITHIN_S = 30


def requires_permission(permission: str, *, secret_answer: bool = False, **extra: Any) -> dict[str, Any]:
    """The `openapi_extra` of a private route: the permission that a principal needs for it.

    `secret_answer`: the answer holds a secret, so it is not stored under an `Idempotency-Key`.
    """
    declared = {"x-permission": permission, **extra}
    return declared | {"x-secret-answer": True} if secret_answer else declared


class PrivateRoute(APIRoute):
    @property
    def permission(self) -> str:
        permission = (self.openapi_extra or {}).get("x-permission")
        if permission not in PERMISSIONS:
            raise TypeError(f"{self.name} does not declare a known permission: openapi_extra=requires_permission(…)")
        return str(permission)

    async def check_form(self, request: BodyRequest) -> None:
        """Refuse what the framework would ignore: a parameter that does not exist, a body that is not JSON.

        The body is read here, where its errors can say what is wrong; the framework finds it read.
        """
        unknown = sorted(set(request.query_params) - self.query_names)
        if unknown:
            errors = tuple(FieldError(name, "there is no such parameter") for name in unknown)
            raise Invalid(f"unknown parameters: {', '.join(unknown)}", field_errors=errors)
        if self.body_field is None:
            return
        if not self.body_field.field_info.is_required() and not await request.body():
            return
        if not is_json(media_type_of(request.headers.get("content-type", ""))):
            raise UnsupportedMedia("send the body as application/json")
        if await request.body():
            await request.json()

    def with_body(self, request: Request) -> BodyRequest:
        max_size = request.app.max_body_size if self.max_body_size is None else self.max_body_size
        return BodyRequest(request.scope, request.receive, max_size=max_size)

    @cached_property
    def query_names(self) -> frozenset[str]:
        fields = get_flat_params(self.dependant)
        return frozenset(field.alias for field in fields if isinstance(field.field_info, Query))

    def get_route_handler(self) -> Handler:
        permission, handler = self.permission, super().get_route_handler()
        secret_answer = "x-secret-answer" in (self.openapi_extra or {})

        async def serve(plain: Request) -> Response:
            request = self.with_body(plain)
            credential = _read_credential(request)
            # Read before the transaction begins: a client that sends slowly must not hold a connection meanwhile.
            await _receive_body(request)
            async with begin(request, Tenant(credential.tenant_id)) as session:
                principal = await _authorize(request, session, credential, permission)
                await self.check_form(request)
                request.state.session = session
                if idempotency.applies(request):
                    return await idempotency.answer_once(
                        request, session, principal, handler, secret_answer=secret_answer
                    )
                return await handler(request)

        return serve


class StreamingRoute(PrivateRoute):
    """A private route whose body or answer takes long: its handler begins short transactions of its own."""

    def get_route_handler(self) -> Handler:
        permission = self.permission
        # Not the parent's handler, which would hold its transaction open.
        handler = APIRoute.get_route_handler(self)

        async def serve(plain: Request) -> Response:
            request = self.with_body(plain)
            credential = _read_credential(request)
            async with begin(request, Tenant(credential.tenant_id)) as session:
                await _authorize(request, session, credential, permission)
            await self.check_form(request)
            return await handler(request)

        return serve


def _read_credential(request: Request) -> Credential:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text:
        raise Unauthenticated("an Authorization: Bearer … header is required")
    credential = read_credential(text.strip(), key=app_context(request).settings.signing_key)
    request.state.credential = credential
    return credential


async def _receive_body(request: BodyRequest) -> None:
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            await request.receive_body()
    except (TimeoutError, ClientDisconnect) as error:
        raise RequestTimeout(f"the body did not arrive within {BODY_WITHIN_S} s") from error


async def _authorize(request: Request, session: Session, credential: Credential, permission: str) -> Principal:
    principal = await authenticate(session, credential)
    await _enforce_rate_limit(request, principal)
    if not principal.may(permission):
        raise Forbidden(f"this needs the permission {permission}")
    act_as(session, actor(request, principal))
    request.state.principal = principal
    structlog.contextvars.bind_contextvars(tenant_id=str(principal.tenant_id))
    return principal


async def _enforce_rate_limit(request: Request, principal: Principal) -> None:
    """Count the request. This comes after authentication: a forged credential must not use up a user's requests."""
    context = app_context(request)
    if not await context.limiter.hit(context.rate, principal.kind, str(principal.id)):
        raise TooManyRequests(f"more than {context.settings.rate_limit_per_minute} requests a minute", retry_after_s=10)


def private_router(prefix: str, tag: str, *, streaming: bool = False) -> APIRouter:
    return APIRouter(
        prefix=f"/v1{prefix}",
        tags=[tag],
        route_class=StreamingRoute if streaming else PrivateRoute,
        responses=problem_responses(*COMMON),
    )
