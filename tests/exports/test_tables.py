"""Every table and column of the service is exported, or says why it is not."""

import asyncpg
import pytest

import app.schema
from app.exports.files.column_types import column_type
from app.exports.tables import EXPORTED, NOT_EXPORTED, TENANT_COLUMN, ExportedTable
from tests.conftest import DatabaseUrls

every_table = pytest.mark.parametrize("table", EXPORTED, ids=lambda table: table.name)
# Names of columns that hold secrets. A new column of such a name is a secret until this list says otherwise.
SECRET_WORDS = ("hash", "secret", "password", "token", "seed", "key")
# Public: seeds once they are revealed, commitments to them, keys by which things are found.
PUBLIC = {("draws", "seed"), ("draws", "seed_commitment"), ("draws", "fault_check_seed")}


def columns_of(name: str) -> list[str]:
    return [column.name for column in app.schema.metadata.tables[name].columns]


def test_every_table_is_exported_or_says_why_not() -> None:
    exported = [table.name for table in EXPORTED]
    assert len(set(exported)) == len(exported)
    assert {*exported} | {*NOT_EXPORTED} == {*app.schema.metadata.tables}
    assert {*exported} & {*NOT_EXPORTED} == set()
    assert all(NOT_EXPORTED.values())


@every_table
def test_every_column_is_exported_or_says_why_not(table: ExportedTable) -> None:
    assert sorted([*table.column_names, *table.left_out]) == sorted({*columns_of(table.name)} - {TENANT_COLUMN})
    assert set(table.expressions) <= set(table.column_names)
    assert all(table.left_out.values())
    assert (table.rows is None) == (table.rows_left_out is None)


@every_table
def test_nothing_that_sounds_like_a_secret_is_exported(table: ExportedTable) -> None:
    secrets = {name for name in table.column_names if any(word in name.split("_") for word in SECRET_WORDS)}
    assert {(table.name, name) for name in secrets} <= PUBLIC


async def test_every_type_of_a_column_has_a_type_in_the_files(urls: DatabaseUrls) -> None:
    admin = await asyncpg.connect(urls.admin)
    try:
        rows = await admin.fetch(
            "SELECT attrelid::regclass::text AS table_name, attname, format_type(atttypid, atttypmod) AS type "
            "FROM pg_attribute WHERE attrelid::regclass::text = ANY($1) AND attnum > 0 AND NOT attisdropped",
            [table.name for table in EXPORTED],
        )
    finally:
        await admin.close()
    types = {row["type"] for row in rows}
    assert {column_type(text).text.replace(" ", "") for text in types} == {text.replace(" ", "") for text in types}
