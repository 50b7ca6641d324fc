"""Reports are the same to the last digit from roll-ups and from the tables, whatever happens in between."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from uuid import UUID

import asyncpg
import numpy as np
import pytest

from app import events
from app.analysis import ROLL_UP, rollup_types
from app.analysis.repository import selections
from app.analysis.repository.answers import answers_of
from app.analysis.repository.rows import AnswerCodes, DrawnCalls
from app.analysis.rollups import repository
from app.analysis.rollups.jobs import build
from app.analysis.rollups.packing import as_bytes, pack, unpack
from app.api.context import AppContext
from app.platform.actor import Actor
from app.platform.database import Database, Session
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from tests.analysis.factories import NOON, NOVEMBER, DrawnCall, GivenAnswer, SampleFactory
from tests.conftest import DatabaseUrls
from tests.people import Centre
from tests.queries import QueryRecorder
from tests.running import deliver_events, run_due_jobs

REPORTS = (
    *(f"quality?by={by}" for by in ("project", "team", "agent", "verifier", "week")),
    "error-sources",
    *(f"pareto?by={by}" for by in ("item", "reason", "section")),
    "verifiers",
)
GREETING = (
    GivenAnswer("greeting"),
    GivenAnswer("greeting", "agent", "forgot"),
    GivenAnswer("greeting", "customer"),
    GivenAnswer("greeting", applies=False),
)
SOLUTION = (
    GivenAnswer("solution"),
    GivenAnswer("solution", "process", "no_article"),
    GivenAnswer("solution", "unclear"),
)
REVISION = {
    "answers": [
        {"item": "greeting", "value": "bad", "fault": "agent", "reason": "forgot"},
        {"item": "solution", "value": "good"},
    ],
    "why": "Heard again",
}
# How the statement begins that reads drawn calls from the tables.
FROM_TABLES = " ".join(selections._SELECTIONS.split())[:60]


@pytest.fixture
async def admin(urls: DatabaseUrls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.admin)
    yield connection
    await connection.close()


def a_call(random: Random) -> DrawnCall:
    verifier = random.choice(["verifier", "second_verifier"])
    return DrawnCall(
        random.choice(["100", "87.55", "33.33", "0"]),
        random.choice(["0.5", "0.125", "0.033"]),
        agent=random.randrange(2),
        at=NOON,
        evaluated=random.random() < 0.8,
        verifier=verifier,
        pooled=random.random() < 0.2,
        second="50" if verifier == "verifier" and random.random() < 0.3 else None,
        size=random.randrange(1, 4),
        answers=(random.choice(GREETING), random.choice(SOLUTION)),
    )


async def a_centre(factory: SampleFactory) -> list[UUID]:
    """Two plans with three draws of two days. Three calls are corrected: by the verifier, by another one, by a check.

    Another one is corrected by its verifier after a check.
    """
    random = Random(7)
    evaluation_ids = []
    first, second = await factory.plan(), await factory.plan()
    for plan, day in ((first, 2), (first, 3), (second, 2)):
        calls = [a_call(random) for _ in range(12)]
        evaluation_ids += await factory.draw(plan, *calls, day=NOON.date().replace(day=day))
    await factory.revise(evaluation_ids[0], "20", GivenAnswer("greeting", "agent"), GivenAnswer("solution"))
    await factory.revise(evaluation_ids[1], "90", GivenAnswer("greeting"), author="second_verifier")
    checked = GivenAnswer("greeting", "process"), GivenAnswer("solution", "customer")
    for evaluation_id in evaluation_ids[2:4]:
        await factory.revise(evaluation_id, "30", *checked, kind="calibration")
    await factory.revise(evaluation_ids[3], "40", GivenAnswer("greeting", "unclear"), number=3)
    return evaluation_ids


async def reports(centre: Centre) -> dict[str, str]:
    """The text of every report that reads a sample."""
    texts = {}
    for report in REPORTS:
        answer = await centre.leader.get(f"/v1/reports/{report}", params=NOVEMBER)
        assert answer.status_code == 200, answer.text
        # When it was computed is not of the figures.
        texts[report] = re.sub(r'"computed_at":"[^"]*"', "", answer.text)
    return texts


@asynccontextmanager
async def working(context: AppContext, centre: Centre) -> AsyncIterator[Session]:
    async with context.database.begin(Tenant(centre.tenant_id)) as session:
        act_as(session, Actor("system", None))
        yield session


async def all_stale(context: AppContext, centre: Centre) -> None:
    """Mark every draw: those of a factory were made without an event."""
    async with working(context, centre) as session:
        draws = await session.fetch_column("SELECT id FROM draws")
        await repository.mark_stale(session, draws)


async def stale(context: AppContext, centre: Centre) -> int:
    async with working(context, centre) as session:
        return len(await repository.stale_draws(session))


async def roll_up(context: AppContext, centre: Centre) -> None:
    assert await run_due_jobs(context, ROLL_UP, centre.tenant_id) == 1
    assert not await stale(context, centre)


async def without_rollups(context: AppContext, centre: Centre, admin: asyncpg.Connection) -> dict[str, str]:
    """The reports with all roll-ups removed."""
    await admin.execute("DELETE FROM draw_rollups WHERE tenant_id = $1", centre.tenant_id)
    return await reports(centre)


async def test_reports_are_the_same_from_roll_ups(
    centre: Centre, factory: SampleFactory, context: AppContext, queries: QueryRecorder
) -> None:
    await a_centre(factory)
    from_tables = await reports(centre)
    await all_stale(context, centre)
    assert await reports(centre) == from_tables
    await roll_up(context, centre)
    queries.clear()
    assert await reports(centre) == from_tables
    read = [
        statement
        for statement in queries.statements
        if "int4send(s.position) || int4send(coalesce(r.number" in statement
    ]
    assert not read


async def test_a_revision_is_in_the_reports_at_once_and_stays_in_them(
    centre: Centre, factory: SampleFactory, context: AppContext, database: Database, admin: asyncpg.Connection
) -> None:
    """Before its event is consumed, once it is, after the next building, and built from scratch."""
    evaluation_ids = await a_centre(factory)
    await all_stale(context, centre)
    await roll_up(context, centre)
    before = await reports(centre)
    answer = await centre.leader.post(f"/v1/evaluations/{evaluation_ids[4]}/revisions", json=REVISION)
    assert answer.status_code == 201, answer.text
    assert not await stale(context, centre)
    at_once = await reports(centre)
    assert all(at_once[report] != before[report] for report in REPORTS if report != "verifiers")
    await deliver_events(database, centre.tenant_id)
    assert await stale(context, centre) == 1
    assert await reports(centre) == at_once
    await roll_up(context, centre)
    assert await reports(centre) == at_once
    assert await without_rollups(context, centre, admin) == at_once


async def test_a_change_during_the_building_leaves_the_roll_up_stale(
    centre: Centre, factory: SampleFactory, context: AppContext
) -> None:
    await factory.draw(await factory.plan(), DrawnCall("80"))
    await all_stale(context, centre)
    async with working(context, centre) as building:
        [draw_id] = await repository.stale_draws(building)
        changes = await repository.known_changes(building, draw_id)
        ids = await repository.ids_in(building, draw_id)
        rows, _ = await selections.drawn_rows(building, ids)
        await all_stale(context, centre)
        rollup = pack(DrawnCalls(rows, AnswerCodes.none()), AnswerCodes.none(), *ids[1:])
        await repository.store(building, draw_id, rollup, changes)
    assert await stale(context, centre) == 1


async def test_what_has_no_roll_up_for_its_size_is_read_from_the_tables(
    centre: Centre, factory: SampleFactory, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_centre(factory)
    from_tables = await reports(centre)
    await all_stale(context, centre)
    monkeypatch.setattr("app.analysis.rollups.packing._MAX_KINDS", 1)
    await roll_up(context, centre)
    assert await reports(centre) == from_tables


async def test_a_draw_that_is_built_again_has_the_same_bytes_until_something_changes(
    centre: Centre, factory: SampleFactory, context: AppContext
) -> None:
    evaluation_ids = await factory.draw(await factory.plan(), DrawnCall("80"), DrawnCall("70", agent=1))
    contents = []
    for number in range(3):
        if number == 2:
            await factory.revise(evaluation_ids[0], "81")
        await all_stale(context, centre)
        await roll_up(context, centre)
        async with working(context, centre) as session:
            contents.append(await session.fetch_value("SELECT rows FROM draw_rollups"))
    assert contents[0] == contents[1] != contents[2]


async def test_a_roll_up_gives_back_what_was_packed(
    centre: Centre, factory: SampleFactory, context: AppContext
) -> None:
    await a_centre(factory)
    async with working(context, centre) as session:
        draw_id = await session.fetch_value("SELECT id FROM draws ORDER BY id LIMIT 1")
        await repository.mark_stale(session, [draw_id])
        ids = await repository.ids_in(session, draw_id)
        rows, revisions = await selections.drawn_rows(session, ids, revisions=True)
        answers = await answers_of(session, revisions.latest)
        await build(session, draw_id)
        [stored] = await repository.fresh(session, [draw_id], answers=True)
    unpacked = unpack(stored, 0, as_bytes(ids.agent_ids), as_bytes(ids.user_ids))
    assert np.array_equal(unpacked.rows, rows)
    given = sorted((row, answers.kinds[code]) for row, code in zip(answers.rows, answers.codes, strict=True))
    kept = unpacked.answers
    assert sorted((row, kept.kinds[code]) for row, code in zip(kept.rows, kept.codes, strict=True)) == given


def test_every_event_of_drawn_calls_is_consumed() -> None:
    subjects = {"draw", "assignment", "evaluation"}
    assert {kind.name for kind in rollup_types()} == {
        kind.name for kind in events.event_types() if kind.subject_type in subjects
    }
    assert {kind.subject_type for kind in rollup_types()} == subjects


async def test_reports_meanwhile_are_right(
    centre: Centre, factory: SampleFactory, context: AppContext, database: Database
) -> None:
    """Revisions, consumer, building and reports all at once: what is acknowledged is in the next report."""
    evaluation_ids = await a_centre(factory)
    await all_stale(context, centre)

    async def work() -> None:
        for _ in range(6):
            await deliver_events(database, centre.tenant_id)
            await run_due_jobs(context, ROLL_UP, centre.tenant_id)

    async def revise(evaluation_id: UUID) -> None:
        answer = await centre.leader.post(f"/v1/evaluations/{evaluation_id}/revisions", json=REVISION)
        assert answer.status_code == 201, answer.text
        report = (await centre.leader.get("/v1/reports/error-sources", params=NOVEMBER)).json()
        seen.append(report["errors"])

    seen: list[int] = []
    working_on = asyncio.create_task(work())
    for evaluation_id in evaluation_ids[4:12]:
        await revise(evaluation_id)
    await working_on
    last = await reports(centre)
    await deliver_events(database, centre.tenant_id)
    await run_due_jobs(context, ROLL_UP, centre.tenant_id)
    assert await reports(centre) == last
