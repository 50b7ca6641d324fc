"""The columns that say which metric a chart or funnel is about."""

from typing import Protocol

from app.analysis.metrics.types import CriticalFamily, Metric, MetricQuestion
from app.platform.columns import Column, Unit


class OfMetric(Protocol):
    @property
    def question(self) -> MetricQuestion: ...


def question_columns() -> tuple[Column[OfMetric], ...]:
    return (
        Column("metric", Metric, "Metric", "Показатель", value=lambda report: report.question.metric),
        Column(
            "item",
            str,
            "Item key",
            "Ключ критерия",
            "Null: of all items.",
            optional=True,
            value=lambda report: report.question.item,
        ),
        Column(
            "family",
            CriticalFamily,
            "Critical family",
            "Вид критических ошибок",
            "Null: of any family.",
            optional=True,
            value=lambda report: report.question.family,
        ),
        Column(
            "value_unit",
            Unit,
            "Unit of the values",
            "Единица значений",
            "Of values, limits, averages and levels.",
            value=lambda report: report.question.unit,
        ),
        Column(
            "higher_is_worse",
            bool,
            "Higher is worse",
            "Больше — хуже",
            "False: lower is worse. Null: neither is worse, as of the process share.",
            optional=True,
            value=lambda report: report.question.higher_is_worse,
        ),
    )
