"""Inboxes over HTTP, and what a notification sends by mail."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from app import identity, notifications
from app.api.context import AppContext
from app.notifications import NewNotification, Notification
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.errors import NotFound
from app.platform.ids import new_id
from app.platform.settings import Settings
from tests.identity.factories import bearer, post_key
from tests.notifications.outbox import as_system, attempt
from tests.notifications.servers import Mailbox
from tests.people import Centre, make_centre


def to_user(centre: Centre, role: str = "verifier", **changes: Any) -> NewNotification:
    new = NewNotification(
        user_id=centre.user_ids[role],
        kind="calibration.invited",
        title="You are invited",
        text="Three calls of the week.",
        link="/calibration/7",
    )
    return replace(new, **changes)


async def notify(database: Database, centre: Centre, role: str = "verifier", **changes: Any) -> Notification:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        return await notifications.notify(session, to_user(centre, role, **changes))


async def inbox(centre: Centre, role: str = "verifier", **params: Any) -> list[dict[str, Any]]:
    answer = await centre.client(role).get("/v1/inbox", params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def emails(centre: Centre) -> list[dict[str, Any]]:
    return list((await centre.admin.get("/v1/emails")).json()["items"])


async def test_a_user_reads_the_own_notifications_newest_first(centre: Centre, database: Database) -> None:
    for title in ("First", "Second", "Third"):
        await notify(database, centre, title=title)
    await notify(database, centre, "leader", title="Not yours")
    found = await inbox(centre)
    assert [one["title"] for one in found] == ["Third", "Second", "First"]
    newest = {name: value for name, value in found[0].items() if name not in ("id", "created_at")}
    assert newest == {
        "kind": "calibration.invited",
        "title": "Third",
        "text": "Three calls of the week.",
        "link": "/calibration/7",
        "read_at": None,
    }


async def test_an_inbox_is_read_page_by_page(centre: Centre, database: Database) -> None:
    for place in range(5):
        await notify(database, centre, title=str(place))
    titles, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await centre.verifier.get("/v1/inbox", params=params)).json()
        titles.append([one["title"] for one in page["items"]])
        if (cursor := page["next_cursor"]) is None:
            break
    assert titles == [["4", "3"], ["2", "1"], ["0"]]


async def test_what_is_read_leaves_the_unread(centre: Centre, database: Database) -> None:
    first, second = await notify(database, centre, title="First"), await notify(database, centre, title="Second")
    read = await centre.verifier.post(f"/v1/inbox/{first.id}/read")
    assert read.status_code == 200
    assert read.json()["read_at"]
    assert [one["id"] for one in await inbox(centre, unread=True)] == [str(second.id)]
    assert [one["id"] for one in await inbox(centre, unread=False)] == [str(first.id)]
    again = await centre.verifier.post(f"/v1/inbox/{first.id}/read")
    assert again.json() == read.json()


async def test_all_are_read_at_once_and_those_of_others_are_not(centre: Centre, database: Database) -> None:
    for _ in range(3):
        await notify(database, centre)
    await notify(database, centre, "leader")
    marked = [(await centre.verifier.post("/v1/inbox/read-all")).json() for _ in range(2)]
    assert marked == [{"marked": 3}, {"marked": 0}]
    assert await inbox(centre, unread=True) == []
    assert len(await inbox(centre, "leader", unread=True)) == 1


async def test_the_notification_of_another_user_is_not_there(centre: Centre, database: Database) -> None:
    made = await notify(database, centre, "leader")
    for client in (centre.verifier, centre.admin):
        assert (await client.post(f"/v1/inbox/{made.id}/read")).status_code == 404
    assert [one["read_at"] for one in await inbox(centre, "leader")] == [None]


async def test_the_notification_of_another_tenant_is_not_there(
    centre: Centre, database: Database, app: FastAPI, context: AppContext
) -> None:
    made = await notify(database, centre)
    async with make_centre(app, context) as elsewhere:
        assert (await elsewhere.verifier.post(f"/v1/inbox/{made.id}/read")).status_code == 404
        with pytest.raises(NotFound, match="user"):
            await notify(database, elsewhere, user_id=centre.user_ids["verifier"])


async def test_a_key_reads_the_inbox_of_its_user(centre: Centre, database: Database, app: FastAPI) -> None:
    made = await notify(database, centre, "admin")
    await notify(database, centre, "leader")
    key = (await post_key(centre.admin, "calls:write")).json()["key"]
    async with bearer(app, key) as client:
        assert [one["id"] for one in (await client.get("/v1/inbox")).json()["items"]] == [str(made.id)]


@pytest.mark.parametrize("path", ["/v1/inbox?unread=perhaps", "/v1/inbox?read=true", "/v1/inbox?cursor=x"])
async def test_a_parameter_that_is_wrong_is_named(centre: Centre, path: str) -> None:
    answer = await centre.verifier.get(path)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] in ("unread", "read", "cursor")


async def test_a_missing_notification_is_not_found(centre: Centre) -> None:
    assert (await centre.verifier.post(f"/v1/inbox/{new_id()}/read")).status_code == 404
    assert (await centre.verifier.post("/v1/inbox/nothing/read")).status_code == 422


class TestOnce:
    """A key makes a notification safe to ask for again."""

    async def test_the_same_key_tells_a_user_once(
        self, centre: Centre, database: Database, mail_configured: None
    ) -> None:
        first = await notify(database, centre, key="reminder/7")
        again = await notify(database, centre, key="reminder/7", title="You are reminded again")
        assert again == first
        assert [one["title"] for one in await inbox(centre)] == ["You are invited"]
        assert len(await emails(centre)) == 1

    async def test_the_same_key_tells_every_user(self, centre: Centre, database: Database) -> None:
        for role in ("verifier", "leader"):
            await notify(database, centre, role, key="reminder/7")
        assert [len(await inbox(centre, role)) for role in ("verifier", "leader")] == [1, 1]

    async def test_two_transactions_at_once_tell_a_user_once(
        self, centre: Centre, database: Database, mail_configured: None
    ) -> None:
        made = await asyncio.gather(*(notify(database, centre, key="reminder/7") for _ in range(5)))
        assert len({one.id for one in made}) == 1
        assert len(await inbox(centre)) == len(await emails(centre)) == 1

    async def test_without_a_key_each_one_counts(self, centre: Centre, database: Database) -> None:
        for _ in range(2):
            await notify(database, centre)
        assert len(await inbox(centre)) == 2


async def test_what_is_rolled_back_tells_nobody(centre: Centre, database: Database, mail_configured: None) -> None:
    async def notify_and_fail() -> None:
        async with database.begin(Tenant(centre.tenant_id)) as session:
            await notifications.notify(session, to_user(centre))
            raise RuntimeError("rolled back")

    with pytest.raises(RuntimeError, match="rolled back"):
        await notify_and_fail()
    assert await inbox(centre) == await emails(centre) == []


class TestByMail:
    """The e-mail of a notification."""

    async def test_it_goes_to_the_address_of_the_user_with_the_whole_link(
        self, centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
    ) -> None:
        await notify(context.database, centre)
        (email,) = await emails(centre)
        assert (email["to_name"], email["to_email"], email["state"]) == ("Verifier", "verifier@example.com", "queued")
        async with context.database.begin(Tenant(centre.tenant_id)) as session:
            queued = await notifications.retry_email(session, email_id_of(email))
        assert await attempt(context, centre, queued, mail_settings)
        (delivery,) = mailbox.deliveries
        text = delivery.message.get_content().replace("\r\n", "\n")
        assert text == "Three calls of the week.\n\nhttps://qmt.example.com/calibration/7\n"

    async def test_without_a_mail_server_the_inbox_is_all(self, centre: Centre, database: Database) -> None:
        await notify(database, centre)
        assert len(await inbox(centre)) == 1
        assert [one["state"] for one in await emails(centre)] == ["not_configured"]

    async def test_a_notification_may_be_for_the_inbox_alone(
        self, centre: Centre, database: Database, mail_configured: None
    ) -> None:
        await notify(database, centre, email=False)
        assert len(await inbox(centre)) == 1
        assert await emails(centre) == []

    async def test_an_inactive_user_gets_no_mail(
        self, centre: Centre, database: Database, mail_configured: None
    ) -> None:
        async with database.begin(Tenant(centre.tenant_id)) as session:
            user_id = centre.user_ids["verifier"]
            await identity.change_user(as_system(session), user_id, 1, {"active": False})
        made = await notify(database, centre)
        assert made.user_id == user_id
        assert await emails(centre) == []


def email_id_of(email: dict[str, Any]) -> UUID:
    return UUID(email["id"])
