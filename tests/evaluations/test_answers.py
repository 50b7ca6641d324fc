"""Which answers a scorecard accepts, one broken rule each."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given

from app.evaluations import Answer, Evidence
from app.evaluations.answers import answer_values, answer_violations, hidden_items
from app.scorecards import NA, AnswerValue, Condition, Definition, Fault
from tests.scorecards.factories import REASONS, binary, choice, one_section, scale
from tests.scorecards.strategies import Answers, answered

DEFINITION = one_section(
    binary("greeted", "40", allow_na=True, error_reasons=REASONS),
    scale("listened", "30"),
    choice("solved", "20"),
    binary("explained", "10", visible_if=Condition("solved", ("part", "nothing"))),
)
ANYWHERE = Evidence(Decimal("Infinity"))
GREETED = Answer("greeted", "good")
LISTENED = Answer("listened", 3)
SOLVED = Answer("solved", "full")


def pointers(*answers: Answer, complete: bool = True) -> list[str]:
    return [violation.pointer for violation in answer_violations(DEFINITION, answers, ANYWHERE, complete=complete)]


def test_an_answer_to_every_visible_item_is_complete() -> None:
    assert pointers(GREETED, LISTENED, SOLVED) == []


def test_each_missing_visible_item_is_named_when_complete() -> None:
    violations = answer_violations(DEFINITION, [LISTENED], ANYWHERE, complete=True)
    assert [violation.pointer for violation in violations] == ["/answers", "/answers"]
    assert "'greeted'" in violations[0].detail
    assert "'solved'" in violations[1].detail


def test_an_item_that_an_answer_shows_must_be_answered_too() -> None:
    in_part = Answer("solved", "part", fault=Fault.PROCESS)
    [violation] = answer_violations(DEFINITION, [GREETED, LISTENED, in_part], ANYWHERE, complete=True)
    assert "'explained'" in violation.detail


def test_a_draft_may_lack_answers() -> None:
    assert pointers(complete=False) == []


def test_an_unknown_item_is_refused() -> None:
    assert pointers(GREETED, LISTENED, SOLVED, Answer("smiled", "good")) == ["/answers/3/item"]


def test_an_item_answered_twice_is_refused_at_the_second() -> None:
    again = Answer("greeted", "bad", fault=Fault.AGENT)
    assert pointers(GREETED, LISTENED, SOLVED, again) == ["/answers/3/item"]


def test_the_first_of_two_answers_decides_what_is_visible() -> None:
    again = Answer("solved", "nothing", fault=Fault.AGENT)
    assert pointers(GREETED, LISTENED, SOLVED, again) == ["/answers/3/item"]
    assert answer_values([SOLVED, again]) == {"solved": "full"}


@pytest.mark.parametrize(
    ("item", "value"),
    [("greeted", "full"), ("greeted", 1), ("listened", "good"), ("listened", 4), ("solved", "good")],
)
def test_a_value_of_another_type_is_refused(item: str, value: AnswerValue) -> None:
    assert pointers(Answer(item, value), complete=False) == ["/answers/0/value"]


def test_na_where_it_is_not_allowed_is_refused() -> None:
    [violation] = answer_violations(DEFINITION, [Answer("listened", NA)], ANYWHERE, complete=False)
    assert violation.pointer == "/answers/0/value"
    assert "not applicable" in violation.detail
    assert pointers(Answer("greeted", NA), complete=False) == []


def test_an_answer_to_a_hidden_item_is_refused_at_submission_only() -> None:
    answers = GREETED, LISTENED, SOLVED, Answer("explained", "good")
    assert pointers(*answers) == ["/answers/3/item"]
    assert pointers(*answers, complete=False) == []
    assert hidden_items(DEFINITION, answers) == ("explained",)


def test_nothing_is_checked_of_a_hidden_answer_in_a_draft() -> None:
    assert pointers(SOLVED, Answer("explained", "?", at_s=-1), complete=False) == []


ERRORS = [Answer("greeted", "bad"), Answer("listened", 2), Answer("solved", "part")]


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_without_fault_is_refused_at_submission_only(error: Answer) -> None:
    assert "/answers/0/fault" in pointers(error, complete=True)
    assert "/answers/0/fault" not in pointers(replace(error, fault=Fault.UNCLEAR), complete=True)
    assert pointers(error, complete=False) == []


def test_an_error_may_give_a_reason_of_its_item() -> None:
    error = Answer("greeted", "bad", fault=Fault.AGENT, reason="forgot")
    assert pointers(error, complete=False) == []
    assert pointers(replace(error, reason="tired"), complete=False) == ["/answers/0/reason"]


@pytest.mark.parametrize("value", ["good", NA])
def test_fault_or_reason_without_an_error_is_refused(value: str) -> None:
    blamed = Answer("greeted", value, fault=Fault.AGENT, reason="forgot")
    assert pointers(blamed, complete=False) == ["/answers/0/fault", "/answers/0/reason"]


@pytest.mark.parametrize("at_s", [-0.1, float("nan"), float("inf")])
def test_a_moment_before_the_recording_is_refused(at_s: float) -> None:
    assert pointers(replace(GREETED, at_s=at_s), complete=False) == ["/answers/0/at_s"]
    assert pointers(replace(GREETED, at_s=0.0), complete=False) == []


def test_all_broken_rules_are_named_at_once() -> None:
    answers = (Answer("greeted", "bad", at_s=-1), Answer("listened", "?"), Answer("smiled", "good"))
    assert pointers(*answers) == [
        "/answers/0/fault",
        "/answers/0/at_s",
        "/answers/1/value",
        "/answers/2/item",
        "/answers",
    ]


@given(answered())
def test_accepted_answers_break_no_rule_of_any_definition(case: tuple[Definition, Answers]) -> None:
    definition, values = case
    assert answer_violations(definition, as_answers(definition, values), ANYWHERE, complete=True) == []


def as_answers(definition: Definition, values: Answers) -> list[Answer]:
    """The values as answers, with a fault on each error."""
    return [
        Answer(key, value, fault=Fault.AGENT if definition.item_by_key[key].is_error(value) else None)
        for key, value in values.items()
    ]
