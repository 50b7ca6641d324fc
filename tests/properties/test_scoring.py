"""Laws of scoring, of the definition's document and of publishing."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from app.scorecards import (
    GOOD,
    NA,
    AnswerType,
    AnswerValue,
    Condition,
    Criticality,
    Definition,
    Fatal,
    Item,
    Score,
    Section,
    error_items,
    score,
    visible_items,
)
from app.scorecards.validation import publish_violations
from tests.scorecards.strategies import Answers, answered, definitions

Case = tuple[Definition, Answers]
Change = Callable[[Item], Item]


def change_items(definition: Definition, change: Change) -> Definition:
    return Definition(tuple(replace(s, items=tuple(change(item) for item in s.items)) for s in definition.sections))


def change_item(definition: Definition, key: str, change: Change) -> Definition:
    return change_items(definition, lambda item: change(item) if item.key == key else item)


def with_fatal(definition: Definition, key: str, fatal: Fatal) -> Definition:
    """The item fatal as said, no other one fatal."""
    return change_items(definition, lambda item: replace(item, fatal=fatal if item.key == key else Fatal.NONE))


def counted_keys(definition: Definition, answers: Answers) -> list[str]:
    """Items that are visible and answered with something else than N/A."""
    return [item.key for item in visible_items(definition, answers) if answers[item.key] != NA]


def by_section(result: Score) -> dict[str, tuple[Decimal | None, Decimal | None]]:
    return {section.key: (section.score, section.score_before_fatal) for section in result.sections}


@given(answered())
def test_a_faultless_case_is_scored_between_0_and_100(case: Case) -> None:
    definition, answers = case
    assert publish_violations(definition) == []
    result = score(definition, answers)
    points = [result.score, result.score_before_fatal, *sum(by_section(result).values(), ())]
    assert all(0 <= point <= 100 for point in points if point is not None)


@given(answered())
def test_fatal_rules_never_raise_a_score(case: Case) -> None:
    result = score(*case)
    assert (result.score is None) == (result.score_before_fatal is None)
    if result.score is not None and result.score_before_fatal is not None:
        assert result.score <= result.score_before_fatal
        assert result.fatal_items or result.score == result.score_before_fatal


@given(answered())
def test_the_score_before_fatal_is_the_weighted_mean_of_the_credits(case: Case) -> None:
    definition, answers = case
    items = [definition.item_by_key[key] for key in counted_keys(definition, answers)]
    expected = None
    if items:
        gained = sum(Fraction(item.weight) * credit(item, answers[item.key]) for item in items)
        expected = round(100 * gained / sum(Fraction(item.weight) for item in items), 2)
    assert score(definition, answers).score_before_fatal == expected


def credit(item: Item, value: AnswerValue) -> Fraction:
    if item.answer_type is AnswerType.BINARY:
        return Fraction(value == GOOD)
    if item.answer_type is AnswerType.SCALE:
        return Fraction(f"{value}/{item.scale_max}")
    return Fraction(next(option.credit for option in item.options if option.key == value))


@given(answered())
def test_errors_are_the_same_for_scoring_and_for_the_item(case: Case) -> None:
    definition, answers = case
    errors = [item.key for item in visible_items(definition, answers) if item.is_error(answers[item.key])]
    assert list(error_items(definition, answers)) == errors


@given(answered(), st.data())
def test_the_order_of_the_answers_does_not_matter(case: Case, data: st.DataObject) -> None:
    definition, answers = case
    shuffled = dict(data.draw(st.permutations(list(answers.items()))))
    assert score(definition, shuffled) == score(definition, answers)


@given(answered(conditional=False), st.data())
def test_the_order_of_sections_and_items_does_not_matter(case: Case, data: st.DataObject) -> None:
    definition, answers = case
    shuffled = Definition(
        tuple(
            replace(section, items=tuple(data.draw(st.permutations(section.items))))
            for section in data.draw(st.permutations(definition.sections))
        )
    )
    assert_same_but_for_order(shuffled, definition, answers)


@given(answered(), st.data())
def test_neighbours_that_no_condition_connects_may_change_places(case: Case, data: st.DataObject) -> None:
    definition, answers = case
    section = data.draw(st.sampled_from(definition.sections))
    assume(len(section.items) > 1)
    at = data.draw(st.integers(0, len(section.items) - 2))
    first, second = section.items[at : at + 2]
    assume(second.visible_if is None or second.visible_if.item != first.key)
    swapped = replace(section, items=(*section.items[:at], second, first, *section.items[at + 2 :]))
    reordered = Definition(tuple(swapped if s is section else s for s in definition.sections))
    assert_same_but_for_order(reordered, definition, answers)


def assert_same_but_for_order(reordered: Definition, definition: Definition, answers: Answers) -> None:
    one, other = score(reordered, answers), score(definition, answers)
    assert set(error_items(reordered, answers)) == set(error_items(definition, answers))
    assert (one.score, one.score_before_fatal) == (other.score, other.score_before_fatal)
    assert one.families == other.families
    assert by_section(one) == by_section(other)
    assert set(one.fatal_items) == set(other.fatal_items)


@given(answered(), st.decimals("0.001", 1000, places=3))
def test_scaling_all_weights_changes_nothing(case: Case, factor: Decimal) -> None:
    definition, answers = case
    scaled = change_items(definition, lambda item: replace(item, weight=item.weight * factor))
    assert score(scaled, answers) == score(definition, answers)


@given(answered(), st.data())
def test_marking_an_item_na_equals_removing_it(case: Case, data: st.DataObject) -> None:
    definition, answers = case
    needed = {item.visible_if.item for item in definition.items if item.visible_if is not None}
    key = data.draw(st.sampled_from([key for key in definition.item_by_key if key not in needed]))
    removed = Definition(
        tuple(replace(s, items=tuple(i for i in s.items if i.key != key)) for s in definition.sections)
    )
    assert score(definition, {**answers, key: NA}) == score(removed, answers)


@given(answered(), st.data())
def test_an_na_item_hides_what_depends_on_it_as_if_both_were_removed(case: Case, data: st.DataObject) -> None:
    definition, answers = case
    key = data.draw(st.sampled_from(definition.items)).key
    marked = {**answers, key: NA}
    shown = {item.key for item in visible_items(definition, marked)} - {key}
    kept = Definition(
        tuple(
            replace(s, items=tuple(replace(i, visible_if=None) for i in s.items if i.key in shown))
            for s in definition.sections
        )
    )
    assert score(definition, marked) == score(kept, marked)


@given(answered(), st.data())
def test_a_section_fatal_item_at_its_worst_zeroes_exactly_its_section(case: Case, data: st.DataObject) -> None:
    definition, answers, key = without_any_credit(case, data)
    free = with_fatal(definition, key, Fatal.NONE)
    result = score(with_fatal(definition, key, Fatal.SECTION), answers)
    zeroed = definition.section_of[key].key
    before = score(free, answers)
    assert result.fatal_items == (key,)
    assert by_section(result)[zeroed] == (Decimal(0), by_section(before)[zeroed][1])
    assert {**by_section(result), zeroed: None} == {**by_section(before), zeroed: None}
    assert result.score == score(free, {**answers, **worst_answers(definition, zeroed, answers)}).score
    assert result.score_before_fatal == before.score


@given(answered(), st.data())
def test_a_scorecard_fatal_item_at_its_worst_zeroes_the_total_alone(case: Case, data: st.DataObject) -> None:
    definition, answers, key = without_any_credit(case, data)
    free = with_fatal(definition, key, Fatal.NONE)
    result = score(with_fatal(definition, key, Fatal.SCORECARD), answers)
    before = score(free, answers)
    assert result.score == 0
    assert result.score_before_fatal == before.score
    assert result.sections == before.sections


def without_any_credit(case: Case, data: st.DataObject) -> tuple[Definition, Answers, str]:
    """The case without its conditions, one of its answers being the worst."""
    definition = change_items(case[0], lambda item: replace(item, visible_if=None))
    answers = {item.key: case[1].get(item.key, NA) for item in definition.items}
    item = data.draw(st.sampled_from(definition.items))
    return definition, {**answers, item.key: worst(item)}, item.key


def worst_answers(definition: Definition, section: str, answers: Answers) -> Answers:
    """The worst answer to every item of the section that counts."""
    items = next(s.items for s in definition.sections if s.key == section)
    return {item.key: worst(item) for item in items if answers[item.key] != NA}


def worst(item: Item) -> AnswerValue:
    return next(value for value in item.values if credit(item, value) == 0)


@given(answered())
def test_a_family_fails_exactly_when_one_of_its_items_is_an_error(case: Case) -> None:
    definition, answers = case
    result = score(definition, answers)
    criticality_of = {item.key: item.criticality for item in definition.items}
    for family, outcome in result.families.items():
        applicable = {k for k in counted_keys(definition, answers) if criticality_of[k] == family}
        assert outcome == (not applicable & set(error_items(definition, answers)) if applicable else None)
    assert Criticality.NONE not in result.families


PLANTS: dict[str, Change] = {
    "weight": lambda item: replace(item, weight=Decimal(0)),
    "title": lambda item: replace(item, title=""),
    "key": lambda item: replace(item, key="not a key"),
    "scale_max": lambda item: replace(item, answer_type=AnswerType.SCALE, scale_max=0),
    "options": lambda item: replace(item, answer_type=AnswerType.CHOICE, options=()),
    "fatal": lambda item: replace(item, answer_type=AnswerType.CHOICE, options=(), fatal=Fatal.SCORECARD),
    "visible_if/item": lambda item: replace(item, visible_if=Condition(item.key, (GOOD,))),
    "visible_if/in": lambda item: replace(item, visible_if=Condition("i0", ())),
}


@given(definitions(), st.sampled_from(sorted(PLANTS)), st.data())
def test_a_planted_fault_is_found_where_it_is(definition: Definition, where: str, data: st.DataObject) -> None:
    section_index = data.draw(st.integers(0, len(definition.sections) - 1))
    item_index = data.draw(st.integers(0, len(definition.sections[section_index].items) - 1))
    item = definition.sections[section_index].items[item_index]
    faults = publish_violations(change_item(definition, item.key, PLANTS[where]))
    assert f"/sections/{section_index}/items/{item_index}/{where}" in [fault.pointer for fault in faults]


@given(definitions(), st.data())
def test_a_weight_that_is_off_by_the_least_step_is_found_in_the_sum(
    definition: Definition, data: st.DataObject
) -> None:
    key = data.draw(st.sampled_from(definition.items)).key
    step = data.draw(st.sampled_from([Decimal("0.0001"), Decimal("-0.0001")]))
    assume(0 < definition.item_by_key[key].weight + step <= 100)
    off = change_item(definition, key, lambda item: replace(item, weight=item.weight + step))
    faults = publish_violations(off)
    assert [fault.pointer for fault in faults] == ["/sections"]


@given(definitions())
def test_a_section_without_items_is_found(definition: Definition) -> None:
    empty = Section("empty", "Empty", ())
    faults = publish_violations(Definition((*definition.sections, empty)))
    assert [fault.pointer for fault in faults] == [f"/sections/{len(definition.sections)}/items"]
