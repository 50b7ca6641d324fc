"""From the rows of a table to the bytes of its file: the query that PostgreSQL copies, and what is made of its output.

PostgreSQL writes the rows as CSV or as a JSON object each. CSV differs from RFC 4180 in its line ends only, and Parquet
is made of the same CSV, by the types of the columns.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import numpy as np

from app.exports.files.column_types import LISTS, ColumnType
from app.exports.tables import ExportedTable
from app.exports.types import ExportFormat

CopyFormat = Literal["csv", "text"]

_LF, _CR, _QUOTE = b'\n\r"'
_CSV_BLOCK_BYTES = 1024 * 1024
# A block becomes a row group, which its reader has in memory as a whole.
_PARQUET_BLOCK_BYTES = 8 * 1024 * 1024


class Encoder(Protocol):
    """Makes a file of blocks of whole rows. Its calls take a processor, not a database: they are for a thread."""

    @property
    def block_bytes(self) -> int:
        """How much it takes at once."""
        ...

    @property
    def copy_format(self) -> CopyFormat:
        """How PostgreSQL writes the rows for it."""
        ...

    def encode(self, block: bytes) -> bytes:
        """What comes next in the file."""
        ...

    def finish(self) -> bytes:
        """The end of the file."""
        ...


class CsvEncoder:
    """RFC 4180 in UTF-8: a header, lines that end with CR LF. NULL is empty, an empty text is `""`."""

    block_bytes = _CSV_BLOCK_BYTES
    copy_format: CopyFormat = "csv"

    def __init__(self, names: Sequence[str]) -> None:
        self._header = ",".join(names).encode() + b"\r\n"

    def encode(self, block: bytes) -> bytes:
        return self._take_header() + _with_crlf(block)

    def finish(self) -> bytes:
        return self._take_header()

    def _take_header(self) -> bytes:
        header, self._header = self._header, b""
        return header


class JsonLinesEncoder:
    """A JSON object a line."""

    block_bytes = _CSV_BLOCK_BYTES
    copy_format: CopyFormat = "text"

    def encode(self, block: bytes) -> bytes:
        # The text format doubles backslashes. It escapes nothing else, as JSON has no raw control characters.
        return block.replace(b"\\\\", b"\\")

    def finish(self) -> bytes:
        return b""


def make_encoder(file_format: ExportFormat, columns: Mapping[str, ColumnType]) -> Encoder:
    if file_format is ExportFormat.JSONL:
        return JsonLinesEncoder()
    if file_format is ExportFormat.CSV:
        return CsvEncoder(list(columns))
    # Imported here: the library takes 60 MB, and the API process, which knows exports too, needs it for nothing else.
    from app.exports.files.parquet import ParquetEncoder  # noqa: PLC0415

    return ParquetEncoder(columns, _PARQUET_BLOCK_BYTES)


def rows_query(table: ExportedTable, columns: Mapping[str, ColumnType], file_format: ExportFormat) -> str:
    """The query whose rows PostgreSQL copies into the file."""
    as_json = file_format is ExportFormat.JSONL
    selected = ", ".join(f'{_expression(table, name, kind, as_json)} AS "{name}"' for name, kind in columns.items())
    query = f"SELECT {selected} FROM {table.name} WHERE {table.rows or 'true'}"  # noqa: S608 (names of our own)
    return f"SELECT row_to_json(r) FROM ({query}) AS r" if as_json else query  # noqa: S608


def _expression(table: ExportedTable, name: str, kind: ColumnType, as_json: bool) -> str:
    value = table.expressions.get(name, f'{table.name}."{name}"')
    if kind.name == "bytea":
        return f"encode({value}, 'hex')"
    return f"to_json({value})" if kind.name in LISTS and not as_json else value


def _with_crlf(block: bytes) -> bytes:
    """The rows with CR LF at their ends; line breaks within quotes stay. The block holds whole rows."""
    characters = np.frombuffer(block, dtype=np.uint8)
    breaks = np.flatnonzero(characters == _LF)
    # A quote within quotes is doubled, so that an even number of quotes lies before the end of a row.
    quotes_before = np.searchsorted(np.flatnonzero(characters == _QUOTE), breaks)
    ends = breaks[quotes_before % 2 == 0]
    if ends.size == breaks.size:
        return block.replace(b"\n", b"\r\n")
    return np.insert(characters, ends, _CR).tobytes()
