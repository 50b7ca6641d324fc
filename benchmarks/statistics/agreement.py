"""2,000 bootstrap resamples of the agreement on 30 items beside the same bootstrap looping over irrCAC.

500 units, 8 raters, gaps; percent agreement, AC1, Fleiss' kappa and alpha of each item. irrCAC computes one resample of
one item at a time, so its time is proportional to their number: `BARE_RESAMPLES` of one item are timed in each turn and
scaled. It is spared percent agreement, which it computes on the way, and the intervals, which are ours alone.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np

from app.statistics import FloatArray, IntArray
from app.statistics.agreement import MISSING, STANDARD, Coefficient, Level, Ratings, bootstrap_agreement
from tests.statistics.agreement.oracles import irr_cac_estimates

UNITS, RATERS, ITEMS, CATEGORIES = 500, 8, 30, 3
RESAMPLES, BARE_RESAMPLES = 2000, 20
ROUNDS = 5
SEED = 20261128
COMPARED = tuple(name for name in STANDARD if name is not Coefficient.PERCENT)


@dataclass(frozen=True, slots=True)
class Result:
    """Seconds of each turn; those of irrCAC are scaled to all resamples and items."""

    ours: tuple[float, ...]
    bare: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times faster ours is."""
        return median(self.bare) / median(self.ours)

    def row(self) -> str:
        return (
            f"| {RESAMPLES:,} resamples of {UNITS} units × {RATERS} raters × {ITEMS} items, 4 coefficients "
            f"| {median(self.ours):.2f} s | irrCAC {median(self.bare):,.0f} s, scaled from {BARE_RESAMPLES} resamples "
            f"| **{self.ratio:,.0f}** | ≥ 50 |"
        )


def make_items(rng: np.random.Generator) -> list[Ratings]:
    """Items that are "good" in 85 % of the calls, with one rating in ten missing."""
    return [Ratings(_rate(rng), values=np.arange(1.0, CATEGORIES + 1)) for _ in range(ITEMS)]


def measure() -> Result:
    rng = np.random.default_rng(SEED)
    items = make_items(rng)
    _require_same(items[0])
    turns = [(_timed(lambda: _ours(items)), _timed(lambda: _bare(items[0], rng))) for _ in range(ROUNDS + 1)]
    ours, bare = zip(*turns[1:], strict=True)  # the first one only warms up
    return Result(ours, tuple(seconds * RESAMPLES / BARE_RESAMPLES * ITEMS for seconds in bare))


def _rate(rng: np.random.Generator) -> IntArray:
    shape = UNITS, RATERS
    truth = rng.choice(CATEGORIES, (UNITS, 1), p=[0.85, 0.1, 0.05])
    codes = np.where(rng.random(shape) < 0.9, truth, rng.integers(0, CATEGORIES, shape))
    return np.where(rng.random(shape) < 0.1, MISSING, codes)


def _ours(items: list[Ratings]) -> None:
    bootstrap_agreement(items, np.random.default_rng(SEED), resamples=RESAMPLES)


def _bare(item: Ratings, rng: np.random.Generator) -> None:
    values = _numbers(item)
    for _ in range(BARE_RESAMPLES):
        irr_cac_estimates(values[rng.integers(0, UNITS, UNITS)], COMPARED, Level.NOMINAL)


def _require_same(item: Ratings) -> None:
    """Both measure the same coefficients."""
    ((_, *ours),) = bootstrap_agreement([item], np.random.default_rng(SEED), resamples=RESAMPLES)
    theirs = irr_cac_estimates(_numbers(item), COMPARED, Level.NOMINAL)
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.value is not None
        assert abs(mine.value - other["coefficient_value"]) < 1e-9


def _numbers(item: Ratings) -> FloatArray:
    return np.where(item.codes >= 0, item.codes + 1.0, np.nan)


def _timed(way: Callable[[], None]) -> float:
    started = time.perf_counter()
    way()
    return time.perf_counter() - started


def main() -> Result:
    """Measure, print a row of a Markdown table, and return it."""
    result = measure()
    print(result.row())
    return result


if __name__ == "__main__":
    main()
