"""How statements with named parameters become what PostgreSQL takes."""

import pytest

from app.platform.database import Where
from app.platform.database.sql import translate


@pytest.mark.parametrize(
    ("statement", "text", "names"),
    [
        ("SELECT :a, :b", "SELECT $1, $2", ("a", "b")),
        ("SELECT :a, :b, :a", "SELECT $1, $2, $1", ("a", "b")),
        ("SELECT :ids::uuid[]", "SELECT $1::uuid[]", ("ids",)),
        ("SELECT now()::date, x::int4", "SELECT now()::date, x::int4", ()),
        ("SELECT ':a', 'it''s :b', :c", "SELECT ':a', 'it''s :b', $1", ("c",)),
        ('SELECT ":a" FROM x', 'SELECT ":a" FROM x', ()),
        ("SELECT 1 -- not :a\n, :b", "SELECT 1 -- not :a\n, $1", ("b",)),
        ("SELECT x[1:2], :a", "SELECT x[1:2], $1", ("a",)),
        ("SELECT '{a,b}'::text[], :a", "SELECT '{a,b}'::text[], $1", ("a",)),
    ],
)
def test_names_become_numbers_outside_of_texts_comments_and_casts(
    statement: str, text: str, names: tuple[str, ...]
) -> None:
    translated = translate(statement)
    assert (translated.text, translated.names) == (text, names)


def test_values_are_given_in_the_order_of_the_parameters() -> None:
    assert translate("SELECT :b, :a, :b").arguments({"a": 1, "b": 2}) == [2, 1]


@pytest.mark.parametrize("values", [{}, {"a": 1}, {"a": 1, "c": 2}, {"a": 1, "b": 2, "c": 3}])
def test_a_missing_or_a_needless_value_is_an_error(values: dict[str, int]) -> None:
    with pytest.raises(TypeError, match="the statement"):
        translate("SELECT :a, :b").arguments(values)


def test_a_condition_that_is_not_asked_for_is_left_out() -> None:
    where = Where().add("t.active").given("t.a = :a", a=None).given("t.b BETWEEN :low AND :high", low=1, high=2)
    assert where.sql == "(t.active) AND (t.b BETWEEN :low AND :high)"
    assert where.values == {"low": 1, "high": 2}


def test_no_condition_is_true() -> None:
    assert Where().given("t.a = :a", a=None).sql == "true"


def test_false_is_asked_for() -> None:
    assert Where().given("t.active = :active", active=False).values == {"active": False}
