"""The contract as tests see it: every operation of the OpenAPI document, so that a new route cannot slip by a test."""

import re
from dataclasses import dataclass
from typing import Any

from app.api.application import build

DOCUMENT: dict[str, Any] = build(None).openapi()
METHODS = ("get", "put", "post", "patch", "delete", "head")


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    spec: dict[str, Any]

    def __str__(self) -> str:
        return self.id

    @property
    def permission(self) -> str | None:
        permission: str | None = self.spec.get("x-permission")
        return permission

    @property
    def path_parameters(self) -> tuple[str, ...]:
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def body(self) -> dict[str, Any]:
        """The arguments of an HTTP client that send the documented example as the body."""
        content = self.spec.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            return {"json": example_of(content["application/json"])}
        if not content:
            return {}
        media_type = next(iter(content))
        return {"content": b"...", "headers": {"Content-Type": media_type}}

    @property
    def needs_if_match(self) -> bool:
        return any(parameter["name"] == "If-Match" for parameter in self.spec.get("parameters", ()))

    def url(self, values: dict[str, str]) -> str:
        return self.path.format(**{name: values[name] for name in self.path_parameters})


def operations() -> list[Operation]:
    return [
        Operation(spec["operationId"], method, path, spec)
        for path, methods in DOCUMENT["paths"].items()
        for method, spec in methods.items()
        if method in METHODS
    ]


def example_of(media: dict[str, Any]) -> Any:
    """The documented example of a body: of the media type, or of its schema."""
    if "examples" in media:
        return next(iter(media["examples"].values()))["value"]
    if "example" in media:
        return media["example"]
    schema = resolve(media["schema"])
    if "examples" in schema:
        return schema["examples"][0]
    if schema.get("type") == "object":
        return {name: _property_example(name, part) for name, part in _wanted(schema)}
    raise LookupError("no example")


def _wanted(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    required = set(schema.get("required", ()))
    return [(name, part) for name, part in schema.get("properties", {}).items() if name in required]


def _property_example(name: str, schema: dict[str, Any]) -> Any:
    if "examples" in schema:
        return schema["examples"][0]
    if "default" in schema:
        return schema["default"]
    resolved = resolve(schema)
    if "examples" in resolved:
        return resolved["examples"][0]
    if "enum" in resolved:
        return resolved["enum"][0]
    if resolved.get("type") == "object" and "properties" in resolved:
        return {inner: _property_example(inner, part) for inner, part in _wanted(resolved)}
    if resolved.get("format") == "uuid":
        return "00000000-0000-7000-8000-000000000000"
    return {"string": "text", "integer": 1, "number": 1, "boolean": True, "array": []}[resolved["type"]]


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema
