"""Statements as they are written in repositories: SQL with named parameters (`:tenant_id`).

PostgreSQL knows parameters by number only. A statement is translated once and kept, so that using names costs nothing.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import asyncpg
import orjson

# Tables whose changes need no event: the journal itself, the plumbing of requests and jobs, and what is derived from
# journalled rows and can be computed again. What people are told follows from events too; that an e-mail failed, or was
# sent again by hand, is an event of its own.
NOT_JOURNALLED = frozenset(
    {
        "events",
        "unsealed_events",
        "event_seals",
        "event_seal_entries",
        "event_backlogs",
        "event_cursors",
        "event_failures",
        "jobs",
        "live_channels",
        "live_events",
        "idempotency_keys",
        "sign_in_failures",
        "late_call_searches",
        "draw_rollups",
        "calibration_presence",
        "transcript_segments",
        "notifications",
        "emails",
        "report_figures",
    }
)

# A colon begins a parameter only outside of texts, quoted names, comments and casts.
_TOKEN = re.compile(r"""'(?:[^']|'')*' | "[^"]*" | --[^\n]* | :: | :(?P<name>[a-z_][a-z0-9_]*)""", re.VERBOSE)
_WRITE = re.compile(
    r"\b(?:INSERT\s+INTO|DELETE\s+FROM|MERGE\s+INTO|(?<!FOR )(?<!DO )(?<!NO KEY )UPDATE)\s+"
    r"(?:ONLY\s+)?(?:\"?\w+\"?\.)?\"?(\w+)\"?",
    re.IGNORECASE,
)


class Row(asyncpg.Record):  # type: ignore[misc]  # asyncpg has no types
    """A row whose columns are read as attributes, by name (`row["items"]`) or by position."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as PostgreSQL takes it. `names` are its parameters in the order of their numbers."""

    text: str
    names: tuple[str, ...]
    journalled_tables: frozenset[str]

    def arguments(self, values: dict[str, Any]) -> list[Any]:
        """The values in the order of the parameters; TypeError where one is missing or has no parameter."""
        if len(values) != len(self.names):
            raise TypeError(f"the statement takes {sorted(self.names)} and was given {sorted(values)}")
        try:
            return [values[name] for name in self.names]
        except KeyError as missing:
            raise TypeError(f"the statement needs a value for {missing}") from None


@lru_cache(maxsize=4096)
def translate(statement: str) -> Statement:
    """The statement with numbered parameters. A name that is used twice is one parameter."""
    numbers: dict[str, int] = {}

    def numbered(token: re.Match[str]) -> str:
        name = token["name"]
        if name is None:
            return token[0]
        return f"${numbers.setdefault(name, len(numbers) + 1)}"

    text = _TOKEN.sub(numbered, statement)
    return Statement(text, tuple(numbers), journalled_tables_written(statement))


@lru_cache(maxsize=4096)
def journalled_tables_written(statement: str) -> frozenset[str]:
    """The journalled tables that a statement writes to, read from its text."""
    written = {name.lower() for name in _WRITE.findall(statement)}
    return frozenset(name for name in written - NOT_JOURNALLED if not name.startswith("pgqueuer"))


class Where:
    """The condition of a statement, put together from what is asked for; what is not asked for is left out.

    A condition such as `:team_id IS NULL OR team_id = :team_id` would keep the planner from using an index.
    """

    def __init__(self) -> None:
        self._conditions: list[str] = []
        self.values: dict[str, Any] = {}

    def add(self, condition: str, **values: Any) -> Self:
        self._conditions.append(condition)
        self.values |= values
        return self

    def given(self, condition: str, **values: Any) -> Self:
        """Add the condition unless one of its values is None."""
        return self if None in values.values() else self.add(condition, **values)

    @property
    def sql(self) -> str:
        return " AND ".join(f"({condition})" for condition in self._conditions) or "true"


def dumps(value: Any) -> str:
    """JSON for the database: ids and times as text, exact decimals as text too."""
    return orjson.dumps(value, default=str).decode()


def escape_like(term: str) -> str:
    """A term whose `%`, `_` and `\\` stand for themselves in LIKE."""
    return term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
