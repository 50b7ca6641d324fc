"""Errors that carry their own answer: a stable code, an HTTP status and what a client can do about it.

They are raised anywhere below the API and rendered in one place as RFC 9457 problem documents.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FieldError:
    """One error of an input. `pointer` is an RFC 6901 JSON pointer into the body, or the name of a parameter."""

    pointer: str
    detail: str


def json_pointer(parts: Iterable[str | int]) -> str:
    """The RFC 6901 pointer to a place in a body."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


class DomainError(Exception):
    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    title: ClassVar[str] = "The request cannot be served"

    def __init__(
        self, detail: str, *, field_errors: tuple[FieldError, ...] = (), headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field_errors = field_errors
        self.headers = headers or {}


class Unauthenticated(DomainError):
    status, code, title = 401, "unauthenticated", "No or bad credentials"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(DomainError):
    status, code, title = 403, "forbidden", "This principal may not do that"


class NotFound(DomainError):
    status, code, title = 404, "not_found", "There is no such thing here"


class RequestTimeout(DomainError):
    status, code, title = 408, "request_timeout", "The request came too slowly"


class Conflict(DomainError):
    status, code, title = 409, "conflict", "The present state does not allow that"


class StaleVersion(DomainError):
    status, code, title = 412, "stale_version", "The resource has changed since it was read"


class TooLarge(DomainError):
    status, code, title = 413, "too_large", "The body is too large"


class UnsupportedMedia(DomainError):
    status, code, title = 415, "unsupported_media_type", "This kind of content is not accepted"


class RangeNotSatisfiable(DomainError):
    status, code, title = 416, "range_not_satisfiable", "The range lies outside the file"


class Invalid(DomainError):
    status, code, title = 422, "invalid", "The input is not valid"


class PreconditionRequired(DomainError):
    status, code, title = 428, "precondition_required", "If-Match is required"


class TooManyRequests(DomainError):
    status, code, title = 429, "too_many_requests", "Too many requests"

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(max(1, retry_after_s))})


class Unavailable(DomainError):
    status, code, title = 503, "unavailable", "A part of the service is not available"


def require_found(found: T | None, what: str, key: object) -> T:
    """What was found; NotFound where nothing was."""
    if found is None:
        raise NotFound(f"there is no {what} {key}")
    return found


def require_version(version: int, expected: int, what: str) -> None:
    """StaleVersion unless the version is the one that the client has read."""
    if version != expected:
        raise StaleVersion(f"the {what} is now at version {version}")


def invalid(pointer: str, detail: str) -> Invalid:
    """The common case of an input with exactly one error."""
    return Invalid(detail, field_errors=(FieldError(pointer, detail),))
