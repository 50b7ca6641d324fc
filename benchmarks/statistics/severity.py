"""The severities of 100 verifiers from 400,000 evaluations, compared with one sparse least-squares solution.

The bare side solves the equations once, for fixed effects of agents, verifiers and call mix, with scipy's sparse
solver: no variance components, no shrinking, no intervals, no calls that were scored twice. Both begin with the same
arrays.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import lsqr

from app.statistics import IntArray
from app.statistics.severity import ScoredEvaluations, estimate_severities
from validation.scorings import Setting, simulate

ROUNDS = 3
SETTING = Setting(verifiers=100, agents=10_000, calls=364_000, doubled=0.1)


@dataclass(frozen=True, slots=True)
class Result:
    """Seconds of each round."""

    evaluations: int
    ours: tuple[float, ...]
    bare: tuple[float, ...]

    @property
    def ratio(self) -> float:
        return median(one / other for one, other in zip(self.ours, self.bare, strict=True))

    def row(self) -> str:
        what = (
            f"severities of {SETTING.verifiers} verifiers from {self.evaluations:,} evaluations of "
            f"{SETTING.agents:,} agents"
        )
        ours, bare = median(self.ours), median(self.bare)
        return f"| {what} | {ours:.1f} s | sparse least squares {bare:.1f} s | {self.ratio:.1f} | |"


def measure() -> Result:
    evaluations = simulate(np.random.default_rng(1), SETTING).evaluations
    ways = (lambda: estimate_severities(evaluations), lambda: _least_squares(evaluations))
    times = [[_timed(way) for way in ways] for _ in range(ROUNDS + 1)]
    ours, bare = zip(*times[1:], strict=True)  # the first one only warms up
    return Result(evaluations.scores.size, ours, bare)


def _least_squares(evaluations: ScoredEvaluations) -> None:
    columns = (evaluations.agents, evaluations.verifiers, *evaluations.call_mix)
    lsqr(sparse.hstack([_indicators(codes) for codes in columns], format="csr"), evaluations.scores)


def _indicators(codes: IntArray) -> sparse.csr_array:
    shape = codes.size, int(codes.max()) + 1
    return sparse.csr_array((np.ones(codes.size), codes, np.arange(codes.size + 1)), shape=shape)


def _timed(way: Callable[[], object]) -> float:
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
