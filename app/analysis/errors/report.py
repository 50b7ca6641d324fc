"""Sources of errors for readers: with the names of items, reasons, agents and teams, and with what to do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from app.analysis.errors.actions import recommend
from app.analysis.errors.table import ErrorTable, ItemKey, ReasonKey
from app.analysis.kept.types import Figure
from app.analysis.populations import Population, one_group, populations
from app.analysis.samples import SampleArrays
from app.analysis.weeks import iso_week
from app.calibration import Language
from app.platform.clock import Period
from app.scorecards import PublishedVersion
from app.statistics import Estimate
from app.statistics.attribution import (
    ErrorSources,
    GroupSource,
    ItemSource,
    MixedReason,
    ProcessShare,
    ReasonCount,
    Standout,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class StandoutAgent:
    agent_id: UUID
    name: str
    errors: int
    error_rate: float

    def __str__(self) -> str:
        return f"{self.name} ({self.errors})"


@dataclass(frozen=True, slots=True)
class ReasonShare:
    """How often a reason was given for the errors at an item, and its share of all errors at the item."""

    reason: str
    label: str
    count: int
    share: float

    def __str__(self) -> str:
        return f"{self.label} ({self.count})"


@dataclass(frozen=True, slots=True)
class ItemReport:
    scorecard_id: UUID
    item: str
    title: str
    section: str
    answers: int
    population: float
    errors: int
    error_rate: Estimate
    process_share: Estimate | None
    verdict: Verdict | None
    mixed_reason: MixedReason | None
    spread: float
    agent_sd: float | None
    standout_agents: tuple[StandoutAgent, ...]
    reasons: tuple[ReasonShare, ...]
    action: str
    action_ru: str

    @property
    def p_process(self) -> float | None:
        return None if self.process_share is None else self.process_share.value

    @property
    def all_errors(self) -> float:
        """The number of errors at the item in all calls, as estimated."""
        return self.population * self.error_rate.value


@dataclass(frozen=True, slots=True)
class ReasonReport:
    scorecard_id: UUID
    reason: str
    label: str
    errors: int
    process_share: Estimate


@dataclass(frozen=True, slots=True)
class TeamReport:
    team_id: UUID
    name: str
    errors: int
    process_share: Estimate


@dataclass(frozen=True, slots=True)
class WeekReport:
    week: str
    errors: int
    process_share: Estimate


@dataclass(frozen=True, slots=True)
class ErrorSourcesReport:
    """`response_rate` is the share of the drawn calls that is evaluated; None if no call was drawn.

    figure: what the figures were computed from; the service knows it.
    """

    period: Period
    evaluations: int
    population: Population
    response_rate: float | None
    errors: int
    process_share: ProcessShare
    marked_process_share: Estimate | None
    by_item: tuple[ItemReport, ...]
    by_reason: tuple[ReasonReport, ...]
    by_team: tuple[TeamReport, ...]
    trend: tuple[WeekReport, ...]
    standout_agents: tuple[StandoutAgent, ...]
    figure: Figure | None = None


class ItemTitle(NamedTuple):
    item: str
    section: str


@dataclass(frozen=True, slots=True)
class Labels:
    """The names of items, reasons, agents and teams."""

    items: Mapping[ItemKey, ItemTitle]
    item_reasons: Mapping[tuple[ItemKey, str], str]
    reasons: Mapping[ReasonKey, str]
    people: Mapping[UUID, str]


def labels_of(versions: Iterable[PublishedVersion], people: Mapping[UUID, str]) -> Labels:
    """The labels in these versions of scorecards; if they differ, those of the newest version."""
    scored = [
        (ItemKey(version.scorecard_id, item.key), section, item)
        for version in sorted(versions, key=lambda version: version.number)
        for section in version.definition.sections
        for item in section.items
    ]
    item_reasons = {(key, reason.key): reason.label for key, _, item in scored for reason in item.error_reasons}
    return Labels(
        items={key: ItemTitle(item.title, section.title) for key, section, item in scored},
        item_reasons=item_reasons,
        reasons={ReasonKey(key.scorecard_id, reason): label for (key, reason), label in item_reasons.items()},
        people=people,
    )


def error_report(
    period: Period, sample: SampleArrays, table: ErrorTable, sources: ErrorSources, labels: Labels
) -> ErrorSourcesReport:
    formatter = ReportFormatter(table, labels)
    selected, evaluated = int(sample.counts.sum()), int((sample.counts & sample.evaluated).sum())
    return ErrorSourcesReport(
        period=period,
        evaluations=evaluated,
        population=_population(sample),
        response_rate=evaluated / selected if selected else None,
        errors=sources.errors,
        process_share=sources.process_share,
        marked_process_share=sources.marked_process_share,
        by_item=tuple(map(formatter.item, sources.by_item)),
        by_reason=tuple(map(formatter.reason, sources.by_reason)),
        by_team=tuple(map(formatter.team, sources.by_team)),
        trend=tuple(WeekReport(iso_week(one.key), one.errors, one.process_share) for one in sources.by_week),
        standout_agents=tuple(map(formatter.standout, sources.standout_agents)),
    )


def _population(sample: SampleArrays) -> Population:
    """The number of calls that the report is about; a call that two scorecards may score is one call."""
    (population,) = populations(sample, one_group(sample), sample.counts & sample.evaluated)
    return population


@dataclass(frozen=True)
class ReportFormatter:
    """Replaces the codes of the statistics by ids and labels."""

    table: ErrorTable
    labels: Labels

    def item(self, source: ItemSource) -> ItemReport:
        key = self.table.items[source.item]
        title = self.labels.items[key]
        standouts = tuple(map(self.standout, source.standout_agents))
        reasons = tuple(self._reason_share(key, count, source.errors) for count in source.reasons)
        basis = source.verdict, [agent.name for agent in standouts], reasons[0].label if reasons else None
        return ItemReport(
            scorecard_id=key.scorecard_id,
            item=key.item,
            title=title.item,
            section=title.section,
            answers=source.answers,
            population=source.population,
            errors=source.errors,
            error_rate=source.error_rate,
            process_share=source.process_share,
            verdict=source.verdict,
            mixed_reason=source.mixed_reason,
            spread=source.spread,
            agent_sd=source.agent_sd,
            standout_agents=standouts,
            reasons=reasons,
            action=recommend(*basis),
            action_ru=recommend(*basis, Language.RUSSIAN),
        )

    def reason(self, source: GroupSource) -> ReasonReport:
        key = self.table.reasons[source.key]
        return ReasonReport(key.scorecard_id, key.reason, self.labels.reasons[key], source.errors, source.process_share)

    def team(self, source: GroupSource) -> TeamReport:
        team_id = self.table.teams[source.key]
        return TeamReport(team_id, self.labels.people[team_id], source.errors, source.process_share)

    def standout(self, standout: Standout) -> StandoutAgent:
        agent_id = self.table.agents[standout.agent]
        return StandoutAgent(agent_id, self.labels.people[agent_id], standout.errors, standout.error_rate)

    def _reason_share(self, key: ItemKey, count: ReasonCount, errors: int) -> ReasonShare:
        reason = self.table.reasons[count.reason].reason
        return ReasonShare(reason, self.labels.item_reasons[key, reason], count.errors, count.errors / errors)
