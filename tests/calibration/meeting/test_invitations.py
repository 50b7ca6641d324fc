"""Invitations: to the inboxes of users and by a real mail server, with a link for guests that is stored nowhere."""

import asyncpg
import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.jobs.errors import RetryLater
from app.platform.settings import Settings
from tests.calibration.meeting.factories import (
    calendar_of,
    change,
    emails,
    in_days,
    kinds_in_inbox,
    propose,
    send_all,
    short,
    text_of,
    token_of,
    written,
)
from tests.calibration.sessions.factories import CLIENT, Held, create, good, invite, session_body
from tests.conftest import DatabaseUrls
from tests.identity.factories import patch, pointers, problem
from tests.notifications.servers import Mailbox, mail_server, with_mail
from tests.people import Centre, bearer_client
from tests.processes import free_port

ADDRESSES = ("cleo@client.example", "verifier@example.com", "second_verifier@example.com")


async def arranged(centre: Centre, **changes: object) -> Held:
    return await create(centre, await session_body(centre) | {"scheduled_at": written(in_days(10))} | changes)


async def link_id(held: Held) -> str:
    return str((await held.participant("Cleo"))["id"])


async def test_everyone_gets_one_mail_in_the_own_zone_with_a_calendar_part(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    zone = "Asia/Kolkata"
    await patch(centre.admin, f"/v1/users/{centre.user_ids['verifier']}", timezone=zone)
    people = (await session_body(centre))["participants"]
    held = await arranged(centre, participants=[CLIENT | {"timezone": "America/New_York"}, *people[:2]])
    await invite(held)
    await send_all(context, centre, mail_settings)
    assert sorted(one.recipients[0] for one in mailbox.deliveries) == sorted(ADDRESSES)
    for address, expected in zip(ADDRESSES, ("America/New_York", zone, "Europe/Moscow"), strict=True):
        (delivery,) = mailbox.to(address)
        found = calendar_of(delivery)
        assert (found.method, found.sequence, found.zone) == ("REQUEST", 0, expected)
        assert f"mailto:{address}" in found.attendees
        assert f"({expected})" in text_of(delivery)
        assert "Leader invites you" in text_of(delivery)
        assert str(delivery.message["Subject"]) == "Calibration session: December"
    (to_user,) = mailbox.to("verifier@example.com")
    assert f"https://qmt.example.com/calibration/{held.id}" in text_of(to_user)
    assert "/join#" not in text_of(to_user)


async def test_the_token_in_the_mail_works_and_stands_nowhere(
    app: FastAPI,
    centre: Centre,
    context: AppContext,
    mail_settings: Settings,
    mailbox: Mailbox,
    urls: DatabaseUrls,
) -> None:
    held = await arranged(centre)
    shown = (await invite(held))["Cleo Client"]
    await held.move("open")
    await send_all(context, centre, mail_settings)
    invitation, opened = mailbox.to("cleo@client.example")
    token = token_of(invitation)
    assert token == token_of(opened) == shown
    async with bearer_client(app, token) as held.people["client"]:
        assert (await held.read("client"))["own_participant_id"] == await link_id(held)
        assert (await held.score("client", good())).status_code == 200
    secret = token[-30:]
    connection = await asyncpg.connect(urls.admin)
    try:
        tables = await connection.fetch(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables "
            "WHERE schemaname IN ('public', 'pgqueuer')"
        )
        assert len(tables) > 30
        for (name,) in tables:
            statement = f"SELECT count(*) FROM {name} t WHERE position($1 IN t::text) > 0"
            assert await connection.fetchval(statement, secret) == 0, name
        # The search finds what is there.
        found = await connection.fetchval("SELECT count(*) FROM emails t WHERE t::text LIKE '%{guest_link}%'")
        assert found > 0
    finally:
        await connection.close()


async def test_inviting_twice_sends_nothing_twice(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    held = await arranged(centre)
    first = (await held.post("invitations", {})).json()["items"]
    again = (await held.post("invitations", {})).json()["items"]
    assert [one["token"] for one in again] == [one["url"] for one in again] == [None]
    assert [one["expires_at"] for one in again] == [one["expires_at"] for one in first]
    await change(held, scheduled_at=written(in_days(11)))
    await held.post("participants", {"user_id": str(centre.user_ids["admin"])})
    await held.post("invitations", {})
    await send_all(context, centre, mail_settings)
    subjects = [str(one.message["Subject"]) for one in mailbox.to("cleo@client.example")]
    assert subjects == ["Calibration session: December", "New time of the calibration session: December"]
    assert short(await kinds_in_inbox(centre.verifier)) == ["invited", "rescheduled"]
    assert short(await kinds_in_inbox(centre.admin)) == ["invited"]
    assert await kinds_in_inbox(centre.leader) == []


async def test_only_those_who_are_named_are_invited(centre: Centre, context: AppContext) -> None:
    held = await arranged(centre)
    verifier = (await held.participant("Verifier"))["id"]
    answer = await held.post("invitations", {"participant_ids": [verifier]})
    assert answer.json()["items"] == []
    assert short(await kinds_in_inbox(centre.verifier)) == ["invited"]
    assert await kinds_in_inbox(centre.second_verifier) == []
    invited = {one["name"]: one["invited_at"] is not None for one in (await held.read())["participants"]}
    assert invited == {"Verifier": True, "Second Verifier": False, "Cleo Client": False}
    # Who is not invited hears of no change.
    await change(held, scheduled_at=written(in_days(12)))
    await held.post("cancel")
    assert short(await kinds_in_inbox(centre.verifier)) == ["invited", "rescheduled", "cancelled"]
    assert await kinds_in_inbox(centre.second_verifier) == []
    assert len(await emails(context, centre)) == 3


async def test_who_is_no_participant_cannot_be_invited(centre: Centre) -> None:
    held = await arranged(centre)
    gone = (await held.participant("Verifier"))["id"]
    await held.post(f"participants/{gone}/withdraw")
    for other in (gone, held.id):
        refused = await held.post("invitations", {"participant_ids": [await link_id(held), other]})
        assert pointers(refused) == ["/participant_ids/1"]
    past = await held.post("invitations", {"expires_at": written(in_days(-1))})
    assert pointers(past) == ["/expires_at"]
    late = await held.post("invitations", {"expires_at": written(in_days(400))})
    assert pointers(late) == ["/expires_at"]
    assert await kinds_in_inbox(centre.second_verifier) == []


async def test_a_renewed_link_is_mailed_and_the_one_before_is_dead(
    app: FastAPI, centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    held = await arranged(centre)
    old = (await invite(held))["Cleo Client"]
    await send_all(context, centre, mail_settings)
    renewed = await held.post(f"invitations/{await link_id(held)}/renew", {})
    await send_all(context, centre, mail_settings)
    first, second = mailbox.to("cleo@client.example")
    assert token_of(first) == old
    assert token_of(second) == renewed.json()["token"] != old
    async with bearer_client(app, old) as dead, bearer_client(app, token_of(second)) as works:
        assert problem(await dead.get(held.url)) == (401, "unauthenticated")
        assert (await works.get(held.url)).status_code == 200


async def test_a_mail_that_waits_when_the_link_is_renewed_holds_the_new_one(
    app: FastAPI, centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    held = await arranged(centre)
    await invite(held)
    token = (await held.post(f"invitations/{await link_id(held)}/renew", {})).json()["token"]
    await send_all(context, centre, mail_settings)
    assert [token_of(one) for one in mailbox.to("cleo@client.example")] == [token, token]


@pytest.mark.parametrize("way", ["revoke", "withdraw"])
async def test_a_revoked_link_is_dead_at_once_and_is_mailed_no_more(
    app: FastAPI, centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox, way: str
) -> None:
    held = await arranged(centre)
    token = (await invite(held))["Cleo Client"]
    address = f"invitations/{await link_id(held)}/revoke"
    async with bearer_client(app, token) as client:
        assert (await client.get(held.url)).status_code == 200
        ended = await held.post(address if way == "revoke" else f"participants/{await link_id(held)}/withdraw")
        assert ended.status_code in (200, 204)
        assert problem(await client.get(held.url)) == (401, "unauthenticated")
    # Again: nothing changes.
    assert (await held.post(address)).status_code == 204
    await send_all(context, centre, mail_settings)
    told = [str(one.message["Subject"]) for one in mailbox.to("cleo@client.example")]
    gone = "You no longer take part in the calibration session: December"
    assert told == ([] if way == "revoke" else [gone])
    assert all("/join#" not in text_of(one) for one in mailbox.to("cleo@client.example"))
    if way == "withdraw":
        refused = await held.post(f"invitations/{await link_id(held)}/renew", {})
        assert problem(refused) == (409, "not_taking_part")
        await held.post("participants", CLIENT)
    renewed = await held.post(f"invitations/{await link_id(held)}/renew", {})
    async with bearer_client(app, renewed.json()["token"]) as client:
        assert (await client.get(held.url)).status_code == 200


@pytest.mark.parametrize("way", ["revoke", "withdraw"])
async def test_inviting_a_guest_whose_link_is_dead_makes_and_mails_another_one(
    app: FastAPI, centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox, way: str
) -> None:
    held = await arranged(centre)
    old = (await invite(held))["Cleo Client"]
    await send_all(context, centre, mail_settings)
    if way == "revoke":
        await held.post(f"invitations/{await link_id(held)}/revoke")
    else:
        await held.post(f"participants/{await link_id(held)}/withdraw")
        await held.post("participants", CLIENT)
    (link,) = (await held.post("invitations", {})).json()["items"]
    await send_all(context, centre, mail_settings)
    second = mailbox.to("cleo@client.example")[-1]
    assert token_of(second) == link["token"] != old
    async with bearer_client(app, old) as dead, bearer_client(app, link["token"]) as works:
        assert problem(await dead.get(held.url)) == (401, "unauthenticated")
        assert (await works.get(held.url)).status_code == 200
    # It works now: it is kept, and nobody is told again.
    (kept,) = (await held.post("invitations", {})).json()["items"]
    assert (kept["token"], kept["expires_at"]) == (None, link["expires_at"])
    told = len(mailbox.to("cleo@client.example"))
    await send_all(context, centre, mail_settings)
    assert len(mailbox.to("cleo@client.example")) == told


@pytest.mark.parametrize("person", ["Cleo", "Verifier"])
async def test_the_entry_of_one_who_leaves_is_cancelled_and_of_one_who_comes_back_is_sent_again(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox, person: str
) -> None:
    held = await arranged(centre)
    await invite(held)
    await change(held, scheduled_at=written(in_days(11)))
    one = await held.participant(person)
    for _ in range(2):  # A second time changes nothing.
        await held.post(f"participants/{one['id']}/withdraw")
    await change(held, scheduled_at=written(in_days(12)))  # Of this, one who has left hears nothing.
    back = CLIENT if person == "Cleo" else {"user_id": one["user_id"]}
    assert (await held.post("participants", back)).status_code == 201
    assert (await held.participant(person))["invited_at"] is None
    await held.post("invitations", {})
    await change(held, scheduled_at=written(in_days(13)))
    await held.post("cancel")
    await send_all(context, centre, mail_settings)
    address = "cleo@client.example" if person == "Cleo" else "verifier@example.com"
    told = [calendar_of(delivery) for delivery in mailbox.to(address)]
    expected = [("REQUEST", 0), ("REQUEST", 1), ("CANCEL", 2), ("REQUEST", 3), ("REQUEST", 4), ("CANCEL", 5)]
    assert [(entry.method, entry.sequence) for entry in told] == expected
    assert "You no longer take part" in told[2].description
    others = [calendar_of(delivery) for delivery in mailbox.to("second_verifier@example.com")]
    assert [(entry.method, entry.sequence) for entry in others] == [*expected[:2], *expected[3:]]


async def test_everyone_who_is_invited_hears_of_another_place(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    held = await arranged(centre, place="Room 4")
    await invite(held)
    await change(held, place="https://meet.example.com/qmt")
    await change(held, place="https://meet.example.com/qmt")
    await send_all(context, centre, mail_settings)
    first, second = mailbox.to("cleo@client.example")
    assert str(second.message["Subject"]) == "Calibration session changed: December"
    assert "Place: https://meet.example.com/qmt" in text_of(second)
    assert (calendar_of(first).sequence, calendar_of(second).sequence) == (0, 1)
    assert short(await kinds_in_inbox(centre.verifier)) == ["invited", "changed"]


async def test_a_guest_is_invited_six_times_an_hour_at_most(
    app: FastAPI, centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    held = await arranged(centre)
    await invite(held)
    address = f"invitations/{await link_id(held)}/renew"
    links = [await held.post(address, {}) for _ in range(5)]
    assert {link.status_code for link in links} == {200}
    for refused in (await held.post(address, {}), await held.post("invitations", {"again": True})):
        assert problem(refused) == (429, "too_many_requests")
        assert int(refused.headers["Retry-After"]) > 0
    await send_all(context, centre, mail_settings)
    assert len(mailbox.to("cleo@client.example")) == 6
    # What was refused changed nothing.
    async with bearer_client(app, links[-1].json()["token"]) as works:
        assert (await works.get(held.url)).status_code == 200


async def test_a_link_of_a_session_at_the_end_of_time_expires_with_it(centre: Centre) -> None:
    held = await arranged(centre, scheduled_at="2199-12-31T23:59:59.999999Z", duration_min=1439)
    (link,) = (await held.post("invitations", {})).json()["items"]
    assert link["expires_at"] == "2199-12-31T23:59:59.999999Z"
    assert (await held.post(f"invitations/{await link_id(held)}/renew", {})).status_code == 200
    later = {"expires_at": "2199-12-31T23:59:59.999999Z"}
    assert (await held.post(f"invitations/{await link_id(held)}/renew", later)).status_code == 200
    assert (await centre.leader.get(f"{held.url}/invite.ics")).status_code == 200


async def test_users_have_accounts_and_need_no_links(centre: Centre) -> None:
    held = await arranged(centre)
    user = (await held.participant("Verifier"))["id"]
    for action in ("renew", "revoke"):
        refused = await held.post(f"invitations/{user}/{action}", {})
        assert problem(refused) == (422, "invalid")
        assert (await held.post(f"invitations/{held.id}/{action}", {})).status_code == 404
        assert problem(await held.post(f"invitations/{user}/{action}", {}, centre.verifier)) == (403, "forbidden")


async def test_a_new_time_goes_to_everyone_invited_with_a_higher_sequence(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    held = await arranged(centre)
    await invite(held)
    at = in_days(20)
    (option,) = (await propose(held, at)).json()["items"]
    await held.post("schedule", {"option_id": option["id"]})
    await change(held, scheduled_at=written(in_days(21)))
    await held.post("cancel")
    await send_all(context, centre, mail_settings)
    for address in ADDRESSES:
        # The second one asks to vote, and has nothing for the calendar.
        invited, _, *later = mailbox.to(address)
        found = [calendar_of(one) for one in (invited, *later)]
        assert [one.method for one in found] == ["REQUEST", "REQUEST", "REQUEST", "CANCEL"]
        assert [one.sequence for one in found] == [0, 1, 2, 3]
        assert len({one.uid for one in found}) == 1
        assert found[1].starts_at == at
    *_, cancelled = mailbox.to("cleo@client.example")
    assert "does not take place" in text_of(cancelled)
    assert "/join#" not in text_of(cancelled)
    kinds = ["invited", "times_proposed", "rescheduled", "rescheduled", "cancelled"]
    assert short(await kinds_in_inbox(centre.verifier)) == kinds


async def test_a_session_that_loses_its_time_is_taken_out_of_the_calendars(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    held = await arranged(centre)
    await invite(held)
    await change(held, scheduled_at=None)
    await change(held, scheduled_at=written(in_days(30)))
    await send_all(context, centre, mail_settings)
    found = [calendar_of(one) for one in mailbox.to("cleo@client.example")]
    assert [(one.method, one.sequence) for one in found] == [("REQUEST", 0), ("CANCEL", 1), ("REQUEST", 2)]
    assert found[1].starts_at == found[0].starts_at
    assert short(await kinds_in_inbox(centre.verifier)) == ["invited", "postponed", "scheduled"]


async def test_nobody_is_told_of_a_length_while_there_is_no_time(centre: Centre, context: AppContext) -> None:
    held = await arranged(centre, scheduled_at=None)
    await invite(held)
    await change(held, duration_min=30)
    assert short(await kinds_in_inbox(centre.verifier)) == ["invited"]


async def test_a_link_lasts_until_the_session_however_late_its_time_is_settled(app: FastAPI, centre: Centre) -> None:
    held = await arranged(centre, scheduled_at=None)
    (link,) = (await held.post("invitations", {})).json()["items"]
    assert written(in_days(13)) < link["expires_at"] < written(in_days(15))
    await change(held, scheduled_at=written(in_days(60)))
    (later,) = (await held.post("invitations", {})).json()["items"]
    assert written(in_days(73)) < later["expires_at"] < written(in_days(75))
    async with bearer_client(app, link["token"]) as client:
        assert (await client.get(held.url)).status_code == 200
    # An earlier time shortens no link, and a revoked one stays revoked.
    await change(held, scheduled_at=written(in_days(5)))
    assert (await held.post("invitations", {})).json()["items"] == [later]
    await held.post(f"invitations/{await link_id(held)}/revoke")
    await change(held, scheduled_at=written(in_days(120)))
    async with bearer_client(app, link["token"]) as client:
        assert (await client.get(held.url)).status_code == 401


async def test_a_mail_server_that_is_down_delays_no_request_and_loses_no_mail(
    centre: Centre, context: AppContext, settings: Settings, mailbox: Mailbox, mail_configured: None
) -> None:
    port = free_port()
    held = await arranged(centre)
    assert (await held.post("invitations", {})).status_code == 200
    assert short(await kinds_in_inbox(centre.verifier)) == ["invited"]
    with pytest.raises(RetryLater):
        await send_all(context, centre, with_mail(settings, port))
    states = {one["state"] for one in (await centre.admin.get("/v1/emails")).json()["items"]}
    assert states == {"queued"}
    assert (await held.post("open")).status_code == 200
    with mail_server(mailbox, port):
        await send_all(context, centre, with_mail(settings, port))
    assert sorted(one.recipients[0] for one in mailbox.deliveries) == sorted([*ADDRESSES, *ADDRESSES])


async def test_without_a_mail_server_there_are_inboxes_links_and_files(centre: Centre, context: AppContext) -> None:
    held = await arranged(centre)
    assert (await invite(held))["Cleo Client"]
    states = [one["state"] for one in (await centre.admin.get("/v1/emails")).json()["items"]]
    assert states == ["not_configured"] * 3
    (told,) = (await centre.verifier.get("/v1/inbox")).json()["items"]
    assert told["link"] == f"/calibration/{held.id}"
    assert (await held.get("verifier", "/invite.ics")).status_code == 200


async def test_messages_come_in_the_language_of_the_project(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    project = f"/v1/projects/{centre.project_id}"
    assert (await patch(centre.admin, project, language="ru")).status_code == 200
    held = await arranged(centre)
    await invite(held)
    await send_all(context, centre, mail_settings)
    (delivery,) = mailbox.to("cleo@client.example")
    assert str(delivery.message["Subject"]) == "Калибровка: December"
    assert "приглашает вас" in text_of(delivery)
    assert "1 звонок" in text_of(delivery)


@pytest.mark.parametrize(
    "email", ["(c)a@x.example", "a(c)@x.example", '"a"@x.example', "a@x.example(c)", "a..b@x.example"]
)
async def test_a_client_has_an_address_that_mail_can_be_sent_to(centre: Centre, email: str) -> None:
    held = await arranged(centre)
    refused = await held.post("participants", CLIENT | {"email": email})
    assert problem(refused) == (422, "invalid")
    assert pointers(refused) == ["/email"]


@pytest.mark.parametrize("name", ["Cleo\r\nBcc: b@x.example", "Cleo\tClient", "Cleo\u2028Client", "Cleo\x1bClient"])
async def test_a_name_is_one_line(centre: Centre, name: str) -> None:
    held = await arranged(centre)
    refused = await held.post("participants", CLIENT | {"email": "new@client.example", "name": name})
    assert problem(refused) == (422, "invalid")
    assert pointers(refused) == ["/name"]
