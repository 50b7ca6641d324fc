"""Critical-error accuracy by family, estimated from the drawn calls that were evaluated."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from app.analysis.metrics.types import FAMILIES, CallOutcomes
from app.analysis.quality.figures import NO_NAME, TOTAL_NAME
from app.analysis.samples import SampleArrays
from app.analysis.types import GroupBy
from app.platform.clock import Period
from app.statistics import BoolArray, Estimate, IntArray, estimate_proportions


class CriticalBy(StrEnum):
    PROJECT = "project"
    TEAM = "team"
    AGENT = "agent"
    WEEK = "week"

    @property
    def group_by(self) -> GroupBy:
        return GroupBy(self.value)


class Accuracy(NamedTuple):
    """The accuracy of a family: 1 − failing/applicable calls.

    `n`: evaluated calls to which an item of the family applied. `failed`: those of them with an error at one.
    `population`: the estimated number of calls to which one applies.
    """

    estimate: Estimate
    n: int
    failed: int
    population: float

    @property
    def value(self) -> float:
        return self.estimate.value

    @property
    def low(self) -> float | None:
        return self.estimate.low

    @property
    def high(self) -> float | None:
        return self.estimate.high


@dataclass(frozen=True, slots=True)
class AccuracyRow:
    """A group. A family is None if no item of it applied to any evaluated call. `all_families`: without any failure."""

    key: str | None
    name: str
    evaluations: int
    selected: int
    customer: Accuracy | None
    business: Accuracy | None
    compliance: Accuracy | None
    all_families: Accuracy | None

    @property
    def response_rate(self) -> float:
        return self.evaluations / self.selected


@dataclass(frozen=True, slots=True)
class CriticalReport:
    period: Period
    by: CriticalBy
    items: tuple[AccuracyRow, ...]
    total: AccuracyRow | None

    @property
    def rows(self) -> Iterator[AccuracyRow]:
        """The groups, and the total without a key."""
        yield from self.items
        if self.total is not None:
            yield self.total


def accuracy_rows(
    sample: SampleArrays, outcomes: CallOutcomes, groups: IntArray, keys: Sequence[str | None]
) -> tuple[AccuracyRow, ...]:
    """One row for each group with a drawn call. groups: of each call, numbered as the keys are."""
    selected = np.bincount(groups[sample.counts], minlength=len(keys)).tolist()
    evaluated = np.bincount(groups[sample.counts & sample.evaluated], minlength=len(keys)).tolist()
    accuracies = [_accuracies(sample, *outcomes.family(family), groups) for family in (*FAMILIES, None)]
    return tuple(
        AccuracyRow(
            key,
            NO_NAME if key is None else key,
            evaluated[code],
            selected[code],
            *(found.get(code) for found in accuracies),
        )
        for code, key in enumerate(keys)
        if selected[code]
    )


def total_row(sample: SampleArrays, outcomes: CallOutcomes) -> AccuracyRow | None:
    """The row of all calls together; None if no call was drawn."""
    rows = accuracy_rows(sample, outcomes, np.zeros_like(sample.agents), [TOTAL_NAME])
    return replace(rows[0], key=None) if rows else None


def _accuracies(sample: SampleArrays, applies: BoolArray, fails: BoolArray, groups: IntArray) -> Mapping[int, Accuracy]:
    # A call to which no item applied is evaluated: it is no nonresponse, but has no part in the accuracy.
    values = 1 - fails.astype(np.float64)
    domains = np.where(sample.counts & applies, groups, -1)
    failed = np.bincount(groups[sample.counts & fails], minlength=int(groups.max(initial=0)) + 1).tolist()
    return {
        code: Accuracy(Estimate(found.value, found.low, found.high), found.n, failed[code], found.population)
        for code, found in estimate_proportions(sample.sample(values), domains).items()
    }
