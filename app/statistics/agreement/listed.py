"""Agreement of single raters with the others, where there are many units and raters and few of them rated the same.

A matrix of all units and raters would be nearly empty: 10,000 calls that two of a hundred people scored. What one rater
is compared with are the shares in which the others chose each category, and these follow from counts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.statistics.agreement.levels import Level, distances
from app.statistics.agreement.measuring import measure_units
from app.statistics.agreement.raters import ONE_RATER, RaterAgreement
from app.statistics.agreement.results import Coefficient, IntervalMethod
from app.statistics.agreement.units import OneAndOthers
from app.statistics.sample import FloatArray, IntArray, factorize


@dataclass(frozen=True, slots=True, eq=False)
class RatingList:
    """Ratings one by one: the unit, the rater and the category of each, numbered from 0. A rater rates a unit once.

    weights, clusters: of each unit, as in `Ratings`.
    """

    units: IntArray
    raters: IntArray
    codes: IntArray
    weights: FloatArray
    clusters: IntArray


def listed_agreement_with_others(
    ratings: RatingList, coefficients: Sequence[Coefficient] = ONE_RATER
) -> tuple[RaterAgreement, ...]:
    """What `agreement_with_others` gives for the matrix of these ratings at the nominal level."""
    return tuple(
        RaterAgreement(rater, measure_units(compared, coefficients, Level.NOMINAL, IntervalMethod.WILSON))
        for rater, compared in _compared(ratings)
    )


def _compared(ratings: RatingList) -> Iterator[tuple[int, OneAndOthers]]:
    """Each rater with the units that others rated too."""
    if not ratings.units.size:
        return
    categories, codes = factorize(ratings.codes)
    q, n_raters = categories.size, np.unique(ratings.raters).size
    cells = np.bincount(ratings.units * q + codes, minlength=ratings.weights.size * q)
    counts = cells.reshape(-1, q).astype(np.float64)
    paired = np.flatnonzero(counts.sum(axis=1)[ratings.units] >= 2)
    for rater in np.unique(ratings.raters).tolist():
        rows = paired[ratings.raters[paired] == rater]
        units, own = ratings.units[rows], np.eye(q)[codes[rows]]
        others = counts[units] - own
        shares = others / others.sum(axis=1, keepdims=True)
        clusters = factorize(ratings.clusters[units])[1]
        yield (
            rater,
            OneAndOthers(
                # Only how many raters there are is asked of it.
                codes=np.broadcast_to(np.int64(0), (units.size, n_raters)),
                counts=own + shares,
                distances=distances(Level.NOMINAL, categories.astype(np.float64)),
                weights=ratings.weights[units],
                clusters=clusters,
                n_clusters=int(clusters.max(initial=-1)) + 1,
                varies=q > 1,
                own=own,
                others=shares,
            ),
        )
