"""The contract as tests see it: every operation of the OpenAPI document, so that a new route cannot slip by a test."""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import httpx

from app.api.application import build

DOCUMENT: dict[str, Any] = build(None).openapi()
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
PROBLEM = "application/problem+json"
# In an address, but no id: a natural key within the tenant, the number of a version, and the key of an item.
NO_IDS = {"external_id", "number", "item"}
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
    def path_ids(self) -> tuple[str, ...]:
        return tuple(name for name in self.path_parameters if name not in NO_IDS)

    @property
    def content(self) -> dict[str, Any]:
        """The media types of the body, with what is documented of each."""
        content: dict[str, Any] = self.spec.get("requestBody", {}).get("content", {})
        return content

    @property
    def needs_body(self) -> bool:
        """False where nothing may be sent in place of the body."""
        return bool(self.spec.get("requestBody", {}).get("required"))

    @property
    def body(self) -> dict[str, Any]:
        """The arguments of an HTTP client that send the documented example as the body."""
        if JSON in self.content:
            return {"json": example_of(self.content[JSON])}
        if FORM in self.content:
            return {"data": example_of(self.content[FORM])}
        if self.content:
            return {"content": b"...", "headers": {"Content-Type": next(iter(self.content))}}
        return {}

    @property
    def id_fields(self) -> tuple[str, ...]:
        """The fields of a JSON body that hold ids, or lists of them, as `name`, `list.name` or `object.name`."""
        return tuple(_id_fields(self.content[JSON]["schema"])) if JSON in self.content else ()

    @property
    def query(self) -> tuple[str, ...]:
        """The names of the parameters of the query."""
        parameters = self.spec.get("parameters", ())
        return tuple(parameter["name"] for parameter in parameters if parameter["in"] == "query")

    @property
    def id_filters(self) -> tuple[str, ...]:
        """The parameters of the query that take an id."""
        return tuple(name for name in self.query if name.endswith("_id"))

    @property
    def needs_if_match(self) -> bool:
        return any(parameter["name"] == "If-Match" for parameter in self.spec.get("parameters", ()))

    def documents(self, answer: httpx.Response) -> bool:
        """Whether the contract names the status of an answer and, of a problem, its code."""
        documented = self.spec["responses"].get(str(answer.status_code))
        if documented is None or answer.headers.get("Content-Type") != PROBLEM or self.method == "head":
            return documented is not None
        return f"(`{answer.json()['code']}`)" in documented["description"]

    def matches(self, path: str) -> bool:
        """Whether an address, in which names may stand for ids, is one of this operation's."""
        return bool(re.fullmatch(re.sub(r"{\w+}", "[^/]+", self.path), path))

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
    """The documented example of a body, the caller's own to change."""
    return deepcopy(resolve(media["schema"])["examples"][0])


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _id_fields(schema: dict[str, Any]) -> Iterator[str]:
    for name, field in resolve(schema).get("properties", {}).items():
        for part in map(resolve, field.get("anyOf", [field])):
            items = resolve(part.get("items", {}))
            if "uuid" in (part.get("format"), items.get("format")):
                yield name
            yield from (f"{name}.{inner}" for inner in (*_id_fields(items), *_id_fields(part)))
