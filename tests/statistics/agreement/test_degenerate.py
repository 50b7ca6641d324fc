"""Ratings without a coefficient or without an interval: null with a reason, never 0 or 1; and input that is refused."""

import numpy as np
import pytest

from app.statistics.agreement import (
    Coefficient,
    IntervalMethod,
    Level,
    Ratings,
    Reason,
    agreement_with_others,
    bootstrap_agreement,
    measure_agreement,
)
from tests.statistics.agreement.factories import MANY_RATERS, bootstrapped, by_rater, measured

PERCENT, COHEN = Coefficient.PERCENT, Coefficient.COHEN_KAPPA
CHANCE_CORRECTED = [name for name in Coefficient if name is not PERCENT]
NOBODY = by_rater("...", "...")
ONE_RATER = by_rater("010", "...")
NO_PAIRS = by_rater("01.", "..1")
ALL_GOOD = by_rater("0000", "0000")
ONE_UNIT = by_rater("0", "1")
AGREED = by_rater("0011", "0011")
EMPTY = Ratings(np.empty((0, 0), dtype=np.int64))


@pytest.mark.parametrize("name", Coefficient)
class TestNoCoefficient:
    @pytest.mark.parametrize(
        ("ratings", "reason"),
        [
            (NOBODY, Reason.NO_RATINGS),
            (EMPTY, Reason.NO_RATINGS),
            (ONE_RATER, Reason.ONE_RATER),
            (NO_PAIRS, Reason.NO_PAIRS),
        ],
    )
    def test_there_is_a_reason(self, name: Coefficient, ratings: Ratings, reason: Reason) -> None:
        for agreement in (measured(ratings, name), bootstrapped(ratings, name)):
            figures = (agreement.value, agreement.stderror, agreement.low, agreement.high)
            assert figures == (None, None, None, None)
            assert (agreement.reason, agreement.n_units) == (reason, 0)


@pytest.mark.parametrize("name", CHANCE_CORRECTED)
@pytest.mark.parametrize("level", Level)
def test_without_variation_only_percent_agreement_exists(name: Coefficient, level: Level) -> None:
    agreement = measured(ALL_GOOD, name, level)
    assert (agreement.value, agreement.low, agreement.reason) == (None, None, Reason.NO_VARIATION)
    assert measured(ALL_GOOD, PERCENT, level).value == 1


def test_alpha_needs_variation_where_raters_meet() -> None:
    agreement = measured(by_rater("0001", "000."), Coefficient.KRIPPENDORFF_ALPHA)
    assert (agreement.value, agreement.reason) == (None, Reason.NO_VARIATION)


def test_values_that_are_equal_are_no_variation_beyond_the_nominal_level() -> None:
    ratings = Ratings(np.array([[0, 1], [1, 0]]), values=np.array([5.0, 5.0]))
    assert measured(ratings, PERCENT, Level.INTERVAL).value == 1
    assert measured(ratings, Coefficient.GWET_AC, Level.INTERVAL).reason is Reason.NO_VARIATION


def test_cohens_kappa_is_for_two_raters() -> None:
    agreement = measured(by_rater("0110", "0111", "1110"), COHEN)
    assert (agreement.value, agreement.reason) == (None, Reason.NOT_TWO_RATERS)
    assert (agreement.n_units, agreement.n_raters) == (4, 3)


def test_cohens_kappa_leaves_out_what_one_of_them_did_not_rate() -> None:
    assert measured(by_rater("0110.", "011.1"), COHEN).value == measured(by_rater("011", "011"), COHEN).value


