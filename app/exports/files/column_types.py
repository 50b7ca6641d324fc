"""The types of columns that exports know."""

import re
from dataclasses import dataclass

from app.exports.errors import UnknownColumnType

_SIZED = re.compile(r"(\w[\w ]*?)\((\d+),(\d+)\)")
# What is written as JSON in files that have no lists.
LISTS = frozenset({"text[]", "uuid[]"})
_PLAIN = frozenset(
    {
        "uuid",
        "text",
        "smallint",
        "integer",
        "bigint",
        "boolean",
        "double precision",
        "date",
        "time without time zone",
        "timestamp with time zone",
        "jsonb",
    }
)


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A type of PostgreSQL. `precision` and `scale` are those of numeric."""

    name: str
    precision: int = 0
    scale: int = 0

    @property
    def text(self) -> str:
        return f"{self.name}({self.precision},{self.scale})" if self.precision else self.name


def column_type(text: str) -> ColumnType:
    """The type as `format_type` writes it; UnknownColumnType where exports have no type of a file for it."""
    if sized := _SIZED.fullmatch(text):
        name, precision, scale = sized.groups()
        if name == "numeric":
            return ColumnType(name, int(precision), int(scale))
    if text in _PLAIN or text in LISTS or text == "bytea":
        return ColumnType(text)
    raise UnknownColumnType(f"exports do not know the type {text}")
