"""What the participants of a session are told, in English or Russian."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo


class Occasion(StrEnum):
    INVITED = "invited"
    TIMES_PROPOSED = "times_proposed"
    SCHEDULED = "scheduled"
    RESCHEDULED = "rescheduled"
    CHANGED = "changed"
    POSTPONED = "postponed"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    REMINDED = "reminded"
    OPENED = "opened"
    REVEALED = "revealed"


@dataclass(frozen=True, slots=True)
class Message:
    title: str
    text: str


_TITLES = {
    "en": {
        Occasion.INVITED: "Calibration session: {name}",
        Occasion.TIMES_PROPOSED: "Which time suits you? Calibration session: {name}",
        Occasion.SCHEDULED: "Time of the calibration session: {name}",
        Occasion.RESCHEDULED: "New time of the calibration session: {name}",
        Occasion.CHANGED: "Calibration session changed: {name}",
        Occasion.POSTPONED: "Calibration session postponed: {name}",
        Occasion.WITHDRAWN: "You no longer take part in the calibration session: {name}",
        Occasion.CANCELLED: "Calibration session cancelled: {name}",
        Occasion.REMINDED: "Calibration session begins soon: {name}",
        Occasion.OPENED: "Calibration session is open: {name}",
        Occasion.REVEALED: "Results of the calibration session: {name}",
    },
    "ru": {
        Occasion.INVITED: "Калибровка: {name}",
        Occasion.TIMES_PROPOSED: "Какое время вам подходит? Калибровка: {name}",
        Occasion.SCHEDULED: "Время калибровки: {name}",
        Occasion.RESCHEDULED: "Новое время калибровки: {name}",
        Occasion.CHANGED: "Калибровка изменена: {name}",
        Occasion.POSTPONED: "Калибровка отложена: {name}",
        Occasion.WITHDRAWN: "Вы больше не участвуете в калибровке: {name}",
        Occasion.CANCELLED: "Калибровка отменена: {name}",
        Occasion.REMINDED: "Скоро начнётся калибровка: {name}",
        Occasion.OPENED: "Калибровка открыта: {name}",
        Occasion.REVEALED: "Результаты калибровки: {name}",
    },
}
_TEXTS = {
    "en": {
        Occasion.INVITED: "{organizer} invites you to the calibration session “{name}”. You listen to {calls} and "
        "score each by the same scorecard as the others, without seeing their answers until the session is revealed.",
        Occasion.TIMES_PROPOSED: "Times are proposed for the calibration session “{name}”. Please vote on each.",
        Occasion.SCHEDULED: "The calibration session “{name}” has a time.",
        Occasion.RESCHEDULED: "The calibration session “{name}” has another time.",
        Occasion.CHANGED: "The name or the place of the calibration session “{name}” has changed.",
        Occasion.POSTPONED: "The calibration session “{name}” is postponed.",
        Occasion.WITHDRAWN: "You no longer take part in the calibration session “{name}”.",
        Occasion.CANCELLED: "The calibration session “{name}” does not take place.",
        Occasion.REMINDED: "The calibration session “{name}” begins soon.",
        Occasion.OPENED: "The calibration session “{name}” is open: you can score now.",
        Occasion.REVEALED: "The answers of the calibration session “{name}” are revealed: you can compare them.",
    },
    "ru": {
        Occasion.INVITED: "{organizer} приглашает вас на калибровку «{name}». Вы прослушаете {calls} и оцените "
        "по тому же оценочному листу, что и другие участники. Их ответы будут видны после раскрытия.",
        Occasion.TIMES_PROPOSED: "Предложено время для калибровки «{name}». Проголосуйте по каждому варианту.",
        Occasion.SCHEDULED: "Назначено время калибровки «{name}».",
        Occasion.RESCHEDULED: "Время калибровки «{name}» изменилось.",
        Occasion.CHANGED: "Название или место калибровки «{name}» изменилось.",
        Occasion.POSTPONED: "Калибровка «{name}» отложена.",
        Occasion.WITHDRAWN: "Вы больше не участвуете в калибровке «{name}».",
        Occasion.CANCELLED: "Калибровка «{name}» не состоится.",
        Occasion.REMINDED: "Скоро начнётся калибровка «{name}».",
        Occasion.OPENED: "Калибровка «{name}» открыта: можно оценивать.",
        Occasion.REVEALED: "Ответы калибровки «{name}» раскрыты: их можно сравнить.",
    },
}
_TIMES = {"en": "Time: {start} ({zone}), {minutes} minutes.", "ru": "Время: {start} ({zone}), {minutes} мин."}
_NO_TIME = {"en": "The time is not settled yet.", "ru": "Время ещё не назначено."}
_PROPOSED = {"en": "Proposed times ({zone}):", "ru": "Предложенное время ({zone}):"}
_PLACE = {"en": "Place: {place}", "ru": "Место: {place}"}
_START = {"en": "%Y-%m-%d %H:%M", "ru": "%d.%m.%Y %H:%M"}


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What the messages about a session say. `language`: a language without texts is written in English.

    `proposed`: the times to come that one can vote on.
    """

    name: str
    organizer: str
    calls: int
    scheduled_at: datetime | None
    duration_min: int
    language: str
    place: str | None = None
    proposed: tuple[datetime, ...] = ()


def message(occasion: Occasion, facts: SessionFacts, timezone: str) -> Message:
    """The message for a recipient who reads times in this zone."""
    language = facts.language if facts.language in _TITLES else "en"
    words = {"name": facts.name, "organizer": facts.organizer, "calls": _calls(facts.calls, language)}
    parts = [_TEXTS[language][occasion].format(**words), _time(facts, timezone, language)]
    if facts.place is not None:
        parts.append(_PLACE[language].format(place=facts.place))
    return Message(_TITLES[language][occasion].format(**words), "\n\n".join(parts))


def _time(facts: SessionFacts, timezone: str, language: str) -> str:
    if facts.scheduled_at is not None:
        start = _local(facts.scheduled_at, timezone, language)
        return _TIMES[language].format(start=start, zone=timezone, minutes=facts.duration_min)
    if not facts.proposed:
        return _NO_TIME[language]
    times = (f"– {_local(time, timezone, language)}" for time in facts.proposed)
    return "\n".join((_PROPOSED[language].format(zone=timezone), *times))


def _local(time: datetime, timezone: str, language: str) -> str:
    return time.astimezone(ZoneInfo(timezone)).strftime(_START[language])


def _calls(count: int, language: str) -> str:
    if language == "en":
        return f"{count} call{'' if count == 1 else 's'}"
    last_two, last = count % 100, count % 10
    if last == 1 and last_two != 11:
        return f"{count} звонок"
    return f"{count} звонка" if last in (2, 3, 4) and last_two not in (12, 13, 14) else f"{count} звонков"
