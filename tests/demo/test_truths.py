"""What is planted in the centre can be found in it, where it was planted and at the rate it was planted with."""

from collections import Counter
from dataclasses import replace
from statistics import fmean

import numpy as np
import pytest

from app.demo import truths
from app.demo.simulator import Centre, simulate
from app.demo.types import Settings


def test_every_planted_rate_and_fault_names_an_item_and_a_reason_of_the_scorecard(centre: Centre) -> None:
    reasons = {item.key: item.reasons for item in centre.items}

    assert reasons.keys() >= truths.AGENT_RATES.keys() | truths.NOT_APPLICABLE_RATES.keys()
    for fault in truths.PROCESS_FAULTS:
        assert fault.reason in reasons[fault.item]["process"]


@pytest.mark.parametrize("fault", truths.PROCESS_FAULTS, ids=lambda fault: f"{fault.item}-{fault.reason}")
def test_a_planted_fault_strikes_where_it_was_planted_and_not_elsewhere(
    centre: Centre, fault: truths.ProcessFault
) -> None:
    others = [other for other in truths.PROCESS_FAULTS if other.item == fault.item and other is not fault]
    inside: list[bool] = []
    outside: list[bool] = []
    for call in centre.calls:
        place = (call.project_key, call.topic, call.week)
        answers = {answer.item: answer for answer in centre.truth_of(call)}
        answer = answers.get(fault.item)
        if answer is None or answer.value == "na" or any(other.applies(*place) for other in others):
            continue
        (inside if fault.applies(*place) else outside).append(answer.cause == "process")

    margin = 4 * np.sqrt(fault.rate * (1 - fault.rate) / len(inside))
    assert fmean(inside) == pytest.approx(fault.rate + truths.BACKGROUND_PROCESS_RATE, abs=margin)
    assert fmean(outside) < 0.02


def test_the_process_causes_a_good_part_of_the_errors_most_of_them_on_planted_items(centre: Centre) -> None:
    planted = {fault.item for fault in truths.PROCESS_FAULTS}
    shares = centre.truths.process_share_by_item

    assert 0.35 <= centre.truths.process_share <= 0.5
    assert min(shares[item] or 0 for item in planted) > max(shares[item] or 0 for item in shares.keys() - planted)


def test_truths_count_every_error_of_every_call_once() -> None:
    centre = simulate(Settings(agents=15, weeks=2))
    answers = [answer for call in centre.calls for answer in centre.truth_of(call)]
    causes = Counter(answer.cause for answer in answers if answer.cause)
    tone = [answer for answer in answers if answer.item == "tone"]

    assert centre.truths.calls == len(centre.calls)
    assert centre.truths.errors == causes.total()
    assert centre.truths.process_share == causes["process"] / causes.total()
    assert centre.truths.error_rate_by_item["tone"] == fmean(answer.cause is not None for answer in tone)


def test_an_item_without_errors_has_no_process_share() -> None:
    levels = np.array([[0, 1], [-1, 0]], np.int8)
    causes = np.array([[0, truths.PROCESS], [0, 0]], np.int8)

    measured = truths.measure(["clean", "erring"], levels, causes)

    assert measured.process_share_by_item == {"clean": None, "erring": 1.0}
    assert measured.error_rate_by_item == {"clean": 0.0, "erring": 0.5}


def test_a_true_error_has_a_cause_and_nothing_else_has(centre: Centre) -> None:
    best = {item.key: item.values[0] for item in centre.items}

    for call in centre.calls[:2000]:
        for answer in centre.truth_of(call):
            assert (answer.cause is not None) == (answer.value not in (best[answer.item], "na"))


def test_items_on_holding_apply_exactly_to_calls_with_a_hold(centre: Centre) -> None:
    for call in centre.calls[:2000]:
        answers = {answer.item: answer.value for answer in centre.truth_of(call)}
        assert (answers["hold_asked"] == "na") == (call.hold_count == 0)
        assert ("hold_return" in answers) == (call.hold_count > 0)


def test_the_truth_does_not_depend_on_who_verifies() -> None:
    few, many = (simulate(replace(Settings(agents=15, weeks=1), verifiers=count)) for count in (2, 9))

    assert [few.truth_of(call) for call in few.calls] == [many.truth_of(call) for call in many.calls]
