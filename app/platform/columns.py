"""Columns of reports. A column is declared once; its JSON schema and its place in every file follow from that.

A JSON document nests tables. A file has flat rows: a nested record becomes several columns, and a list becomes text.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

# What a column is read from. A column that reads from a class also reads from its subclasses.
R_contra = TypeVar("R_contra", contravariant=True)

# The language of `title_ru` and `value_ru`; every other one gets English.
RUSSIAN: Final = "ru"


class Unit(StrEnum):
    """The unit of a number. Points are those of a score from 0 to 100; a share lies between 0 and 1."""

    AGENTS = "agents"
    ASSIGNMENTS = "assignments"
    CALLS = "calls"
    DRAWS = "draws"
    ERRORS = "errors"
    EVALUATIONS = "evaluations"
    FACTOR = "factor"
    NUMBER = "number"
    PERCENT = "percent"
    POINTS = "points"
    REVISIONS = "revisions"
    SECONDS = "seconds"
    SHARE = "share"
    WINDOWS = "windows"

    @property
    def decimals(self) -> int:
        """The decimals of a number that is not counted but computed.

        Few enough that no rounding error of the computation is among them, and so many that a mean or a share times
        the number of calls is right to about a call.
        """
        return {Unit.POINTS: 4, Unit.SHARE: 6, Unit.NUMBER: 6, Unit.FACTOR: 4}.get(self, 1)


@dataclass(frozen=True, eq=False)
class Column(Generic[R_contra]):
    """One column of a table.

    type: str, int, float, bool, UUID, date, datetime, an enum, or the table of nested records.
    value: reads the value from a row; by default it is the row's attribute of the column's name.
    value_ru: reads the value in Russian, where it is a word or a sentence of this service. Files in Russian have it.
    optional: whether the value may be None.
    many: whether the value is a sequence of `type`. In files it is text: `str` of each element, joined by semicolons.
    cells: for a nested record, the names of its columns in files; those not named are left out there. By default all
        are there, each name behind that of this column.
    in_files: false for a column that files leave out.
    decimals: of a computed number; by default those of its unit.
    """

    name: str
    type: "type | Table[Any]"
    title_en: str
    title_ru: str
    description: str = ""
    unit: Unit | None = None
    _: KW_ONLY
    value: Callable[[R_contra], Any] | None = None
    value_ru: Callable[[R_contra], Any] | None = None
    optional: bool = False
    many: bool = False
    cells: Mapping[str, str] | None = None
    in_files: bool = True
    example: str | None = None
    decimals: int | None = None

    def read(self, row: R_contra) -> Any:
        """The value of the row as every format shows it: a computed number is rounded to its decimals."""
        value = getattr(row, self.name) if self.value is None else self.value(row)
        decimals = self.unit.decimals if self.decimals is None and self.unit else self.decimals
        if isinstance(value, float) and decimals is not None:
            return round(float(value), decimals) + 0.0  # + 0.0 turns -0.0 into 0.0
        return value

    def read_in(self, language: str, row: R_contra) -> Any:
        return self.read(row) if self.value_ru is None or language != RUSSIAN else self.value_ru(row)

    def title(self, language: str) -> str:
        return self.title_ru if language == RUSSIAN else self.title_en


@dataclass(frozen=True, eq=False)
class Table(Generic[R_contra]):
    """The columns of one kind of record. `name` is that of its JSON schema."""

    name: str
    columns: tuple[Column[R_contra], ...]
    description: str = ""


@dataclass(frozen=True, eq=False)
class Report(Generic[R_contra]):
    """A report: a JSON document, and the flat rows of it that a file holds. `name` is that of the file.

    title_en, title_ru: the heading of its workbook.
    pictures: what each of its pictures shows, from the document and the language, by the picture's name; the first is
        the default. The workbook has a chart of each.
    """

    name: str
    document: Table[R_contra]
    rows: Table[Any]
    rows_of: Callable[[R_contra], Iterable[Any]]
    _: KW_ONLY
    title_en: str = ""
    title_ru: str = ""
    pictures: Mapping[str, Callable[[R_contra, Any], Any]] = field(default_factory=dict)

    def title(self, language: str) -> str:
        return (self.title_ru if language == RUSSIAN else self.title_en) or self.name

    @property
    def file_columns(self) -> tuple[Column[Any], ...]:
        return flat_columns(self.rows)


def part(attribute: str, *columns: Column[Any]) -> tuple[Column[Any], ...]:
    """The columns, read from a part of the row: the record that the row has under this attribute."""

    def moved(column: Column[Any]) -> Column[Any]:
        return _read_from(column, lambda row: getattr(row, attribute))

    return tuple(map(moved, columns))


def flat_columns(table: Table[R_contra]) -> tuple[Column[R_contra], ...]:
    """The columns of a file of such rows: their types are plain ones or enums, and no value is a list."""
    return tuple(flat for column in table.columns if column.in_files for flat in _flattened(column))


def _flattened(column: Column[R_contra]) -> Iterator[Column[R_contra]]:
    if column.many:

        def joined(row: R_contra) -> str:
            return "; ".join(map(str, column.read(row)))

        yield replace(column, type=str, many=False, value=joined, value_ru=None)
    elif isinstance(column.type, Table):
        names = column.cells or {inner.name: f"{column.name}_{inner.name}" for inner in column.type.columns}
        yield from (_cell(column, inner, names[inner.name]) for inner in column.type.columns if inner.name in names)
    else:
        yield column


def _cell(outer: Column[R_contra], inner: Column[Any], name: str) -> Column[R_contra]:
    """The inner column of a nested record as a column of the row."""

    return replace(
        _read_from(inner, outer.read),
        name=name,
        title_en=f"{outer.title_en}: {inner.title_en}",
        title_ru=f"{outer.title_ru}: {inner.title_ru}",
        unit=inner.unit or outer.unit,
        optional=inner.optional or outer.optional,
    )


def _read_from(column: Column[Any], record_of: Callable[[Any], Any]) -> Column[Any]:
    """The column, read from a record that the row has; None where it has none."""

    def reads(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def of_row(row: Any) -> Any:
            record = record_of(row)
            return None if record is None else read(record)

        return of_row

    return replace(column, value=reads(column.read), value_ru=column.value_ru and reads(column.value_ru))