class TestNoInterval:
    @pytest.mark.parametrize("name", Coefficient)
    def test_one_unit_has_a_value_and_no_interval(self, name: Coefficient) -> None:
        for agreement in (measured(ONE_UNIT, name), bootstrapped(ONE_UNIT, name)):
            assert agreement.value is not None
            assert (agreement.stderror, agreement.low, agreement.high) == (None, None, None)
            assert agreement.reason is Reason.ONE_UNIT

    def test_nor_has_one_cluster(self) -> None:
        ratings = Ratings(AGREED.codes, clusters=np.zeros(4, dtype=np.int64))
        assert measured(ratings, PERCENT).reason is Reason.ONE_UNIT

    @pytest.mark.parametrize("name", [PERCENT, *MANY_RATERS])
    def test_perfect_agreement_of_few_units_is_not_certain(self, name: Coefficient) -> None:
        agreement = measured(AGREED, name)
        assert (agreement.value, agreement.high, agreement.stderror, agreement.reason) == (1, 1, None, None)
        assert agreement.low is not None
        assert agreement.low < 0.5
        assert agreement.stderror_reason is Reason.NO_SPREAD

    def test_students_interval_of_perfect_agreement_has_no_width_and_is_not_given(self) -> None:
        agreement = measured(AGREED, PERCENT, interval=IntervalMethod.STUDENT)
        assert (agreement.value, agreement.low, agreement.reason) == (1, None, Reason.NO_SPREAD)

    def test_nor_is_that_of_the_bootstrap(self) -> None:
        for ratings in (AGREED, ALL_GOOD):
            agreement = bootstrapped(ratings, PERCENT)
            assert (agreement.value, agreement.stderror, agreement.low) == (1, None, None)
            assert agreement.reason is Reason.NO_SPREAD

    def test_resamples_without_a_coefficient_are_not_ignored(self) -> None:
        """One unit in ten shows the second category: a third of all resamples has no variation."""
        agreement = bootstrapped(by_rater("0000000001", "0000000001"), Coefficient.FLEISS_KAPPA)
        assert (agreement.value, agreement.low, agreement.reason) == (1, None, Reason.UNDEFINED_RESAMPLES)


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_a_sentence(reason: Reason) -> None:
    assert reason.text.endswith(".")


def test_a_rater_who_shares_no_unit_has_no_agreement() -> None:
    results = agreement_with_others(by_rater("01..", "01..", "..1."), (PERCENT,))
    assert [result.coefficients[0].reason for result in results] == [None, None, Reason.NO_PAIRS]


class TestRefusedInput:
    codes = np.array([[0, 1], [1, 1]])

    @pytest.mark.parametrize(
        ("codes", "fault"),
        [
            (np.array([0, 1]), "one row"),
            (np.array([[0, -2]]), "whole numbers"),
            (np.array([[0.5, 1]]), "whole numbers"),
        ],
    )
    def test_codes(self, codes: np.ndarray, fault: str) -> None:
        with pytest.raises(ValueError, match=fault):
            Ratings(codes)

    @pytest.mark.parametrize(
        ("values", "fault"), [([1.0], "every code"), ([1.0, np.nan], "finite"), ([[1.0, 2.0]], "one finite number")]
    )
    def test_values(self, values: list[float], fault: str) -> None:
        with pytest.raises(ValueError, match=fault):
            Ratings(self.codes, values=np.array(values))

    @pytest.mark.parametrize("weights", [[1.0, 0.0], [1.0, np.inf], [1.0, np.nan], [1.0]])
    def test_weights(self, weights: list[float]) -> None:
        with pytest.raises(ValueError, match="weights must"):
            Ratings(self.codes, weights=np.array(weights))

    def test_clusters(self) -> None:
        with pytest.raises(ValueError, match="clusters must have one entry"):
            Ratings(self.codes, clusters=np.array([1]))

    def test_a_level_needs_values(self) -> None:
        with pytest.raises(ValueError, match="ordinal needs a value"):
            measure_agreement(Ratings(self.codes), level=Level.ORDINAL)

    def test_the_ratio_level_needs_values_of_zero_or_more(self) -> None:
        with pytest.raises(ValueError, match="0 or more"):
            measure_agreement(Ratings(self.codes, values=np.array([-1.0, 1.0])), level=Level.RATIO)

    def test_an_interval_needs_resamples(self) -> None:
        with pytest.raises(ValueError, match="100 resamples"):
            bootstrap_agreement([Ratings(self.codes)], np.random.default_rng(1), resamples=99)
