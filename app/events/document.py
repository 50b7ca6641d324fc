"""docs/events.md, written from the catalogue."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from app.events.catalogue import event_schemas

_INTRODUCTION = """# Events
<!-- Written by `make events` from the event types in the code. Do not edit. -->

The journal has one row for each change, written in the transaction of the change: `GET /v1/events`. `before` and
`after` are documents of the subject before and after the change; **–** means that the type has no such document. Ids
are UUIDs, times are RFC 3339 in UTC, and exact decimals are strings. Ignore fields that you do not know: later versions
may add some."""


def write_document() -> str:
    """The document in Markdown: every type, and then the documents that their fields hold."""
    types, definitions = event_schemas()
    return "\n".join([_INTRODUCTION, *_types(types), *_definitions(definitions)]) + "\n"


def _types(types: dict[str, dict[str, Any]]) -> Iterator[str]:
    for subject, group in groupby(types.items(), key=lambda item: item[0].partition(".")[0]):
        yield f"\n## {subject}\n\n| type | what happened | `before` | `after` |\n|---|---|---|---|"
        for name, schema in group:
            fields = schema["properties"]
            description = " ".join(schema["description"].split())
            yield f"| `{name}` | {description} | {_document(fields['before'])} | {_document(fields['after'])} |"


def _definitions(definitions: dict[str, Any]) -> Iterator[str]:
    if definitions:
        yield "\n# Documents"
    for name, schema in sorted(definitions.items()):
        yield f"\n## {name}"
        if description := schema.get("description"):
            yield "\n" + " ".join(description.split())
        if "properties" in schema:
            yield "\n| field | type |\n|---|---|"
            for field, kind in schema["properties"].items():
                yield f"| `{field}` | {_kind(kind)} |"
        else:
            yield f"\n{_kind(schema)}"


def _document(schema: dict[str, Any]) -> str:
    return "–" if schema.get("type") == "null" else _kind(schema)


def _kind(schema: dict[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if choices := schema.get("anyOf"):
        return " or ".join(_kind(choice) for choice in choices)
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    return _plain_kind(schema)


def _plain_kind(schema: dict[str, Any]) -> str:
    kind = str(schema.get("format", schema.get("type", "any value")))
    if kind == "array":
        return f"list of {_kind(schema['items'])}" if schema.get("items") else "list"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_kind(schema['additionalProperties'])}"
    return kind
