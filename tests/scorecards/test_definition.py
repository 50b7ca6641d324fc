"""The JSON document of a definition, its look-ups, and what an item takes."""

import json
from decimal import Decimal

import pytest
from hypothesis import given

from app.scorecards import (
    NA,
    AnswerValue,
    Condition,
    Definition,
    Fault,
    definition_from_document,
    definition_to_document,
)
from tests.scorecards.factories import REASONS, binary, choice, one_section, scale, sections
from tests.scorecards.strategies import definitions


@given(definitions())
def test_a_definition_survives_its_json_document(definition: Definition) -> None:
    assert definition_from_document(json.loads(json.dumps(definition_to_document(definition)))) == definition


def test_weights_and_credits_are_strings_in_the_document() -> None:
    document = definition_to_document(one_section(choice("a", "0.1000")))["sections"][0]["items"][0]
    assert document["weight"] == "0.1000"
    assert [option["credit"] for option in document["options"]] == ["1", "0.35", "0"]


def test_the_document_of_the_contract_is_understood() -> None:
    introduced = {
        "key": "introduced",
        "title": "Introduced themselves",
        "good": "Said name and company",
        "bad": "Did not",
        "weight": 3.5,
        "answer_type": "binary",
        "scale_max": None,
        "options": None,
        "allow_na": False,
        "criticality": "none",
        "fatal": "none",
        "visible_if": {"item": "opened", "in": ["good"]},
        "error_reasons": [{"key": "forgot", "label": "Forgot", "default_fault": "agent"}],
    }
    greeting = {"key": "greeting", "title": "Greeting"}
    definition = definition_from_document({"sections": [{**greeting, "items": [introduced]}]})
    item = definition.item_by_key["introduced"]
    assert item.weight == Decimal("3.5")
    assert item.visible_if == Condition("opened", ("good",))
    assert item.error_reasons[0].default_fault is Fault.AGENT
    assert definition_to_document(definition) == {
        "sections": [{**greeting, "items": [{**introduced, "weight": "3.5"}]}]
    }


def test_a_weight_given_as_a_float_means_what_is_written() -> None:
    document = definition_to_document(one_section(binary("a")))
    document["sections"][0]["items"][0]["weight"] = 0.1
    assert definition_from_document(document).items[0].weight == Decimal("0.1")


def test_an_unknown_answer_type_is_refused() -> None:
    document = definition_to_document(one_section(binary("a")))
    document["sections"][0]["items"][0]["answer_type"] = "essay"
    with pytest.raises(ValueError, match="essay"):
        definition_from_document(document)


def test_look_ups_find_item_position_and_section() -> None:
    first, second, third = binary("a"), scale("b"), choice("c")
    definition = sections((first, second), (third,))
    assert definition.items == (first, second, third)
    assert definition.item_by_key == {"a": first, "b": second, "c": third}
    assert definition.position_of == {"a": 0, "b": 1, "c": 2}
    assert {key: section.key for key, section in definition.section_of.items()} == {
        "a": "s0",
        "b": "s0",
        "c": "s1",
    }


def test_look_ups_find_the_first_of_items_with_the_same_key() -> None:
    first, second = binary("a", "40"), binary("a", "60")
    definition = sections((first,), (second,))
    assert definition.item_by_key["a"] is first
    assert definition.position_of["a"] == 0
    assert definition.section_of["a"].key == "s0"


def test_equal_definitions_hash_alike() -> None:
    one, other = one_section(binary("a")), one_section(binary("a"))
    assert one == other
    assert hash(one) == hash(other)
    assert one != one_section(binary("b"))


@pytest.mark.parametrize("value", ["good", "bad"])
def test_a_binary_item_takes_good_and_bad(value: str) -> None:
    assert binary("a").accepts(value)


@pytest.mark.parametrize("value", ["", "GOOD", NA, 0, 1, True])
def test_a_binary_item_takes_nothing_else(value: AnswerValue) -> None:
    assert not binary("a").accepts(value)


@pytest.mark.parametrize("value", [-1, 4, True, "2", "good", NA])
def test_a_scale_takes_only_whole_numbers_up_to_its_end(value: AnswerValue) -> None:
    assert [scale("a").accepts(n) for n in range(4)] == [True] * 4
    assert not scale("a").accepts(value)


@pytest.mark.parametrize("value", ["", "Fully", "good", NA, 1])
def test_a_choice_takes_only_its_options(value: AnswerValue) -> None:
    assert [choice("a").accepts(key) for key in ("full", "part", "nothing")] == [True] * 3
    assert not choice("a").accepts(value)


def test_na_is_taken_where_it_is_allowed() -> None:
    assert all(item.accepts(NA) for item in (binary("a", allow_na=True), scale("b", allow_na=True)))


def test_less_than_full_credit_is_an_error_and_na_is_not() -> None:
    assert [binary("a").is_error(value) for value in ("good", "bad", NA)] == [False, True, False]
    assert [scale("a").is_error(value) for value in (3, 2, 0, NA)] == [False, True, True, False]
    assert [choice("a").is_error(v) for v in ("full", "part", "nothing", NA)] == [False, True, True, False]


def test_reasons_keep_their_order_and_default_fault() -> None:
    definition = definition_from_document(definition_to_document(one_section(binary("a", error_reasons=REASONS))))
    assert definition.items[0].error_reasons == REASONS


@given(definitions())
def test_equal_documents_give_one_definition(definition: Definition) -> None:
    document = definition_to_document(definition)
    assert definition_from_document(document) is definition_from_document(document)
