"""The calendar file of a session: for each recipient in the own zone, changed and cancelled under the same UID."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI

from app.platform import clock
from tests.calibration.meeting.factories import (
    Entry,
    calendar_file,
    change,
    in_days,
    propose,
    proposed,
    written,
)
from tests.calibration.sessions.factories import CLIENT, Held, holding
from tests.identity.factories import patch, problem
from tests.people import Centre


async def entry(held: Held, person: str | None = None) -> Entry:
    return Entry(await calendar_file(held, person))


async def set_zone(centre: Centre, user: str, zone: str | None) -> None:
    answer = await patch(centre.admin, f"/v1/users/{centre.user_ids[user]}", timezone=zone)
    assert answer.status_code == 200, answer.text


async def test_each_recipient_gets_the_own_zone(app: FastAPI, centre: Centre) -> None:
    await set_zone(centre, "verifier", "Asia/Kolkata")
    await set_zone(centre, "leader", "America/New_York")
    at = in_days(10)
    guest = CLIENT | {"timezone": "Australia/Lord_Howe"}
    users = [{"user_id": str(centre.user_ids[name])} for name in ("verifier", "second_verifier")]
    async with holding(app, centre, participants=[guest, *users], scheduled_at=written(at)) as held:
        held.people["admin"] = centre.admin
        entries = {person: await entry(held, person) for person in (*held.people, None)}
    zones = {
        "client": "Australia/Lord_Howe",
        "verifier": "Asia/Kolkata",
        # Without a zone of the own, that of the project.
        "second_verifier": "Europe/Moscow",
        # They lead, and do not take part.
        "admin": "Europe/Moscow",
        None: "America/New_York",
    }
    for person, zone in zones.items():
        found = entries[person]
        local = at.astimezone(ZoneInfo(zone))
        assert (found.zone, found.local) == (zone, local.strftime("%Y%m%dT%H%M%S"))
        assert (found.starts_at, found.minutes) == (at, 60)
        assert f"{local:%Y-%m-%d %H:%M} ({zone})" in found.description
    assert len({found.uid for found in entries.values()}) == 1
    # A client need not know who else takes part.
    assert entries["client"].attendees == ["mailto:cleo@client.example"]


async def test_a_guest_without_a_zone_gets_that_of_the_project(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, scheduled_at=written(in_days(3))) as held:
        assert (await entry(held, "client")).zone == "Europe/Moscow"


async def test_the_sequence_rises_with_each_change_and_the_uid_stays(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre) as held:
        assert problem(await held.get("client", "/invite.ics")) == (409, "not_scheduled")
        (option,) = await proposed(held, in_days(5))
        await held.post("schedule", {"option_id": option})
        found = [await entry(held, "client")]
        for changes in (
            {"scheduled_at": written(in_days(6))},
            {"duration_min": 90},
            {"name": "December, second half"},
            {"scheduled_at": written(in_days(7)), "duration_min": 30},
        ):
            assert (await change(held, **changes)).status_code == 200
            found.append(await entry(held, "client"))
        assert (await held.post("cancel")).status_code == 200
        found.append(await entry(held, "client"))
    sequences = [one.sequence for one in found]
    assert sequences == sorted(set(sequences))
    assert {one.uid for one in found} == {found[0].uid}
    assert [one.method for one in found] == ["REQUEST"] * 5 + ["CANCEL"]
    assert [one.status for one in found] == ["CONFIRMED"] * 5 + ["CANCELLED"]
    assert [one.minutes for one in found] == [60, 60, 90, 90, 30, 30]
    assert [one.title for one in found[2:4]] == ["December", "December, second half"]
    assert found[-1].starts_at == found[-2].starts_at
    assert "does not take place" in found[-1].description


async def test_what_leaves_the_entry_as_it_is_leaves_the_sequence(app: FastAPI, centre: Centre) -> None:
    at = in_days(5)
    async with holding(app, centre, scheduled_at=written(at)) as held:
        before = await entry(held)
        await change(held, hide_agent=False)
        await change(held, scheduled_at=written(at))
        await propose(held, in_days(6))
        assert (await entry(held)).sequence == before.sequence


async def test_a_change_before_there_is_a_time_is_no_change_of_the_entry(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre) as held:
        await change(held, duration_min=30, name="Another")
        await change(held, scheduled_at=written(in_days(1)))
        assert (await entry(held)).sequence == 1


def next_change(zone: str) -> datetime:
    """The first hour in which the clocks of a zone show another offset than before."""
    moment = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset()
    while moment.astimezone(ZoneInfo(zone)).utcoffset() == offset:
        moment += timedelta(hours=1)
    return moment.astimezone(UTC)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago"])
async def test_the_moment_is_right_across_a_change_of_the_clocks(app: FastAPI, centre: Centre, zone: str) -> None:
    changes_at = next_change(zone)
    async with holding(app, centre, participants=[CLIENT | {"timezone": zone}]) as held:
        for minutes in (-60 * 24, -90, -30, 0, 30, 60 * 24):
            at = changes_at + timedelta(minutes=minutes)
            assert (await change(held, scheduled_at=written(at))).status_code == 200
            assert (await entry(held, "client")).starts_at == at


async def test_strangers_get_no_calendar_file(app: FastAPI, centre: Centre) -> None:
    async with (
        holding(app, centre, scheduled_at=written(in_days(3))) as held,
        holding(app, centre) as elsewhere,
    ):
        held.people |= {"stranger": elsewhere.people["client"], "nobody": centre.guest}
        for person in ("stranger", "nobody"):
            assert (await held.get(person, "/invite.ics")).status_code == 404
