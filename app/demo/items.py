"""The simulator's view of a scorecard."""

from app.demo.scorecard import Json
from app.demo.types import Item, Value


def parse_items(scorecard: Json) -> tuple[Item, ...]:
    """The items of a scorecard's JSON body, in order."""
    raw = [item for section in scorecard["sections"] for item in section["items"]]
    positions = {item["key"]: index for index, item in enumerate(raw)}
    return tuple(Item(item["key"], _values(item), _condition(item, positions), _reasons(item)) for item in raw)


def _values(item: Json) -> tuple[Value, ...]:
    if item["answer_type"] == "scale":
        return tuple(range(item["scale_max"], -1, -1))
    if item["answer_type"] == "choice":
        return tuple(option["key"] for option in sorted(item["options"], key=lambda option: -option["credit"]))
    return ("good", "bad")


def _condition(item: Json, positions: dict[str, int]) -> tuple[int, frozenset[Value]] | None:
    condition = item["visible_if"]
    return (positions[condition["item"]], frozenset(condition["in"])) if condition else None


def _reasons(item: Json) -> dict[str, tuple[str, ...]]:
    by_fault: dict[str, tuple[str, ...]] = {}
    for reason in item["error_reasons"]:
        fault = reason["default_fault"]
        by_fault[fault] = (*by_fault.get(fault, ()), reason["key"])
    return by_fault
