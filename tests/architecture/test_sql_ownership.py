"""Each table belongs to one package. A statement reads its own package's tables and those below, and writes its own."""

import tomllib
from functools import cache

import pytest

import app.schema
from app.platform.database.tables import Base
from tests.architecture.sql_sources import SqlText, UnreadableSql, sql_texts, tables_in
from tests.processes import ROOT

# Tables of PostgreSQL itself and of the queue engine, which belong to the package that talks to them.
FOREIGN = {"pg_roles": "platform", "pg_class": "platform", "pg_namespace": "platform", "pg_database": "platform"}
FOREIGN |= {"pg_attribute": "platform"}
FOREIGN |= {"pg_timezone_names": "platform", "alembic_version": "platform"}
FOREIGN |= {"pgqueuer.pgqueuer": "jobs", "pgqueuer.pgqueuer_log": "jobs"}


@cache
def levels() -> dict[str, int]:
    """How high each package stands, by the layers that import-linter checks too."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return {name.strip(" ()"): level for level, layer in enumerate(reversed(layers)) for name in layer.split("|")}


@cache
def owners() -> dict[str, str]:
    """By table or view, the package whose models define it."""
    tables = {mapper.local_table.name: mapper.class_.__module__.split(".")[1] for mapper in Base.registry.mappers}  # type: ignore[attr-defined]
    return tables | app.schema.VIEWS | FOREIGN


def texts() -> list[SqlText]:
    return list(sql_texts())


@pytest.fixture(scope="module")
def found() -> list[SqlText]:
    return texts()


def test_every_statement_can_be_read(found: list[SqlText]) -> None:
    assert len(found) > 100


def test_every_table_that_is_named_exists(found: list[SqlText]) -> None:
    named = {table: text.place for text in found for table in text.reads | text.writes}
    assert {table: place for table, place in named.items() if table not in owners()} == {}


def test_a_package_reads_its_own_tables_and_those_below(found: list[SqlText]) -> None:
    upwards = [
        (text.place, table)
        for text in found
        for table in text.reads
        if table in owners() and levels()[owners()[table]] > levels()[text.package]
    ]
    assert upwards == []


def test_a_package_reads_no_tables_beside_it(found: list[SqlText]) -> None:
    sideways = [
        (text.place, table)
        for text in found
        for table in text.reads
        if table in owners() and owners()[table] != text.package and levels()[owners()[table]] == levels()[text.package]
    ]
    assert sideways == []


def test_a_package_writes_its_own_tables_alone(found: list[SqlText]) -> None:
    assert [(text.place, table) for text in found for table in text.writes if owners().get(table) != text.package] == []


@pytest.mark.parametrize(
    ("text", "reads", "writes"),
    [
        ("SELECT 1 FROM calls c JOIN agents a ON true", {"calls", "agents"}, set()),
        ("WITH new AS (INSERT INTO jobs SELECT 1 RETURNING id) SELECT * FROM new", {"jobs"}, {"jobs"}),
        ("EXISTS (SELECT FROM users u WHERE u.id = a.id)", {"users"}, set()),
        ("UPDATE calls SET tags = x.tags FROM unnest(:ids) AS x (tags)", {"calls"}, {"calls"}),
        ("DELETE FROM teams WHERE {condition}", {"teams"}, {"teams"}),
    ],
)
def test_tables_are_read_from_statements_and_their_parts(text: str, reads: set[str], writes: set[str]) -> None:
    assert tables_in(text) == (frozenset(reads), frozenset(writes))


def test_a_text_that_names_tables_and_cannot_be_read_is_an_error() -> None:
    with pytest.raises(UnreadableSql):
        tables_in("JOIN calls ON ON ( FROM agents")
