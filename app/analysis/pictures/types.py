"""What the pictures of reports show: plain numbers with their labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Quantity(StrEnum):
    """What an axis measures. Points go from 0 to 100; shares from 0 to 1 are shown in percent."""

    POINTS = "points"
    SHARE = "share"
    PER_CALL = "per_call"


@dataclass(frozen=True, slots=True)
class Whiskers:
    """Estimates of groups with their intervals.

    title, caption: the heading, and the period and filters under it.
    lows, highs: of the 95 % intervals; None where there is none. counts: of the calls behind each estimate.
    total: the estimate of all groups together.
    in_time: whether the groups are periods in order; otherwise they are shown in the order given.
    """

    title: str
    caption: str
    quantity: Quantity
    labels: Sequence[str]
    values: Sequence[float]
    lows: Sequence[float | None]
    highs: Sequence[float | None]
    counts: Sequence[int]
    total: float | None = None
    in_time: bool = False


@dataclass(frozen=True, slots=True)
class Trend:
    """A figure over time with the band of its 95 % intervals; None where a period has no figure.

    scale: the ends of the axis; by default it shows where the figures are.
    """

    title: str
    caption: str
    quantity: Quantity
    labels: Sequence[str]
    values: Sequence[float | None]
    lows: Sequence[float | None]
    highs: Sequence[float | None]
    scale: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Pareto:
    """Numbers of errors by item, or by what else groups them, and by cause.

    other: the customer's, and unclear. agent: None where the agents' errors are among the others.
    most: so many are drawn; the others are counted.
    """

    title: str
    caption: str
    labels: Sequence[str]
    process: Sequence[float]
    agent: Sequence[float] | None
    other: Sequence[float]
    most: int = 25

    @property
    def totals(self) -> list[float]:
        return [sum(parts) for parts in zip(*(numbers for _, numbers in self.causes), strict=True)]

    @property
    def causes(self) -> list[tuple[str, Sequence[float]]]:
        """The names of the causes, and the errors of each item from this cause."""
        if self.agent is None:
            return [("process", self.process), ("rest", self.other)]
        return [("process", self.process), ("agent", self.agent), ("other", self.other)]


@dataclass(frozen=True, slots=True)
class Funnel:
    """Figures of agents against the effective sizes of their samples, with the limits around the centre.

    limit_sizes: where the limits are drawn, ascending. `outside`: which of the agents are outside the 99.8 % limits.
    """

    title: str
    caption: str
    quantity: Quantity
    labels: Sequence[str]
    sizes: Sequence[float]
    values: Sequence[float]
    outside: Sequence[bool]
    centre: float | None
    limit_sizes: Sequence[float]
    low_95: Sequence[float]
    high_95: Sequence[float]
    low_998: Sequence[float]
    high_998: Sequence[float]


@dataclass(frozen=True, slots=True)
class ControlChart:
    """Points in time with their centre line and limits.

    signals: for each point the names of the rules that it breaks. ewma: the weighted moving average, if it is drawn.
    changes: what was changed, with the index of the first point after it.
    """

    title: str
    caption: str
    quantity: Quantity
    labels: Sequence[str]
    values: Sequence[float | None]
    centre: Sequence[float | None]
    lower: Sequence[float | None]
    upper: Sequence[float | None]
    signals: Sequence[Sequence[str]]
    ewma: Sequence[float | None] = ()
    changes: Sequence[tuple[int, str]] = ()


Picture = Whiskers | Trend | Pareto | Funnel | ControlChart
