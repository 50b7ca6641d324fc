"""Error sources as people read them, with names and with what to do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

import numpy as np

from app.analysis.actions import recommend
from app.analysis.error_table import ErrorTable, ItemKey, ReasonKey
from app.analysis.report_types import ErrorReport, ItemReport, ReasonReport, ReasonShare, StandoutAgent, TeamReport
from app.analysis.samples import DrawnCalls
from app.scorecards import PublishedVersion
from app.statistics import BoolArray, ErrorSources, GroupSource, IntArray, ItemSource, ReasonCount


class Title(NamedTuple):
    item: str
    section: str


@dataclass(frozen=True, slots=True)
class Legend:
    """What items, reasons, agents and teams are called."""

    titles: Mapping[ItemKey, Title]
    item_reasons: Mapping[tuple[ItemKey, str], str]
    reasons: Mapping[ReasonKey, str]
    names: Mapping[UUID, str]


def legend(versions: Iterable[PublishedVersion], names: Mapping[UUID, str]) -> Legend:
    """The names of what was judged by these versions; where they differ, the newest has the last word."""
    judged = [
        (ItemKey(version.scorecard_id, item.key), section, item)
        for version in sorted(versions, key=lambda version: version.number)
        for section in version.definition.sections
        for item in section.items
    ]
    item_reasons = {(key, reason.key): reason.label for key, _, item in judged for reason in item.error_reasons}
    return Legend(
        titles={key: Title(item.title, section.title) for key, section, item in judged},
        item_reasons=item_reasons,
        reasons={ReasonKey(key.scorecard_id, reason): label for (key, reason), label in item_reasons.items()},
        names=names,
    )


def error_report(drawn: DrawnCalls, table: ErrorTable, sources: ErrorSources, legend: Legend) -> ErrorReport:
    writer = _Writer(table, legend)
    selected, answered = int(drawn.counts.sum()), int((drawn.counts & drawn.evaluated).sum())
    return ErrorReport(
        evaluations=answered,
        response_rate=answered / selected if selected else None,
        errors=sources.errors,
        method=sources.method,
        checked_errors=sources.checked_errors,
        process_share=sources.process_share,
        marked_process_share=sources.marked_process_share,
        by_item=tuple(map(writer.item, sources.by_item)),
        by_reason=tuple(map(writer.reason, sources.by_reason)),
        by_team=tuple(map(writer.team, sources.by_team)),
    )


@dataclass(frozen=True)
class _Writer:
    """Puts names in the place of codes."""

    table: ErrorTable
    legend: Legend

    def item(self, source: ItemSource) -> ItemReport:
        key = self.table.items[source.item]
        title = self.legend.titles[key]
        standouts = tuple(self._standout(source.item, agent) for agent in source.standout_agents)
        reasons = tuple(self._reason_share(key, count, source.errors) for count in source.reasons)
        main_reason = reasons[0].label if reasons else None
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
            spread=source.spread,
            standout_agents=standouts,
            reasons=reasons,
            action=recommend(source.verdict, [agent.name for agent in standouts], main_reason),
        )

    def reason(self, source: GroupSource) -> ReasonReport:
        key = self.table.reasons[source.key]
        return ReasonReport(key.scorecard_id, key.reason, self.legend.reasons[key], source.errors, source.process_share)

    def team(self, source: GroupSource) -> TeamReport:
        team_id = self.table.teams[source.key]
        return TeamReport(team_id, self.legend.names[team_id], source.errors, source.process_share)

    def _standout(self, item: int, agent: int) -> StandoutAgent:
        agent_id = self.table.agents[agent]
        errors = int(self._errors[item, agent])
        name = self.legend.names[agent_id]
        return StandoutAgent(agent_id, name, errors, errors / int(self._answers[item, agent]))

    def _reason_share(self, key: ItemKey, count: ReasonCount, errors: int) -> ReasonShare:
        reason = self.table.reasons[count.reason].reason
        return ReasonShare(reason, self.legend.item_reasons[key, reason], count.errors, count.errors / errors)

    @cached_property
    def _answers(self) -> IntArray:
        return self._counted(np.ones_like(self.table.answers.errors))

    @cached_property
    def _errors(self) -> IntArray:
        return self._counted(self.table.answers.errors)

    def _counted(self, chosen: BoolArray) -> IntArray:
        """How many of the chosen answers there are, by item and agent."""
        shape = len(self.table.items), len(self.table.agents)
        cells = self.table.answers.items[chosen] * shape[1] + self.table.answers.agents[chosen]
        return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape).astype(np.int64)
