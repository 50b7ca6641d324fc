"""Laws of the agent score and of the process loss, and a second implementation of both."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from app.scorecards import (
    GOOD,
    NA,
    AnswerType,
    AnswerValue,
    Definition,
    Fatal,
    Fault,
    Item,
    error_items,
    score,
    visible_items,
)
from tests.scorecards.strategies import Answers, answered

Faults = Mapping[str, Fault | None]
Marked = tuple[Definition, Answers, Faults]
# An answer that counts, with what it earns and whose fault it is if it is an error.
Counted = tuple[Item, Fraction, Fault | None]


@st.composite
def marked(draw: st.DrawFn, *, conditional: bool = True) -> Marked:
    """A definition with answers and the faults of some of them, also of answers that are no errors."""
    definition, answers = draw(answered(conditional=conditional))
    fault = st.none() | st.sampled_from(Fault)
    return definition, answers, {key: draw(fault) for key in draw(st.permutations(list(answers)))}


def errors_by(case: Marked, *faults: Fault | None) -> list[str]:
    definition, answers, given_faults = case
    return [key for key in error_items(definition, answers) if given_faults[key] in faults]


def not_the_agents(case: Marked) -> list[str]:
    return errors_by(case, Fault.PROCESS, Fault.CUSTOMER, Fault.UNCLEAR)


def two_scores(case: Marked) -> tuple[Decimal | None, Decimal | None]:
    definition, answers, faults = case
    result = score(definition, answers, faults=faults)
    return result.agent_score, result.process_loss


class TestBesideASecondImplementation:
    """The rule once more, as its definition says it: with fractions, and without compiling anything."""

    @staticmethod
    def credit(item: Item, value: AnswerValue) -> Fraction:
        match item.answer_type:
            case AnswerType.BINARY:
                return Fraction(value == GOOD)
            case AnswerType.SCALE:
                return Fraction(int(value), item.scale_max or 1)
            case AnswerType.CHOICE:
                return Fraction({option.key: option.credit for option in item.options}[str(value)])

    @classmethod
    def counted(cls, case: Marked) -> list[Counted]:
        definition, answers, faults = case
        shown = [item for item in visible_items(definition, answers) if answers[item.key] != NA]
        with_credit = [(item, cls.credit(item, answers[item.key])) for item in shown]
        return [(item, credit, faults[item.key] if credit < 1 else None) for item, credit in with_credit]

    @staticmethod
    def points(definition: Definition, counted: list[Counted]) -> Fraction | None:
        if not counted:
            return None
        worst = [item for item, credit, _ in counted if credit == 0]
        zeroed = {definition.section_of[item.key].key for item in worst if item.fatal is Fatal.SECTION}
        gained = Fraction(0)
        for item, credit, _ in counted:
            if definition.section_of[item.key].key not in zeroed:
                gained += Fraction(item.weight) * credit
        if any(item.fatal is Fatal.SCORECARD for item in worst):
            gained = Fraction(0)
        return 100 * gained / sum(Fraction(item.weight) for item, _, _ in counted)

    @given(marked())
    def test_both_agree(self, case: Marked) -> None:
        definition, counted = case[0], self.counted(case)
        agents = [one for one in counted if one[2] in (None, Fault.AGENT)]
        without_process = [(i, Fraction(1) if fault is Fault.PROCESS else c, fault) for i, c, fault in counted]
        points, best = self.points(definition, counted), self.points(definition, without_process)
        loss = None if points is None or best is None else best - points
        expected = [None if one is None else round(one, 2) for one in (self.points(definition, agents), loss)]
        assert list(two_scores(case)) == expected


@given(marked())
def test_faults_change_nothing_but_the_two(case: Marked) -> None:
    definition, answers, faults = case
    with_faults, without = score(definition, answers, faults=faults), score(definition, answers)
    assert replace(with_faults, agent_score=None, process_loss=None) == replace(
        without, agent_score=None, process_loss=None
    )


@given(answered(), st.sampled_from([None, Fault.AGENT]))
def test_where_every_error_is_the_agents_the_agent_score_is_the_score(
    case: tuple[Definition, Answers], fault: Fault | None
) -> None:
    definition, answers = case
    result = score(definition, answers, faults=dict.fromkeys(answers, fault))
    assert result.agent_score == result.score
    assert result.process_loss == (None if result.score is None else 0)


@given(marked(conditional=False))
def test_an_error_that_is_not_the_agents_is_left_out_like_na(case: Marked) -> None:
    definition, answers, faults = case
    without = {**answers, **dict.fromkeys(not_the_agents(case), NA)}
    assert score(definition, answers, faults=faults).agent_score == score(definition, without).score


@given(marked())
def test_what_an_error_shows_stays_visible_where_the_error_is_left_out(case: Marked) -> None:
    definition, answers, faults = case
    shown = [item.key for item in visible_items(definition, answers)]
    left_out = not_the_agents(case)
    kept = Definition(
        tuple(
            replace(s, items=tuple(replace(i, visible_if=None) for i in s.items if i.key in shown))
            for s in definition.sections
        )
    )
    without = {key: NA if key in left_out else value for key, value in answers.items()}
    assert score(definition, answers, faults=faults).agent_score == score(kept, without).score


@given(marked())
def test_both_lie_between_0_and_100_or_do_not_exist(case: Marked) -> None:
    definition, answers, _ = case
    agent_score, process_loss = two_scores(case)
    points = score(definition, answers).score
    counted = {item.key for item in visible_items(definition, answers) if answers[item.key] != NA}
    assert (agent_score is None) == (counted <= set(not_the_agents(case)))
    assert agent_score is None or 0 <= agent_score <= 100
    assert (process_loss is None) == (points is None)
    if process_loss is not None and points is not None:
        assert 0 <= process_loss <= 100 - points
        assert errors_by(case, Fault.PROCESS) or process_loss == 0


@given(marked(conditional=False))
def test_score_and_process_loss_are_the_score_if_the_process_had_worked(case: Marked) -> None:
    """Up to one hundredth: three figures are rounded, each once."""
    definition, answers, _ = case
    _, process_loss = two_scores(case)
    best = {key: full_credit(definition.item_by_key[key]) for key in errors_by(case, Fault.PROCESS)}
    points, if_it_had_worked = score(definition, answers).score, score(definition, {**answers, **best}).score
    if process_loss is not None and points is not None and if_it_had_worked is not None:
        assert abs(points + process_loss - if_it_had_worked) <= Decimal("0.01")


def full_credit(item: Item) -> AnswerValue:
    return next(value for value in item.values if not item.is_error(value))


@given(marked(), st.data())
def test_the_order_of_answers_and_faults_does_not_matter(case: Marked, data: st.DataObject) -> None:
    definition, answers, faults = case
    shuffled_answers = dict(data.draw(st.permutations(list(answers.items()))))
    shuffled_faults = dict(data.draw(st.permutations(list(faults.items()))))
    assert two_scores((definition, shuffled_answers, shuffled_faults)) == two_scores(case)


@given(marked(conditional=False), st.data())
def test_the_order_of_sections_and_items_does_not_matter(case: Marked, data: st.DataObject) -> None:
    definition, answers, faults = case
    shuffled = Definition(
        tuple(
            replace(section, items=tuple(data.draw(st.permutations(section.items))))
            for section in data.draw(st.permutations(definition.sections))
        )
    )
    assert two_scores((shuffled, answers, faults)) == two_scores(case)


@given(marked(), st.sampled_from([Fault.PROCESS, Fault.CUSTOMER, Fault.UNCLEAR]))
def test_to_the_agent_score_all_other_faults_are_the_same(case: Marked, fault: Fault) -> None:
    definition, answers, faults = case
    others = {key: fault if one not in (None, Fault.AGENT) else one for key, one in faults.items()}
    assert two_scores((definition, answers, others))[0] == two_scores(case)[0]


@given(marked(), st.data())
def test_another_error_of_the_process_never_lowers_the_process_loss(case: Marked, data: st.DataObject) -> None:
    definition, answers, faults = case
    more = {**faults, data.draw(st.sampled_from(list(answers))): Fault.PROCESS}
    before, after = two_scores(case)[1], two_scores((definition, answers, more))[1]
    assert before is None or after is None or after >= before
