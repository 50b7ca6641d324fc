"""Figures as JSON and back, the same to the last digit."""

from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
import orjson

F = TypeVar("F")


class UnreadableFigure(ValueError):
    """The JSON is not that of such a figure: another release has written it."""


def to_json(figure: Any) -> str:
    """A dataclass of numbers, texts, enums, arrays of numbers, other such dataclasses, and tuples of these, as JSON.

    ValueError for a number that is not finite, which JSON does not have.
    """
    document = _document(figure)
    return orjson.dumps(document).decode()


def from_json(shape: type[F], text: str) -> F:
    """The figure that the text was made of; UnreadableFigure where the dataclass has changed since."""
    try:
        figure = _read(shape, orjson.loads(text))
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise UnreadableFigure(f"no {shape.__name__}: {error}") from error
    assert isinstance(figure, shape)
    return figure


def _document(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [_document(element) for element in value.tolist()]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _document(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_document(element) for element in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float) and not np.isfinite(value):
        raise ValueError(f"{value} is no finite number")
    return value


def _read(kind: Any, document: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        (inner,) = (one for one in get_args(kind) if one is not NoneType)
        return None if document is None else _read(inner, document)
    if origin is np.ndarray:
        return np.array(document, dtype=np.float64)
    if origin is tuple:
        return tuple(_read(get_args(kind)[0], element) for element in document)
    if is_dataclass(kind) and isinstance(kind, type):
        return _read_dataclass(kind, document)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(document)
    return _require(kind, document)


def _read_dataclass(kind: type, document: dict[str, Any]) -> Any:
    types = _types(kind)
    if document.keys() != types.keys():
        raise ValueError(f"its fields are {sorted(document)}")
    return kind(**{name: _read(inner, document[name]) for name, inner in types.items()})


@lru_cache
def _types(kind: type) -> dict[str, Any]:
    """The types of the fields by name."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _require(kind: Any, value: Any) -> Any:
    """The value, which has this plain type. A whole number may stand for a float."""
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise TypeError(f"{value!r} is no {kind}")
    return value
