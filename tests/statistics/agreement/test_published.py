"""Values from the literature, each example a class of its own."""

import numpy as np
import pytest

from app.statistics.agreement import Coefficient, IntervalMethod, Level, Ratings, alignment, measure_agreement
from tests.statistics.agreement.factories import by_rater, from_counts, from_table, measured, value

PERCENT, COHEN, CONGER, FLEISS, BRENNAN_PREDIGER, GWET, ALPHA = Coefficient


class TestKrippendorff2011FourObservers:
    """Krippendorff 2011, Computing Krippendorff's alpha-reliability, example C: 4 observers, 12 units, gaps."""

    ratings = by_rater("123321412...", "1233224125.3", ".3332342251.", "12332441251.")

    @pytest.mark.parametrize(
        ("level", "expected"),
        [(Level.NOMINAL, 0.7434), (Level.ORDINAL, 0.8154), (Level.INTERVAL, 0.8491), (Level.RATIO, 0.7974)],
    )
    def test_alpha(self, level: Level, expected: float) -> None:
        assert value(self.ratings, ALPHA, level) == pytest.approx(expected, abs=5e-5)

    @pytest.mark.parametrize(
        ("name", "expected"), [(GWET, 0.77544), (FLEISS, 0.76117), (CONGER, 0.76207), (BRENNAN_PREDIGER, 0.77273)]
    )
    def test_other_coefficients(self, name: Coefficient, expected: float) -> None:
        assert value(self.ratings, name) == pytest.approx(expected, abs=5e-6)

    def test_units_and_raters(self) -> None:
        alpha = measured(self.ratings, ALPHA)
        assert (alpha.n_units, alpha.n_raters) == (11, 4)


class TestGwetFourRaters:
    """Gwet 2014, Handbook of Inter-Rater Reliability (irrCAC `raw_4raters`).

    Krippendorff's ratings, but the single rating of the last unit is the third rater's. Only Conger's kappa notices.
    """

    ratings = by_rater("123321412...", "1233224125..", ".33323422513", "12332441251.")

    @pytest.mark.parametrize(
        ("name", "expected", "stderror"),
        [
            (PERCENT, 0.81818, 0.12561),
            (GWET, 0.77544, 0.14295),
            (FLEISS, 0.76117, 0.15302),
            (CONGER, 0.76282, 0.14917),
            (BRENNAN_PREDIGER, 0.77273, 0.14472),
            (ALPHA, 0.74342, 0.14557),
        ],
    )
    def test_values_and_standard_errors(self, name: Coefficient, expected: float, stderror: float) -> None:
        agreement = measured(self.ratings, name)
        assert (agreement.value, agreement.stderror) == pytest.approx((expected, stderror), abs=5e-6)

    @pytest.mark.parametrize(
        ("name", "low", "high"),
        [(PERCENT, 0.54172, 1), (GWET, 0.46081, 1), (FLEISS, 0.42438, 1), (ALPHA, 0.41906, 1)],
    )
    def test_students_intervals(self, name: Coefficient, low: float, high: float) -> None:
        agreement = measured(self.ratings, name, interval=IntervalMethod.STUDENT)
        assert (agreement.low, agreement.high) == pytest.approx((low, high), abs=5e-6)


class TestKrippendorff2011BinaryData:
    """Example A: two observers, ten units."""

    def test_alpha(self) -> None:
        assert value(by_rater("0100000010", "1110010000"), ALPHA) == pytest.approx(0.095, abs=5e-4)


class TestKrippendorff2011NominalData:
    """Example B: two observers, twelve units, five categories."""

    def test_alpha(self) -> None:
        assert value(by_rater("001132224330", "101112224333"), ALPHA) == pytest.approx(0.692, abs=5e-4)


class TestFleissTenSubjects:
    """The worked example of Fleiss' kappa: 14 raters, 10 subjects, 5 categories."""

    table = [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ]

    def test_kappa(self) -> None:
        assert value(from_counts(self.table), FLEISS) == pytest.approx(0.20993, abs=5e-6)

    def test_percent(self) -> None:
        assert value(from_counts(self.table), PERCENT) == pytest.approx(0.378, abs=5e-4)


class TestCohen1960:
    """Cohen 1960, A coefficient of agreement for nominal scales, table 1: 200 cases, observed 0.70, by chance 0.41."""

    ratings = from_table([[88, 14, 18], [10, 40, 10], [2, 6, 12]])

    def test_kappa(self) -> None:
        assert value(self.ratings, COHEN) == pytest.approx((0.70 - 0.41) / (1 - 0.41))

    def test_percent(self) -> None:
        assert value(self.ratings, PERCENT) == pytest.approx(0.70)


class TestFeinsteinCicchetti1990:
    """High agreement but low kappa, I: both tables agree in 85 of 100 cases, and the skewed one has half the kappa."""

    def test_balanced(self) -> None:
        assert value(from_table([[40, 9], [6, 45]]), COHEN) == pytest.approx(0.70, abs=5e-3)

    def test_skewed(self) -> None:
        assert value(from_table([[80, 10], [5, 5]]), COHEN) == pytest.approx(0.32, abs=5e-3)


class TestGwet2008Paradox:
    """Two raters, 125 subjects, 118 of them in one category for both: kappa is below 0, AC1 is not."""

    ratings = from_table([[118, 5], [2, 0]])

    def test_kappa_and_ac1(self) -> None:
        percent, kappa, ac1 = (value(self.ratings, name) for name in (PERCENT, COHEN, GWET))
        assert (percent, kappa, ac1) == pytest.approx((0.944, -0.0234, 0.9408), abs=5e-5)


class TestAlignment:
    def test_ten_against_seven_of_fifteen_points(self) -> None:
        assert alignment(np.array([10.0]), np.array([7.0]), 15) == pytest.approx(0.8)


class TestKrippendorffOfAReference:
    """All coefficients are asked for in one call and come in the order asked for."""

    def test_order(self) -> None:
        names = tuple(Coefficient)
        ratings = Ratings(np.array([[0, 0], [1, 1], [0, 1]]))
        assert tuple(agreement.name for agreement in measure_agreement(ratings, names)) == names
