"""The JSON document of a definition."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from weakref import WeakValueDictionary

from app.scorecards.types import (
    AnswerType,
    Condition,
    Criticality,
    Definition,
    ErrorReason,
    Fatal,
    Fault,
    Item,
    Option,
    Section,
)

_in_use: "WeakValueDictionary[int, Definition]" = WeakValueDictionary()


def definition_from_document(data: Mapping[str, Any]) -> Definition:
    """The definition in a JSON document, whose weights and credits may be strings or numbers.

    Raises KeyError for a missing member and ValueError for an unknown enum value: a stored document has
    neither.

    Equal definitions are one object as long as it is in use: a cache whose keys are definitions then finds them by
    identity, without comparing thirty items.
    """
    definition = Definition(tuple(_section(section) for section in data["sections"]))
    known = _in_use.setdefault(hash(definition), definition)
    return known if known == definition else definition


def definition_to_document(definition: Definition) -> dict[str, Any]:
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
