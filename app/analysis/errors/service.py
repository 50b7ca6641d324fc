"""The report on the sources of errors."""

from collections.abc import Iterable
from uuid import UUID

from app.analysis.drawn import sample_with_answers
from app.analysis.errors.report import ErrorSourcesReport, error_report, labels_of
from app.analysis.errors.table import AnswerGroup, ErrorTable, answer_groups, error_table
from app.analysis.report_period import report_period
from app.analysis.repository import scope
from app.analysis.rows import AnswerCodes
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
    sample, answers = await sample_with_answers(session, period, of)
    groups, table, sources = await REPORTS.run(_attribute, sample, of, answers)
    names = await scope.names_of_agents_and_teams(session, _standout_agents(table, sources) | set(table.teams))
    labels = labels_of(await _versions(session, groups), names)
    return error_report(period, sample, table, sources, labels)


def _attribute(
    sample: SampleArrays, of: ReportScope, answers: AnswerCodes
) -> tuple[list[AnswerGroup], ErrorTable, ErrorSources]:
    groups = answer_groups(sample, answers)
    table = error_table(sample, of, groups)
    return groups, table, provisional_sources(table.answers)


def _standout_agents(table: ErrorTable, sources: ErrorSources) -> set[UUID]:
    return {table.agents[agent] for source in sources.by_item for agent in source.standout_agents}


async def _versions(session: Session, groups: Iterable[AnswerGroup]) -> list[PublishedVersion]:
    """The versions of scorecards by which the calls were scored. There are a handful, and the process caches them."""
    return [await published_version(session, version_id) for version_id in {group.version_id for group in groups}]
