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
    shape and the kind of its numbers, so that no two inputs run together.
    """
    digest = hashlib.sha256()
    for name, part in _named(parts):
        digest.update(f"{name}\n".encode())
        _update(digest, part)
    return digest.hexdigest()


def used_keys(codes: IntArray, keys: Sequence[Any]) -> list[str]:
    """The keys that the codes stand for, by code. A key that nothing uses has no part in a figure."""
    return [str(keys[code]) for code in np.flatnonzero(np.bincount(codes[codes >= 0])).tolist()]


def canonical(document: Any) -> str:
    """The document as JSON that is the same for equal documents; ids and times as text."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def _named(parts: Iterable[Any]) -> Iterable[tuple[str, Any]]:
    for number, part in enumerate(parts):
        if is_dataclass(part) and not isinstance(part, type):
            yield from ((f"{number}.{field.name}", getattr(part, field.name)) for field in fields(part))
        else:
            yield str(number), part


def _update(digest: Any, part: Any) -> None:
    if not isinstance(part, np.ndarray):
        digest.update(canonical(part).encode() + b"\n")
        return
    array = np.ascontiguousarray(_narrowed(part))
    digest.update(f"{array.dtype.str} {array.shape}\n".encode())
    digest.update(array.data if array.size else b"")


def _narrowed(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Whole numbers in the smallest type that holds all of them, least significant byte first: fewer bytes to read."""
    if not array.size or array.dtype.kind not in "iu":
        return array.astype(array.dtype.newbyteorder("<"), copy=False)
    smallest = np.result_type(*(np.min_scalar_type(int(end)) for end in (array.min(), array.max())))
    return array.astype(smallest.newbyteorder("<"), copy=False)
