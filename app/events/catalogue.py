"""The types of events: a frozen dataclass for each, and the catalogue of all of them.

A type is in the catalogue as soon as its class is defined. Its docstring is its description; the types of its fields
are its JSON schema.
"""

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from pydantic import TypeAdapter

_types: dict[str, type["DomainEvent"]] = {}


class EventTypeExists(TypeError):
    """Two classes have the same name of an event type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvent:
    """What happened to a subject. `before` and `after` are documents of the subject; a subclass declares their types.

    A document that a subclass does not declare is None. A subclass without a name is a base of several types.
    """

    # The name of the type, such as "team.changed", and of the kind of subject, such as "team".
    name: ClassVar[str]
    subject_type: ClassVar[str]

    subject_id: UUID | None
    before: Any = None
    after: Any = None

    def __init_subclass__(cls, **options: Any) -> None:
        if "name" not in vars(cls):
            return
        known = _types.get(cls.name)
        # A dataclass with slots is made twice: the second class replaces the first.
        if known and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise EventTypeExists(f"{known.__qualname__} and {cls.__qualname__} are both {cls.name!r}")
        _types[cls.name] = cls


def event_types() -> tuple[type[DomainEvent], ...]:
    """The event types of the application, by name. Tests define types of their own, which are left out."""
    return tuple(kind for _, kind in sorted(_types.items()) if kind.__module__.startswith("app."))


def is_known(name: str) -> bool:
    return name in _types


def event_schemas(ref_template: str = "#/$defs/{model}") -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """The JSON schema of each type's fields by the type's name, and the definitions that these schemas refer to."""
    kinds = event_types()
    inputs = [(kind.name, "serialization", TypeAdapter(kind)) for kind in kinds]
    made, rest = TypeAdapter.json_schemas(inputs, ref_template=ref_template)  # type: ignore[arg-type]
    definitions: dict[str, Any] = rest.get("$defs", {})
    # A dataclass is one of the definitions. Those of the types themselves are taken out: they have names of their own.
    by_ref = {ref_template.format(model=name): name for name in definitions}
    whole = {
        name: definitions.pop(by_ref[schema["$ref"]]) if "$ref" in schema else schema
        for (name, _), schema in made.items()
    }
    return {kind.name: _schema(kind, whole[kind.name]) for kind in kinds}, definitions


def _schema(kind: type[DomainEvent], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with its type named, and null for a document that the type does not have."""
    given = schema["properties"]
    documents = {name: given[name] if _declares(kind, name) else {"type": "null"} for name in ("before", "after")}
    fixed = {"type": {"const": kind.name}, "subject_type": {"const": kind.subject_type}}
    return {
        "type": "object",
        "description": schema["description"],
        "properties": fixed | {"subject_id": given["subject_id"]} | documents,
        "required": ["type", "subject_type", "subject_id", "before", "after"],
    }


def _declares(kind: type[DomainEvent], field: str) -> bool:
    return any(field in vars(parent).get("__annotations__", {}) for parent in kind.__mro__ if parent is not DomainEvent)
