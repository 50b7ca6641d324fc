"""The files by which `IMPORT DATABASE` of DuckDB loads an export: one makes the tables, the other loads the rows."""

from collections.abc import Iterable, Mapping, Sequence

from app.exports.files.column_types import ColumnType
from app.exports.files.manifest import WrittenTable
from app.exports.types import ExportFormat

# DuckDB looks for these names.
SCHEMA_FILE, LOAD_FILE = "schema.sql", "load.sql"

_TYPES = {
    "uuid": "UUID",
    "text": "VARCHAR",
    "bytea": "VARCHAR",
    "jsonb": "JSON",
    "text[]": "JSON",
    "uuid[]": "JSON",
    "smallint": "SMALLINT",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "boolean": "BOOLEAN",
    "double precision": "DOUBLE",
    "date": "DATE",
    "time without time zone": "TIME",
    "timestamp with time zone": "TIMESTAMPTZ",
}
# Everything is said, so that DuckDB does not guess from the first rows. A row may be longer than the 2 MB it expects.
_CSV = (
    "FORMAT csv, HEADER true, AUTO_DETECT false, DELIMITER ',', QUOTE '\"', ESCAPE '\"', NEW_LINE '\\r\\n', "
    "NULLSTR '', ALLOW_QUOTED_NULLS false, MAX_LINE_SIZE 10000000"
)
_OPTIONS = {
    ExportFormat.CSV: _CSV,
    ExportFormat.JSONL: "FORMAT json",
    ExportFormat.PARQUET: "FORMAT parquet",
}


def schema_script(tables: Sequence[WrittenTable]) -> bytes:
    return _script(f'CREATE TABLE "{one.table.name}" ({_columns(one.columns)});' for one in tables)


def load_script(tables: Sequence[WrittenTable], file_format: ExportFormat) -> bytes:
    options = _OPTIONS[file_format]
    return _script(f"COPY \"{one.table.name}\" FROM '{one.file.name}' ({options});" for one in tables)


def _columns(columns: Mapping[str, ColumnType]) -> str:
    return ", ".join(f'"{name}" {_type(kind)}' for name, kind in columns.items())


def _type(kind: ColumnType) -> str:
    return f"DECIMAL({kind.precision}, {kind.scale})" if kind.name == "numeric" else _TYPES[kind.name]


def _script(statements: Iterable[str]) -> bytes:
    return "".join(f"{statement}\n" for statement in statements).encode()
