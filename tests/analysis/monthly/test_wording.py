"""Numbers, dates and plural forms as each language writes them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.analysis.wording import (
    counted,
    day_text,
    in_month_text,
    month_text,
    number_text,
    percent_text,
    period_text,
    plural_ru,
)
from app.calibration import Language

EN, RU = Language.ENGLISH, Language.RUSSIAN
CALLS = (("call", "calls"), ("звонок", "звонка", "звонков"))


@pytest.mark.parametrize(
    ("count", "russian"),
    [
        *((0, "0 звонков"), (1, "1 звонок"), (2, "2 звонка"), (4, "4 звонка"), (5, "5 звонков")),
        *((11, "11 звонков"), (12, "12 звонков"), (14, "14 звонков"), (20, "20 звонков"), (21, "21 звонок")),
        *((22, "22 звонка"), (25, "25 звонков"), (101, "101 звонок"), (111, "111 звонков"), (112, "112 звонков")),
        *((1001, "1 001 звонок"), (12_345, "12 345 звонков")),
    ],
)
def test_russian_nouns_follow_the_number(count: int, russian: str) -> None:
    assert counted(count, RU, *CALLS).replace("\u00a0", " ") == russian


@pytest.mark.parametrize(("count", "english"), [(0, "0 calls"), (1, "1 call"), (2, "2 calls"), (1000, "1,000 calls")])
def test_english_nouns_follow_the_number(count: int, english: str) -> None:
    assert counted(count, EN, *CALLS).replace("\u00a0", " ") == english


def test_negative_numbers_take_the_form_of_their_size() -> None:
    assert [plural_ru(count, "one", "few", "many") for count in (-1, -2, -5, -11)] == ["one", "few", "many", "many"]


@pytest.mark.parametrize(
    ("month", "russian"),
    [
        *((1, "в январе"), (2, "в феврале"), (3, "в марте"), (4, "в апреле"), (5, "в мае"), (6, "в июне")),
        *((7, "в июле"), (8, "в августе"), (9, "в сентябре"), (10, "в октябре"), (11, "в ноябре"), (12, "в декабре")),
    ],
)
def test_in_a_month(month: int, russian: str) -> None:
    assert in_month_text(date(2026, month, 1), RU) == f"{russian} 2026"
    assert in_month_text(date(2026, month, 1), EN) == f"in {month_text(date(2026, month, 1), EN)}"


def test_days_and_months() -> None:
    assert [day_text(date(2026, 5, 9), language) for language in Language] == ["9 May 2026", "9 мая 2026"]
    assert [month_text(date(2026, 5, 9), language) for language in Language] == ["May 2026", "май 2026"]


def test_a_period_names_its_last_day_and_its_zone() -> None:
    moscow = ZoneInfo("Europe/Moscow")
    since, until = datetime(2026, 10, 31, 21, tzinfo=UTC), datetime(2026, 11, 30, 21, tzinfo=UTC)
    assert period_text(since, until, moscow, EN) == "1 November 2026 – 30 November 2026 (Europe/Moscow)"
    assert period_text(since, since.replace(hour=22), moscow, RU) == (
        "1 ноября 2026 00:00 – 1 ноября 2026 01:00 (Europe/Moscow)"
    )
    assert period_text(datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC), UTC, EN) == (
        "2 November 2026 (UTC)"
    )


@pytest.mark.parametrize(
    ("value", "decimals", "english", "russian"),
    [
        (12_345.678, 1, "12,345.7", "12 345,7"),
        (0.10000000000000002, 1, "0.1", "0,1"),
        (-0.04, 1, "0.0", "0,0"),
        (-0.06, 1, "-0.1", "-0,1"),
        (1000.0, 0, "1,000", "1 000"),
    ],
)
def test_numbers_are_rounded_and_grouped(value: float, decimals: int, english: str, russian: str) -> None:
    assert number_text(value, decimals, EN) == english
    assert number_text(value, decimals, RU).replace("\u00a0", " ") == russian


@pytest.mark.parametrize(
    ("share", "decimals", "text"),
    [
        *((0.0, 0, "0 %"), (0.004, 0, "<1 %"), (0.006, 0, "1 %"), (0.37, 0, "37 %")),
        *((0.994, 0, "99 %"), (0.996, 0, ">99 %"), (1.0, 0, "100 %"), (1 - 1e-15, 0, "100 %")),
        *((0.0521, 1, "5.2 %"), (0.0004, 1, "<0.1 %"), (0.9996, 1, ">99.9 %")),
    ],
)
def test_only_nothing_is_nothing_and_only_all_is_all(share: float, decimals: int, text: str) -> None:
    assert percent_text(share, EN, decimals).replace("\u00a0", " ") == text
    assert percent_text(share, RU, decimals).replace("\u00a0", " ") == text.replace(".", ",")
