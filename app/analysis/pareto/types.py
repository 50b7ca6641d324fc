"""What a Pareto of errors consists of."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.platform.clock import Period
from app.statistics import Estimate
from app.statistics.attribution import Verdict


class ParetoBy(StrEnum):
    ITEM = "item"
    REASON = "reason"
    SECTION = "section"


class CauseKey(NamedTuple):
    """An item, a reason or a section of a scorecard. Errors without a reason have no key and no scorecard."""

    scorecard_id: UUID | None
    key: str | None


class CauseTitle(NamedTuple):
    """The title of a cause; for an item also that of its section."""

    title: str
    section: str | None = None


class CauseShares(NamedTuple):
    """Whose the errors of a cause are: shares that add up to 1, and the verdict."""

    process: float
    agent: float
    other: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ParetoRow:
    """One cause. `found`: errors in the sample. `total`: the estimated number among all calls."""

    scorecard_id: UUID | None
    key: str | None
    title: str
    section: str | None
    found: int
    total: Estimate
    share: float
    cumulative_share: float
    vital: bool
    shares: CauseShares


@dataclass(frozen=True, slots=True)
class ParetoReport:
    """The causes, the largest first. `total`: None if no call was evaluated."""

    period: Period
    by: ParetoBy
    evaluations: int
    response_rate: float | None
    found: int
    total: Estimate | None
    rows: tuple[ParetoRow, ...]

    @property
    def vital_few(self) -> tuple[str, ...]:
        return tuple(row.title for row in self.rows if row.vital)

    @property
    def vital_share(self) -> float | None:
        return max((row.cumulative_share for row in self.rows if row.vital), default=None)
