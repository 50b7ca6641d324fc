"""The one number: provisional or rectified, and how many checks it still needs."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from app.statistics.attribution import (
    CheckedErrors,
    CheckVerdict,
    Method,
    ProcessShare,
    ShareReason,
    error_sources,
)
from app.statistics.attribution.overall import ENOUGH_CHECKS, MIN_CHECKS, PRECISE
from tests.statistics.attribution.factories import (
    AGENT,
    FINE,
    PROCESS,
    Answer,
    Check,
    answer_arrays,
    checked_errors,
)
from tests.statistics.factories import interval_of
from validation.causes import Setting, Simulated, simulate

NAN = float("nan")


@cache
def simulated(seed: int = 1, **changes: float) -> Simulated:
    return simulate(np.random.default_rng(seed), replace(Setting(evaluations=800), **changes))  # type: ignore[arg-type]


def first_checks(one: Simulated, n: int) -> CheckedErrors:
    """The first checks by chance of a simulated centre, as if no more had been drawn."""
    checked = one.checked
    return CheckedErrors(
        checked.answers[:n],
        checked.verdicts[:n],
        checked.probabilities[:n] * n / checked.answers.size,
        checked.groups[:n],
    )


def share_of(one: Simulated, checked: CheckedErrors) -> ProcessShare:
    return error_sources(one.answers, checked).process_share


def half_width(share: ProcessShare) -> float:
    assert share.estimate is not None
    low, high = interval_of(share.estimate)
    return (high - low) / 2


class TestMethod:
    @pytest.mark.parametrize(
        ("n", "method"),
        [
            (0, Method.PROVISIONAL),
            (MIN_CHECKS, Method.PROVISIONAL),
            (ENOUGH_CHECKS - 1, Method.PROVISIONAL),
            (ENOUGH_CHECKS, Method.RECTIFIED),
        ],
    )
    def test_thirty_checks_by_chance_make_it_rectified(self, n: int, method: Method) -> None:
        share = share_of(simulated(), first_checks(simulated(), n))
        assert (share.method, share.checked_errors) == (method, n)
        assert (share.reason is ShareReason.FEW_CHECKS) == (method is Method.PROVISIONAL)
        assert share.estimate is not None

    def test_hand_picked_checks_do_not_make_it_rectified(self) -> None:
        checked = simulated().checked
        picked = replace(checked, probabilities=np.full(checked.answers.size, NAN))
        share = share_of(simulated(), picked)
        assert (share.method, share.checked_errors) == (Method.PROVISIONAL, 0)

    def test_checks_that_are_not_done_are_not_counted(self) -> None:
        checked = first_checks(simulated(), 60)
        half = np.where(np.arange(60) % 2, checked.verdicts, CheckVerdict.NOT_DONE)
        share = share_of(simulated(), replace(checked, verdicts=half))
        assert (share.method, share.checked_errors) == (Method.RECTIFIED, 30)

    def test_checks_of_answers_that_are_no_errors_do_not_count(self) -> None:
        answers = [Answer(n, (PROCESS, AGENT)[n % 2]) for n in range(100)] + [Answer(200 + n, FINE) for n in range(50)]
        checks = [Check(n, CheckVerdict(n % 2)) for n in range(20)] + [Check(100 + n, PROCESS) for n in range(50)]
        sources = error_sources(answer_arrays(answers), checked_errors(checks))
        assert (sources.process_share.method, sources.process_share.checked_errors) == (Method.PROVISIONAL, 20)

    def test_if_no_checked_error_is_real_there_is_no_share(self) -> None:
        checked = simulated().checked
        none = replace(checked, verdicts=np.full(checked.answers.size, CheckVerdict.NO_ERROR))
        share = share_of(simulated(), none)
        assert (share.estimate, share.reason, share.checks_needed) == (None, ShareReason.NO_ERRORS, None)

    def test_the_same_question_has_the_same_answer(self) -> None:
        one, other = (error_sources(simulated().answers, simulated().checked) for _ in range(2))
        assert one == other
        assert np.array_equal(one.probabilities, other.probabilities)

    def test_the_order_of_the_checks_changes_nothing(self) -> None:
        checked, order = simulated().checked, np.random.default_rng(1).permutation(simulated().checked.answers.size)
        shuffled = CheckedErrors(
            checked.answers[order], checked.verdicts[order], checked.probabilities[order], checked.groups[order]
        )
        one, other = share_of(simulated(), checked), share_of(simulated(), shuffled)
        assert one.estimate is not None
        assert other.estimate is not None
        assert (one.estimate.value, *interval_of(one.estimate)) == pytest.approx(
            (other.estimate.value, *interval_of(other.estimate))
        )


class TestPrecision:
    def test_few_checks_give_a_wide_interval_and_say_how_many_more_are_needed(self) -> None:
        share = share_of(simulated(), first_checks(simulated(), 60))
        assert half_width(share) > PRECISE
        assert share.reason is ShareReason.WIDE
        assert share.checks_needed is not None
        assert share.checks_needed > 20

    def test_so_many_more_checks_make_it_about_as_precise_as_promised(self) -> None:
        usual = replace(Setting(), checks=100)
        widths = []
        for seed in range(6):
            before = simulate(np.random.default_rng(seed), usual)
            share = share_of(before, before.checked)
            assert share.checks_needed is not None
            more = replace(usual, checks=share.checked_errors + share.checks_needed)
            after = simulate(np.random.default_rng(100 + seed), more)
            widths.append(half_width(share_of(after, after.checked)))
        assert np.mean(widths) == pytest.approx(PRECISE, rel=0.2)

    def test_a_precise_share_needs_none(self) -> None:
        one = simulate(np.random.default_rng(1), Setting(checks=2000))
        share = share_of(one, one.checked)
        assert half_width(share) < PRECISE
        assert (share.checks_needed, share.reason) == (0, None)

    def test_if_few_calls_are_evaluated_checks_alone_do_not_help(self) -> None:
        one = simulate(np.random.default_rng(1), Setting(evaluations=60, checks=100))
        share = share_of(one, one.checked)
        assert (share.method, share.reason, share.checks_needed) == (Method.RECTIFIED, ShareReason.FEW_CALLS, None)

    def test_a_provisional_share_needs_thirty_at_least(self) -> None:
        share = share_of(simulated(), first_checks(simulated(), 20))
        assert share.checks_needed is not None
        assert share.checks_needed >= ENOUGH_CHECKS - 20


class TestHandPicked:
    """A person checks 60 errors, and picks those of the process."""

    @staticmethod
    def with_picked(one: Simulated) -> CheckedErrors:
        errors = np.flatnonzero(one.answers.errors)
        picked = np.setdiff1d(errors[one.process], one.checked.answers)[:60]
        checked = one.checked
        return CheckedErrors(
            np.append(checked.answers, picked),
            np.append(checked.verdicts, np.full(picked.size, CheckVerdict.PROCESS)),
            np.append(checked.probabilities, np.full(picked.size, NAN)),
            np.append(checked.groups, np.zeros(picked.size, dtype=np.int64)),
        )

    def test_they_do_not_move_the_share(self) -> None:
        """They teach the model, which moves the share by less than a fifth of what they would add to the checks."""
        moved = []
        for seed in range(8):
            one = simulated(seed)
            before, after = share_of(one, one.checked), share_of(one, self.with_picked(one))
            assert before.checked_errors == after.checked_errors
            assert before.estimate is not None
            assert after.estimate is not None
            moved.append(after.estimate.value - before.estimate.value)
        naive = 60 / 210 * (1 - 0.5)
        assert abs(np.mean(moved)) < naive / 10


class TestGroups:
    """Shares by item, team and week agree with the one number."""

    def test_their_weighted_mean_is_the_one_number(self) -> None:
        one = simulated(blamed=0.45)
        sources = error_sources(one.answers, one.checked)
        answers, errors = one.answers, one.answers.errors
        weights = np.bincount(answers.items[errors], answers.weights[errors])
        shares = {item.item: item.process_share.value for item in sources.by_item if item.process_share is not None}
        mean = sum(weights[item] * share for item, share in shares.items()) / weights.sum()
        assert sources.process_share.estimate is not None
        assert mean == pytest.approx(sources.process_share.estimate.value)

    def test_items_of_agents_and_of_the_process_are_told_apart(self) -> None:
        one = simulated(blamed=0.45)
        sources = error_sources(one.answers, one.checked)
        shares = [
            (item.process_share.value, one.item_shares[item.item]) for item in sources.by_item if item.process_share
        ]
        assert np.corrcoef(np.array(shares).T)[0, 1] > 0.8

    def test_every_group_has_an_interval_that_holds_its_value(self) -> None:
        one = simulated()
        sources = error_sources(one.answers, one.checked)
        shares = [item.process_share for item in sources.by_item if item.process_share]
        shares += [group.process_share for group in (*sources.by_team, *sources.by_week)]
        assert len(sources.by_week) == 4
        for share in shares:
            low, high = interval_of(share)
            assert 0 <= low <= share.value <= high <= 1
            assert low < high

    @pytest.mark.parametrize("mark", [PROCESS, AGENT])
    def test_a_centre_with_one_cause_only(self, mark: int) -> None:
        answers = [Answer(n, mark, item=n % 3, agent=n % 7, week=n % 2) for n in range(300)]
        checks = [Check(n, mark, 0.2) for n in range(60)]
        sources = error_sources(answer_arrays(answers), checked_errors(checks))
        assert sources.process_share.estimate is not None
        assert sources.process_share.estimate.value == (1 if mark == PROCESS else 0)
        for item in sources.by_item:
            assert item.process_share is not None
            assert item.process_share.value == pytest.approx(sources.process_share.estimate.value, abs=0.01)
