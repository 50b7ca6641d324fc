"""The contract, generated from the code: what FastAPI sees, and what holds for every private route."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.bodies import CONTENT_ENCODINGS, JSON
from app.api.errors import KeyInUse, KeyReused
from app.api.idempotency import KEY
from app.api.problems import COMMON, Problem, describe, problem_responses
from app.events import event_schemas
from app.platform.errors import DomainError

DESCRIPTION = """Quality management for call centres: weighted scorecards, provably fair random samples, evaluations,
transcripts, and reports that say which errors are the agents' and which the process's.

Authenticate with `Authorization: Bearer …`: an access token from `POST /v1/auth/token`, an API key, or the token of a
guest's link. The tenant comes from the credential. Lists take `limit` and `cursor`. Errors are
`application/problem+json` with a stable `code`. `POST` takes an `Idempotency-Key`; `PATCH` needs the `ETag` it read as
`If-Match`.

JSON is UTF-8, with or without a byte order mark, and may be compressed: `Content-Encoding: gzip`. Numbers are read
exactly or refused. Of the repeated keys of an object the last one counts. Times lie between the years 1970 and 2199."""

_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and body give the same answer, and the work is done once. While a request is being "
    "served, another one with its key is answered 409 (`idempotency_key_in_use`) with `Retry-After`.",
    "schema": {"type": "string", "pattern": KEY},
}
_CONTENT_ENCODING = {
    "name": "Content-Encoding",
    "in": "header",
    "required": False,
    "description": "How the body is compressed; the limit of its size is that of the decompressed body.",
    "schema": {"type": "string", "enum": list(CONTENT_ENCODINGS)},
}


def install(app: FastAPI) -> None:
    def contract() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(
                get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            )
        return app.openapi_schema

    app.openapi = contract  # type: ignore[method-assign]


def _complete(document: dict[str, Any]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    definitions = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components.setdefault("schemas", {}).update(definitions.pop("$defs"), Problem=definitions)
    components["schemas"].pop("HTTPValidationError", None)
    components["schemas"].pop("ValidationError", None)
    components["securitySchemes"] = {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "An access token, an API key, or the token of a guest's link.",
        }
    }
    for path in document["paths"].values():
        for method, operation in path.items():
            _complete_operation(method, operation)
    document["webhooks"] = _webhooks(components["schemas"])
    return document


def _complete_operation(method: str, operation: dict[str, Any]) -> None:
    if "x-permission" not in operation:
        operation["security"] = []
        return
    operation["security"] = [{"bearer": []}]
    # Where a route has problems of its own with the status of a common one, it answers with both.
    _add_problems(operation["responses"], *COMMON)
    if method == "post":
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
        _add_problems(operation["responses"], KeyInUse, KeyReused)
    if JSON in operation.get("requestBody", {}).get("content", {}):
        operation.setdefault("parameters", []).append(_CONTENT_ENCODING)


def _add_problems(responses: dict[str, Any], *errors: type[DomainError]) -> None:
    for error in errors:
        (problem,) = problem_responses(error).values()
        known = responses.setdefault(str(error.status), problem)
        if describe(error) not in known["description"]:
            known["description"] = f"{known['description']}; {describe(error)}"


def _webhooks(components: dict[str, Any]) -> dict[str, Any]:
    """One entry for each type of event. The documents of events get names of their own among the components."""
    types, definitions = event_schemas("#/components/schemas/Event{model}")
    components.update({f"Event{name}": schema for name, schema in definitions.items()})
    return {name: {"post": _webhook(name, schema)} for name, schema in types.items()}


def _webhook(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    subject, _, verb = name.partition(".")
    happened = "".join(word.capitalize() for word in (*subject.split("_"), *verb.split("_")))
    body = {"allOf": [{"$ref": "#/components/schemas/EventOut"}, schema]}
    return {
        "operationId": f"on{happened}",
        "summary": name,
        "description": schema["description"],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"2XX": {"description": "The event was taken."}},
    }
