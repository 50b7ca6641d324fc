"""Whatever a process has read of a channel, and however slowly a subscriber takes it, the order has no gap."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.live.feed import BATCH, Feed
from app.live.types import RESET, ChannelKey, LiveEvent, Notice, Reading
from app.platform.ids import new_id

ID = "0193b1c0-0000-7000-8000-000000000000"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
# What happens next: so many events are published, the process reads, or the subscriber takes a batch.
steps = st.lists(st.one_of(st.integers(1, 2 * BATCH), st.just("read"), st.just("take")), max_size=60)


def read(last: int, after: int, limit: int = BATCH, first: int = 1) -> Reading:
    """A reading of a channel whose events up to `first` are removed."""
    numbers = range(max(after + 1, first), min(after + limit, last) + 1)
    return Reading(after, last, tuple(LiveEvent(number, "scored", {}, NOW) for number in numbers))


@given(steps=steps, window=st.integers(1, 300), last=st.integers(0, 500))
def test_a_subscriber_gets_every_number_once_and_in_order(steps: list[int | str], window: int, last: int) -> None:
    feed = Feed(ChannelKey(new_id(), new_id()), window)
    feed.begin_at(read(last, max(0, last - window), window))
    cursor, got, begun = last, [], last
    for step in [*steps, *["read", "take"] * 200]:
        if isinstance(step, int):
            last += step
        elif step == "read":
            feed.add(read(last, feed.newest))
        else:
            events = feed.after(cursor)
            events = read(last, cursor).or_reset() if events is None else events
            got += [event.number for event in events]
            cursor = got[-1] if got else cursor
    assert got == list(range(begun + 1, last + 1))
    assert len(feed._window) <= window


@given(after=st.integers(0, 50), last=st.integers(0, 50), first=st.integers(1, 60), limit=st.integers(1, 60))
def test_a_reading_with_a_gap_is_a_reset_at_the_end_of_the_channel(
    after: int, last: int, first: int, limit: int
) -> None:
    reading = read(last, after, limit, first)
    gone = after > last or (after < last and first > after + 1)
    assert reading.is_complete == (not gone)
    if gone:
        [event] = reading.or_reset()
        assert (event.number, event.kind) == (last, RESET)
    else:
        assert reading.or_reset() == reading.events


def test_a_gap_between_two_events_is_a_gap_too() -> None:
    events = tuple(LiveEvent(number, "scored", {}, NOW) for number in (4, 6))
    assert not Reading(3, 6, events).is_complete


def test_a_feed_that_met_a_gap_goes_on_at_the_end_and_sends_its_subscribers_to_the_database() -> None:
    feed = Feed(ChannelKey(new_id(), new_id()), 10)
    feed.begin_at(read(5, 0))
    feed.add(read(40, 5, first=30))
    assert feed.newest == 40
    assert feed.after(5) is None
    feed.add(read(41, 40))
    assert [event.number for event in feed.after(40) or ()] == [41]


def test_the_latest_events_are_at_hand_when_a_feed_begins() -> None:
    feed = Feed(ChannelKey(new_id(), new_id()), 10)
    feed.begin_at(read(25, 15, 10))
    assert [event.number for event in feed.after(15) or ()] == list(range(16, 26))
    assert feed.after(14) is None
    assert feed.after(25) == ()


def test_a_notice_names_its_channel_and_number() -> None:
    tenant_id, channel_id = new_id(), new_id()
    assert Notice.read(f"{tenant_id}/{channel_id}/12") == Notice(ChannelKey(tenant_id, channel_id), 12)


@pytest.mark.parametrize("payload", ["", "a", "a/b", "a/b/c", f"{ID}/{ID}/x", f"{ID}/{ID}/1/2"])
def test_a_text_that_is_no_notice_is_an_error(payload: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Notice.read(payload)
