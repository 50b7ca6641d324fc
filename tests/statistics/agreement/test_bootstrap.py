"""The bootstrap: reproducible, the same as one resample at a time, over clusters, of several items at once."""

from dataclasses import replace

import numpy as np
import pytest

from app.statistics.agreement import (
    Coefficient,
    Level,
    Ratings,
    bootstrap_agreement,
    measure_agreement,
)
from app.statistics.agreement import bootstrap as module
from app.statistics.agreement.bootstrap import resample
from app.statistics.agreement.points import measure_point
from app.statistics.agreement.units import rated_units
from tests.statistics.agreement.factories import (
    MANY_RATERS,
    bootstrapped,
    bounds,
    by_rater,
    measured,
    random_ratings,
    with_codes,
)

ALL = (Coefficient.PERCENT, *MANY_RATERS)


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("name", ALL)
def test_a_resample_has_the_coefficient_of_the_units_drawn(name: Coefficient, level: Level) -> None:
    """All categories occur in every resample, for the first units, which show them, are repeated often."""
    ratings = random_ratings(6, n_units=60, n_raters=5, n_categories=3)
    (resampled,) = resample([measure_point(rated_units(ratings, level), name, level)], np.random.default_rng(3), 100)
    drawn = np.random.default_rng(3).integers(0, 60, (100, 60))
    one_at_a_time = [measured(with_codes(ratings, ratings.codes[units]), name, level).value for units in drawn]
    assert resampled.values == pytest.approx(np.array(one_at_a_time, dtype=np.float64), abs=1e-9)


def test_the_same_seed_gives_the_same_interval() -> None:
    ratings = random_ratings(1)
    first, again, other = (bootstrapped(ratings, Coefficient.GWET_AC, seed) for seed in (1, 1, 2))
    assert first == again
    assert bounds(first) != bounds(other)


def test_the_value_is_that_of_the_sample() -> None:
    ratings = random_ratings(1)
    (results,) = bootstrap_agreement([ratings], np.random.default_rng(1), ALL)
    assert [each.value for each in results] == [each.value for each in measure_agreement(ratings, ALL)]


@pytest.mark.parametrize("name", ALL)
def test_with_many_units_it_agrees_with_the_analytic_interval(name: Coefficient) -> None:
    ratings = random_ratings(9, n_units=800)
    ours, analytic = bootstrapped(ratings, name), measured(ratings, name)
    assert ours.stderror == pytest.approx(analytic.stderror, rel=0.06)
    assert bounds(ours) == pytest.approx(bounds(analytic), abs=0.006)


def test_items_with_the_same_units_share_the_draws() -> None:
    """An item and its copy get the same interval in one call; alone, each has the same as first."""
    ratings = random_ratings(2)
    first, copy = bootstrap_agreement([ratings, ratings], np.random.default_rng(5), ALL)
    (alone,) = bootstrap_agreement([ratings], np.random.default_rng(5), ALL)
    assert first == copy == alone


def test_items_with_other_units_have_draws_of_their_own() -> None:
    long, short, none = random_ratings(2, n_units=30), random_ratings(2, n_units=10), by_rater("..", "..")
    results = bootstrap_agreement([long, none, short], np.random.default_rng(5), (Coefficient.PERCENT,))
    assert [of_item[0].n_units > 0 for of_item in results] == [True, False, True]
    assert all(of_item[0].reason is None for of_item in (results[0], results[2]))


def test_whole_clusters_are_drawn() -> None:
    ratings = random_ratings(7, n_units=40, gaps=0)
    copies = Ratings(np.repeat(ratings.codes, 5, axis=0), clusters=np.repeat(np.arange(40), 5))
    clustered, plain, ignored = (
        bootstrapped(each, Coefficient.GWET_AC) for each in (copies, ratings, replace(copies, clusters=None))
    )
    assert bounds(clustered) == pytest.approx(bounds(plain), abs=1e-9)
    assert np.diff(bounds(ignored)) < 0.6 * np.diff(bounds(clustered))


def test_large_samples_are_drawn_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    ratings = random_ratings(3)
    whole = bootstrapped(ratings, Coefficient.FLEISS_KAPPA, resamples=1000)
    monkeypatch.setattr(module, "_BLOCK", 20 * 70)
    assert bounds(bootstrapped(ratings, Coefficient.FLEISS_KAPPA, resamples=1000)) == pytest.approx(bounds(whole))


@pytest.mark.parametrize("seed", range(10))
def test_the_bounds_are_possible(seed: int) -> None:
    (results,) = bootstrap_agreement([random_ratings(seed, 8, 2, 2)], np.random.default_rng(seed), ALL)
    for agreement in results:
        if agreement.reason is None:
            low, high = bounds(agreement)
            assert -1 <= low < high <= 1
