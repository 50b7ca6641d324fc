"""The reports: what the sample says about the quality of all calls, and about whose the errors are.

The arithmetic on large samples takes a while, so that it is done beside the event loop.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from app.analysis import queries
from app.analysis.attribution import provisional_sources
from app.analysis.error_report import error_report, legend
from app.analysis.error_table import AnswerGroup, ErrorTable, error_table
from app.analysis.filters import Filters, GroupBy, Period, period_of
from app.analysis.quality import Figure, figures, total
from app.analysis.report_types import ErrorReport
from app.analysis.samples import DrawnCall
from app.analysis.types import ErrorSources
from app.platform import clock
from app.platform.errors import NotFound
from app.scorecards import PublishedVersion, published_version

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


async def quality_report(session: AsyncSession, filters: Filters, by: GroupBy) -> QualityReport:
    """The mean score of all calls of the drawn windows, as a whole and by group, weeks and names in order."""
    period = await _period(session, filters)
    drawn = await queries.drawn_calls(session, filters, period, by)
    found, whole = await asyncio.to_thread(lambda: (figures(drawn), total(drawn)))
    keys = [figure.key for figure in found if figure.key is not None]
    names: dict[str | None, str] = {None: NO_NAME}
    names.update((await queries.names(session, by, keys)).items())
    return QualityReport(
        period=period,
        figures=tuple(sorted(found, key=lambda figure: (figure.key is None, names[figure.key], figure.key))),
        names=names,
        total=whole,
        unsampled_evaluations=await queries.unsampled_evaluations(session, filters, period),
    )


async def error_sources_report(session: AsyncSession, filters: Filters) -> ErrorSourcesReport:
    """Whose the errors are, by the verifiers' marks: no error has been checked yet."""
    period = await _period(session, filters)
    drawn = await queries.drawn_calls(session, filters, period, GroupBy.TEAM)
    groups = await queries.answer_groups(session, drawn)
    table, sources = await asyncio.to_thread(_attribute, drawn, groups)
    words = legend(
        await _versions(session, drawn),
        agents=await queries.names(session, GroupBy.AGENT, _standout_agents(table, sources)),
        teams=await queries.names(session, GroupBy.TEAM, table.teams),
    )
    return ErrorSourcesReport(period, error_report(drawn, table, sources, words))


def _attribute(drawn: Sequence[DrawnCall], groups: Sequence[AnswerGroup]) -> tuple[ErrorTable, ErrorSources]:
    table = error_table(drawn, groups)
    return table, provisional_sources(table.answers)


def _standout_agents(table: ErrorTable, sources: ErrorSources) -> set[str]:
    return {str(table.agents[agent]) for source in sources.by_item for agent in source.standout_agents}


async def _versions(session: AsyncSession, drawn: Iterable[DrawnCall]) -> list[PublishedVersion]:
    """The scorecards' versions that calls were judged by: a handful, and kept in the process."""
    version_ids = {call.version_id for call in drawn if call.counts and call.version_id}
    return [await published_version(session, version_id) for version_id in version_ids]


async def _period(session: AsyncSession, filters: Filters) -> Period:
    """The period, once all that the report is filtered by is known to be there."""
    known = await queries.known(session, filters)
    if filters.project_id and known.timezone is None:
        raise NotFound(f"there is no project {filters.project_id}")
    if filters.team_id and not known.team:
        raise NotFound(f"there is no team {filters.team_id}")
    if filters.scorecard_id and not known.scorecard:
        raise NotFound(f"there is no scorecard {filters.scorecard_id}")
    return period_of(filters, ZoneInfo(known.timezone or "UTC"), clock.now())
