"""The rules of scoring, one example each."""

from decimal import Decimal

import pytest

from app.scorecards import (
    NA,
    AnswerValue,
    Condition,
    Criticality,
    Definition,
    Fatal,
    Fault,
    error_items,
    passed,
    score,
    visible_items,
)
from tests.scorecards.factories import binary, choice, one_section, scale, sections


def total(definition: Definition, **answers: AnswerValue) -> str:
    return str(score(definition, answers).score)


def test_good_earns_the_weight_and_bad_earns_nothing() -> None:
    definition = one_section(binary("a", "70"), binary("b", "30"))
    assert total(definition, a="good", b="bad") == "70.00"
    assert total(definition, a="bad", b="good") == "30.00"


def test_a_scale_earns_its_share() -> None:
    definition = one_section(scale("a", "60", scale_max=3), binary("b", "40"))
    assert total(definition, a=2, b="good") == "80.00"


def test_a_choice_earns_the_credit_of_its_option() -> None:
    definition = one_section(choice("a", "50"), binary("b", "50"))
    assert total(definition, a="part", b="good") == "67.50"


def test_thirds_that_add_up_to_one_are_exact() -> None:
    definition = one_section(*(scale(key, "10", scale_max=3) for key in "abc"))
    assert total(definition, a=1, b=1, c=1) == "33.33"
    assert total(definition, a=3, b=0, c=0) == "33.33"


def test_na_answers_do_not_count_towards_the_score() -> None:
    definition = one_section(binary("a", "70", allow_na=True), binary("b", "20"), binary("c", "10"))
    assert total(definition, a=NA, b="good", c="bad") == "66.67"


def test_unanswered_items_do_not_count_yet() -> None:
    assert total(one_section(binary("a", "70"), binary("b", "30")), b="good") == "100.00"


def test_all_na_has_no_score() -> None:
    result = score(one_section(binary("a", allow_na=True)), {"a": NA})
    assert result.score is None
    assert result.score_before_fatal is None
    assert result.sections[0].score is None


def test_weights_need_not_sum_to_100() -> None:
    assert total(one_section(binary("a", "3"), binary("b", "1")), a="good", b="bad") == "75.00"


@pytest.mark.parametrize(
    ("value", "rounded"),
    [(5, "0.12"), (15, "0.38"), (25, "0.62"), (6, "0.15"), (4, "0.10")],
)
def test_the_score_is_rounded_half_even_to_two_decimals(value: int, rounded: str) -> None:
    # 5 of 4000 is 0.125 percent, half-way; the even neighbour is 0.12.
    definition = one_section(scale("a", "1", scale_max=100), binary("b", "39"))
    assert total(definition, a=value, b="bad") == rounded


def test_sections_are_scored_for_themselves() -> None:
    definition = sections((binary("a", "10"), binary("b", "30")), (binary("c", "60"),))
    result = score(definition, {"a": "good", "b": "bad", "c": "good"})
    assert [(section.key, str(section.score)) for section in result.sections] == [
        ("s0", "25.00"),
        ("s1", "100.00"),
    ]
    assert result.score == Decimal("70.00")


def test_the_total_is_not_made_of_rounded_sections() -> None:
    definition = sections((scale("a", "1", scale_max=3),), (binary("b", "1"),))
    result = score(definition, {"a": 1, "b": "bad"})
    assert [str(section.score) for section in result.sections] == ["33.33", "0.00"]
    assert str(result.score) == "16.67"  # the mean of the rounded sections would be 16.66


def test_errors_are_all_answers_below_full_credit_in_the_order_of_the_document() -> None:
    definition = one_section(binary("a"), scale("b"), choice("c"), binary("d", allow_na=True), binary("e"))
    answers: dict[str, AnswerValue] = {"e": "bad", "d": NA, "c": "part", "b": 2, "a": "good"}
    assert error_items(definition, answers) == ("b", "c", "e")


class TestVisibility:
    definition = one_section(
        binary("asked", "20", allow_na=True),
        binary("answered", "30", visible_if=Condition("asked", ("good",))),
        binary("recorded", "50", visible_if=Condition("answered", ("good", "bad"))),
    )

    def shown(self, **answers: AnswerValue) -> list[str]:
        return [item.key for item in visible_items(self.definition, answers)]

    def test_an_item_is_shown_when_its_condition_holds(self) -> None:
        assert self.shown(asked="good") == ["asked", "answered"]

    def test_an_item_is_hidden_when_its_condition_does_not_hold(self) -> None:
        assert self.shown(asked="bad") == ["asked"]

    def test_an_item_is_hidden_while_its_condition_is_unanswered(self) -> None:
        assert self.shown() == ["asked"]

    def test_an_item_is_hidden_when_the_item_of_its_condition_is_hidden(self) -> None:
        assert self.shown(asked="bad", answered="good") == ["asked"]

    def test_na_does_not_show_an_item(self) -> None:
        assert self.shown(asked=NA) == ["asked"]

    def test_na_shows_an_item_whose_condition_lists_it(self) -> None:
        definition = one_section(
            binary("asked", allow_na=True), binary("why_not", visible_if=Condition("asked", ("bad", NA)))
        )
        assert len(visible_items(definition, {"asked": NA})) == 2

    def test_a_scale_can_be_a_condition(self) -> None:
        definition = one_section(scale("a"), binary("b", visible_if=Condition("a", (0, 1))))
        assert [len(visible_items(definition, {"a": value})) for value in range(4)] == [2, 2, 1, 1]

    def test_a_hidden_answer_does_not_count(self) -> None:
        answers: dict[str, AnswerValue] = {"asked": "bad", "answered": "good", "recorded": "good"}
        assert score(self.definition, answers).score == Decimal("0.00")
        assert error_items(self.definition, answers) == ("asked",)


