"""The reports: what the sample says about the quality of all calls, and about the sources of their errors.

The arithmetic on large samples takes a while, so it runs in threads beside the event loop.
"""

import asyncio
from collections.abc import Iterable, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from app import calibration
from app.analysis.coverage import CoverageData, cover_agents, cover_plans, cover_signals, total_tally
from app.analysis.coverage_types import CoverageReport
from app.analysis.error_report import ErrorSourcesReport, error_report, labels_of
from app.analysis.error_table import AnswerGroup, ErrorTable, error_table
from app.analysis.quality import QualityReport, figures, group_calls, total
from app.analysis.repository import coverage, samples, scope, verifiers
from app.analysis.samples import ReportScope, SampleArrays
from app.analysis.scorings import scored_severities
from app.analysis.types import Filters, GroupBy, period_of
from app.analysis.verifiers import VerifiersReport, report_on_verifiers
from app.platform import clock
from app.platform.clock import Period
from app.platform.database import Session
from app.platform.errors import require_found
from app.platform.threads import REPORTS
from app.scorecards import PublishedVersion, published_version
from app.statistics import ErrorSources, provisional_sources


async def quality_report(session: Session, filters: Filters, by: GroupBy) -> QualityReport:
    """The mean score of all calls in the drawn windows, in total and by group."""
    period = await _period(session, filters)
    async with session.without_nested_loops():
        of = await scope.report_scope(session, filters, period)
        sample = await samples.drawn_sample(session, filters, period, of)
        further = await samples.further_scores(session, filters, period, of)
    groups, keys = group_calls(by, sample, of)
    scored = await REPORTS.run(scored_severities, sample, further)
    # Both at once: numpy lets other threads run while it computes.
    items, whole = await asyncio.gather(
        REPORTS.run(figures, sample, groups, keys, None if by is GroupBy.VERIFIER else scored),
        REPORTS.run(total, sample, scored),
    )
    names = await scope.names_of_groups(session, by, [figure.key for figure in items if figure.key is not None])
    named = [figure._replace(name=names.get(figure.key or "", figure.name)) for figure in items]
    return QualityReport(
        period=period,
        items=tuple(sorted(named, key=lambda figure: (figure.key is None, figure.name, figure.key))),
        total=whole,
        unsampled_evaluations=of.unsampled_evaluations,
    )


async def error_sources_report(session: Session, filters: Filters) -> ErrorSourcesReport:
    """The sources of errors by the verifiers' marks: no error has been checked yet."""
    period = await _period(session, filters)
    async with session.without_nested_loops():
        of = await scope.report_scope(session, filters, period)
        sample, revision_ids = await samples.sample_with_revisions(session, filters, period, of)
    groups = await samples.answer_groups(session, sample, revision_ids)
    table, sources = await REPORTS.run(_attribute, sample, of, groups)
    names = await scope.names_of_agents_and_teams(session, _standout_agents(table, sources) | set(table.teams))
    labels = labels_of(await _versions(session, groups), names)
    return error_report(period, sample, table, sources, labels)


async def verifiers_report(session: Session, filters: Filters) -> VerifiersReport:
    """The severity of each verifier, the agreement with the others, and what verifiers did."""
    period = await _period(session, filters)
    async with session.without_nested_loops():
        of = await scope.report_scope(session, filters, period)
        sample = await samples.drawn_sample(session, filters, period, of)
        further = await samples.further_scores(session, filters, period, of)
    scored = await REPORTS.run(scored_severities, sample, further)
    user_ids = [of.user_ids[user] for user in scored.verifiers.tolist()]
    work = await verifiers.work(session, filters, period, user_ids)
    agreements = await calibration.verifier_agreements(
        session, period, filters.project_id, filters.scorecard_id, filters.team_id
    )
    return report_on_verifiers(period, scored, user_ids, work, agreements)


async def coverage_report(session: Session, filters: Filters) -> CoverageReport:
    """The drawn calls of each agent in the windows that overlap the period, and why none of an agent is evaluated."""
    period = await _period(session, filters)
    async with session.without_nested_loops():
        frames = await coverage.frames(session, filters, period)
        signals = await coverage.signals(session, filters, period)
    agents = await coverage.agents(session, filters, period)
    outside = sorted({agent.agent_id for agent in agents} - {row.agent_id for row in frames})
    data = CoverageData(
        plans=await coverage.plans(session, filters, period),
        frames=frames,
        outside_frames=await coverage.calls_outside_frames(session, filters, period, outside),
    )
    tally = total_tally(frames)
    return CoverageReport(
        period=period,
        tally=tally,
        agents=cover_agents(agents, data),
        plans=cover_plans(data, await coverage.refused_windows(session, filters, period)),
        signals=cover_signals(signals, tally),
    )


def _attribute(sample: SampleArrays, of: ReportScope, groups: Sequence[AnswerGroup]) -> tuple[ErrorTable, ErrorSources]:
    table = error_table(sample, of, groups)
    return table, provisional_sources(table.answers)


def _standout_agents(table: ErrorTable, sources: ErrorSources) -> set[UUID]:
    return {table.agents[agent] for source in sources.by_item for agent in source.standout_agents}


async def _versions(session: Session, groups: Iterable[AnswerGroup]) -> list[PublishedVersion]:
    """The versions of scorecards by which the calls were scored. There are a handful, and the process caches them."""
    return [await published_version(session, version_id) for version_id in {group.version_id for group in groups}]


async def _period(session: Session, filters: Filters) -> Period:
    """The period of the report. NotFound if the project, the team or the scorecard of the filters does not exist."""
    found = await scope.filtered_by(session, filters)
    if filters.project_id:
        require_found(found.timezone, "project", filters.project_id)
    if filters.team_id:
        require_found(found.team_id, "team", filters.team_id)
    if filters.scorecard_id:
        require_found(found.scorecard_id, "scorecard", filters.scorecard_id)
    return period_of(filters, ZoneInfo(found.timezone or "UTC"), clock.now())
