"""What the participants of a session are told, in English or Russian."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo


class Occasion(StrEnum):
    INVITED = "invited"
    RESCHEDULED = "rescheduled"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"
    REMINDED = "reminded"


@dataclass(frozen=True, slots=True)
class Message:
    title: str
    text: str


_TITLES = {
    "en": {
        Occasion.INVITED: "Calibration session: {name}",
        Occasion.RESCHEDULED: "New time of the calibration session: {name}",
        Occasion.POSTPONED: "Calibration session postponed: {name}",
        Occasion.CANCELLED: "Calibration session cancelled: {name}",
        Occasion.REMINDED: "Calibration session begins soon: {name}",
    },
    "ru": {
        Occasion.INVITED: "Калибровка: {name}",
        Occasion.RESCHEDULED: "Новое время калибровки: {name}",
        Occasion.POSTPONED: "Калибровка отложена: {name}",
        Occasion.CANCELLED: "Калибровка отменена: {name}",
        Occasion.REMINDED: "Скоро начнётся калибровка: {name}",
    },
}
_TEXTS = {
    "en": {
        Occasion.INVITED: "{organizer} invites you to the calibration session “{name}”. You listen to {calls} and "
        "score each by the same scorecard as the others, without seeing their answers until the session is revealed.",
        Occasion.RESCHEDULED: "The calibration session “{name}” has another time.",
        Occasion.POSTPONED: "The calibration session “{name}” is postponed.",
        Occasion.CANCELLED: "The calibration session “{name}” does not take place.",
        Occasion.REMINDED: "The calibration session “{name}” begins soon.",
    },
    "ru": {
        Occasion.INVITED: "{organizer} приглашает вас на калибровку «{name}». Вы прослушаете {calls} и оцените "
        "по тому же оценочному листу, что и другие участники. Их ответы будут видны после раскрытия.",
        Occasion.RESCHEDULED: "Время калибровки «{name}» изменилось.",
        Occasion.POSTPONED: "Калибровка «{name}» отложена.",
        Occasion.CANCELLED: "Калибровка «{name}» не состоится.",
        Occasion.REMINDED: "Скоро начнётся калибровка «{name}».",
    },
}
_TIMES = {"en": "Time: {start} ({zone}), {minutes} minutes.", "ru": "Время: {start} ({zone}), {minutes} мин."}
_NO_TIME = {"en": "The time is not settled yet.", "ru": "Время ещё не назначено."}


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What the messages about a session say. `language`: a language without texts is written in English."""

    name: str
    organizer: str
    calls: int
    scheduled_at: datetime | None
    duration_min: int
    language: str


def message(occasion: Occasion, facts: SessionFacts, timezone: str) -> Message:
    """The message for a recipient who reads times in this zone."""
    language = facts.language if facts.language in _TITLES else "en"
    words = {"name": facts.name, "organizer": facts.organizer, "calls": _calls(facts.calls, language)}
    text = _TEXTS[language][occasion].format(**words)
    return Message(_TITLES[language][occasion].format(**words), f"{text}\n\n{_time(facts, timezone, language)}")


def _time(facts: SessionFacts, timezone: str, language: str) -> str:
    if facts.scheduled_at is None:
        return _NO_TIME[language]
    start = facts.scheduled_at.astimezone(ZoneInfo(timezone)).strftime(
        "%d.%m.%Y %H:%M" if language == "ru" else "%Y-%m-%d %H:%M"
    )
    return _TIMES[language].format(start=start, zone=timezone, minutes=facts.duration_min)


def _calls(count: int, language: str) -> str:
    if language == "en":
        return f"{count} call{'' if count == 1 else 's'}"
    last_two, last = count % 100, count % 10
    if last == 1 and last_two != 11:
        return f"{count} звонок"
    return f"{count} звонка" if last in (2, 3, 4) and last_two not in (12, 13, 14) else f"{count} звонков"
