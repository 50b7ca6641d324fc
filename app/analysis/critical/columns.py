"""The columns of the report on critical-error accuracy."""

from typing import Any, Final

from app.analysis.columns import period_columns
from app.analysis.critical.report import Accuracy, AccuracyRow, CriticalBy, CriticalReport
from app.platform.columns import Column, Report, Table, Unit

_METHOD: Final = (
    "The accuracy of a family of critical errors is 1 − failing/applicable calls, estimated for all calls in the drawn "
    "windows: a call fails a family if one of its items is an error, and the family applies to a call if one of its "
    "items does. Every evaluated call is weighted by the inverse of its inclusion probability and by the response. "
    "95 % intervals are those of the report on quality. A family that applied to no evaluated call has no accuracy."
)

_ACCURACY: Final[Table[Accuracy]] = Table(
    "AccuracyOut",
    (
        Column("value", float, "estimate", "оценка", "The share of calls without an error of the family.", Unit.SHARE),
        Column(
            "low",
            float,
            "lower limit",
            "нижняя граница",
            "The 95 % interval; null after a single evaluation.",
            Unit.SHARE,
            optional=True,
        ),
        Column("high", float, "upper limit", "верхняя граница", unit=Unit.SHARE, optional=True),
        Column("n", int, "calls", "звонков", "Evaluated calls to which the family applied.", Unit.CALLS),
        Column("failed", int, "failing calls", "звонков с ошибкой", "Those of them that failed it.", Unit.CALLS),
        Column(
            "population",
            float,
            "calls represented",
            "представлено звонков",
            "The estimated number of calls to which the family applies.",
            Unit.CALLS,
        ),
    ),
)


def _family(name: str, title_en: str, title_ru: str, description: str) -> Column[AccuracyRow]:
    cells = {"value": name, "low": f"{name}_low", "high": f"{name}_high", "n": f"{name}_n", "failed": f"{name}_failed"}
    return Column(name, _ACCURACY, title_en, title_ru, description, optional=True, cells=cells)


_GROUP: Final[tuple[Column[AccuracyRow], ...]] = (
    Column(
        "key",
        str,
        "Group key",
        "Ключ группы",
        "Id of the group, or ISO week of the call in its project's time zone; null: in no group.",
        optional=True,
        example="2026-W45",
    ),
    Column("name", str, "Group", "Группа"),
)
_FIGURES: Final[tuple[Column[AccuracyRow], ...]] = (
    Column("evaluations", int, "Evaluations", "Оценок", "Evaluated calls.", Unit.EVALUATIONS),
    Column("selected", int, "Drawn calls", "Отобрано звонков", "Drawn calls.", Unit.CALLS),
    Column(
        "response_rate",
        float,
        "Response rate",
        "Доля оценённых",
        "The share of the drawn calls that is evaluated.",
        Unit.SHARE,
    ),
    _family(
        "customer",
        "Customer-critical accuracy",
        "Точность по критическим ошибкам для клиента",
        "Null if no item that is critical for the customer applied to an evaluated call.",
    ),
    _family(
        "business",
        "Business-critical accuracy",
        "Точность по критическим ошибкам для бизнеса",
        "Null if no item that is critical for the business applied to an evaluated call.",
    ),
    _family(
        "compliance",
        "Compliance-critical accuracy",
        "Точность по критическим нарушениям требований",
        "Null if no item that is critical for compliance applied to an evaluated call.",
    ),
    _family(
        "all_families",
        "Accuracy of all families",
        "Точность по всем критическим ошибкам",
        "The share of calls without any critical error; null if no critical item applied to an evaluated call.",
    ),
)
_ITEMS: Final[Table[AccuracyRow]] = Table("CriticalErrorsItemOut", (*_GROUP, *_FIGURES))

_DOCUMENT: Final[Table[CriticalReport]] = Table(
    "CriticalErrorsOut",
    (
        *period_columns(_METHOD),
        Column("by", CriticalBy, "By", "По"),
        Column("items", _ITEMS, "Groups", "Группы", many=True),
        Column(
            "total",
            Table("CriticalErrorsFigureOut", _FIGURES),
            "Total",
            "Итого",
            "All groups together; null if no call was drawn.",
            optional=True,
        ),
    ),
)

CRITICAL_ERRORS: Final[Report[Any]] = Report(
    "critical-errors",
    _DOCUMENT,
    _ITEMS,
    lambda report: report.rows,
    title_en="Critical-error accuracy",
    title_ru="Точность по критическим ошибкам",
)
