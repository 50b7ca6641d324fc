"""The reports: what the sample says about the quality of all calls, and about whose the errors are.

The arithmetic on large samples takes a while, so that it is done beside the event loop.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from app.analysis import coverage_queries, queries
from app.analysis.coverage import Facts, agents_covered, plans_covered, signals_covered
from app.analysis.coverage_types import CoverageReport, Tally
from app.analysis.error_report import error_report, legend
from app.analysis.error_table import AnswerGroup, ErrorTable, error_table
from app.analysis.filters import Filters, GroupBy, Period, period_of
from app.analysis.quality import Figure, figures, groups_of, total
from app.analysis.report_types import ErrorReport
from app.analysis.samples import DrawnCalls, Grounds
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import NotFound
from app.scorecards import PublishedVersion, published_version
from app.statistics import ErrorSources, provisional_sources

NO_NAME = "(none)"


@dataclass(frozen=True, slots=True)
class QualityReport:
    """`names` are those of the figures' keys."""

    period: Period
    figures: tuple[Figure, ...]
    names: dict[str | None, str]
    total: Figure | None
    unsampled_evaluations: int


@dataclass(frozen=True, slots=True)
class ErrorSourcesReport:
    period: Period
    sources: ErrorReport


async def quality_report(session: Session, filters: Filters, by: GroupBy) -> QualityReport:
    """The mean score of all calls of the drawn windows, as a whole and by group, weeks and names in order."""
    period = await _period(session, filters)
    async with session.without_nested_loops():
        grounds = await queries.grounds(session, filters, period)
        drawn, along = await queries.quality_sample(session, filters, period, grounds, by)
    groups, keys = groups_of(by, drawn, grounds, along)
    # Side by side: numpy lets other threads go on while it reckons.
    found, whole = await asyncio.gather(
        asyncio.to_thread(figures, drawn, groups, keys), asyncio.to_thread(total, drawn)
    )
    named = await queries.names(session, by, [figure.key for figure in found if figure.key is not None])
    names = {None: NO_NAME} | named
    return QualityReport(
        period=period,
        figures=tuple(sorted(found, key=lambda figure: (figure.key is None, names[figure.key], figure.key))),
        names=names,
        total=whole,
        unsampled_evaluations=grounds.unsampled_evaluations,
    )


async def error_sources_report(session: Session, filters: Filters) -> ErrorSourcesReport:
    """Whose the errors are, by the verifiers' marks: no error has been checked yet."""
    period = await _period(session, filters)
    async with session.without_nested_loops():
        grounds = await queries.grounds(session, filters, period)
        drawn, revision_ids = await queries.judged_sample(session, filters, period, grounds)
    groups = await queries.answer_groups(session, drawn, revision_ids)
    table, sources = await asyncio.to_thread(_attribute, drawn, grounds, groups)
    words = legend(
        await _versions(session, groups),
        await queries.names_of_agents_and_teams(session, _standout_agents(table, sources) | set(table.teams)),
    )
    return ErrorSourcesReport(period, error_report(drawn, table, sources, words))


async def coverage_report(session: Session, filters: Filters) -> CoverageReport:
    """Who was heard how often in the windows that meet the period, and why others were not."""
    period = await _period(session, filters)
    async with session.without_nested_loops():
        frames = await coverage_queries.frames(session, filters, period)
        signals = await coverage_queries.signals(session, filters, period)
    agents = await coverage_queries.agents(session, filters, period)
    silent = {agent.agent_id for agent in agents} - {row.agent_id for row in frames}
    facts = Facts(
        plans=await coverage_queries.plans(session, filters, period),
        frames=frames,
        silent=await coverage_queries.silent_calls(session, filters, period, sorted(silent)),
    )
    tally = Tally.of(frames)
    return CoverageReport(
        period=period,
        tally=tally,
        agents=agents_covered(agents, facts),
        plans=plans_covered(facts, await coverage_queries.refused_windows(session, filters, period)),
        signals=signals_covered(signals, tally),
    )


def _attribute(drawn: DrawnCalls, grounds: Grounds, groups: Sequence[AnswerGroup]) -> tuple[ErrorTable, ErrorSources]:
    table = error_table(drawn, grounds, groups)
    return table, provisional_sources(table.answers)


def _standout_agents(table: ErrorTable, sources: ErrorSources) -> set[UUID]:
    return {table.agents[agent] for source in sources.by_item for agent in source.standout_agents}


async def _versions(session: Session, groups: Iterable[AnswerGroup]) -> list[PublishedVersion]:
    """The scorecards' versions that calls were judged by: a handful, and kept in the process."""
    return [await published_version(session, version_id) for version_id in {group.version_id for group in groups}]


async def _period(session: Session, filters: Filters) -> Period:
    """The period, once all that the report is filtered by is known to be there."""
    known = await queries.known(session, filters)
    if filters.project_id and known.timezone is None:
        raise NotFound(f"there is no project {filters.project_id}")
    if filters.team_id and not known.team:
        raise NotFound(f"there is no team {filters.team_id}")
    if filters.scorecard_id and not known.scorecard:
        raise NotFound(f"there is no scorecard {filters.scorecard_id}")
    return period_of(filters, ZoneInfo(known.timezone or "UTC"), clock.now())
