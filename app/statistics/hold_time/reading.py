"""Hold time read as the agent's or as the process's.

An agent whose calls are on hold longer than those of the others does not know the material. If a whole project holds
its customers long, the information is badly arranged for everyone. All calls are known, so that there is no sampling
error; chance is that of the calls that an agent happens to get.

A call counts for the comparison with at most `CAP_S` seconds on hold: a few endless holds, or a telephone system that
forgot to end one, would otherwise decide about an agent. Agents are compared with the others of their project, and
projects with the other projects, as `outliers` describes. Agents differ by factors rather than by seconds, and so do
their calls: what is compared is the cube root of the mean, which makes such values nearly normal (Wilson and Hilferty
1931) and, unlike the logarithm, has a value for agents who never put a customer on hold. The coefficient of variation
and the skewness between the calls of an agent are taken to be the same for all agents of a project.

A project is also read as the process's if customers who are put on hold usually wait for more than a minute: among the
agents who are not unusual, the share of the held calls with more than a minute is above one half with its whole 95 %
interval (Wilson's, on the effective number of calls; the calls of an agent are a cluster).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from app.statistics.estimates import Estimate
from app.statistics.hold_time.outliers import (
    Reference,
    false_discovery_threshold,
    reference_of,
    upper_limits,
    upper_p_values,
)
from app.statistics.hold_time.types import HoldReading, HoldReason, HoldTotals, HoldVerdict, ProjectHold
from app.statistics.intervals import wilson_interval
from app.statistics.sample import BoolArray, FloatArray, IntArray, factorize

CAP_S = 600
MINUTE_S = 60
# An agent with fewer calls is not compared, and a project or a tenant with fewer units has no limit.
MIN_CALLS = 20
MIN_AGENTS = 3
MIN_PROJECTS = 3
FALSE_DISCOVERY_RATE = 0.05
USUAL = 0.5
# A variance of cube roots below this is rounding error.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """The agents of one project who are compared: their entries, and the distribution of their roots by chance."""

    project: int
    entries: IntArray
    roots: FloatArray
    variances: FloatArray
    skewness: FloatArray
    reference: Reference

    @property
    def variance_of_centre(self) -> float:
        totals = np.maximum(self.reference.variance_between + self.variances, _ROUNDING)
        return float(1 / (1 / totals).sum())

    @property
    def sd_between(self) -> float:
        """The standard deviation of the agents' means in seconds, to the first order."""
        return float(3 * self.reference.centre**2 * self.reference.variance_between**0.5)


@dataclass(frozen=True, slots=True)
class _Shape:
    """The coefficient of variation and the skewness of the calls of one agent."""

    cv: float
    skewness: float


def read_hold_time(totals: HoldTotals) -> HoldReading:
    """The reading of these calls; false discoveries are bounded over all agents of all projects together."""
    projects, index = factorize(totals.projects)
    groups = [np.flatnonzero(index == place) for place in range(projects.size)]
    found = [_compare(totals, code, group) for code, group in zip(projects.tolist(), groups, strict=True)]
    compared = [one for one in found if one is not None]
    limits, above = _agent_limits(totals.known.size, compared)
    between, high = _compare_projects(compared)
    read = tuple(
        _project(totals, code, group, above, one, above_others=code in high)
        for code, group, one in zip(projects.tolist(), groups, found, strict=True)
    )
    return HoldReading(
        means=_means(totals.sum1, totals.known),
        limits=limits,
        above=above,
        projects=read,
        sd_between_agents=_pooled_sd(compared),
        sd_between_projects=between,
    )


def _agent_limits(size: int, compared: list[_Compared]) -> tuple[FloatArray, BoolArray]:
    """The limit of each entry in seconds, NaN where it is not compared, and whether it is above."""
    p_values = [upper_p_values(one.roots, one.variances, one.skewness, one.reference) for one in compared]
    threshold = false_discovery_threshold(np.concatenate([np.zeros(0), *p_values]), FALSE_DISCOVERY_RATE)
    limits, above = np.full(size, np.nan), np.zeros(size, dtype=np.bool_)
    for one, p in zip(compared, p_values, strict=True):
        limits[one.entries] = np.maximum(upper_limits(one.variances, one.skewness, one.reference, threshold), 0) ** 3
        above[one.entries] = p <= threshold
    return limits, above


def _means(sums_of: FloatArray, counts: FloatArray) -> FloatArray:
    return np.divide(sums_of, counts, out=np.full_like(sums_of, np.nan), where=counts > 0)


def _compare(totals: HoldTotals, project: int, group: IntArray) -> _Compared | None:
    entries = group[totals.compared[group] & (totals.known[group] >= MIN_CALLS)]
    if entries.size < MIN_AGENTS:
        return None
    n, shape = totals.known[entries], _shape(totals, entries)
    roots = np.cbrt(totals.sum1[entries] / n)
    typical = float(np.cbrt(totals.sum1[entries].sum() / n.sum()))
    variances = (typical * shape.cv / 3) ** 2 / n
    skewness = np.maximum(shape.skewness - 2 * shape.cv, 0) / np.sqrt(n)
    return _Compared(project, entries, roots, variances, skewness, reference_of(roots, variances))


