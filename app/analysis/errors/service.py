"""The report on the sources of errors."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from uuid import UUID

import numpy as np

from app.analysis.errors.checks import CheckRow, checked_errors
from app.analysis.errors.keeping import COMPUTATION, ErrorInputs, digest_of
from app.analysis.errors.report import ErrorSourcesReport, error_report, labels_of
from app.analysis.errors.repository import check_rows
from app.analysis.errors.table import ErrorTable, error_table
from app.analysis.kept.service import kept_or_computed, question_of
from app.analysis.reading.samples import sample_with_answers
from app.analysis.report_period import report_period
from app.analysis.repository import scope
from app.analysis.repository.rows import AnswerCodes, AnswersOfKind, answers_of_kinds
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
    sample, answers = await sample_with_answers(session, period, of, before_checks=True)
    checks = await check_rows(session, of)
    groups, inputs, digest = await REPORTS.run(_inputs, sample, of, answers, checks)
    table = inputs.table
    sources, figure = await kept_or_computed(
        session, COMPUTATION, question_of(filters, period), digest, partial(_attribute, inputs)
    )
    names = await scope.names_of_agents_and_teams(session, _standout_agents(table, sources) | set(table.teams))
    labels = labels_of(await _versions(session, groups), names)
    return replace(error_report(period, sample, table, sources, labels), figure=figure)


def _inputs(
    sample: SampleArrays, of: ReportScope, answers: AnswerCodes, checks: Sequence[CheckRow]
) -> tuple[list[AnswersOfKind], ErrorInputs, str]:
    groups = answers_of_kinds(answers, sample.counts)
    table = error_table(sample, of, groups)
    inputs = ErrorInputs(table, checked_errors(table, sample, checks))
    return groups, inputs, digest_of(inputs)


def _attribute(inputs: ErrorInputs) -> ErrorSources:
    """The sources, without the probability of each error: no report shows it, and it would be stored as well."""
    sources = error_sources(inputs.table.answers, inputs.checked)
    return replace(sources, probabilities=np.zeros(0))


def _standout_agents(table: ErrorTable, sources: ErrorSources) -> set[UUID]:
    of_items = (one for source in sources.by_item for one in source.standout_agents)
    return {table.agents[one.agent] for one in (*of_items, *sources.standout_agents)}


async def _versions(session: Session, groups: Iterable[AnswersOfKind]) -> list[PublishedVersion]:
    """The versions of scorecards by which the calls were scored. There are a handful, and the process caches them."""
    return [await published_version(session, version_id) for version_id in {group.version_id for group in groups}]
