"""Whether the intervals of severities hold: simulated centres with known severities, a thousand of each."""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from app.statistics.severity import Severities, estimate_severities
from validation.scorings import Setting, Simulated, simulate

BEGIN, END = "<!-- severity -->", "<!-- /severity -->"
GOAL = (0.93, 0.97)
_USUAL = Setting(verifiers=12, agents=80, calls=1200)
_FEW = Setting(verifiers=3, agents=15, calls=150)
SETTINGS = {
    "2 verifiers": replace(_FEW, verifiers=2),
    "3 verifiers": _FEW,
    "3 verifiers, two-point": replace(_FEW, severities="two-point"),
    "4 verifiers": replace(_FEW, verifiers=4),
    "6 verifiers": Setting(verifiers=6, agents=40, calls=600),
    "6 verifiers, differ by 0.7": Setting(verifiers=6, agents=40, calls=600, severity=0.7),
    "6 verifiers, do not differ": Setting(verifiers=6, agents=40, calls=600, severity=0.0),
    "12 verifiers": _USUAL,
    "12, two-point": replace(_USUAL, severities="two-point"),
    "12, two-point, differ by 1": replace(_USUAL, severities="two-point", severity=1.0, calls=600),
    "12, heavy-tailed": replace(_USUAL, severities="heavy-tailed"),
    "12, no double scorings": replace(_USUAL, doubled=0.0),
    "12, very uneven": replace(_USUAL, unevenness=5.0),
    "12, good agents by some": replace(_USUAL, correlation=0.5, unevenness=1.0),
    "12, many scores of 100": replace(_USUAL, top=5.0),
    "12, half of the scores 100": replace(_USUAL, top=-5.0),
    "12, stricter with some agents": replace(_USUAL, interaction=2.0),
    "40 verifiers": Setting(verifiers=40, agents=200, calls=3000),
}
_HEADINGS = (
    "| centre | scores of 100 | covered | width | off by, typically | plain means: off by | agents: off by "
    "| plain means: off by |\n|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True)
class Row:
    """The results of one setting. Errors are root mean squares, in points."""

    intervals: int
    at_top: float
    coverage: float
    width: float
    error: float
    plain_error: float
    agent_error: float
    plain_agent_error: float


def study(setting: Setting, runs: int, seed: int) -> Row:
    rng = np.random.default_rng(seed)
    results = np.concatenate([_one(simulate(rng, setting)) for _ in range(runs)])
    return Row(len(results), *results[:, :3].mean(axis=0), *np.sqrt(results[:, 3:].mean(axis=0)))


def _one(simulated: Simulated) -> np.ndarray:
    evaluations, severities = simulated.evaluations, estimate_severities(simulated.evaluations)
    known = [code for code, one in enumerate(severities.verifiers) if one.estimate]
    truth = simulated.severities - simulated.severities[known].mean()
    plain = -_means(evaluations.verifiers, evaluations.scores, truth.size)
    plain -= np.nanmean(plain)
    seen = ~np.isnan(severities.agent_means)
    # The last agents may have no call.
    quality = simulated.agents[: seen.size]
    errors = severities.agent_means - quality - (simulated.severities.mean() - simulated.severities[known].mean())
    agents = np.mean(errors[seen] ** 2)
    plain_agents = np.mean((_means(evaluations.agents, evaluations.scores, seen.size) - quality)[seen] ** 2)
    at_top = np.mean(evaluations.scores == 100)
    rows = [
        (at_top, low <= truth[code] <= high, high - low, (value - truth[code]) ** 2, (plain[code] - truth[code]) ** 2)
        for code, value, low, high in _intervals(severities, known)
    ]
    return np.column_stack((np.array(rows, dtype=np.float64), np.full((len(rows), 2), (agents, plain_agents))))


def _intervals(severities: Severities, known: list[int]) -> Iterator[tuple[int, float, float, float]]:
    for code in known:
        estimate = severities.verifiers[code].estimate
        if estimate and estimate.low is not None and estimate.high is not None:
            yield code, estimate.value, estimate.low, estimate.high


def _means(codes: np.ndarray, scores: np.ndarray, size: int) -> np.ndarray:
    n = np.bincount(codes, minlength=size)
    return np.bincount(codes, scores, size) / np.where(n > 0, n, np.nan)


def table(pool: Executor, runs: int, seed: int) -> str:
    """A row for each setting. Centres with few verifiers are simulated more often, for they give few intervals each."""
    numbers = range(seed, seed + len(SETTINGS))
    each = [max(runs, runs * _USUAL.verifiers // setting.verifiers) for setting in SETTINGS.values()]
    rows = pool.map(study, SETTINGS.values(), each, numbers)
    return "\n".join([_HEADINGS, *map(_line, SETTINGS, rows)])


def _line(name: str, row: Row) -> str:
    coverage = f"{100 * row.coverage:.1f} %"
    cells = (
        name,
        f"{100 * row.at_top:.0f} %",
        coverage if GOAL[0] <= row.coverage <= GOAL[1] else f"**{coverage}**",
        *(f"{value:.2f}" for value in (row.width, row.error, row.plain_error, row.agent_error, row.plain_agent_error)),
    )
    return f"| {' | '.join(cells)} |"
