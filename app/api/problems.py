"""Errors as RFC 9457 problem documents. All are rendered here, and the contract lists them."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from app.api.errors import TooManyAtOnce
from app.platform.errors import (
    DomainError,
    FieldError,
    Forbidden,
    Invalid,
    RequestTimeout,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
    json_pointer,
)

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
# More errors do not help, and an answer must not be larger than the request.
MAX_FIELD_ERRORS = 100


class FieldErrorModel(BaseModel):
    pointer: str = Field(
        description="A JSON pointer into the body, or the name of a parameter.", examples=["/duration_s"]
    )
    detail: str = Field(examples=["must not be negative"])


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    type: str = Field(examples=["urn:qmt:problem:invalid"])
    title: str = Field(examples=["The input is not valid"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["the request has 1 error"])
    code: str = Field(description="Stable and machine-readable.", examples=["invalid"])
    errors: list[FieldErrorModel] | None = Field(default=None, description="What is wrong where, for 422.")


# What every private route may answer.
COMMON: tuple[type[DomainError], ...] = (
    Unauthenticated,
    Forbidden,
    RequestTimeout,
    TooLarge,
    UnsupportedMedia,
    Invalid,
    TooManyRequests,
    TooManyAtOnce,
    Unavailable,
)


def problem_responses(*errors: type[DomainError]) -> dict[int | str, dict[str, Any]]:
    """The documentation of the problems that a route may answer with; several may share a status."""
    by_status: dict[int, list[type[DomainError]]] = {}
    for error in errors:
        by_status.setdefault(error.status, []).append(error)
    return {
        status: {
            "description": "; ".join(dict.fromkeys(map(describe, kinds))),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, kinds in by_status.items()
    }


def describe(error: type[DomainError]) -> str:
    return f"{error.title} (`{error.code}`)"


def render(status: int, code: str, title: str, detail: str, field_errors: tuple[FieldError, ...] = ()) -> JSONResponse:
    body: dict[str, Any] = {
        "type": f"urn:qmt:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        body["errors"] = [{"pointer": error.pointer, "detail": error.detail} for error in field_errors]
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    app.add_exception_handler(DomainError, _domain_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)


async def _domain_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DomainError)
    response = render(error.status, error.code, error.title, error.detail, error.field_errors)
    response.headers.update(error.headers)
    return response


async def _validation_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    errors = tuple(FieldError(_pointer(one["loc"]), plain(one["msg"])) for one in found[:MAX_FIELD_ERRORS])
    count = f"{len(found)} error{'' if len(found) == 1 else 's'}"
    return render(Invalid.status, Invalid.code, Invalid.title, f"the request has {count}", errors)


def plain(message: str) -> str:
    """The message of a validator of ours without the words that pydantic puts before it."""
    return message.removeprefix("Value error, ")


def _pointer(location: tuple[str | int, ...]) -> str:
    """A JSON pointer for a place in the body; the plain name for a parameter."""
    place, *rest = location
    if place != "body":
        return ".".join(str(part) for part in rest)
    return json_pointer(rest)


_HTTP_CODES: Mapping[int, str] = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


async def _http_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.BAD_REQUEST:
        # The framework answers 400 to a body that it cannot read. To a client that is one of the errors of its input.
        return render(Invalid.status, Invalid.code, Invalid.title, error.detail, (FieldError("", error.detail),))
    code = _HTTP_CODES.get(error.status_code, "http_error")
    response = render(error.status_code, code, HTTPStatus(error.status_code).phrase, str(error.detail))
    response.headers.update(error.headers or {})
    return response


def unexpected(error: Exception) -> JSONResponse:
    # The detail goes to the log alone: the message of an unexpected error may hold what a client must not see.
    log.error("unexpected error", exc_info=error)
    return render(500, "internal_error", "An unexpected error", "it is logged under the X-Request-Id of this answer")
