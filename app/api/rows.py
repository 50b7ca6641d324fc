"""Bodies of many rows, a JSON array or NDJSON. Each row is read on its own, so that one bad row costs no other."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from app.api.bodies import JSON, NDJSON, media_type_of, read_body
from app.api.problems import MAX_FIELD_ERRORS, plain
from app.platform.errors import FieldError, UnsupportedMedia, invalid, json_pointer
from app.platform.exact_json import NotJson, read_json

M = TypeVar("M", bound=BaseModel)
FieldErrors = tuple[FieldError, ...]


def read_rows(
    body: bytes, content_type: str, model: type[M], *, max_rows: int
) -> Iterator[tuple[int, M | FieldErrors]]:
    """Each row with its line (in an array, its place), counted from 1: the row read as `model`, or its errors.

    Rows are read one by one, so that the caller need not hold all of them in every form.
    """
    for number, (line, value) in enumerate(_values(body, content_type), start=1):
        if number > max_rows:
            raise invalid("", f"at most {max_rows} rows are accepted at once")
        yield line, _row(value, model)


def rows_body(schema: str, max_rows: int, example: dict[str, Any]) -> dict[str, Any]:
    """The documentation of such a body: the name of the schema of its rows, and an example of a row."""
    row = {"$ref": f"#/components/schemas/{schema}"}
    array = {"type": "array", "items": row, "maxItems": max_rows, "examples": [[example]]}
    lines = {"type": "string", "description": f"One {schema} a line.", "examples": [orjson.dumps(example).decode()]}
    return {"required": True, "content": {JSON: {"schema": array}, NDJSON: {"schema": lines}}}


def _values(body: bytes, content_type: str) -> Iterable[tuple[int, Any]]:
    media_type = media_type_of(content_type)
    if media_type == JSON:
        return enumerate(_array(body), start=1)
    if media_type == NDJSON:
        return _lines(body)
    raise UnsupportedMedia(f"send {JSON} (an array) or {NDJSON} (an object a line)")


def _array(body: bytes) -> list[Any]:
    values = read_body(body)
    if not isinstance(values, list):
        raise invalid("", "the body must be an array of rows")
    return values


def _lines(body: bytes) -> Iterator[tuple[int, Any]]:
    """The values of the lines that are not blank; errors where a line is not JSON."""
    for line, text in enumerate(body.split(b"\n"), start=1):
        if text and not text.isspace():
            try:
                yield line, read_json(text)
            except NotJson as error:
                yield line, (FieldError("", str(error)),)


def _row(value: Any, model: type[M]) -> M | FieldErrors:
    if isinstance(value, tuple):  # JSON has no tuples: these are the errors of a line that is not JSON
        return value
    try:
        return model.model_validate(value)
    except ValidationError as refused:
        errors = refused.errors(include_url=False, include_context=False, include_input=False)
        return tuple(FieldError(json_pointer(error["loc"]), plain(error["msg"])) for error in errors[:MAX_FIELD_ERRORS])
