"""What keeps a scorecard from being published, one broken rule each."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.scorecards import NA, AnswerValue, Condition, Definition, ErrorReason, Fatal, Item, Option, Section
from app.scorecards.validation import publish_violations, shape_violations
from tests.scorecards.factories import FULL_PART_NOTHING, binary, choice, one_section, scale, sections


def pointers(definition: Definition) -> list[str]:
    return [violation.pointer for violation in publish_violations(definition)]


def with_credits(*credits_: str) -> tuple[Option, ...]:
    return tuple(Option(f"o{i}", f"Option {i}", Decimal(credit)) for i, credit in enumerate(credits_))


def test_a_sound_definition_breaks_no_rule() -> None:
    definition = sections(
        (
            binary("a", "0.0001", allow_na=True),
            scale("b", "59.9999", visible_if=Condition("a", ("good", NA))),
        ),
        (choice("c", "40", fatal=Fatal.SECTION, visible_if=Condition("b", (0, 3))),),
    )
    assert publish_violations(definition) == []


@pytest.mark.parametrize(("weight", "total"), [("49.9", "99.9"), ("50.0001", "100.0001")])
def test_weights_that_do_not_sum_to_exactly_100_are_named_with_their_sum(weight: str, total: str) -> None:
    [violation] = publish_violations(one_section(binary("a", "50"), binary("b", weight)))
    assert violation.pointer == "/sections"
    assert f"sum to {total}," in violation.detail


def test_the_sum_of_weights_does_not_keep_a_draft_from_being_scored() -> None:
    assert shape_violations(one_section(binary("a", "50"))) == []


@pytest.mark.parametrize("weight", ["0", "-1", "100.0001", "1E+999999", "NaN", "Infinity"])
def test_a_weight_outside_0_to_100_is_refused(weight: str) -> None:
    assert "/sections/0/items/1/weight" in pointers(one_section(binary("a", "99"), binary("b", weight)))


def test_weights_too_large_to_be_summed_are_refused_each() -> None:
    definition = one_section(binary("a", "9E+999999"), binary("b", "9E+999999"))
    assert pointers(definition) == ["/sections/0/items/0/weight", "/sections/0/items/1/weight"]


@pytest.mark.parametrize("weight", ["33.33333", "49.99999999999999999999999999999999999999"])
def test_a_weight_with_more_than_four_decimals_is_refused(weight: str) -> None:
    assert "/sections/0/items/0/weight" in pointers(one_section(binary("a", weight), binary("b")))


def test_trailing_zeros_are_no_decimals() -> None:
    assert pointers(one_section(binary("a", "50.000000"), binary("b"))) == []


def test_a_scorecard_has_sections_and_a_section_has_items() -> None:
    assert pointers(Definition(())) == ["/sections"]
    assert pointers(sections((binary("a", "100"),), ())) == ["/sections/1/items"]


@pytest.mark.parametrize("key", ["", "two words", "a/b", "_hidden", "é" * 65, "line\n"])
def test_a_key_that_is_not_well_formed_is_refused(key: str) -> None:
    definition = Definition((Section(key, "Section", (binary(key, "100"),)),))
    assert pointers(definition) == ["/sections/0/key", "/sections/0/items/0/key"]


@pytest.mark.parametrize("key", ["a", "Q1.2", "2-b_c", "приветствие", "k" * 64])
def test_letters_digits_and_separators_make_a_key(key: str) -> None:
    assert pointers(one_section(binary(key, "100"))) == []


def test_repeated_section_keys_are_refused() -> None:
    first, second = sections((binary("a"),), (binary("b"),)).sections
    assert pointers(Definition((first, replace(second, key=first.key)))) == ["/sections/1/key"]


def test_repeated_item_keys_are_refused_across_sections() -> None:
    assert pointers(sections((binary("a"),), (binary("a"),))) == ["/sections/1/items/0/key"]


def test_repeated_option_keys_are_refused() -> None:
    options = (*FULL_PART_NOTHING, FULL_PART_NOTHING[0])
    assert pointers(one_section(choice("a", "100", options=options))) == ["/sections/0/items/0/options/3/key"]


def test_repeated_reason_keys_are_refused_within_an_item_only() -> None:
    forgot = (ErrorReason("forgot", "Forgot"),)
    assert pointers(one_section(binary("a", error_reasons=forgot), binary("b", error_reasons=forgot))) == []
    assert pointers(one_section(binary("a", "100", error_reasons=forgot * 2))) == [
        "/sections/0/items/0/error_reasons/1/key"
    ]


def test_empty_texts_are_refused() -> None:
    item = choice("a", "100", options=(*FULL_PART_NOTHING, Option("o", "", Decimal(0))))
    item = replace(item, title=" ", error_reasons=(ErrorReason("r", ""),))
    assert pointers(Definition((Section("s", "", (item,)),))) == [
        "/sections/0/title",
        "/sections/0/items/0/title",
        "/sections/0/items/0/options/3/label",
        "/sections/0/items/0/error_reasons/0/label",
    ]


@pytest.mark.parametrize("scale_max", [None, 0, -3, 101])
def test_a_scale_without_a_sensible_end_is_refused(scale_max: int | None) -> None:
    assert pointers(one_section(scale("a", "100", scale_max=scale_max))) == ["/sections/0/items/0/scale_max"]


@pytest.mark.parametrize("item", [binary("a", "100"), choice("a", "100")])
def test_only_a_scale_has_an_end(item: Item) -> None:
    assert pointers(one_section(replace(item, scale_max=5))) == ["/sections/0/items/0/scale_max"]


@pytest.mark.parametrize("item", [binary("a", "100"), scale("a", "100")])
def test_only_a_choice_has_options(item: Item) -> None:
    assert pointers(one_section(replace(item, options=FULL_PART_NOTHING))) == ["/sections/0/items/0/options"]


@pytest.mark.parametrize("credits_", [["1", "1"], ["0", "0.9999"]])
def test_a_choice_without_a_best_or_a_lesser_option_is_refused(credits_: list[str]) -> None:
    item = choice("a", "100", options=with_credits(*credits_))
    assert pointers(one_section(item)) == ["/sections/0/items/0/options"]


def test_a_choice_needs_two_options() -> None:
    details = [violation.detail for violation in publish_violations(one_section(choice("a", "100", options=())))]
    assert "A choice has at least two options." in details


@pytest.mark.parametrize("credit", ["-0.1", "1.1", "NaN", "0.33333"])
def test_a_credit_that_is_no_share_of_four_decimals_is_refused(credit: str) -> None:
    item = choice("a", "100", options=with_credits("1", "0", credit))
    assert pointers(one_section(item)) == ["/sections/0/items/0/options/2/credit"]


def test_na_is_no_name_for_an_option() -> None:
    item = choice("a", "100", options=(*FULL_PART_NOTHING, Option(NA, "Not applicable", Decimal(1))))
    assert pointers(one_section(item)) == ["/sections/0/items/0/options/3/key"]


@pytest.mark.parametrize("fatal", [Fatal.SECTION, Fatal.SCORECARD])
def test_a_fatal_choice_without_an_option_of_no_credit_is_refused(fatal: Fatal) -> None:
    item = choice("a", "100", options=with_credits("1", "0.5"), fatal=fatal)
    assert pointers(one_section(item)) == ["/sections/0/items/0/fatal"]
    assert pointers(one_section(replace(item, fatal=Fatal.NONE))) == []


@pytest.mark.parametrize("on", ["b", "c", "nowhere"])
def test_a_condition_on_itself_a_later_or_no_item_is_refused(on: str) -> None:
    conditional = binary("b", "10", visible_if=Condition(on, ("good",)))
    definition = sections((binary("a", "40"), conditional), (binary("c", "50"),))
    assert pointers(definition) == ["/sections/0/items/1/visible_if/item"]


@pytest.mark.parametrize("value", ["excellent", 1, NA])
def test_a_condition_on_an_answer_that_cannot_be_given_is_refused(value: AnswerValue) -> None:
    conditional = binary("b", visible_if=Condition("a", ("good", value)))
    assert pointers(one_section(binary("a"), conditional)) == ["/sections/0/items/1/visible_if/in/1"]


def test_a_condition_without_answers_is_refused() -> None:
    conditional = binary("b", visible_if=Condition("a", ()))
    assert pointers(one_section(binary("a"), conditional)) == ["/sections/0/items/1/visible_if/in"]


def test_all_broken_rules_are_named_at_once() -> None:
    definition = sections((binary("a", "0"), scale("b", "50", scale_max=None)), ())
    assert sorted(pointers(definition)) == [
        "/sections",
        "/sections/0/items/0/weight",
        "/sections/0/items/1/scale_max",
        "/sections/1/items",
    ]
