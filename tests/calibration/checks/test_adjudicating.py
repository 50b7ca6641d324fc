"""Two scorings compared, and the rules of a decision about them."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.calibration.checks.adjudicating import compare, revised_answers, verdict_on, violations
from app.calibration.checks.types import DecidedAnswer, Verdict
from app.evaluations.types import Answer
from app.scorecards import Fault
from tests.evaluations.examples import DEFINITION
from tests.scorecards.factories import REASONS, binary, one_section, scale

TWO = one_section(binary("greeted", allow_na=True, error_reasons=REASONS), scale("listened"))
BAD = DecidedAnswer("greeted", "bad", Fault.PROCESS)


def both(record: dict[str, Any], second: dict[str, Any]) -> list[list[Answer]]:
    return [[Answer(item, value, None) for item, value in one.items()] for one in (record, second)]


def found(record: dict[str, Any], second: dict[str, Any], *decided: DecidedAnswer, definition: Any = TWO) -> list[str]:
    """What is wrong with a decision, as pointers and the items that they are about."""
    first, other = both(record, second)
    compared = compare(definition, first, definition, other)
    return [f"{one.pointer}: {one.detail}" for one in violations(definition, compared, decided)]


GOOD = {"greeted": "good", "listened": 3}


def test_where_both_agree_on_good_answers_nothing_must_be_decided() -> None:
    assert found(GOOD, GOOD) == []


def test_an_error_is_decided_also_where_both_agree() -> None:
    erring = GOOD | {"greeted": "bad"}
    assert found(erring, erring) == [
        "/answers: The item 'greeted' is not decided: it is an error in at least one scoring."
    ]
    assert found(erring, erring, BAD) == []


def test_a_difference_is_decided_also_where_neither_is_an_error() -> None:
    assert found(GOOD, GOOD | {"greeted": "na"}) == [
        "/answers: The item 'greeted' is not decided: the scorings differ."
    ]


def test_every_item_that_is_left_open_is_named() -> None:
    messages = found({"greeted": "bad", "listened": 2}, GOOD)
    assert [message.split("'")[1] for message in messages] == ["greeted", "listened"]


def test_other_items_may_be_decided_too() -> None:
    assert found(GOOD, GOOD, BAD) == []


def test_every_fault_of_an_answer_is_named() -> None:
    decided = [
        DecidedAnswer("greeted", "bad"),
        DecidedAnswer("listened", 3, Fault.AGENT, "forgot"),
        DecidedAnswer("listened", 9),
        DecidedAnswer("nothing", "good"),
    ]
    assert found(GOOD, GOOD, *decided) == [
        "/answers/0/fault: The error at 'greeted' does not say whose fault it was.",
        "/answers/1/fault: Only an error has a fault.",
        "/answers/1/reason: Only an error has a reason.",
        "/answers/2/value: The item 'listened' cannot be answered with 9.",
        "/answers/3/item: The scorecard has no item 'nothing'.",
        "/answers/1/item: The item 'listened' is decided more than once.",
        "/answers/2/item: The item 'listened' is decided more than once.",
    ]


def test_a_reason_is_one_of_the_items() -> None:
    decided = DecidedAnswer("greeted", "bad", Fault.AGENT, "no_such")
    assert found(GOOD, GOOD, decided) == ["/answers/0/reason: The item 'greeted' has no reason 'no_such'."]
    assert found(GOOD, GOOD, DecidedAnswer("greeted", "bad", Fault.AGENT, "forgot")) == []


NOT_SOLVED = {"greeted": "good", "listened": 3, "solved": "nothing", "explained": "bad"}
SOLVED = {"greeted": "good", "listened": 3, "solved": "full"}


def test_an_error_that_the_decision_hides_need_not_be_decided_and_was_none() -> None:
    solved = DecidedAnswer("solved", "full")
    assert found(NOT_SOLVED, SOLVED, solved, definition=DEFINITION) == []
    assert verdict_on(DEFINITION.item_by_key["explained"], None) is Verdict.NO_ERROR
    hidden = DecidedAnswer("explained", "bad", Fault.AGENT)
    assert found(NOT_SOLVED, SOLVED, solved, hidden, definition=DEFINITION) == [
        "/answers/1/item: The item 'explained' is hidden by the decided answers: leave it out."
    ]


def test_an_item_that_the_decision_shows_must_be_answered() -> None:
    part = DecidedAnswer("solved", "part", Fault.AGENT)
    assert found(SOLVED, SOLVED, part, definition=DEFINITION) == [
        "/answers: The item 'explained' is not decided: the decided answers show it."
    ]
    assert found(SOLVED, SOLVED, part, DecidedAnswer("explained", "good"), definition=DEFINITION) == []


def test_versions_of_the_scorecard_are_compared_by_the_keys_of_their_items() -> None:
    newer = one_section(binary("greeted"), binary("thanked"))
    first, other = both({"greeted": "good", "listened": 3}, {"greeted": "good", "thanked": "bad"})
    compared = compare(TWO, first, newer, other)
    assert [(one.item.key, one.values_differ, one.is_error) for one in compared] == [
        ("greeted", False, False),
        ("listened", True, False),
        ("thanked", True, True),
    ]
    decided = [DecidedAnswer("listened", 3), DecidedAnswer("thanked", "bad", Fault.AGENT)]
    assert violations(TWO, compared, decided) == []
    assert "thanked" in violations(TWO, compared, decided[:1])[0].detail
    assert [answer.item for answer in revised_answers(TWO, first, decided)] == ["greeted", "listened"]


def test_a_verdict_is_the_fault_of_the_decided_answer() -> None:
    item = TWO.item_by_key["greeted"]
    assert verdict_on(item, BAD) is Verdict.PROCESS
    assert verdict_on(item, DecidedAnswer("greeted", "good")) is Verdict.NO_ERROR
    assert verdict_on(item, DecidedAnswer("greeted", "na")) is Verdict.NO_ERROR


def test_revised_answers_keep_their_evidence_and_leave_out_what_is_hidden() -> None:
    current = [
        Answer("greeted", "bad", Fault.AGENT, at_s=2.5),
        Answer("listened", 3),
        Answer("solved", "nothing", Fault.AGENT),
        Answer("explained", "bad", Fault.AGENT),
    ]
    decided = [DecidedAnswer("greeted", "bad", Fault.PROCESS, comment="No script"), DecidedAnswer("solved", "full")]
    assert revised_answers(DEFINITION, current, decided) == [
        Answer("greeted", "bad", Fault.PROCESS, comment="No script", at_s=2.5),
        Answer("listened", 3),
        Answer("solved", "full"),
    ]


VALUES = st.fixed_dictionaries({"greeted": st.sampled_from(["good", "bad", "na"]), "listened": st.integers(0, 3)})


@given(VALUES, VALUES)
def test_deciding_exactly_what_must_be_decided_is_a_valid_decision(
    record: dict[str, Any], second: dict[str, Any]
) -> None:
    first, other = both(record, second)
    compared = compare(TWO, first, TWO, other)
    needed = [one.item for one in compared if one.must_be_decided]
    decided = [
        DecidedAnswer(item.key, record[item.key], Fault.AGENT if item.is_error(record[item.key]) else None)
        for item in needed
    ]
    assert violations(TWO, compared, decided) == []
    for left_out in range(len(decided)):
        rest = decided[:left_out] + decided[left_out + 1 :]
        (violation,) = violations(TWO, compared, rest)
        assert repr(decided[left_out].item) in violation.detail
