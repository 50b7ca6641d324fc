"""The shape that every package has: façades, folders, and where errors, events and SQL stand."""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import app.main
import app.worker  # noqa: F401
from app.events import DomainEvent
from app.platform.database.tables import Base
from app.platform.errors import DomainError
from tests.processes import ROOT

MOST_FILES = 15
# Packages of the domain; the others have no façade: platform and statistics are imported by module.
DOMAIN = {
    "analysis",
    "assignments",
    "calibration",
    "calls",
    "evaluations",
    "events",
    "exports",
    "identity",
    "jobs",
    "live",
    "notifications",
    "reporting",
    "sampling",
    "scorecards",
    "transcription",
}
# These two put together what belongs to the packages themselves: tables, consumers, kinds of job.
INSIDERS = {"app/schema.py", "app/wiring.py"}


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "app")
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def is_facade(module: str) -> bool:
    return (ROOT / Path(*module.split(".")) / "__init__.py").exists()


@cache
def pure_modules() -> frozenset[str]:
    """Modules that know no database. One may use another: the façade would bring the database along."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    pure = next(contract for contract in contracts if contract["name"].startswith("Pure modules"))
    return frozenset(pure["source_modules"])


@pytest.mark.parametrize("path", modules("app"), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_package_is_used_through_its_facade(path: Path) -> None:
    name = str(path.relative_to(ROOT))
    own = path.relative_to(ROOT).parts[1]
    others = {module for module in imported(path) if module.startswith("app.") and module.split(".")[1] != own}
    inside = {module for module in others if module.split(".")[1] in DOMAIN and not is_facade(module)}
    if name.removesuffix(".py").replace("/", ".") in pure_modules():
        inside -= pure_modules()
    assert name in INSIDERS or inside == set()


@pytest.mark.parametrize("folder", ["app", "tests", "benchmarks", "validation", "migrations"])
def test_a_folder_has_at_most_fifteen_files(folder: str) -> None:
    counts = Counter(str(path.parent.relative_to(ROOT)) for path in modules(folder))
    assert {name: count for name, count in counts.items() if count > MOST_FILES} == {}


def test_parameters_of_statements_have_names() -> None:
    numbered = {
        str(path.relative_to(ROOT))
        for path in modules("app")
        if re.search(r"\$[0-9]", path.read_text(encoding="utf-8"))
    }
    assert numbered == set()


def everything_below(base: type) -> set[type]:
    children: set[type] = set(base.__subclasses__())
    return children.union(*(everything_below(child) for child in children))


@pytest.mark.parametrize(("base", "file"), [(DomainError, "errors"), (DomainEvent, "events"), (Base, "models")])
def test_errors_events_and_tables_stand_in_the_files_of_their_name(base: type, file: str) -> None:
    elsewhere = {
        f"{one.__module__}.{one.__name__}"
        for one in everything_below(base)
        if one.__module__.startswith("app.") and one.__module__.rpartition(".")[2] != file
    }
    assert elsewhere == set()
