"""The outbox as administrators see it: what failed, and sending it again."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.notifications import Email
from app.platform.database import Database
from app.platform.ids import new_id
from app.platform.settings import Settings
from tests.notifications.outbox import attempt, events_of, put, shown
from tests.notifications.servers import Mailbox
from tests.people import Centre, make_centre


async def failed_email(
    context: AppContext, centre: Centre, settings: Settings, mailbox: Mailbox, **changes: Any
) -> Email:
    mailbox.to_recipient.append("550 5.1.1 no such mailbox")
    email = await put(context.database, centre, **changes)
    assert await attempt(context, centre, email, settings)
    return email


async def test_emails_are_listed_newest_first_and_by_state(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    failed = await failed_email(context, centre, mail_settings, mailbox, subject="Failed", text="Three calls.")
    queued = await put(context.database, centre, subject="Queued")
    found = (await centre.admin.get("/v1/emails")).json()["items"]
    assert [one["id"] for one in found] == [str(queued.id), str(failed.id)]
    by_state = (await centre.admin.get("/v1/emails", params={"state": "failed"})).json()["items"]
    assert [one["subject"] for one in by_state] == ["Failed"]
    assert "Three calls." not in str(found)


async def test_a_failed_email_is_sent_again(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    email = await failed_email(context, centre, mail_settings, mailbox)
    retried = await centre.admin.post(f"/v1/emails/{email.id}/retry")
    assert retried.status_code == 202
    answered = retried.json()
    assert (answered["state"], answered["error"], answered["attempts"]) == ("queued", None, 1)
    assert answered["job_id"] != str(email.job_id)
    (recorded,) = await events_of(centre, "email.retried")
    assert recorded["actor"] == {"kind": "user", "id": str(centre.user_ids["admin"])}
    assert await attempt(context, centre, replace(email, job_id=UUID(answered["job_id"])), mail_settings)
    state = await shown(centre, email.id)
    assert (state["state"], state["attempts"]) == ("sent", 2)
    assert len(mailbox.deliveries) == 1


async def test_retrying_a_queued_email_changes_nothing(
    centre: Centre, database: Database, mail_configured: None
) -> None:
    email = await put(database, centre)
    before = await shown(centre, email.id)
    retried = await centre.admin.post(f"/v1/emails/{email.id}/retry")
    assert (retried.status_code, retried.json()) == (202, before)
    assert await events_of(centre, "email.retried") == []


async def test_a_sent_email_is_not_sent_again(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    email = await put(context.database, centre)
    assert await attempt(context, centre, email, mail_settings)
    refused = await centre.admin.post(f"/v1/emails/{email.id}/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "email_sent")


async def test_without_a_mail_server_the_refusal_names_the_settings(centre: Centre, database: Database) -> None:
    email = await put(database, centre)
    refused = await centre.admin.post(f"/v1/emails/{email.id}/retry")
    assert (refused.status_code, refused.json()["code"]) == (409, "mail_not_configured")
    assert "QMT_SMTP_HOST" in refused.json()["detail"]


async def test_an_email_that_had_no_server_is_sent_once_there_is_one(
    centre: Centre, database: Database, request: pytest.FixtureRequest
) -> None:
    email = await put(database, centre)
    request.getfixturevalue("mail_configured")
    retried = await centre.admin.post(f"/v1/emails/{email.id}/retry")
    assert (retried.status_code, retried.json()["state"]) == (202, "queued")


async def test_an_email_of_another_tenant_is_not_there(
    centre: Centre, database: Database, app: FastAPI, context: AppContext
) -> None:
    email = await put(database, centre)
    async with make_centre(app, context) as elsewhere:
        assert (await elsewhere.admin.post(f"/v1/emails/{email.id}/retry")).status_code == 404
        assert (await elsewhere.admin.get("/v1/emails")).json()["items"] == []
    assert (await centre.admin.post(f"/v1/emails/{new_id()}/retry")).status_code == 404


@pytest.mark.parametrize("role", ["leader", "verifier", "agent"])
async def test_only_administrators_see_the_outbox(centre: Centre, role: str) -> None:
    assert (await centre.client(role).get("/v1/emails")).status_code == 403


async def test_an_unknown_state_is_named(centre: Centre) -> None:
    refused = await centre.admin.get("/v1/emails", params={"state": "lost"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "state")


async def test_the_same_key_sends_one_email_to_an_address(
    centre: Centre, database: Database, mail_configured: None
) -> None:
    first = await put(database, centre, key="reminder/7")
    again = await put(database, centre, key="reminder/7", subject="You are reminded again")
    assert again == first
    other = await put(database, centre, key="reminder/7", to_email="other@example.com")
    assert other.id != first.id
    assert len((await centre.admin.get("/v1/emails")).json()["items"]) == 2
