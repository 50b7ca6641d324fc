"""Pages of rows by key: the one way in which lists are read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from app.platform.database.session import Session
from app.platform.database.sql import Row, Where
from app.platform.pagination import Page, PageRequest, encode_cursor

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Keyset:
    """The columns that order a list, the last one unique, each with the function that reads it from a cursor.

    A column may be written with its table, `{"a.due_at": moment_of, "a.id": UUID}`; the rows hold `due_at` and `id`.
    """

    columns: dict[str, Callable[[str], Any]]
    descending: bool = False

    @property
    def order(self) -> str:
        return ", ".join(f"{column} DESC" if self.descending else column for column in self.columns)

    def condition(self, last: Sequence[Any]) -> tuple[str, dict[str, Any]]:
        """What holds for the rows after the last one of the page before."""
        values = {f"after_{place}": value for place, value in enumerate(last)}
        sign = "<" if self.descending else ">"
        return f"({', '.join(self.columns)}) {sign} ({', '.join(f':{name}' for name in values)})", values

    def key_of(self, row: Any) -> list[Any]:
        return [row[column.rpartition(".")[2]] for column in self.columns]


async def fetch_page(
    session: Session,
    select: str,
    where: Where,
    page: PageRequest,
    *,
    keyset: Keyset,
    read: Callable[[Row], T],
    **values: Any,
) -> Page[T]:
    """A page of the rows that `select` yields under the condition, each read as a record.

    `select` ends before WHERE; `values` are parameters of its own. One row more than the page holds is asked for: it
    tells whether there is a next page.
    """
    if last := page.after(*keyset.columns.values()):
        condition, keys = keyset.condition(last)
        where.add(condition, **keys)
    statement = f"{select} WHERE {where.sql} ORDER BY {keyset.order} LIMIT :page_limit"
    rows = await session.fetch_all(statement, **where.values, **values, page_limit=page.limit + 1)
    items = rows[: page.limit]
    more = len(rows) > len(items)
    return Page([read(row) for row in items], encode_cursor(keyset.key_of(items[-1])) if more else None)
