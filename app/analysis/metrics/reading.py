"""Reading the sample of a report with the metric of its calls."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np

from app.analysis.metrics import repository
from app.analysis.metrics.types import (
    SCORE_METRICS,
    CallOutcomes,
    MeasuredSample,
    Metric,
    MetricQuestion,
    MetricValues,
)
from app.analysis.reading.samples import sample_with_revisions
from app.analysis.report_period import report_period
from app.analysis.repository import scope
from app.analysis.repository.answers import answers_by_kind
from app.analysis.repository.rows import AnswersOfKind
from app.analysis.samples import SampleArrays
from app.analysis.types import Filters
from app.platform.database import Session
from app.platform.errors import NotFound, invalid
from app.scorecards import Fault
from app.statistics import FloatArray, IntArray


async def measured_sample(session: Session, filters: Filters, question: MetricQuestion) -> MeasuredSample:
    """The sample of the report with the metric that is asked for.

    NotFound if no published scorecard of the filters has the item; Invalid if several scorecards were answered at an
    item of this key.
    """
    period = await report_period(session, filters)
    async with session.without_nested_loops():
        of = await scope.report_scope(session, filters, period)
    sample, revision_ids = await sample_with_revisions(session, period, of)
    values = await _values(session, filters, question, sample, revision_ids)
    return MeasuredSample(period, of, sample, values, sample.weights())


async def _values(
    session: Session,
    filters: Filters,
    question: MetricQuestion,
    sample: SampleArrays,
    revision_ids: Sequence[UUID | None],
) -> MetricValues:
    if question.metric in SCORE_METRICS:
        scores = sample.scores if question.metric is Metric.SCORE else sample.agent_scores
        has_score = ~np.isnan(scores)
        return MetricValues(question, np.where(has_score, scores, 0.0), has_score.astype(np.float64))
    if question.item is None and question.metric is not Metric.PROCESS_SHARE:
        return of_outcomes(question, await repository.call_outcomes(session, sample, revision_ids))
    answers = await answers_by_kind(
        session, sample, revision_ids, item=question.item, errors_only=question.metric is Metric.PROCESS_SHARE
    )
    if question.item is not None:
        await _require_one_item(session, filters, question.item, answers)
    return of_answers(question, answers, sample.draws.size)


async def _require_one_item(session: Session, filters: Filters, item: str, answers: Sequence[AnswersOfKind]) -> None:
    if len({answer.scorecard_id for answer in answers}) > 1:
        raise invalid("scorecard_id", f"is needed: several scorecards have an item {item}")
    if not answers and not await repository.has_item(session, item, filters.scorecard_id):
        raise NotFound(f"there is no item {item}")


def of_outcomes(question: MetricQuestion, outcomes: CallOutcomes) -> MetricValues:
    """The metric that follows from the results of whole calls."""
    match question.metric:
        case Metric.ERRORS_PER_CALL:
            return MetricValues(question, outcomes.errors.astype(np.float64), outcomes.applies.astype(np.float64))
        case Metric.CRITICAL_ERROR_RATE:
            applies, fails = outcomes.family(question.family)
            return MetricValues(question, fails.astype(np.float64), applies.astype(np.float64))
        case _:
            return MetricValues(question, (outcomes.errors > 0).astype(np.float64), outcomes.applies.astype(np.float64))


def of_answers(question: MetricQuestion, answers: Sequence[AnswersOfKind], n_calls: int) -> MetricValues:
    """The metric that follows from single answers: for each of `n_calls` calls, how many of them count."""

    def counted(chosen: Sequence[AnswersOfKind]) -> FloatArray:
        calls: IntArray = np.concatenate([np.zeros(0, dtype=np.int64), *(answer.calls for answer in chosen)])
        return np.bincount(calls, minlength=n_calls).astype(np.float64)

    if question.metric is Metric.PROCESS_SHARE:
        return MetricValues(
            question, counted([answer for answer in answers if answer.fault == Fault.PROCESS]), counted(answers)
        )
    return MetricValues(question, counted([answer for answer in answers if answer.is_error]), counted(answers))
