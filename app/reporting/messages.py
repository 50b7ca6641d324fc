"""What recipients, owners and administrators are told about scheduled reports, in English or Russian."""

from dataclasses import dataclass

from app.reporting.types import PauseReason, ReportFile, ReportSchedule

_RUSSIAN = "ru"
_MIB = 2**20

_ATTACHED = ("The report is attached: {file}", "Отчёт во вложении: {file}")
_LINKED = (
    "The file {file} has {size} and is too large for an e-mail. The report can be read here, by those who may read "
    "reports: {link}",
    "Файл {file} ({size}) слишком велик для письма. Отчёт доступен по ссылке тем, кто имеет право читать отчёты: "
    "{link}",
)
_FOOTER = (
    "It is sent by the schedule “{name}” of {owner}.",
    "Отправлено по расписанию «{name}», владелец: {owner}.",
)
_FAILED_TITLE = ("A scheduled report was not sent: {name}", "Отчёт по расписанию не отправлен: {name}")
_FAILED = (
    "The report of the schedule “{name}” was not sent.\n\nReason: {reason}",
    "Отчёт по расписанию «{name}» не отправлен.\n\nПричина: {reason}",
)
_PAUSED_TITLE = ("A scheduled report was stopped: {name}", "Отправка отчёта остановлена: {name}")
_PAUSED = (
    "The schedule “{name}” sends nothing any more: {reason}. Give it another owner, or delete it.",
    "По расписанию «{name}» больше ничего не отправляется: {reason}. Назначьте другого владельца или удалите его.",
)
_PAUSE_REASONS = {
    PauseReason.OWNER_INACTIVE: (
        "its owner {owner} is not active any more",
        "владелец ({owner}) больше не работает в системе",
    ),
    PauseReason.OWNER_MAY_NOT_READ_REPORTS: (
        "its owner {owner} may not read reports any more",
        "владелец ({owner}) больше не имеет права читать отчёты",
    ),
}


@dataclass(frozen=True, slots=True)
class Message:
    title: str
    text: str


def report_message(schedule: ReportSchedule, owner: str, file: ReportFile, link: str | None) -> Message:
    """The e-mail with a report. link: to the report; None if it is attached."""
    language, size = schedule.language, len(file.content)
    where = _in(_ATTACHED if link is None else _LINKED, language)
    footer = _in(_FOOTER, language).format(name=schedule.name, owner=owner)
    parts = (f"{file.title}\n{file.about}", where.format(file=file.name, size=_size(size, language), link=link), footer)
    return Message(f"{file.title} · {file.about}", "\n\n".join(parts))


def failure_message(schedule: ReportSchedule, reason: str) -> Message:
    title = _in(_FAILED_TITLE, schedule.language).format(name=schedule.name)
    return Message(title, _in(_FAILED, schedule.language).format(name=schedule.name, reason=reason))


def pause_message(schedule: ReportSchedule, owner: str, reason: PauseReason) -> Message:
    """What administrators are told when a schedule is stopped."""
    language = schedule.language
    title = _in(_PAUSED_TITLE, language).format(name=schedule.name)
    words = _in(_PAUSE_REASONS[reason], language).format(owner=owner)
    return Message(title, _in(_PAUSED, language).format(name=schedule.name, reason=words))


def _in(texts: tuple[str, str], language: str) -> str:
    return texts[language == _RUSSIAN]


def _size(size_bytes: int, language: str) -> str:
    text = f"{size_bytes / _MIB:.1f}"
    return f"{text.replace('.', ',')} МиБ" if language == _RUSSIAN else f"{text} MiB"