class TestFatal:
    definition = sections(
        (binary("a", "10", fatal=Fatal.SECTION), binary("b", "30")),
        (scale("c", "40", scale_max=2, fatal=Fatal.SCORECARD), binary("d", "20")),
    )

    def test_the_worst_answer_zeroes_its_section_in_section_and_total(self) -> None:
        result = score(self.definition, {"a": "bad", "b": "good", "c": 2, "d": "good"})
        assert result.score == Decimal("60.00")
        assert result.score_before_fatal == Decimal("90.00")
        assert [section.score for section in result.sections] == [Decimal("0.00"), Decimal("100.00")]
        assert result.sections[0].score_before_fatal == Decimal("75.00")
        assert result.fatal_items == ("a",)

    def test_the_worst_answer_zeroes_the_scorecard_and_leaves_the_sections(self) -> None:
        result = score(self.definition, {"a": "good", "b": "good", "c": 0, "d": "good"})
        assert result.score == Decimal("0.00")
        assert result.score_before_fatal == Decimal("60.00")
        assert [str(section.score) for section in result.sections] == ["100.00", "33.33"]
        assert result.fatal_items == ("c",)

    def test_an_error_with_some_credit_is_not_fatal(self) -> None:
        result = score(self.definition, {"a": "good", "b": "good", "c": 1, "d": "good"})
        assert result.score == result.score_before_fatal == Decimal("80.00")
        assert result.fatal_items == ()

    def test_na_is_not_fatal(self) -> None:
        definition = one_section(binary("a", fatal=Fatal.SCORECARD, allow_na=True), binary("b"))
        assert total(definition, a=NA, b="good") == "100.00"

    def test_a_hidden_item_is_not_fatal(self) -> None:
        hidden = binary("b", fatal=Fatal.SCORECARD, visible_if=Condition("a", ("bad",)))
        assert total(one_section(binary("a"), hidden), a="good", b="bad") == "100.00"

    def test_a_choice_is_fatal_at_credit_0(self) -> None:
        definition = one_section(choice("a", fatal=Fatal.SCORECARD), binary("b"))
        assert total(definition, a="nothing", b="good") == "0.00"
        assert total(definition, a="part", b="good") == "67.50"


