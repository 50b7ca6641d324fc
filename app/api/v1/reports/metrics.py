"""The metric that charts and funnels are asked for."""

from typing import Annotated

from fastapi import Depends, Query

from app.analysis import CriticalFamily, Metric, MetricQuestion
from app.api.schemas.common import Key

_ITEM = Query(description="The key of one item, for the metrics `error_rate` and `process_share`.")
_FAMILY = Query(description="One family of critical errors, for the metric `critical_error_rate`; by default any.")


async def _question(
    metric: Metric = Metric.ERROR_RATE,
    item: Annotated[Key | None, _ITEM] = None,
    family: Annotated[CriticalFamily | None, _FAMILY] = None,
) -> MetricQuestion:
    return MetricQuestion(metric, item, family)


QuestionDep = Annotated[MetricQuestion, Depends(_question)]
