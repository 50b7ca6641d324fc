"""Dates, numbers and plural forms in English and Russian."""

from datetime import date, datetime, timedelta, tzinfo

from app.calibration.results.sentences import Language

_MONTHS = {
    Language.ENGLISH: (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    # In the genitive, as a date needs it.
    Language.RUSSIAN: (
        *("января", "февраля", "марта", "апреля", "мая", "июня"),
        *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
    ),
}
_MONTHS_ALONE_RU = (
    *("январь", "февраль", "март", "апрель", "май", "июнь"),
    *("июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"),
)
_NO_BREAK = "\u00a0"
# A share that a sum of floats misses 0 or 100 percent by.
_TINY = 1e-7


def day_text(day: date, language: Language) -> str:
    """`5 November 2026`, `5 ноября 2026`."""
    return f"{day.day} {_MONTHS[language][day.month - 1]} {day.year}"


def month_text(month: date, language: Language) -> str:
    """`November 2026`, `ноябрь 2026`."""
    russian = language is Language.RUSSIAN
    name = (_MONTHS_ALONE_RU if russian else _MONTHS[Language.ENGLISH])[month.month - 1]
    return f"{name} {month.year}"


def in_month_text(month: date, language: Language) -> str:
    """`in November 2026`, `в ноябре 2026`."""
    if language is Language.ENGLISH:
        return f"in {month_text(month, language)}"
    # The prepositional case of all twelve: ноябрь – ноябре, май – мае, март – марте.
    name = _MONTHS_ALONE_RU[month.month - 1].rstrip("ьй")
    return f"в {name}е {month.year}"


def period_text(since: datetime, until: datetime, zone: tzinfo, language: Language) -> str:
    """The first and the last day; with the times of day unless the days are whole. The zone stands behind it."""
    first, end = since.astimezone(zone), until.astimezone(zone)
    if first.time() == end.time() == datetime.min.time():
        last = end.date() - timedelta(days=1)
        days = [day_text(day, language) for day in dict.fromkeys((first.date(), last))]
        return f"{' – '.join(days)} ({zone})"
    moments = [f"{day_text(moment.date(), language)} {moment:%H:%M}" for moment in (first, end)]
    return f"{' – '.join(moments)} ({zone})"


def number_text(value: float, decimals: int, language: Language) -> str:
    """A rounded number with groups of three digits: `12,345.6`, `12 345,6`."""
    text = f"{value:,.{decimals}f}"
    # A figure that rounds to zero has no sign.
    text = text.removeprefix("-") if not text.strip("-0.,") else text
    if language is Language.RUSSIAN:
        return text.replace(",", _NO_BREAK).replace(".", ",")
    return text


def percent_text(share: float, language: Language, decimals: int = 0) -> str:
    """A share from 0 to 1 in percent: `37 %`. Only nothing is `0 %`, and only all is `100 %`: else `<1 %`, `>99 %`."""
    percent, step = share * 100, 10.0**-decimals
    sign = ""
    if _TINY < percent < step / 2:
        percent, sign = step, "<"
    elif 100 - step / 2 <= percent < 100 - _TINY:
        percent, sign = 100 - step, ">"
    return f"{sign}{number_text(percent, decimals, language)}{_NO_BREAK}%"


def plural_ru(count: int, one: str, few: str, many: str) -> str:
    """The form of a Russian noun behind a whole number: 1 звонок, 2 звонка, 5 звонков, 11 звонков, 21 звонок."""
    last_two, last = abs(count) % 100, abs(count) % 10
    if last == 1 and last_two != 11:
        return one
    return few if last in {2, 3, 4} and last_two not in {12, 13, 14} else many


def counted(count: int, language: Language, english: tuple[str, str], russian: tuple[str, str, str]) -> str:
    """The number and its noun. english: singular and plural; russian: the forms for one, few and many."""
    noun = plural_ru(count, *russian) if language is Language.RUSSIAN else english[count != 1]
    return f"{number_text(count, 0, language)}{_NO_BREAK}{noun}"


def say(language: Language, english: str, russian: str) -> str:
    return russian if language is Language.RUSSIAN else english
