"""What verifiers submit: complete answers, bent by severity and habits of blame at the stated rates."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from app.demo import verdicts
from app.demo.simulator import Centre
from app.demo.types import Answer, TrueAnswer, Verifier
from app.evaluations import Answer as SubmittedAnswer
from app.evaluations import Evidence
from app.evaluations.answers import answer_violations
from app.scorecards import Fault, definition_from_document

Judged = tuple[TrueAnswer, Answer]


@pytest.fixture(scope="module")
def judged(centre: Centre) -> dict[Verifier, list[Judged]]:
    """By verifier: true and given answers to the same items, of four thousand calls each."""
    return {verifier: list(_judge(centre, verifier)) for verifier in centre.verifiers}


def _judge(centre: Centre, verifier: Verifier) -> Iterator[Judged]:
    for call in centre.calls[:4000]:
        given = {answer.item: answer for answer in centre.verdict(verifier, call)}
        yield from ((true, given[true.item]) for true in centre.truth_of(call) if true.item in given)


def test_a_verdict_is_an_evaluation_that_can_be_submitted(centre: Centre) -> None:
    definition = definition_from_document(centre.scorecard)

    for call in centre.calls[:500]:
        for verifier in centre.verifiers:
            answers = [_submitted(answer) for answer in centre.verdict(verifier, call)]
            assert answer_violations(definition, answers, Evidence(Decimal(call.duration_s)), complete=True) == []


def test_evidence_lies_within_the_call(centre: Centre) -> None:
    for call in centre.calls[:500]:
        moments = [answer.at_s for answer in centre.verdict(centre.verifiers[0], call) if answer.at_s is not None]
        assert all(0 <= moment <= call.duration_s for moment in moments)


def test_most_errors_carry_a_reason_and_only_errors_carry_a_fault(judged: dict[Verifier, list[Judged]]) -> None:
    given = [answer for pairs in judged.values() for _, answer in pairs]
    errors = [answer for answer in given if answer.fault]

    assert 0.7 <= sum(answer.reason is not None for answer in errors) / len(errors) <= 0.95
    assert not any(answer.reason for answer in given if answer.fault is None)


def test_errors_of_the_process_are_blamed_on_agents_at_each_verifiers_own_rate(
    judged: dict[Verifier, list[Judged]],
) -> None:
    assert {verifier.blames_agent for verifier in judged} == {0.10, 0.25, 0.45}
    for verifier, pairs in judged.items():
        marks = _marks(pairs, "process")
        assert marks["agent"] / marks.total() == pytest.approx(verifier.blames_agent, abs=0.05)
        assert marks["customer"] == 0


@pytest.mark.parametrize(("cause", "expected"), [("agent", 0.91), ("customer", 0.80)])
def test_errors_of_agents_and_customers_are_mostly_marked_as_what_they_are(
    judged: dict[Verifier, list[Judged]], cause: str, expected: float
) -> None:
    marks = sum((_marks(pairs, cause) for pairs in judged.values()), Counter[str]())

    assert marks[cause] / marks.total() == pytest.approx(expected, abs=0.06)


def test_severity_decides_how_much_is_overlooked_and_how_much_is_imagined(
    judged: dict[Verifier, list[Judged]],
) -> None:
    for verifier, pairs in judged.items():
        overlooked = _share(pairs, lambda true: true.cause is not None, lambda given: given.fault is None)
        imagined = _share(pairs, lambda true: true.cause is None, lambda given: given.fault is not None)
        effect = verdicts.SEVERITY_EFFECT * verifier.severity
        assert overlooked == pytest.approx(verdicts.MISSES * (1 - effect), abs=0.02)
        assert imagined == pytest.approx(verdicts.FALSE_ALARMS * (1 + effect), abs=0.002)


def test_the_planted_reason_is_named_when_the_process_is_blamed(centre: Centre) -> None:
    named: dict[str, Counter[str | None]] = defaultdict(Counter)
    for call in centre.calls[:4000]:
        if call.topic == "billing":
            for answer in centre.verdict(centre.verifiers[0], call):
                if answer.fault == "process":
                    named[answer.item][answer.reason] += 1

    assert named["resolution"]["no_authority"] > 0.8 * named["resolution"].total()
    assert named["resolution"]["system_down"] == 0


def test_an_answers_body_holds_only_what_is_known() -> None:
    assert Answer("tone", 5).body() == {"item": "tone", "value": 5}
    assert Answer("tone", 0, "agent", None, 3.5).body() == {"item": "tone", "value": 0, "fault": "agent", "at_s": 3.5}


def _submitted(answer: Answer) -> SubmittedAnswer:
    fault = Fault(answer.fault) if answer.fault else None
    return SubmittedAnswer(item=answer.item, value=answer.value, fault=fault, reason=answer.reason, at_s=answer.at_s)


def _marks(pairs: list[Judged], cause: str) -> Counter[str]:
    return Counter(given.fault for true, given in pairs if true.cause == cause and given.fault)


def _share(pairs: list[Judged], true_is: Callable[[TrueAnswer], bool], given_is: Callable[[Answer], bool]) -> float:
    chosen = [given for true, given in pairs if true_is(true)]
    return sum(map(given_is, chosen)) / len(chosen)
