"""The archive of an export: its files, its manifest, and that each format says the same."""

import hashlib
import io
import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow.parquet as pq
import pytest

from app.api.context import AppContext
from app.exports import TABLE_NAMES
from app.exports.files.column_types import ColumnType
from app.exports.files.parquet import ParquetEncoder
from tests.calls.factories import push_call, recorded_call
from tests.exports.factories import Downloaded, exported
from tests.people import Centre

FORMATS = ("csv", "jsonl", "parquet")
every_format = pytest.mark.parametrize("file_format", FORMATS)
# What makes trouble in a format: quotes, separators, line breaks, backslashes, other scripts, formulas, emptiness.
HOSTILE = ['say "hi", bye', "two\nlines\r\nand \\n \\\\ more", "Привет\t🙂", "=1+1", "", "\\N", "NULL", "'"]


async def with_hostile_calls(centre: Centre) -> None:
    for text in HOSTILE:
        await push_call(centre.admin, centre.project_id, customer_ref=text or None, attributes={"note": text})


@every_format
async def test_everything_of_a_tenant_is_there_with_its_checksums(
    context: AppContext, centre: Centre, file_format: str
) -> None:
    await recorded_call(centre)
    made = await exported(context, centre, format=file_format)
    manifest = made.manifest
    assert [table["name"] for table in manifest["tables"]] == list(TABLE_NAMES)
    assert made.zip.testzip() is None
    scripts = [script["file"] for script in manifest["scripts"]]
    assert scripts == ["schema.sql", "load.sql"]
    files = [*manifest["tables"], *manifest["scripts"]]
    assert sorted(made.zip.namelist()) == sorted([*(file["file"] for file in files), "manifest.json"])
    for file in files:
        content = made.zip.read(file["file"])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
    for table in manifest["tables"]:
        assert len(made.rows(table["name"])) == table["rows"], table["name"]
    assert made.export["rows"] == manifest["rows"] == sum(table["rows"] for table in manifest["tables"])
    assert made.export["size_bytes"] == len(made.content)
    assert made.export["sha256"] == hashlib.sha256(made.content).hexdigest()
    assert made.export["snapshot_at"] == manifest["snapshot_at"]
    assert manifest["schema_version"]
    assert manifest["tenant"]["id"] == str(centre.tenant_id)
    assert manifest["recordings"] is None


@every_format
async def test_texts_come_out_as_they_went_in(context: AppContext, centre: Centre, file_format: str) -> None:
    await with_hostile_calls(centre)
    rows = (await exported(context, centre, what=["calls"], format=file_format)).rows("calls")
    missing = "" if file_format == "csv" else None
    assert sorted(str(row["customer_ref"] or "") for row in rows) == sorted(HOSTILE)
    assert [row["customer_ref"] for row in rows if not row["customer_ref"]] == [missing]


async def test_each_format_has_the_same_values(context: AppContext, centre: Centre) -> None:
    await with_hostile_calls(centre)
    await push_call(centre.admin, centre.project_id, duration_s=1.5, csat=2, tags=["a", "b,c"], hold_s=0.125)
    made = {one: await exported(context, centre, format=one) for one in FORMATS}
    for name in TABLE_NAMES:
        columns = made["jsonl"].table(name)["columns"]
        if name in ("events", "exports", "event_seals", "event_seal_entries", "emails"):
            continue  # they grow with each export
        as_jsonl, as_csv, as_parquet = (
            sorted(tuple(_plain(row[one["name"]], one["type"]) for one in columns) for row in made[kind].rows(name))
            for kind in ("jsonl", "csv", "parquet")
        )
        assert as_jsonl == as_csv == as_parquet, name


def _plain(value: Any, kind: str) -> str:
    """A value as a text that is the same for each format."""
    if value is None or value == "":
        return ""
    if kind == "timestamp with time zone":
        return (value if isinstance(value, datetime) else datetime.fromisoformat(value)).isoformat()
    if kind == "jsonb" or kind.endswith("[]"):
        return json.dumps(json.loads(value) if isinstance(value, str) else value, sort_keys=True)
    if kind == "boolean":
        return str(value in (True, "t"))
    if kind.startswith("numeric"):
        return str(Decimal(str(value)).normalize())
    return str(value)


async def test_csv_follows_rfc_4180(context: AppContext, centre: Centre) -> None:
    await with_hostile_calls(centre)
    content = (await exported(context, centre, what=["calls"], format="csv")).file("calls")
    assert content.startswith(b"id,source,external_id,")
    outside = b"".join(content.split(b'"')[::2])
    assert outside.count(b"\n") == outside.count(b"\r\n") == len(HOSTILE) + 1
    # A line break within quotes is part of the text, and stays as it is.
    assert b"two\nlines\r\nand" in content


def _types(made: Downloaded, name: str) -> dict[str, str]:
    schema = pq.read_schema(io.BytesIO(made.file(name)))
    return {field.name: str(field.type) for field in schema}


async def test_parquet_has_types(context: AppContext, centre: Centre) -> None:
    made = await exported(context, centre, what=["calls", "answers", "recordings", "agents"], format="parquet")
    calls = _types(made, "calls")
    assert calls["id"] == "string"
    assert calls["started_at"] == "timestamp[us, tz=UTC]"
    assert calls["duration_s"] == "decimal128(10, 3)"
    assert (calls["csat"], calls["hold_count"], calls["complaint"]) == ("int16", "int32", "bool")
    assert (calls["attributes"], calls["tags"]) == ("string", "string")
    assert _types(made, "answers")["credit"] == "decimal128(9, 8)"
    assert _types(made, "recordings")["size_bytes"] == "int64"
    assert _types(made, "agents")["hired_on"] == "date32[day]"


def test_a_row_may_be_longer_than_a_block() -> None:
    encoder = ParquetEncoder({"note": ColumnType("text"), "number": ColumnType("integer")}, block_bytes=1000)
    note = 'a "quoted"\nline ' * 1000
    row = '"{}",7\n'.format(note.replace('"', '""')).encode()
    file = encoder.encode(b"short,1\n" + row) + encoder.encode(row) + encoder.finish()
    rows = pq.read_table(io.BytesIO(file)).to_pylist()
    assert rows == [{"note": "short", "number": 1}, *[{"note": note, "number": 7}] * 2]