class TestFaults:
    """The agent score, and what the errors of the process cost."""

    definition = sections(
        (binary("a", "10", fatal=Fatal.SECTION), binary("b", "30")),
        (scale("c", "40", scale_max=2, fatal=Fatal.SCORECARD), binary("d", "20")),
    )

    def figures(self, answers: dict[str, AnswerValue], **faults: Fault) -> tuple[str, str, str]:
        result = score(self.definition, answers, faults=faults)
        return str(result.score), str(result.agent_score), str(result.process_loss)

    def test_an_error_of_the_process_is_left_out_of_the_agent_score_and_is_a_loss(self) -> None:
        answers: dict[str, AnswerValue] = {"a": "good", "b": "bad", "c": 1, "d": "good"}
        assert self.figures(answers, b=Fault.PROCESS, c=Fault.AGENT) == ("50.00", "71.43", "30.00")
        assert self.figures(answers, b=Fault.AGENT, c=Fault.PROCESS) == ("50.00", "50.00", "20.00")
        assert self.figures(answers, b=Fault.PROCESS, c=Fault.PROCESS) == ("50.00", "100.00", "50.00")

    @pytest.mark.parametrize("fault", [Fault.CUSTOMER, Fault.UNCLEAR])
    def test_errors_of_the_customer_and_unclear_ones_are_left_out_and_no_loss_of_the_process(
        self, fault: Fault
    ) -> None:
        answers: dict[str, AnswerValue] = {"a": "good", "b": "bad", "c": 2, "d": "good"}
        assert self.figures(answers, b=fault) == ("70.00", "100.00", "0.00")

    def test_an_error_that_says_nothing_of_its_fault_is_the_agents(self) -> None:
        answers: dict[str, AnswerValue] = {"a": "good", "b": "bad", "c": 2, "d": "good"}
        assert self.figures(answers) == ("70.00", "70.00", "0.00")

    def test_a_section_is_zeroed_for_the_agent_only_by_the_agent(self) -> None:
        answers: dict[str, AnswerValue] = {"a": "bad", "b": "good", "c": 2, "d": "good"}
        assert self.figures(answers, a=Fault.AGENT) == ("60.00", "60.00", "0.00")
        assert self.figures(answers, a=Fault.PROCESS) == ("60.00", "100.00", "40.00")
        assert self.figures(answers, a=Fault.CUSTOMER) == ("60.00", "100.00", "0.00")

    def test_a_scorecard_is_zeroed_for_the_agent_only_by_the_agent(self) -> None:
        answers: dict[str, AnswerValue] = {"a": "good", "b": "bad", "c": 0, "d": "good"}
        assert self.figures(answers, b=Fault.AGENT, c=Fault.PROCESS) == ("0.00", "50.00", "70.00")

    def test_what_the_agent_zeroed_is_no_loss_of_the_process(self) -> None:
        answers: dict[str, AnswerValue] = {"a": "good", "b": "bad", "c": 0, "d": "good"}
        assert self.figures(answers, b=Fault.PROCESS, c=Fault.AGENT) == ("0.00", "0.00", "0.00")

    def test_where_only_errors_of_others_count_there_is_no_agent_score(self) -> None:
        answers: dict[str, AnswerValue] = {"b": "bad"}
        assert self.figures(answers, b=Fault.PROCESS) == ("0.00", "None", "100.00")

    def test_where_nothing_counts_there_is_neither(self) -> None:
        assert self.figures({}) == ("None", "None", "None")

    def test_a_partly_earned_item_left_out_can_lower_the_agent_score(self) -> None:
        """As N/A would: the process spoilt half an item, and the agent all the others."""
        answers: dict[str, AnswerValue] = {"a": "good", "b": "bad", "c": 1, "d": "bad"}
        assert self.figures(answers, b=Fault.AGENT, c=Fault.PROCESS, d=Fault.AGENT) == ("30.00", "16.67", "20.00")

    def test_the_fault_of_an_answer_that_is_no_error_is_ignored(self) -> None:
        answers: dict[str, AnswerValue] = {"a": "good", "b": "good", "c": 2, "d": "bad"}
        assert self.figures(answers, a=Fault.PROCESS, d=Fault.AGENT, e=Fault.PROCESS) == ("80.00", "80.00", "0.00")

    @pytest.mark.parametrize(("value", "lost"), [(5, "0.12"), (15, "0.38"), (25, "0.62")])
    def test_the_loss_is_rounded_once_half_even(self, value: int, lost: str) -> None:
        definition = one_section(scale("a", "1", scale_max=100), binary("b", "39"))
        result = score(definition, {"a": 100 - value, "b": "good"}, faults={"a": Fault.PROCESS})
        assert str(result.process_loss) == lost


class TestFamilies:
    definition = one_section(
        binary("a", criticality=Criticality.CUSTOMER, allow_na=True),
        scale("b", criticality=Criticality.CUSTOMER),
        binary("c", criticality=Criticality.COMPLIANCE, allow_na=True),
        binary("d"),
    )

    def families(self, **answers: AnswerValue) -> list[bool | None]:
        return list(score(self.definition, answers).families.values())

    def test_a_family_passes_when_none_of_its_items_is_an_error(self) -> None:
        assert self.families(a="good", b=3, c="good", d="bad") == [True, None, True]

    def test_any_error_fails_the_family(self) -> None:
        assert self.families(a="bad", b=3, c="good", d="good") == [False, None, True]
        assert self.families(a="good", b=2, c="good", d="good") == [False, None, True]

    def test_a_family_without_an_item_that_counts_neither_passes_nor_fails(self) -> None:
        assert self.families(a=NA, b=3, c=NA, d="good") == [True, None, None]

    def test_families_are_named_in_a_fixed_order(self) -> None:
        assert list(score(self.definition, {}).families) == ["customer", "business", "compliance"]


@pytest.mark.parametrize("value", ["excellent", 1, "full"])
def test_a_value_that_the_item_cannot_take_is_refused_by_name(value: AnswerValue) -> None:
    with pytest.raises(ValueError, match="'a'"):
        score(one_section(binary("a")), {"a": value})


def test_an_answer_to_an_unknown_item_is_ignored() -> None:
    assert total(one_section(binary("a")), a="good", b="bad") == "100.00"


def test_a_weight_with_forty_decimals_stays_exact() -> None:
    # Without the last digit of the weight this would be the tie 0.125, rounded to 0.12.
    definition = one_section(scale("a", f"1.{1:040}", scale_max=100), binary("b", "39"))
    assert total(definition, a=5, b="bad") == "0.13"


@pytest.mark.parametrize(
    ("points", "bar", "outcome"),
    [("80.00", "80", True), ("79.99", "80", False), (None, "80", None), ("10", None, None)],
)
def test_a_score_passes_from_the_passing_score_on(points: str | None, bar: str | None, outcome: bool | None) -> None:
    decimals = [None if number is None else Decimal(number) for number in (points, bar)]
    assert passed(*decimals) is outcome
