"""Coefficients of agreement with their 95 % intervals."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from app.statistics.agreement.bootstrap import Resampled, resample
from app.statistics.agreement.intervals import student_bounds, wilson_bounds
from app.statistics.agreement.levels import Level
from app.statistics.agreement.points import Point, measure_point
from app.statistics.agreement.ratings import Ratings
from app.statistics.agreement.results import Agreement, Coefficient, IntervalMethod, Reason
from app.statistics.agreement.units import RatedUnits, rated_units

STANDARD = (
    Coefficient.PERCENT,
    Coefficient.GWET_AC,
    Coefficient.FLEISS_KAPPA,
    Coefficient.KRIPPENDORFF_ALPHA,
)
RESAMPLES = 2000


def measure_agreement(
    ratings: Ratings,
    coefficients: Sequence[Coefficient] = STANDARD,
    level: Level = Level.NOMINAL,
    interval: IntervalMethod = IntervalMethod.WILSON,
) -> tuple[Agreement, ...]:
    """Each coefficient with its analytic standard error and an interval from it.

    Wilson's interval holds for few units too; Student's is Gwet's, as other software prints it. At the nominal level
    categories that nobody chose do not count: q in AC1 and Brennan-Prediger is the number of observed categories.
    Beyond it all values are the scale, which gives q and the largest distance. Alpha depends on neither.

    Raises ValueError if the level needs values and the categories have none, or they do not fit the level.
    """
    return measure_units(rated_units(ratings, level), coefficients, level, interval)


def measure_units(
    units: RatedUnits, coefficients: Sequence[Coefficient], level: Level, interval: IntervalMethod
) -> tuple[Agreement, ...]:
    return tuple(_analytic(measure_point(units, name, level), interval) for name in coefficients)


def bootstrap_agreement(
    items: Sequence[Ratings],
    rng: np.random.Generator,
    coefficients: Sequence[Coefficient] = STANDARD,
    level: Level = Level.NOMINAL,
    resamples: int = RESAMPLES,
) -> tuple[tuple[Agreement, ...], ...]:
    """Each coefficient of each item with its bootstrap standard error and interval.

    Units are drawn, or whole clusters where there are clusters. The number of categories is that of the whole sample in
    every resample. Raises ValueError as `measure_agreement` does, or if there are fewer than 100 resamples.
    """
    if resamples < 100:
        raise ValueError("an interval needs 100 resamples or more")
    measured = [rated_units(ratings, level) for ratings in items]
    points = [measure_point(units, name, level) for units in measured for name in coefficients]
    results = iter(_bootstrap(points, rng, resamples))
    return tuple(tuple(next(results) for _ in coefficients) for _ in measured)


def _analytic(point: Point, interval: IntervalMethod) -> Agreement:
    if point.reason is not None or point.n_clusters < 2:
        return _without_interval(point)
    linearised = point.linearised
    bounds = wilson_bounds(linearised) if interval is IntervalMethod.WILSON else student_bounds(linearised)
    if bounds is None:
        return _agreement(point, reason=Reason.NO_SPREAD)
    return _agreement(point, linearised.stderror, bounds)


def _bootstrap(points: Sequence[Point], rng: np.random.Generator, resamples: int) -> list[Agreement]:
    """Points with the same number of clusters share their draws."""
    by_size: dict[int, list[int]] = defaultdict(list)
    for place, point in enumerate(points):
        if point.reason is None and point.n_clusters >= 2:
            by_size[point.scope.n_clusters].append(place)
    drawn: dict[int, Resampled] = {}
    for places in by_size.values():
        drawn.update(zip(places, resample([points[place] for place in places], rng, resamples), strict=True))
    return [
        _bootstrapped(point, drawn[place]) if place in drawn else _without_interval(point)
        for place, point in enumerate(points)
    ]


def _bootstrapped(point: Point, resampled: Resampled) -> Agreement:
    assert point.value is not None, "only coefficients that exist are resampled"
    bounds = resampled.bounds(point.value, point.influence)
    if isinstance(bounds, Reason):
        return _agreement(point, reason=bounds)
    return _agreement(point, resampled.stderror, bounds)


def _around(value: float | None, bounds: tuple[float, float] | None) -> tuple[float | None, float | None]:
    """The bounds with the value between them: it may be outside by rounding, and outside those of a bootstrap."""
    if value is None or bounds is None:
        return None, None
    return min(bounds[0], value), max(bounds[1], value)


def _without_interval(point: Point) -> Agreement:
    return _agreement(point, reason=point.reason or Reason.ONE_UNIT)


def _agreement(
    point: Point,
    stderror: float | None = None,
    bounds: tuple[float, float] | None = None,
    reason: Reason | None = None,
) -> Agreement:
    low, high = _around(point.value, bounds)
    return Agreement(
        name=point.name,
        level=point.level,
        value=point.value,
        stderror=stderror,
        low=low,
        high=high,
        n_units=int(point.units.is_paired.sum()),
        n_raters=point.units.n_raters,
        reason=reason,
    )
