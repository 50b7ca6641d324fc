"""The columns of the Pareto of errors."""

from typing import Any, Final
from uuid import UUID

from app.analysis.columns import period_columns
from app.analysis.pareto.picture import pareto_picture
from app.analysis.pareto.types import ParetoBy, ParetoReport, ParetoRow
from app.platform.columns import Column, Report, Table, Unit, part
from app.statistics.attribution import Verdict
from app.statistics.control.pareto import VITAL_SHARE

_METHOD: Final = (
    "Estimated numbers of errors among all calls in the drawn windows: every error of an evaluated call is weighted by "
    "the inverse of the call's inclusion probability and by the response. 95 % intervals are symmetrical on the "
    "logarithmic scale. Whose the errors are is by the verifiers' marks: `process` or `agent` if the 95 % interval of "
    "its share lies above one half, otherwise `mixed`, also if there are too few errors to tell. The vital few are the "
    f"first causes that together have {100 * VITAL_SHARE:.0f} % of the errors (Juran)."
)

_TOTAL: Final[Table[Any]] = Table(
    "ErrorTotalOut",
    (
        Column("value", float, "estimate", "оценка", unit=Unit.ERRORS),
        Column(
            "low",
            float,
            "lower limit",
            "нижняя граница",
            "The 95 % interval; null without an error or after a single evaluation.",
            Unit.ERRORS,
            optional=True,
        ),
        Column("high", float, "upper limit", "верхняя граница", unit=Unit.ERRORS, optional=True),
    ),
)

_ROWS: Final[Table[ParetoRow]] = Table(
    "ParetoRowOut",
    (
        Column(
            "scorecard_id",
            UUID,
            "Scorecard id",
            "Идентификатор листа оценки",
            "Null for errors without a reason.",
            optional=True,
        ),
        Column("key", str, "Key", "Ключ", "Of the item, reason or section; null: no reason.", optional=True),
        Column("title", str, "Title", "Название"),
        Column("section", str, "Section", "Раздел", "The section of an item.", optional=True),
        Column("found", int, "Errors found", "Найдено ошибок", "In the sample.", Unit.ERRORS),
        Column(
            "errors",
            _TOTAL,
            "Errors",
            "Ошибок",
            "The estimated number of errors among all calls.",
            value=lambda row: row.total,
            cells={"value": "errors", "low": "errors_low", "high": "errors_high"},
        ),
        Column("share", float, "Share", "Доля", "Of all errors.", Unit.SHARE),
        Column(
            "cumulative_share",
            float,
            "Cumulative share",
            "Накопленная доля",
            "Of this cause and all larger ones.",
            Unit.SHARE,
        ),
        Column("vital", bool, "Vital", "Важнейшая", "Whether the cause is one of the vital few."),
        *part(
            "shares",
            Column("process", float, "Process share", "Доля процесса", "Of the cause's errors.", Unit.SHARE),
            Column("agent", float, "Agent share", "Доля сотрудников", "Of the cause's errors.", Unit.SHARE),
            Column(
                "other", float, "Other share", "Доля прочего", "The customer's, and those that are unclear.", Unit.SHARE
            ),
            Column("verdict", Verdict, "Verdict", "Вывод", "Whose the errors are."),
        ),
    ),
)

_DOCUMENT: Final[Table[ParetoReport]] = Table(
    "ParetoOut",
    (
        *period_columns(_METHOD),
        Column("by", ParetoBy, "By", "По"),
        Column("evaluations", int, "Evaluations", "Оценок", "Evaluated calls.", Unit.EVALUATIONS),
        Column(
            "response_rate",
            float,
            "Response rate",
            "Доля оценённых",
            "The share of the drawn calls that is evaluated; null if no call was drawn.",
            Unit.SHARE,
            optional=True,
        ),
        Column("found", int, "Errors found", "Найдено ошибок", "In the sample.", Unit.ERRORS),
        Column(
            "errors",
            _TOTAL,
            "Errors",
            "Ошибок",
            "The estimated number of errors among all calls; null if no call is evaluated.",
            optional=True,
            value=lambda report: report.total,
        ),
        Column("vital_few", str, "Vital few", "Важнейшие", "The titles of the vital few.", many=True),
        Column(
            "vital_share",
            float,
            "Share of the vital few",
            "Доля важнейших",
            "Of all errors; null without an error.",
            Unit.SHARE,
            optional=True,
        ),
        Column("items", _ROWS, "Causes", "Причины", "The largest first.", many=True, value=lambda report: report.rows),
    ),
)

PARETO: Final[Report[Any]] = Report(
    "pareto",
    _DOCUMENT,
    _ROWS,
    lambda report: report.rows,
    title_en="Pareto of errors",
    title_ru="Парето ошибок",
    pictures={"pareto": pareto_picture},
)
