"""Reminders: once before a session begins, to those invited; again for another time, never for what has ended."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.calibration import REMINDERS
from app.jobs.engine import QueueMessage
from app.jobs.runner import Runner
from app.platform import clock
from app.platform.settings import Settings
from tests.calibration.meeting.factories import (
    calendar_of,
    change,
    in_days,
    kinds_in_inbox,
    remind,
    reminder_jobs,
    send_all,
    short,
    text_of,
    token_of,
    written,
)
from tests.calibration.sessions.factories import CLIENT, Held, create, good, holding, invite, session_body
from tests.identity.factories import journal
from tests.notifications.servers import Mailbox
from tests.people import Centre
from tests.running import run_job

SOON, LATER = 0.5 / 24, 2 / 24


async def arranged(centre: Centre, days: float = SOON, **changes: Any) -> Held:
    return await create(centre, await session_body(centre) | {"scheduled_at": written(in_days(days))} | changes)


async def reminded(centre: Centre, person: str = "verifier") -> int:
    return short(await kinds_in_inbox(centre.client(person))).count("reminded")


async def test_everyone_invited_is_reminded_once(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    held = await arranged(centre)
    token = (await invite(held))["Cleo Client"]
    for _ in range(3):
        await remind(context, centre)
    assert (await reminded(centre), await reminded(centre, "second_verifier")) == (1, 1)
    await send_all(context, centre, mail_settings)
    _, mail = mailbox.to("cleo@client.example")
    assert str(mail.message["Subject"]) == "Calibration session begins soon: December"
    assert token_of(mail) == token
    assert "Time: " in text_of(mail)
    assert calendar_of(mail).method == "REQUEST"
    told = [one for one in await journal(context.database, centre, held.id) if one.type.endswith(".reminded")]
    assert [len(one.after["participant_ids"]) for one in told if one.after] == [3]


async def test_a_session_is_reminded_of_in_its_last_hour(centre: Centre, context: AppContext) -> None:
    held = await arranged(centre, LATER)
    await invite(held)
    await remind(context, centre)
    assert await reminded(centre) == 0
    with clock.use_clock(clock.FixedClock(in_days(LATER - SOON))):
        await remind(context, centre)
    assert await reminded(centre) == 1


async def test_a_session_that_has_begun_is_not_reminded_of(centre: Centre, context: AppContext) -> None:
    held = await arranged(centre)
    await invite(held)
    await REMINDERS.enqueue_due(context.database)
    (job_id,) = await reminder_jobs(context, centre)
    with clock.use_clock(clock.FixedClock(in_days(2 * SOON))):
        await run_job(context, centre.tenant_id, job_id)
    assert await reminded(centre) == 0


async def test_after_another_time_everyone_is_reminded_again(centre: Centre, context: AppContext) -> None:
    held = await arranged(centre)
    await invite(held)
    await remind(context, centre)
    await change(held, name="December, again")
    await remind(context, centre)
    assert await reminded(centre) == 1
    await change(held, scheduled_at=written(in_days(SOON * 1.5)))
    for _ in range(2):
        await remind(context, centre)
    assert await reminded(centre) == 2


async def test_a_late_job_of_a_time_that_was_changed_reminds_of_nothing(centre: Centre, context: AppContext) -> None:
    held = await arranged(centre)
    await invite(held)
    await REMINDERS.enqueue_due(context.database)
    (job_id,) = await reminder_jobs(context, centre)
    await change(held, scheduled_at=written(in_days(7)))
    await run_job(context, centre.tenant_id, job_id)
    assert await reminded(centre) == 0
    # The new time has its own reminder.
    with clock.use_clock(clock.FixedClock(in_days(7 - SOON))):
        await remind(context, centre)
    assert await reminded(centre) == 1


@pytest.mark.parametrize("steps", [("cancel",), ("open", "score", "reveal"), ("open", "score", "reveal", "close")])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_has_ended_is_not_reminded_of(
    app: FastAPI, centre: Centre, context: AppContext, steps: tuple[str, ...], when: str
) -> None:
    """Whether it ends before the reminder is due, or between that and the work."""
    async with holding(app, centre, scheduled_at=written(in_days(SOON))) as held:
        if when == "after":
            await REMINDERS.enqueue_due(context.database)
        for step in steps:
            if step == "score":
                await held.score("client", good())
            else:
                await held.move(step)
        await REMINDERS.enqueue_due(context.database)
        jobs = await reminder_jobs(context, centre)
        assert len(jobs) == (when == "after")
        for job_id in jobs:
            await run_job(context, centre.tenant_id, job_id)
    assert await reminded(centre) == 0


async def test_an_open_session_is_reminded_of(app: FastAPI, centre: Centre, context: AppContext) -> None:
    async with holding(app, centre, "open", scheduled_at=written(in_days(SOON))):
        await remind(context, centre)
    assert await reminded(centre) == 1


async def test_only_those_invited_who_still_take_part_are_reminded(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    held = await arranged(centre)
    invited = [(await held.participant(name))["id"] for name in ("Verifier", "Cleo")]
    await held.post("invitations", {"participant_ids": invited})
    await held.post(f"participants/{invited[0]}/withdraw")
    await remind(context, centre)
    assert (await reminded(centre), await reminded(centre, "second_verifier")) == (0, 0)
    await send_all(context, centre, mail_settings)
    assert len(mailbox.to(CLIENT["email"])) == 2


async def test_without_a_time_there_is_nothing_to_remind_of(centre: Centre, context: AppContext) -> None:
    held = await arranged(centre)
    await invite(held)
    await REMINDERS.enqueue_due(context.database)
    await change(held, scheduled_at=None)
    for job_id in await reminder_jobs(context, centre):
        await run_job(context, centre.tenant_id, job_id)
    assert await reminded(centre) == 0


async def test_two_workers_remind_once(centre: Centre, context: AppContext) -> None:
    held = await arranged(centre)
    await invite(held)
    # Two clocks, and two workers that take the same job and another one of the same session.
    await asyncio.gather(*(REMINDERS.enqueue_due(context.database) for _ in range(2)))
    (job_id,) = await reminder_jobs(context, centre)
    stopping = asyncio.Event()
    runners = [Runner(context.database, {"settings": context.settings}, lease_s=30, stopping=stopping) for _ in "ab"]
    outcomes = await asyncio.gather(
        *(runner.run(QueueMessage(centre.tenant_id, job_id)) for runner in runners), return_exceptions=True
    )
    assert any(outcome is None for outcome in outcomes), outcomes
    assert await reminded(centre) == 1
