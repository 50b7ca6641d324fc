"""Every SQL text of the service, found in its source: whole statements and the parts they are put together from."""

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from tests.processes import ROOT

_STATEMENT = re.compile(r"\s*(?:/\*.*?\*/\s*)?(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH|MERGE INTO)\b", re.DOTALL)
# What a text without a statement's beginning must hold to name a table.
_NAMES_TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+[a-z_]+", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\{[a-z_0-9]*\}")
# How a part of a statement becomes a whole one.
_WRAPPERS = (
    "{}",
    "SELECT 1 WHERE {}",
    "SELECT {}",
    "SELECT 1 FROM t {}",
    "SELECT 1 FROM t WHERE true {}",
    "WITH {} SELECT 1",
    "{} SELECT 1",
    "WITH t AS (SELECT 1) {}",
)
# What a placeholder may stand for: a name, nothing, or a condition.
_FILLINGS = ("x", "", "true")


@dataclass(frozen=True)
class SqlText:
    """A text and where it stands; `reads` and `writes` are the tables that it names."""

    package: str
    place: str
    text: str
    reads: frozenset[str]
    writes: frozenset[str]


class UnreadableSql(AssertionError):
    """A text that names tables and cannot be parsed: nobody can tell which."""


def sql_texts() -> Iterator[SqlText]:
    for path in sorted((ROOT / "app").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if _NAMES_TABLE.search(source):
            yield from _texts_of(path, source)


def _texts_of(path: Path, source: str) -> Iterator[SqlText]:
    parts = path.relative_to(ROOT).with_suffix("").parts
    package = parts[1] if len(parts) > 2 else parts[-1]
    module = importlib.import_module(".".join(part for part in parts if part != "__init__"))
    texts = [
        (f"{path.relative_to(ROOT)}: {name}", text)
        for name, text in (*_constants(module), *_literals(source))
        if _STATEMENT.match(text) or _NAMES_TABLE.search(text)
    ]
    # A part may name what another part of the same statement defines.
    local = {name for _, text in texts for name in re.findall(r"(\w+) AS (?:MATERIALIZED )?\(", text)}
    for place, text in texts:
        try:
            reads, writes = tables_in(text)
        except UnreadableSql as error:
            raise UnreadableSql(f"{place}: {error}") from error
        yield SqlText(package, place, text, reads - local, writes - local)


def _constants(module: ModuleType) -> Iterator[tuple[str, str]]:
    """The texts that a module keeps under a name, in collections too, as they are after they were put together."""
    for name, value in vars(module).items():
        if not name.startswith("__"):
            yield from ((name, text) for text in _within(value))


def _within(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _within(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _within(one)


def _literals(source: str) -> Iterator[tuple[str, str]]:
    """The texts within functions; what is filled in stands as a placeholder."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for function in functions:
        docstring = ast.get_docstring(function, clean=False)
        parts = {part for node in ast.walk(function) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in set(ast.walk(function)) - parts:
            if isinstance(node, ast.JoinedStr):
                yield function.name, "".join(_piece(piece) for piece in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != docstring:
                yield function.name, node.value


def _piece(piece: ast.expr) -> str:
    return str(piece.value) if isinstance(piece, ast.Constant) else "{x}"


def tables_in(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The tables that a text reads and those that it writes; UnreadableSql where it cannot be parsed."""
    trees = _parse(text)
    if trees is None:
        raise UnreadableSql(text)
    reads: set[str] = set()
    writes: set[str] = set()
    for tree in trees:
        local = {cte.alias for cte in tree.find_all(exp.CTE)} | {"t", "x"}
        # `FOR UPDATE OF a` names an alias.
        local |= {table.name for lock in tree.find_all(exp.Lock) for table in lock.find_all(exp.Table)}
        for written in tree.find_all(exp.Insert, exp.Update, exp.Delete, exp.Merge):
            target = written.this.find(exp.Table) if written.this else None
            if target is not None and target.name not in local:
                writes.add(_qualified(target))
        reads |= {
            _qualified(table)
            for table in tree.find_all(exp.Table)
            if isinstance(table.this, exp.Identifier) and table.name not in local
        }
    return frozenset(reads), frozenset(writes)


def _qualified(table: exp.Table) -> str:
    return f"{table.db}.{table.name}" if table.db else table.name


def _parse(text: str) -> list[exp.Expr] | None:
    for whole, wrapper in product(_filled(text), _WRAPPERS):
        try:
            trees = sqlglot.parse(wrapper.format(whole), dialect="postgres")
        except SqlglotError:
            continue
        if all(isinstance(tree, exp.Query | exp.DML | exp.Merge) for tree in trees):
            return [tree for tree in trees if tree is not None]
    return None


def _filled(text: str) -> Iterator[str]:
    """The text with its placeholders filled in, in every way up to four of them; more are filled alike."""
    pieces = _PLACEHOLDER.split(text)
    gaps = len(pieces) - 1
    ways = product(_FILLINGS, repeat=gaps) if gaps <= 4 else ((filling,) * gaps for filling in _FILLINGS)
    for way in ways:
        yield "".join(piece + filling for piece, filling in zip(pieces, (*way, ""), strict=True))