def _shape(totals: HoldTotals, entries: IntArray) -> _Shape:
    """The shape that the hold times of every agent have, pooled over the agents."""
    n, s1, s2, s3 = (array[entries] for array in (totals.known, totals.sum1, totals.sum2, totals.sum3))
    mean = s1 / n
    second, third = s2 - s1 * mean, s3 - 3 * mean * s2 + 2 * n * mean**3
    if not s1.sum():
        return _Shape(0.0, 0.0)
    cv = float(max(second.sum() / ((n - 1) * mean**2).sum(), 0.0)) ** 0.5
    skewness = float(third.sum() / (n * mean**3).sum()) / cv**3 if cv > 0 else 0.0
    return _Shape(cv, skewness)


def _compare_projects(compared: list[_Compared]) -> tuple[float | None, frozenset[int]]:
    """The standard deviation between projects, and the projects above the others; each has its usual agent's mean."""
    if len(compared) < MIN_PROJECTS:
        return None, frozenset()
    centres = np.array([one.reference.centre for one in compared])
    variances = np.array([one.variance_of_centre for one in compared])
    reference = reference_of(centres, variances)
    p_values = upper_p_values(centres, variances, np.zeros_like(centres), reference)
    threshold = false_discovery_threshold(p_values, FALSE_DISCOVERY_RATE)
    high = frozenset(one.project for one, p in zip(compared, p_values.tolist(), strict=True) if p <= threshold)
    return float(3 * reference.centre**2 * reference.variance_between**0.5), high


def _project(
    totals: HoldTotals,
    project: int,
    group: IntArray,
    above: BoolArray,
    compared: _Compared | None,
    *,
    above_others: bool,
) -> ProjectHold:
    n_above = int(above[group].sum())
    over_minute = _over_minute_of_held(totals, group[totals.compared[group] & ~above[group]])
    reasons = []
    if n_above:
        reasons.append(HoldReason.AGENTS_ABOVE_LIMIT)
    if above_others:
        reasons.append(HoldReason.PROJECT_ABOVE_OTHERS)
    if over_minute is not None and over_minute.low is not None and over_minute.low > USUAL:
        reasons.append(HoldReason.OVER_A_MINUTE_IS_USUAL)
    if not reasons:
        reasons.append(_why_none(totals, group, compared))
    elif compared is None:
        reasons.append(HoldReason.TOO_FEW_AGENTS)
    return ProjectHold(
        project=project,
        agents_compared=0 if compared is None else compared.entries.size,
        agents_above=n_above,
        usual=None if compared is None else compared.reference.centre**3,
        sd_between=None if compared is None else compared.sd_between,
        over_minute_of_held=over_minute,
        verdict=_verdict(reasons),
        reasons=tuple(reasons),
    )


def _why_none(totals: HoldTotals, group: IntArray, compared: _Compared | None) -> HoldReason:
    if not totals.known[group].sum():
        return HoldReason.NO_KNOWN_HOLD
    return HoldReason.TOO_FEW_AGENTS if compared is None else HoldReason.NOTHING_UNUSUAL


def _verdict(reasons: list[HoldReason]) -> HoldVerdict:
    agents = HoldReason.AGENTS_ABOVE_LIMIT in reasons
    process = HoldReason.PROJECT_ABOVE_OTHERS in reasons or HoldReason.OVER_A_MINUTE_IS_USUAL in reasons
    if agents and process:
        return HoldVerdict.MIXED
    if agents:
        return HoldVerdict.AGENT
    return HoldVerdict.PROCESS if process else HoldVerdict.NONE


def overall_verdict(verdicts: Iterable[HoldVerdict]) -> HoldVerdict:
    """The verdict on several projects together."""
    found = set(verdicts) - {HoldVerdict.NONE}
    if not found:
        return HoldVerdict.NONE
    return found.pop() if len(found) == 1 else HoldVerdict.MIXED


def _over_minute_of_held(totals: HoldTotals, entries: IntArray) -> Estimate | None:
    """The share of the held calls of these agents with more than a minute on hold.

    The interval is None for a single agent, who says nothing about the others.
    """
    held, over = totals.held[entries], totals.over_minute[entries]
    agents = int((held > 0).sum())
    if not agents:
        return None
    share = float(over.sum() / held.sum())
    if agents == 1:
        return Estimate(share, None, None)
    variance = float(np.square((over - share * held) / held.sum()).sum()) * agents / (agents - 1)
    n = share * (1 - share) / variance if variance > 0 and 0 < share < 1 else held.sum() ** 2 / np.square(held).sum()
    return Estimate(share, *wilson_interval(share, float(min(n, held.sum()))))


def _pooled_sd(compared: list[_Compared]) -> float | None:
    """The square root of the variance between the agents of a project, pooled over the projects."""
    if not compared:
        return None
    df = np.array([one.reference.n - 1 for one in compared], dtype=np.float64)
    between = np.array([one.sd_between for one in compared])
    return float(np.sqrt((df * between**2).sum() / df.sum()))
