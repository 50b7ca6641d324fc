"""A scorecard's definition: sections of weighted items, and its JSON document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from app.scorecards.types import BAD, GOOD, NA, AnswerType, AnswerValue, Criticality, Fatal, Fault


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a `choice` item; its credit is a share of the item's weight, 0…1."""

    key: str
    label: str
    credit: Decimal


@dataclass(frozen=True, slots=True)
class Condition:
    """Shows an item only when another one was answered with one of the values."""

    item: str
    values: tuple[AnswerValue, ...]


@dataclass(frozen=True, slots=True)
class ErrorReason:
    """The essence of an error under an item, and whose fault it usually is."""

    key: str
    label: str
    default_fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One question of the scorecard; `scale_max` belongs to scales and `options` to choices alone."""

    key: str
    title: str
    weight: Decimal
    answer_type: AnswerType
    good: str = ""
    bad: str = ""
    scale_max: int | None = None
    options: tuple[Option, ...] = ()
    allow_na: bool = False
    criticality: Criticality = Criticality.NONE
    fatal: Fatal = Fatal.NONE
    visible_if: Condition | None = None
    error_reasons: tuple[ErrorReason, ...] = ()

    @property
    def values(self) -> Sequence[AnswerValue]:
        """Every answer that earns a credit; N/A is not among them."""
        match self.answer_type:
            case AnswerType.BINARY:
                return (GOOD, BAD)
            case AnswerType.SCALE:
                return range((self.scale_max or 0) + 1)
            case AnswerType.CHOICE:
                return tuple(option.key for option in self.options)

    def accepts(self, value: AnswerValue) -> bool:
        """Whether the item can be answered with the value, N/A included where it is allowed."""
        if value == NA:
            return self.allow_na
        # Numbers belong to scales and nothing else does; `type` because True is an instance of int.
        if (type(value) is int) is not (self.answer_type is AnswerType.SCALE):
            return False
        return value in self.values

    def is_error(self, value: AnswerValue) -> bool:
        """Whether an accepted value earns less than full credit; N/A never does."""
        match self.answer_type:
            case AnswerType.BINARY:
                return value == BAD
            case AnswerType.SCALE:
                return value not in (self.scale_max, NA)
            case AnswerType.CHOICE:
                return any(option.key == value and option.credit < 1 for option in self.options)


@dataclass(frozen=True, slots=True)
class Section:
    """A titled group of items with a score of its own."""

    key: str
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Definition:
    """All that scoring depends on. A draft may break the publishing rules (`validation`).

    Not slotted, because the look-ups are built once and kept. Where a draft repeats an item's key, the first
    one is found.
    """

    sections: tuple[Section, ...]

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """All items in the order of the document."""
        return tuple(item for section in self.sections for item in section.items)

    @cached_property
    def item_by_key(self) -> Mapping[str, Item]:
        """Each item under its key."""
        return {item.key: item for item in reversed(self.items)}

    @cached_property
    def position_of(self) -> Mapping[str, int]:
        """Each item's place in the order of the document, from 0, under its key."""
        last = len(self.items) - 1
        return {item.key: last - back for back, item in enumerate(reversed(self.items))}

    @cached_property
    def section_of(self) -> Mapping[str, Section]:
        """The section that an item belongs to, under the item's key."""
        return {item.key: section for section in reversed(self.sections) for item in section.items}

    @cached_property
    def _hash(self) -> int:
        return hash(self.sections)

    def __hash__(self) -> int:
        """Kept after the first call, so that caches keyed by definition are worth having."""
        return self._hash


def from_dict(data: Mapping[str, Any]) -> Definition:
    """The definition in a JSON document, whose weights and credits may be strings or numbers.

    Raises KeyError for a missing member and ValueError for an unknown enum value: a stored document has
    neither.
    """
    return Definition(tuple(_section(section) for section in data["sections"]))


def to_dict(definition: Definition) -> dict[str, Any]:
    """The JSON document of a definition; weights and credits are strings, so that they stay exact."""
    return {"sections": [_section_document(section) for section in definition.sections]}


def _section(data: Mapping[str, Any]) -> Section:
    return Section(data["key"], data["title"], tuple(_item(item) for item in data["items"]))


def _item(data: Mapping[str, Any]) -> Item:
    return Item(
        key=data["key"],
        title=data["title"],
        weight=_decimal(data["weight"]),
        answer_type=AnswerType(data["answer_type"]),
        good=data.get("good") or "",
        bad=data.get("bad") or "",
        scale_max=data.get("scale_max"),
        options=tuple(_option(option) for option in data.get("options") or ()),
        allow_na=data.get("allow_na", False),
        criticality=Criticality(data.get("criticality", Criticality.NONE)),
        fatal=Fatal(data.get("fatal", Fatal.NONE)),
        visible_if=_condition(data.get("visible_if")),
        error_reasons=tuple(_reason(reason) for reason in data.get("error_reasons") or ()),
    )


def _option(data: Mapping[str, Any]) -> Option:
    return Option(data["key"], data["label"], _decimal(data["credit"]))


def _condition(data: Mapping[str, Any] | None) -> Condition | None:
    return None if data is None else Condition(data["item"], tuple(data["in"]))


def _reason(data: Mapping[str, Any]) -> ErrorReason:
    fault = data.get("default_fault")
    return ErrorReason(data["key"], data["label"], None if fault is None else Fault(fault))


def _decimal(number: object) -> Decimal:
    """Through text, so that the float 0.1 means one tenth."""
    return Decimal(str(number))


def _section_document(section: Section) -> dict[str, Any]:
    return {
        "key": section.key,
        "title": section.title,
        "items": [_item_document(item) for item in section.items],
    }


def _item_document(item: Item) -> dict[str, Any]:
    condition = item.visible_if
    return {
        "key": item.key,
        "title": item.title,
        "good": item.good,
        "bad": item.bad,
        "weight": str(item.weight),
        "answer_type": item.answer_type.value,
        "scale_max": item.scale_max,
        "options": [_option_document(option) for option in item.options] or None,
        "allow_na": item.allow_na,
        "criticality": item.criticality.value,
        "fatal": item.fatal.value,
        "visible_if": condition and {"item": condition.item, "in": list(condition.values)},
        "error_reasons": [_reason_document(reason) for reason in item.error_reasons],
    }


def _option_document(option: Option) -> dict[str, Any]:
    return {"key": option.key, "label": option.label, "credit": str(option.credit)}


def _reason_document(reason: ErrorReason) -> dict[str, Any]:
    fault = reason.default_fault
    return {"key": reason.key, "label": reason.label, "default_fault": fault and fault.value}
