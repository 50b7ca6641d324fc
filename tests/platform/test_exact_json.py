"""JSON whose numbers are read exactly, or so that one sees that they are not."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.platform.exact_json import NotJson, UnusualNumber, read_json, read_stored_json, write_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("40817810099910004312", 40817810099910004312),
        ("-40817810099910004312", -40817810099910004312),
        ("9223372036854775807", 2**63 - 1),
        ("1" + "0" * 29, 10**29),
        ("0.1", 0.1),
        ("3.0000000000000000000", 3.0),
        ("0.12345678901234568", 0.12345678901234568),
        ("1e30", 1e30),
        ("3.33333333333333333333", UnusualNumber("3.33333333333333333333")),
        ("1" + "0" * 30, UnusualNumber(10**30)),
        ("1e400", UnusualNumber("1e400")),
    ],
)
def test_a_number_is_the_one_that_was_written(text: str, value: Any) -> None:
    read = read_json(text.encode())
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999999999", "1e-99999999999999999999", "9" * 5000])
def test_what_is_no_finite_number_of_a_sensible_size_becomes_nan(text: str) -> None:
    assert read_json(text.encode()).is_nan()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"{} {}", "is not JSON: Extra data"),
        (b'"\xef\xf0\xe8\xe2\xe5\xf2"', "is not UTF-8 text"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_not_json_says_why(text: bytes, reason: str) -> None:
    with pytest.raises(NotJson, match=reason):
        read_json(text)


def test_of_repeated_keys_the_last_counts_whichever_reader_reads() -> None:
    assert read_json(b'{"a": 1, "a": 2}') == {"a": 2}
    assert read_json(b'{"a": 1, "a": 40817810099910004312}') == {"a": 40817810099910004312}


class Optional(BaseModel):
    name: str = ""


@pytest.mark.parametrize("text", ["NaN", "3.33333333333333333333", "1e400"])
def test_no_number_is_taken_for_an_object_without_fields(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Optional).validate_python(read_json(text.encode()), from_attributes=True)


SIMPLE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**29), 10**29)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@given(SIMPLE)
def test_what_is_written_is_read_again(value: Any) -> None:
    assert read_json(write_json(value)) == value
    assert read_stored_json(write_json(value).decode()) == value
    assert read_json(json.dumps(value).encode()) == value
