"""The report on the sources of errors."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from uuid import UUID

from app.analysis.errors.keeping import COMPUTATION, digest_of
from app.analysis.errors.report import ErrorSourcesReport, error_report, labels_of
from app.analysis.errors.repository import answer_groups
from app.analysis.errors.table import AnswerGroup, ErrorTable, error_table
from app.analysis.kept.service import kept_or_computed, question_of
from app.analysis.report_period import report_period
from app.analysis.repository import samples, scope
from app.analysis.samples import ReportScope, SampleArrays
from app.analysis.types import Filters
from app.platform.database import Session
from app.platform.threads import REPORTS
from app.scorecards import PublishedVersion, published_version
from app.statistics import ErrorSources, provisional_sources


async def error_sources_report(session: Session, filters: Filters) -> ErrorSourcesReport:
    """The sources of errors by the verifiers' marks: no error has been checked yet."""
    period = await report_period(session, filters)
    async with session.without_nested_loops():
        of = await scope.report_scope(session, filters, period)
        sample, revision_ids = await samples.sample_with_revisions(session, filters, period, of)
    groups = await answer_groups(session, sample, revision_ids)
    table, digest = await REPORTS.run(_inputs, sample, of, groups)
    sources, figure = await kept_or_computed(
        session, COMPUTATION, question_of(filters, period), digest, partial(provisional_sources, table.answers)
    )
    names = await scope.names_of_agents_and_teams(session, _standout_agents(table, sources) | set(table.teams))
    labels = labels_of(await _versions(session, groups), names)
    return replace(error_report(period, sample, table, sources, labels), figure=figure)


def _inputs(sample: SampleArrays, of: ReportScope, groups: Sequence[AnswerGroup]) -> tuple[ErrorTable, str]:
    table = error_table(sample, of, groups)
    return table, digest_of(table)


def _standout_agents(table: ErrorTable, sources: ErrorSources) -> set[UUID]:
    return {table.agents[agent] for source in sources.by_item for agent in source.standout_agents}


async def _versions(session: Session, groups: Iterable[AnswerGroup]) -> list[PublishedVersion]:
    """The versions of scorecards by which the calls were scored. There are a handful, and the process caches them."""
    return [await published_version(session, version_id) for version_id in {group.version_id for group in groups}]
