"""Parquet from the CSV of PostgreSQL, in blocks of whole rows. Each block becomes a row group."""

from collections.abc import Mapping
from typing import Any, Literal

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from app.exports.files.column_types import ColumnType

_SIMPLE: dict[str, Any] = {
    "uuid": pa.string(),
    "text": pa.string(),
    "bytea": pa.string(),
    "jsonb": pa.string(),
    "text[]": pa.string(),
    "uuid[]": pa.string(),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "double precision": pa.float64(),
    "date": pa.date32(),
    "time without time zone": pa.time64("us"),
    "timestamp with time zone": pa.timestamp("us", tz="UTC"),
}


class ParquetEncoder:
    """UUIDs, JSON and hexadecimal bytes are texts; exact numbers are decimals; times are microseconds in UTC."""

    copy_format: Literal["csv"] = "csv"

    def __init__(self, columns: Mapping[str, ColumnType], block_bytes: int) -> None:
        self.block_bytes = block_bytes
        schema = pa.schema([(name, arrow_type(kind)) for name, kind in columns.items()])
        self._names = schema.names
        self._parse = pc.ParseOptions(newlines_in_values=True)
        self._convert = pc.ConvertOptions(
            column_types=dict(zip(schema.names, schema.types, strict=True)),
            # PostgreSQL writes NULL as nothing and an empty text as "".
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        )
        self._taken = _Taken()
        self._writer = pq.ParquetWriter(pa.PythonFile(self._taken, mode="w"), schema, compression="zstd")

    def encode(self, block: bytes) -> bytes:
        # As one piece, however long it is: a row must not reach beyond the reader's block.
        read = pc.ReadOptions(column_names=self._names, block_size=len(block) + 1, use_threads=False)
        rows = pc.read_csv(pa.BufferReader(block), read, self._parse, self._convert)
        self._writer.write_table(rows, row_group_size=rows.num_rows)
        return self._taken.take()

    def finish(self) -> bytes:
        self._writer.close()
        return self._taken.take()


def arrow_type(kind: ColumnType) -> Any:
    return pa.decimal128(kind.precision, kind.scale) if kind.name == "numeric" else _SIMPLE[kind.name]


class _Taken:
    """A file to write to, of which what was written is taken away. It knows its position, and nothing else."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._position = 0

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._position += len(part)
        return len(part)

    def tell(self) -> int:
        return self._position

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """What was written stays until it is taken."""

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken
