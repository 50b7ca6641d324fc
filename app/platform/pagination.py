"""Pages by key, not by offset: stable while rows are added, and as fast on the last page as on the first."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import orjson

from app.platform.errors import invalid

T = TypeVar("T")
S = TypeVar("S")

DEFAULT_LIMIT = 50
MAX_LIMIT = 500


@dataclass(frozen=True, slots=True)
class PageRequest:
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None

    def after(self, *parsers: Callable[[str], Any]) -> tuple[Any, ...] | None:
        """The key of the last row of the page before, its parts read by `parsers`; None for the first page."""
        if self.cursor is None:
            return None
        try:
            parts = orjson.loads(base64.urlsafe_b64decode(self.cursor.encode("ascii")))
            if not isinstance(parts, list) or len(parts) != len(parsers):
                raise ValueError("wrong shape")
            return tuple(parse(part) for parse, part in zip(parsers, parts, strict=True))
        except (ValueError, TypeError, AttributeError, binascii.Error) as error:
            raise invalid("cursor", "the cursor is not one that this list has given") from error


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: list[T]
    next_cursor: str | None

    def map(self, convert: Callable[[T], S]) -> "Page[S]":
        return Page([convert(item) for item in self.items], self.next_cursor)


def encode_cursor(parts: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([str(part) for part in parts])).decode("ascii")


def moment_of(text: str) -> datetime:
    """The part of a cursor that is a time; ValueError where it is none."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time outside the calendar") from error
