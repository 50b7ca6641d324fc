"""The columns of the report of today."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.analysis.columns import period_columns
from app.analysis.today.types import MOST_SHOWN, Entry, EntryKind, Item, TodayReport, TodayRow
from app.platform.columns import Column, Report, Table, Unit, part

_METHOD: Final = (
    "Coverage and errors are those of the reports on sampling coverage and on sources of errors, over the 28 days "
    "until now. Failures are those of the last 24 hours. Sessions are those of the present day in the time zone of the "
    f"project, without a project in UTC. Everything else is as it stands now. At most {MOST_SHOWN} of each entry are "
    "shown, the most important first; `count` has all of them. A filter by team applies to coverage, errors, "
    "assignments and double scorings; one by project to everything but jobs and e-mails, which belong to no project."
)

_ITEM: Final[tuple[Column[Item], ...]] = (
    Column("id", UUID, "Id", "Идентификатор", optional=True),
    Column("name", str, "Name", "Название"),
    Column("count", int, "Count", "Количество", "What it is of, the entry says.", Unit.NUMBER, optional=True),
    Column("at", datetime, "Time", "Время", "What happens or happened then, the entry says.", optional=True),
    Column("text_en", str, "Explanation in English", "Пояснение на английском", value=lambda item: item.text.en),
    Column("text_ru", str, "Explanation in Russian", "Пояснение на русском", value=lambda item: item.text.ru),
    Column(
        "link",
        str,
        "Where to act",
        "Где действовать",
        "A path of this API; null if the reader may not read it.",
        optional=True,
        example="/v1/assignments?state=open&verifier_id=none",
    ),
)
_ITEMS: Final[Table[Item]] = Table("TodayItemOut", _ITEM)

_ENTRY: Final[Table[Entry]] = Table(
    "TodayEntryOut",
    (
        Column("count", int, "How many", "Сколько", "0: nothing to do here.", Unit.NUMBER),
        Column("items", _ITEMS, "The most important", "Самые важные", many=True),
        Column("link", str, "All of them", "Все", "A path of this API; null if there is no list.", optional=True),
    ),
)

_TITLES: Final[dict[EntryKind, tuple[str, str, str]]] = {
    EntryKind.COVERAGE: (
        "Plans that fall short",
        "Планы с отставанием",
        "Plans with windows that are over and not drawn, or with overdue or skipped calls. Of each: drawn calls that "
        "are not evaluated.",
    ),
    EntryKind.AGENTS_NOT_EVALUATED: (
        "Agents without an evaluation",
        "Сотрудники без оценки",
        "No drawn call of theirs is evaluated. Of each: calls that could be drawn, and when one was last evaluated.",
    ),
    EntryKind.FAILED_DRAWS: (
        "Failed draws",
        "Неудавшиеся отборы",
        "Windows that could not be drawn in the last day, and why.",
    ),
    EntryKind.FAILED_JOBS: ("Failed jobs", "Неудавшиеся задания", "Jobs that were given up in the last day."),
    EntryKind.FAILED_EMAILS: (
        "Failed e-mails",
        "Недоставленные письма",
        "E-mails that were given up in the last day. An administrator may send them again.",
    ),
    EntryKind.BACKLOG: (
        "Backlog of verifiers",
        "Очередь верификаторов",
        "Open assignments. Of each verifier: how many, and when the first is due; `(none)`: nobody has them yet.",
    ),
    EntryKind.AGENTS_OUTSIDE_LIMITS: (
        "Agents outside their limits",
        "Сотрудники за пределами",
        "Agents who stand out in the report on sources of errors. Of each: at how many items.",
    ),
    EntryKind.PROCESS_FAULTS: (
        "Faults of the process",
        "Ошибки процесса",
        "Items with errors of the process; first those with the largest product of calls and weight. Of each: the "
        "estimated number of calls with such an error. The id is that of the scorecard.",
    ),
    EntryKind.SESSIONS_TODAY: ("Sessions today", "Калибровки сегодня", "Calibration sessions of the present day."),
    EntryKind.RESULTS_WAITING: (
        "Results waiting",
        "Результаты ждут",
        "Sessions whose results are revealed and that are not closed, or whose time is over before the reveal.",
    ),
    EntryKind.FAULT_CHECKS: (
        "Fault checks",
        "Проверки причин ошибок",
        "Fault checks to do. Of each checker: how many, and when the oldest was drawn; `(none)`: nobody has them yet.",
    ),
    EntryKind.DOUBLE_SCORES: (
        "Double scorings to decide",
        "Повторные оценки к решению",
        "Both scorings are submitted, and a third person has to decide. Of each: its agent, and since when.",
    ),
}


def _entry(kind: EntryKind) -> Column[TodayReport]:
    title_en, title_ru, description = _TITLES[kind]
    return Column(kind.value, _ENTRY, title_en, title_ru, description, value=lambda report: report.entry(kind))


_TALLY: Final = part(
    "tally",
    Column("selected", int, "Drawn calls", "Отобрано звонков", "Drawn calls in the windows.", Unit.CALLS),
    Column("evaluated", int, "Evaluated", "Оценено", "Those of them that are evaluated.", Unit.CALLS),
    Column(
        "response_rate",
        float,
        "Response rate",
        "Доля оценённых",
        "The share of the drawn calls that is evaluated; null if none was drawn.",
        Unit.SHARE,
        optional=True,
    ),
)

_DOCUMENT: Final[Table[TodayReport]] = Table(
    "TodayOut",
    (
        Column[Any]("at", datetime, "As of", "По состоянию на"),
        *period_columns(_METHOD),
        Column[Any]("failures_since", datetime, "Failures since", "Сбои начиная с"),
        *_TALLY,
        *map(_entry, EntryKind),
    ),
)

_ROWS: Final[Table[TodayRow]] = Table(
    "TodayRowOut",
    (
        *part(
            "entry",
            Column("kind", EntryKind, "Entry", "Раздел"),
            Column("total", int, "How many", "Сколько", unit=Unit.NUMBER, value=lambda entry: entry.count),
        ),
        *part("item", *_ITEM),
    ),
)

TODAY: Final = Report("today", _DOCUMENT, _ROWS, lambda report: report.rows, title_en="Today", title_ru="Сегодня")
