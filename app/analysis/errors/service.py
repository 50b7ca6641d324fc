"""The report on the sources of errors."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from app.analysis.errors.checks import CheckRow, checked_errors
from app.analysis.errors.report import ErrorSourcesReport, error_report, labels_of
from app.analysis.errors.repository import answer_groups, check_rows
from app.analysis.errors.table import AnswerGroup, ErrorTable, error_table
from app.analysis.report_period import report_period
from app.analysis.repository import samples, scope
from app.analysis.samples import ReportScope, SampleArrays
from app.analysis.types import Filters
from app.platform.database import Session
from app.platform.threads import REPORTS
from app.scorecards import PublishedVersion, published_version
from app.statistics.attribution import ErrorSources, error_sources


async def error_sources_report(session: Session, filters: Filters) -> ErrorSourcesReport:
    """The sources of errors: agents or the process, corrected by the errors that were checked."""
    period = await report_period(session, filters)
    async with session.without_nested_loops():
        of = await scope.report_scope(session, filters, period)
        sample, revision_ids = await samples.sample_with_revisions(session, period, of, before_checks=True)
    groups = await answer_groups(session, sample, revision_ids)
    checks = await check_rows(session, of)
    table, sources = await REPORTS.run(_attribute, sample, of, groups, checks)
    names = await scope.names_of_agents_and_teams(session, _standout_agents(table, sources) | set(table.teams))
    labels = labels_of(await _versions(session, groups), names)
    return error_report(period, sample, table, sources, labels)


def _attribute(
    sample: SampleArrays, of: ReportScope, groups: Sequence[AnswerGroup], checks: Sequence[CheckRow]
) -> tuple[ErrorTable, ErrorSources]:
    table = error_table(sample, of, groups)
    return table, error_sources(table.answers, checked_errors(table, sample, checks))


def _standout_agents(table: ErrorTable, sources: ErrorSources) -> set[UUID]:
    of_items = (one for source in sources.by_item for one in source.standout_agents)
    return {table.agents[one.agent] for one in (*of_items, *sources.standout_agents)}


async def _versions(session: Session, groups: Iterable[AnswerGroup]) -> list[PublishedVersion]:
    """The versions of scorecards by which the calls were scored. There are a handful, and the process caches them."""
    return [await published_version(session, version_id) for version_id in {group.version_id for group in groups}]
