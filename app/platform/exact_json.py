"""JSON in which no number changes on its way: it is exact, or it is recognisably not.

The fast reader (orjson) takes an integer beyond 64 bits for a floating-point number and cuts decimals after their
17th digit. Where a text holds a number that long, or one that the fast reader refuses, a slower reader takes over.
"""

import json
from decimal import Decimal
from typing import Any

import orjson

# An account number has 20 digits. Longer numbers than this are refused rather than kept.
MAX_DIGITS = 30
_MAX_EXPONENT = 400

# Every number of 15 significant digits fits a floating-point number, and 16 of these characters make no shorter one.
_NUMERIC = bytes(ord("0") if chr(byte) in "0123456789.eE+" else ord(" ") for byte in range(256))
_LONG_NUMBER = b"0" * 16


class UnusualNumber(Decimal):
    """A number that is no `int` of a sensible size and not what a `float` writes; NaN if it is not finite at all."""

    # pydantic takes the attributes of other modules' objects for fields, and would accept a number as an empty object.
    __module__ = "builtins"


_UNREADABLE = UnusualNumber("NaN")


class NotJson(ValueError):
    """The text is not JSON; the message completes a sentence: "the body …"."""


def read_json(text: bytes) -> Any:
    """The value of UTF-8 text from a client.

    A number is an `int` of at most `MAX_DIGITS` digits, or a `float` where that writes the same decimal again, or
    else an `UnusualNumber`. Of an object's repeated keys the last counts.
    """
    if _LONG_NUMBER not in text.translate(_NUMERIC):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            pass  # The careful reader tells why, or reads what is refused later at its place: NaN, or 1e400.
    return _read_carefully(text)


def read_stored_json(text: str) -> Any:
    """The value of text that was checked before it was stored, whose integers may have any number of digits."""
    if _LONG_NUMBER in text.encode().translate(_NUMERIC):
        return json.loads(text)
    return orjson.loads(text)


def write_json(value: Any) -> bytes:
    """JSON text with its integers in full; ValueError for what JSON cannot hold."""
    try:
        return orjson.dumps(value)
    except TypeError:
        # An integer beyond 64 bits, if nothing worse.
        try:
            return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        except (TypeError, RecursionError) as error:
            raise ValueError("cannot be written as JSON") from error


def _read_carefully(text: bytes) -> Any:
    try:
        return json.loads(text.decode(), parse_int=_integer, parse_float=_decimal, parse_constant=lambda _: _UNREADABLE)
    except json.JSONDecodeError as error:
        raise NotJson(f"is not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from error
    except UnicodeDecodeError as error:
        raise NotJson(
            f"is not UTF-8 text (byte {error.start + 1}): convert Windows-1251 and other encodings to UTF-8"
        ) from error
    except RecursionError as error:
        raise NotJson("is nested too deeply") from error


def _integer(digits: str) -> int | UnusualNumber:
    return int(digits) if len(digits.lstrip("-")) <= MAX_DIGITS else _bounded(digits)


def _decimal(digits: str) -> float | UnusualNumber:
    exact = _bounded(digits)
    nearest = float(digits)
    return nearest if exact == Decimal(repr(nearest)) else exact


def _bounded(digits: str) -> UnusualNumber:
    """The number, unless computing with it could take a very long time."""
    if len(digits) > _MAX_EXPONENT:
        return _UNREADABLE
    try:
        number = UnusualNumber(digits)
    except ArithmeticError:
        return _UNREADABLE
    return number if abs(number.adjusted()) <= _MAX_EXPONENT else _UNREADABLE
