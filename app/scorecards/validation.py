"""What must hold before a scorecard is published. Every fault is named at once, by JSON pointer.

Decided here, beyond the contract of the API:

* A weight is above 0, at most 100, and has at most four decimals; a credit is 0…1 with at most four decimals.
* A key is 1–64 letters (of any script), digits, `_`, `-` and `.`, and begins with a letter or digit. Item
  keys are unique in the whole scorecard, section keys among sections, option and reason keys within their
  item. No option may be called `na`.
* A scale ends at 1…100. A choice has at least two options, one with credit 1 and one below.
* A fatal item can be answered without any credit, or the rule would never take effect.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from app.scorecards.definition import Condition, Definition, Item, Option, Section
from app.scorecards.types import NA, AnswerType, DefinitionFault, Fatal

TOTAL_WEIGHT: Final = Decimal(100)
MAX_SCALE: Final = 100
DECIMALS: Final = 4

_KEY: Final = re.compile(r"[^\W_][\w.-]{0,63}")


def publish_faults(definition: Definition) -> list[DefinitionFault]:
    """Everything that keeps the definition from being published; empty when nothing does."""
    return [*shape_faults(definition), *_sum_faults(definition.items)]


def shape_faults(definition: Definition) -> list[DefinitionFault]:
    """The faults that keep a definition from being scored at all: all but the sum of the weights."""
    return list(_shape_faults(definition))


def _sum_faults(items: Sequence[Item]) -> Iterator[DefinitionFault]:
    # A weight that is no number or enormous is a fault of its own, and has no sum worth naming.
    if items and all(item.weight.is_finite() and abs(item.weight) <= TOTAL_WEIGHT for item in items):
        total = sum(item.weight for item in items)
        if total != TOTAL_WEIGHT:
            yield DefinitionFault("/sections", f"The weights of all items sum to {total}, not to exactly 100.")


def _shape_faults(definition: Definition) -> Iterator[DefinitionFault]:
    sections = definition.sections
    if not sections:
        yield DefinitionFault("/sections", "A scorecard has at least one section.")
    yield from _key_faults("section", ((f"/sections/{i}", section.key) for i, section in enumerate(sections)))
    placed = list(_placed_items(sections))
    yield from _key_faults("item", ((pointer, item.key) for pointer, item in placed))
    for i, section in enumerate(sections):
        yield from _text_faults(f"/sections/{i}/title", section.title)
        if not section.items:
            yield DefinitionFault(f"/sections/{i}/items", "A section has at least one item.")
    for position, (pointer, item) in enumerate(placed):
        yield from _item_faults(pointer, item)
        if item.visible_if is not None:
            yield from _condition_faults(f"{pointer}/visible_if", item.visible_if, position, definition)


def _placed_items(sections: Sequence[Section]) -> Iterator[tuple[str, Item]]:
    for i, section in enumerate(sections):
        for j, item in enumerate(section.items):
            yield f"/sections/{i}/items/{j}", item


def _key_faults(what: str, keys: Iterable[tuple[str, str]]) -> Iterator[DefinitionFault]:
    """Faults of keys that must differ from one another, given as (pointer to the holder, key)."""
    seen: set[str] = set()
    for holder, key in keys:
        if not _KEY.fullmatch(key):
            yield DefinitionFault(
                f"{holder}/key",
                f"The {what} key {key!r} is not 1 to 64 letters, digits, '_', '-' and '.', "
                "beginning with a letter or digit.",
            )
        elif key in seen:
            yield DefinitionFault(f"{holder}/key", f"The {what} key {key!r} is used more than once.")
        seen.add(key)


def _text_faults(pointer: str, text: str) -> Iterator[DefinitionFault]:
    if not text.strip():
        yield DefinitionFault(pointer, "This text must not be empty.")


def _item_faults(pointer: str, item: Item) -> Iterator[DefinitionFault]:
    yield from _text_faults(f"{pointer}/title", item.title)
    yield from _weight_faults(f"{pointer}/weight", item.weight)
    yield from _scale_faults(f"{pointer}/scale_max", item)
    yield from _options_faults(f"{pointer}/options", item)
    yield from _fatal_faults(f"{pointer}/fatal", item)
    reasons = [(f"{pointer}/error_reasons/{i}", reason) for i, reason in enumerate(item.error_reasons)]
    yield from _key_faults("reason", ((place, reason.key) for place, reason in reasons))
    for place, reason in reasons:
        yield from _text_faults(f"{place}/label", reason.label)


def _weight_faults(pointer: str, weight: Decimal) -> Iterator[DefinitionFault]:
    if not weight.is_finite() or not 0 < weight <= TOTAL_WEIGHT:
        yield DefinitionFault(pointer, "A weight is more than 0 and at most 100.")
    elif round(weight, DECIMALS) != weight:
        yield DefinitionFault(pointer, f"A weight has at most {DECIMALS} decimals.")


def _scale_faults(pointer: str, item: Item) -> Iterator[DefinitionFault]:
    if item.answer_type is not AnswerType.SCALE:
        if item.scale_max is not None:
            yield DefinitionFault(pointer, "Only a scale has an upper end.")
    elif item.scale_max is None or not 1 <= item.scale_max <= MAX_SCALE:
        yield DefinitionFault(pointer, f"The upper end of a scale is a whole number from 1 to {MAX_SCALE}.")


def _options_faults(pointer: str, item: Item) -> Iterator[DefinitionFault]:
    if item.answer_type is not AnswerType.CHOICE:
        if item.options:
            yield DefinitionFault(pointer, "Only a choice has options.")
        return
    if len(item.options) < 2:
        yield DefinitionFault(pointer, "A choice has at least two options.")
    placed = [(f"{pointer}/{i}", option) for i, option in enumerate(item.options)]
    yield from _key_faults("option", ((place, option.key) for place, option in placed))
    for place, option in placed:
        yield from _option_faults(place, option)
    if not any(option.credit == 1 for option in item.options):
        yield DefinitionFault(pointer, "At least one option of a choice has credit 1.")
    if all(option.credit == 1 for option in item.options):
        yield DefinitionFault(pointer, "At least one option of a choice has a credit below 1.")


def _option_faults(pointer: str, option: Option) -> Iterator[DefinitionFault]:
    yield from _text_faults(f"{pointer}/label", option.label)
    if option.key == NA:
        yield DefinitionFault(f"{pointer}/key", f"{NA!r} stands for not applicable; see allow_na.")
    if not option.credit.is_finite() or not 0 <= option.credit <= 1:
        yield DefinitionFault(f"{pointer}/credit", "A credit is from 0 to 1.")
    elif round(option.credit, DECIMALS) != option.credit:
        yield DefinitionFault(f"{pointer}/credit", f"A credit has at most {DECIMALS} decimals.")


def _fatal_faults(pointer: str, item: Item) -> Iterator[DefinitionFault]:
    if item.fatal is Fatal.NONE or item.answer_type is not AnswerType.CHOICE:
        return
    if not any(option.credit == 0 for option in item.options):
        yield DefinitionFault(pointer, "A fatal choice has an option with credit 0, the one that is fatal.")


def _condition_faults(
    pointer: str, condition: Condition, position: int, definition: Definition
) -> Iterator[DefinitionFault]:
    target = definition.item_by_key.get(condition.item)
    if target is None:
        yield DefinitionFault(f"{pointer}/item", f"There is no item {condition.item!r}.")
        return
    if definition.position_of[condition.item] >= position:
        yield DefinitionFault(f"{pointer}/item", f"The item {condition.item!r} does not come before this one.")
    if not condition.values:
        yield DefinitionFault(f"{pointer}/in", "A condition lists at least one answer.")
    for i, value in enumerate(condition.values):
        if not target.accepts(value):
            detail = f"The item {condition.item!r} cannot be answered with {value!r}."
            yield DefinitionFault(f"{pointer}/in/{i}", detail)
