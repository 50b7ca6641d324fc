"""Several checks of an error become one, and done checks take the weights of those not done."""

import numpy as np
import pytest

from app.statistics.attribution import CheckedErrors, CheckKind, CheckVerdict, combine_checks
from app.statistics.attribution.checks import GROUP_SIZE, probabilities_of_done
from tests.statistics.attribution.factories import Check, checked_errors

NAN = float("nan")
ADJUDICATION, FAULT_CHECK, CONSENSUS = CheckKind
NOT_DONE, AGENT, PROCESS, NO_ERROR = (
    CheckVerdict.NOT_DONE,
    CheckVerdict.AGENT,
    CheckVerdict.PROCESS,
    CheckVerdict.NO_ERROR,
)


def combined(*rows: tuple[int, int, int, tuple[float, float, float]]) -> list[tuple[int, int, float]]:
    """The answer, verdict and probability of each error, of rows with answer, kind, verdict and probabilities."""
    answers, kinds, verdicts = (np.array([row[place] for row in rows], dtype=np.int64) for place in range(3))
    found = combine_checks(answers, kinds, verdicts, np.array([row[3] for row in rows]), np.zeros_like(answers))
    return list(zip(found.answers.tolist(), found.verdicts.tolist(), found.probabilities.tolist(), strict=True))


class TestCombining:
    def test_the_probability_is_that_of_any_check(self) -> None:
        ((_, _, probability),) = combined((7, FAULT_CHECK, PROCESS, (0.1, 0.2, 0.0)))
        assert probability == pytest.approx(1 - 0.9 * 0.8)

    def test_it_does_not_depend_on_which_of_the_checks_reached_the_error(self) -> None:
        probabilities = (0.1, 0.2, 0.0)
        by_one = combined((7, FAULT_CHECK, PROCESS, probabilities))
        by_other = combined((7, ADJUDICATION, PROCESS, probabilities))
        by_both = combined((7, FAULT_CHECK, PROCESS, probabilities), (7, ADJUDICATION, PROCESS, probabilities))
        assert by_one == by_other == by_both

    def test_the_verdict_is_that_of_the_adjudication_then_of_the_fault_check(self) -> None:
        probabilities = (0.1, 0.2, 0.3)
        rows = [(0, CONSENSUS, NO_ERROR, probabilities), (0, FAULT_CHECK, AGENT, probabilities)]
        assert combined(*rows)[0][1] == AGENT
        assert combined(*rows, (0, ADJUDICATION, PROCESS, probabilities))[0][1] == PROCESS

    def test_a_check_that_was_done_comes_before_one_that_was_not(self) -> None:
        probabilities = (0.1, 0.2, 0.0)
        rows = [(0, ADJUDICATION, NOT_DONE, probabilities), (0, FAULT_CHECK, PROCESS, probabilities)]
        ((_, verdict, probability),) = combined(*rows)
        assert verdict == PROCESS
        assert probability == pytest.approx(0.28)

    def test_a_check_by_chance_comes_before_one_that_a_person_chose(self) -> None:
        rows = [(0, CONSENSUS, AGENT, (0.0, 0.2, NAN)), (0, FAULT_CHECK, PROCESS, (0.0, 0.2, NAN))]
        assert combined(*rows)[0] == pytest.approx((0, PROCESS, 0.2))

    def test_only_a_person_chose_it(self) -> None:
        ((_, verdict, probability),) = combined((0, CONSENSUS, AGENT, (0.0, 0.2, NAN)))
        assert verdict == AGENT
        assert np.isnan(probability)

    def test_errors_keep_apart(self) -> None:
        rows = [(9, FAULT_CHECK, PROCESS, (0.0, 0.2, 0.0)), (2, FAULT_CHECK, AGENT, (0.5, 0.2, 0.0))]
        one, other = combined(*rows)
        assert one == pytest.approx((2, AGENT, 0.6))
        assert other == pytest.approx((9, PROCESS, 0.2))

    def test_shapes_must_fit(self) -> None:
        codes = np.zeros(2, dtype=np.int64)
        with pytest.raises(ValueError, match="one row each"):
            combine_checks(codes, codes, codes, np.ones((2, 2)), codes)
        with pytest.raises(ValueError, match="one row each"):
            combine_checks(codes, codes[:1], codes, np.ones((2, 3)), codes)


class TestNotDone:
    def test_the_done_ones_take_the_weight(self) -> None:
        checked = checked_errors([Check(0, PROCESS, 0.2), Check(1, NOT_DONE, 0.2), Check(2, AGENT, 0.2)])
        assert probabilities_of_done(checked, np.ones(3)) == pytest.approx([0.2 * 2 / 3, NAN, 0.2 * 2 / 3], nan_ok=True)

    def test_the_rate_is_weighted(self) -> None:
        checked = checked_errors([Check(0, PROCESS, 0.2), Check(1, NOT_DONE, 0.2)])
        (done, _) = probabilities_of_done(checked, np.array([3.0, 1.0]))
        assert done == pytest.approx(0.2 * 0.75)

    def test_groups_with_enough_checks_have_rates_of_their_own(self) -> None:
        n = GROUP_SIZE
        checks = [Check(place, PROCESS if place % 2 else NOT_DONE, 0.2, 0) for place in range(n)]
        checks += [Check(n + place, PROCESS, 0.2, 1) for place in range(n)]
        done = probabilities_of_done(checked_errors(checks), np.ones(2 * n))
        assert np.nanmax(done[:n]) == pytest.approx(0.1)
        assert done[n:] == pytest.approx(np.full(n, 0.2))

    def test_small_groups_are_joined_with_neighbours(self) -> None:
        checks = [Check(place, PROCESS if place % 2 else NOT_DONE, 0.2, place) for place in range(2 * GROUP_SIZE)]
        done = probabilities_of_done(checked_errors(checks), np.ones(2 * GROUP_SIZE))
        assert done[1::2] == pytest.approx(np.full(GROUP_SIZE, 0.1))

    def test_hand_picked_and_undone_checks_have_none(self) -> None:
        checked = checked_errors([Check(0, PROCESS, NAN), Check(1, NOT_DONE, 0.2), Check(2, NOT_DONE, 0.2)])
        assert np.isnan(probabilities_of_done(checked, np.ones(3))).all()


@pytest.mark.parametrize(
    ("checks", "message"),
    [
        ([Check(0, PROCESS), Check(0, AGENT)], "one verdict"),
        ([Check(-1, PROCESS)], "0 or above"),
        ([Check(0, 5)], "unknown"),
        ([Check(0, PROCESS, 0.0)], "above 0"),
        ([Check(0, PROCESS, 1.5)], "at most 1"),
    ],
)
def test_invalid_checks_are_rejected(checks: list[Check], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        checked_errors(checks)


def test_arrays_of_different_lengths_are_rejected() -> None:
    codes = np.zeros(2, dtype=np.int64)
    with pytest.raises(ValueError, match="one entry for each"):
        CheckedErrors(codes, codes[:1], np.ones(2), codes)
