"""Scales: the declared categories say how far apart two answers are, and intervals do not depend on the unit."""

from dataclasses import replace

import numpy as np
import pytest

from app.statistics.agreement import Coefficient, Level, Ratings, Reason
from tests.statistics.agreement.factories import (
    KAPPAS,
    MANY_RATERS,
    bootstrapped,
    bounds,
    by_rater,
    measured,
    random_ratings,
    value,
)
from tests.statistics.agreement.oracles import irr_cac

GWET, ALPHA = Coefficient.GWET_AC, Coefficient.KRIPPENDORFF_ALPHA
SCALES = [level for level in Level if level is not Level.NOMINAL]
ELEVEN = np.arange(11.0)
# Ten calls, three raters, all answers 9 or 10: five calls on which one of them is a step off.
NEAR_MISSES = Ratings(np.array([[9, 9, 9]] * 4 + [[10, 10, 10]] + [[9, 10, 10]] * 5), ELEVEN)


class TestDeclaredCategories:
    @pytest.mark.parametrize("level", SCALES)
    @pytest.mark.parametrize("name", KAPPAS)
    def test_values_and_standard_errors_are_irr_cacs(self, name: Coefficient, level: Level) -> None:
        # irrCAC knows no ratio to 0.
        ratings = replace(NEAR_MISSES, values=ELEVEN + 1)
        ours, theirs = measured(ratings, name, level), irr_cac(ratings, name, level)
        assert ours.value == pytest.approx(theirs["coefficient_value"], abs=1e-9)
        assert ours.stderror == pytest.approx(theirs["se"], abs=1e-9)

    def test_a_near_miss_is_no_total_disagreement(self) -> None:
        values = [value(NEAR_MISSES, GWET, level) for level in (Level.NOMINAL, Level.ORDINAL, Level.INTERVAL)]
        assert values == pytest.approx([0.3450, 0.9895, 0.9941], abs=5e-5)

    @pytest.mark.parametrize("level", SCALES)
    def test_alpha_depends_on_what_was_chosen_alone(self, level: Level) -> None:
        chosen = Ratings(NEAR_MISSES.codes - 9, values=ELEVEN[9:])
        found, expected = (measured(ratings, ALPHA, level) for ratings in (NEAR_MISSES, chosen))
        assert (found.value, found.stderror) == pytest.approx((expected.value, expected.stderror))
        assert bounds(found) == pytest.approx(bounds(expected))

    def test_the_nominal_level_knows_no_scale(self) -> None:
        for name in MANY_RATERS:
            assert measured(NEAR_MISSES, name) == measured(replace(NEAR_MISSES, values=None), name)

    @pytest.mark.parametrize("level", SCALES)
    @pytest.mark.parametrize("name", MANY_RATERS)
    def test_where_nobody_varies_there_is_no_coefficient(self, name: Coefficient, level: Level) -> None:
        found = measured(Ratings(np.full((5, 3), 10), ELEVEN), name, level)
        assert (found.value, found.reason) == (None, Reason.NO_VARIATION)


class TestUnitOfDistances:
    @pytest.mark.parametrize("level", SCALES)
    @pytest.mark.parametrize("name", MANY_RATERS)
    def test_with_two_categories_every_level_is_the_nominal_one(self, name: Coefficient, level: Level) -> None:
        ratings = Ratings(random_ratings(3, n_categories=2).codes, values=np.array([0.0, 1.0]))
        found, expected = measured(ratings, name, level), measured(ratings, name)
        assert (found.value, found.stderror) == pytest.approx((expected.value, expected.stderror))
        assert bounds(found) == pytest.approx(bounds(expected))

    @pytest.mark.parametrize("level", Level)
    def test_alpha_of_four_unanimous_calls_has_one_interval(self, level: Level) -> None:
        """Wilson's of no disagreement in four, with t of 3 + 4 degrees of freedom, over an expected one of 1/2."""
        ratings = by_rater("4455", "4455", "4455")
        low, high = bounds(measured(ratings, ALPHA, level))
        t2 = 2.36462425**2
        assert (low, high) == pytest.approx((1 - t2 / (4 + t2) / 0.5, 1))


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("seed", range(10))
def test_the_value_is_never_outside_its_interval(seed: int, level: Level) -> None:
    """Also not by a rounding error, and not in a bootstrap, whose correction may move both bounds to one side."""
    for units in (2, 5, 30):
        ratings = random_ratings(seed, units, 3, 3, gaps=0.1)
        for name in (Coefficient.PERCENT, *MANY_RATERS):
            for found in (measured(ratings, name, level), bootstrapped(ratings, name, resamples=100)):
                if found.low is not None:
                    assert found.value is not None
                    assert found.high is not None
                    assert found.low <= found.value <= found.high
