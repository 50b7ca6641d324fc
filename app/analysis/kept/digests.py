"""Digests of what a figure is computed from."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from app.statistics import IntArray


def input_digest(*parts: Any) -> str:
    """The SHA-256, in hexadecimal, of the inputs of a computation in this order.

    parts: arrays, dataclasses of arrays, and anything whose JSON is the same for equal values. An array counts with its
    type and shape, so that no two inputs run together.
    """
    digest = hashlib.sha256()
    for name, part in _named(parts):
        digest.update(f"{name}\n".encode())
        digest.update(_bytes_of(part))
    return digest.hexdigest()


def used_keys(codes: IntArray, keys: Sequence[Any]) -> list[str]:
    """The keys that the codes stand for, by code. A key that nothing uses has no part in a figure."""
    return [str(keys[code]) for code in np.unique(codes[codes >= 0]).tolist()]


def canonical(document: Any) -> str:
    """The document as JSON that is the same for equal documents; ids and times as text."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def _named(parts: Iterable[Any]) -> Iterable[tuple[str, Any]]:
    for number, part in enumerate(parts):
        if is_dataclass(part) and not isinstance(part, type):
            yield from ((f"{number}.{field.name}", getattr(part, field.name)) for field in fields(part))
        else:
            yield str(number), part


def _bytes_of(part: Any) -> bytes:
    if isinstance(part, np.ndarray):
        array: npt.NDArray[Any] = np.ascontiguousarray(part, dtype=part.dtype.newbyteorder("<"))
        return f"{array.dtype.str} {array.shape}\n".encode() + array.tobytes()
    return canonical(part).encode() + b"\n"
