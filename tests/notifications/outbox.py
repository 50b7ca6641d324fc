"""Puts e-mails into the outbox, and sends them as a worker does."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from app import notifications
from app.api.context import AppContext
from app.jobs.errors import RetryLater
from app.notifications import Email, NewEmail
from app.platform.actor import Actor
from app.platform.database import Database, Session
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.platform.ids import new_id
from app.platform.settings import Settings
from tests.people import Centre
from tests.running import run_job

CLIENT = NewEmail(to_name="Клиент", to_email="client@example.com", subject="You are invited", text="Three calls.")


def to_client(**changes: Any) -> NewEmail:
    return replace(CLIENT, **changes)


async def put(database: Database, centre: Centre, **changes: Any) -> Email:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        return await notifications.send_email(session, to_client(**changes))


async def attempt(context: AppContext, centre: Centre, email: Email, settings: Settings, **resources: Any) -> bool:
    """One attempt at the job of an e-mail. Whether it is over; else it is tried again later."""
    assert email.job_id is not None
    given = {"settings": settings, "guest_link": notifications.no_guest_link} | resources
    try:
        await run_job(context, centre.tenant_id, email.job_id, **given)
    except RetryLater:
        return False
    return True


async def shown(centre: Centre, email_id: UUID) -> dict[str, Any]:
    """The e-mail as administrators see it."""
    answer = await centre.admin.get("/v1/emails")
    assert answer.status_code == 200, answer.text
    (found,) = (one for one in answer.json()["items"] if one["id"] == str(email_id))
    return dict(found)


async def events_of(centre: Centre, event_type: str) -> list[dict[str, Any]]:
    answer = await centre.admin.get("/v1/events", params={"type": event_type})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def expect_last_attempt(database: Database, centre: Centre, email: Email) -> None:
    """Let the next attempt be the last one."""
    async with database.begin(Tenant(centre.tenant_id)) as session:
        statement = "UPDATE jobs SET attempts = :attempts WHERE id = :id"
        await session.execute(statement, attempts=notifications.SEND_EMAIL.max_attempts - 1, id=email.job_id)  # type: ignore[operator]


def as_system(session: Session) -> Session:
    act_as(session, Actor("system", new_id()))
    return session
