"""What the monthly report consists of."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.analysis.coverage.types import CoverageReport
from app.analysis.errors.report import ErrorSourcesReport, ItemReport, WeekReport
from app.analysis.monthly.comparing import Compared, WeekLevel
from app.analysis.monthly.list_sentences import CoverageCounts
from app.analysis.quality.figures import Figure
from app.calibration import Language
from app.platform.clock import Period
from app.statistics import Estimate
from app.statistics.attribution import Method

MOST_ITEMS = 5
MOST_AGENTS = 7


@dataclass(frozen=True, slots=True)
class StandoutLine:
    """An agent outside the limits of an item."""

    agent_id: UUID
    name: str
    item: str
    title: str
    errors: int
    error_rate: float


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item with what to do about it, in the language of the report."""

    report: ItemReport
    action: str


@dataclass(frozen=True, slots=True)
class MonthlyReport:
    """The figures of a month, with those of the month before and of the last weeks to compare them with.

    month: its first day. complete: whether it has ended.
    quality, quality_before: of all calls together; None if no call was drawn.
    weeks, trend: the last weeks up to the end of the month, in order.
    """

    month: date
    complete: bool
    period: Period
    language: Language
    quality: Figure | None
    quality_before: Figure | None
    weeks: tuple[Figure, ...]
    sources: ErrorSourcesReport
    process_share_before: Estimate | None
    trend: tuple[WeekReport, ...]
    coverage: CoverageReport

    @property
    def quality_compared(self) -> Compared:
        return Compared(self.month, _estimate(self.quality), _estimate(self.quality_before))

    @property
    def process_loss(self) -> Estimate | None:
        """The points that the errors of the process cost on average."""
        return self.quality and self.quality.process_loss

    @property
    def week_levels(self) -> list[WeekLevel]:
        return [WeekLevel(week.name, week.estimate) for week in self.weeks]

    @property
    def process_compared(self) -> Compared:
        return Compared(self.month, self.sources.process_share.estimate, self.process_share_before)

    @property
    def provisional(self) -> bool:
        return self.sources.process_share.method is Method.PROVISIONAL

    @property
    def items(self) -> tuple[ItemLine, ...]:
        """The items with the most errors in all calls, and what to do about them."""
        erring = sorted((item for item in self.sources.by_item if item.errors), key=lambda item: -item.all_errors)
        russian = self.language is Language.RUSSIAN
        return tuple(ItemLine(item, item.action_ru if russian else item.action) for item in erring[:MOST_ITEMS])

    @property
    def agents(self) -> tuple[StandoutLine, ...]:
        """The agents outside their limits, once for each item; those with the most errors first."""
        lines = list(self._standouts())
        totals = Counter[UUID]()
        for line in lines:
            totals[line.agent_id] += line.errors
        return tuple(
            sorted(lines, key=lambda line: (-totals[line.agent_id], line.name, line.agent_id, -line.errors, line.title))
        )

    @property
    def coverage_counts(self) -> CoverageCounts:
        tally, agents = self.coverage.tally, self.coverage.agents
        heard = sum(agent.tally.evaluated > 0 for agent in agents)
        return CoverageCounts(tally.calls, tally.selected, tally.evaluated, len(agents), heard)

    def _standouts(self) -> Iterator[StandoutLine]:
        for item in self.sources.by_item:
            for agent in item.standout_agents:
                yield StandoutLine(agent.agent_id, agent.name, item.item, item.title, agent.errors, agent.error_rate)


def _estimate(figure: Figure | None) -> Estimate | None:
    return figure and figure.estimate
