"""Windows in the plan's time zone, across clock changes."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sampling.windows import Window, WindowKind, is_closed, next_window, window_at, window_of

DAY, WEEK, MONTH = WindowKind.DAY, WindowKind.WEEK, WindowKind.MONTH


def length(window: Window) -> timedelta:
    return window.ends_at - window.starts_at


def test_a_day_begins_at_local_midnight() -> None:
    window = window_of(DAY, "Europe/Moscow", date(2026, 11, 2))
    assert window.starts_at == datetime(2026, 11, 1, 21, tzinfo=UTC)
    assert window.ends_at == datetime(2026, 11, 2, 21, tzinfo=UTC)
    assert (window.start_on, window.end_on) == (date(2026, 11, 2), date(2026, 11, 3))
    assert window.starts_at.tzinfo is UTC


@pytest.mark.parametrize("day", [date(2026, 12, 28), date(2026, 12, 31), date(2027, 1, 3)])
def test_a_week_lasts_from_monday_to_monday_even_across_new_year(day: date) -> None:
    window = window_of(WEEK, "UTC", day)
    assert (window.start_on, window.end_on) == (date(2026, 12, 28), date(2027, 1, 4))


@pytest.mark.parametrize(
    ("day", "first", "after"),
    [
        (date(2028, 2, 29), date(2028, 2, 1), date(2028, 3, 1)),
        (date(2026, 12, 31), date(2026, 12, 1), date(2027, 1, 1)),
        (date(2026, 1, 1), date(2026, 1, 1), date(2026, 2, 1)),
    ],
)
def test_a_month_lasts_from_its_first_to_the_next_first(day: date, first: date, after: date) -> None:
    window = window_of(MONTH, "UTC", day)
    assert (window.start_on, window.end_on) == (first, after)


@pytest.mark.parametrize(
    ("kind", "timezone", "day", "hours"),
    [
        (DAY, "Europe/Berlin", date(2026, 3, 29), 23),
        (DAY, "Europe/Berlin", date(2026, 10, 25), 25),
        (WEEK, "Europe/Berlin", date(2026, 3, 29), 7 * 24 - 1),
        (MONTH, "Europe/Berlin", date(2026, 10, 25), 31 * 24 + 1),
        (DAY, "Asia/Beirut", date(2024, 3, 31), 23),
        (DAY, "America/Havana", date(2024, 11, 3), 25),
        (DAY, "Pacific/Apia", date(2011, 12, 30), 0),
    ],
    ids=["spring", "autumn", "week", "month", "midnight skipped", "midnight twice", "day skipped"],
)
def test_clock_changes_make_windows_shorter_and_longer(kind: WindowKind, timezone: str, day: date, hours: int) -> None:
    assert length(window_of(kind, timezone, day)) == timedelta(hours=hours)


def test_an_instant_belongs_to_the_local_day_and_not_to_the_utc_day() -> None:
    evening = datetime(2026, 11, 2, 22, 30, tzinfo=UTC)
    assert window_at(DAY, "Europe/Moscow", evening).start_on == date(2026, 11, 3)
    assert window_at(DAY, "America/New_York", evening).start_on == date(2026, 11, 2)


def test_both_hours_of_a_clock_set_back_belong_to_the_same_day() -> None:
    window = window_of(DAY, "Europe/Berlin", date(2026, 10, 25))
    for utc_hour in (0, 1):
        assert window_at(DAY, "Europe/Berlin", datetime(2026, 10, 25, utc_hour, 30, tzinfo=UTC)) == window


def test_yesterday_shown_again_by_a_clock_set_back_across_midnight_belongs_to_today() -> None:
    zone = ZoneInfo("America/Goose_Bay")
    again = datetime(2010, 11, 6, 23, 30, tzinfo=zone, fold=1)
    assert again.astimezone(zone).date() == date(2010, 11, 6)
    window = window_at(DAY, "America/Goose_Bay", again)
    assert window.start_on == date(2010, 11, 7)
    assert window.starts_at <= again < window.ends_at


def test_windows_follow_each_other_without_gap_or_overlap() -> None:
    windows = [window_of(DAY, "Europe/Berlin", date(2026, 1, 1))]
    for _ in range(365):
        windows.append(next_window(windows[-1]))
    assert all(earlier.ends_at == later.starts_at for earlier, later in pairwise(windows))
    assert windows[-1].start_on == date(2027, 1, 1)


def test_a_window_is_closed_from_its_end_on() -> None:
    window = window_of(DAY, "UTC", date(2026, 11, 2))
    assert not is_closed(window, datetime(2026, 11, 2, 23, 59, 59, 999999, tzinfo=UTC))
    assert is_closed(window, datetime(2026, 11, 3, tzinfo=UTC))


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        window_of(DAY, "Europe/Nowhere", date(2026, 11, 2))


@given(
    st.sampled_from(WindowKind),
    st.sampled_from(["Europe/Berlin", "America/Goose_Bay", "Asia/Beirut", "Pacific/Apia", "Asia/Kathmandu"]),
    st.integers(946_684_800, 2_051_222_400).map(lambda second: datetime.fromtimestamp(second, UTC)),
)
def test_the_window_at_an_instant_holds_it(kind: WindowKind, timezone: str, instant: datetime) -> None:
    window = window_at(kind, timezone, instant)
    assert window.starts_at <= instant < window.ends_at
    assert window_of(kind, timezone, window.start_on) == window
