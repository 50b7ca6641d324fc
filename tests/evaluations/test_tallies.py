"""The roll-up of errors by agent, project and day, kept by a job."""

from datetime import date
from typing import Any
from uuid import UUID

from app.evaluations import error_history
from app.evaluations.tallies import tally
from app.platform.database import Database
from app.platform.database.compat import driver_sql
from app.platform.database.scope import Tenant
from tests.calls.building import push_call
from tests.evaluations.building import good_answers, scored, submit
from tests.people import Centre
from tests.scorecards.building import binary, choice, one_section, scale

DEFINITION = one_section(binary("greeted", "40", allow_na=True), scale("listened", "30"), choice("solved", "30"))
GOOD = good_answers(DEFINITION)
TWO_ERRORS = good_answers(
    DEFINITION, listened={"value": 2, "fault": "process"}, solved={"value": "part", "fault": "agent"}
)
NA = [{"item": "greeted", "value": "na"}, *GOOD[1:]]


async def waiting(database: Database, centre: Centre) -> list[UUID]:
    """The evaluations whose day a job is to count."""
    async with database.begin(Tenant(centre.tenant_id)) as session:
        rows = await driver_sql(session, "SELECT payload FROM jobs WHERE kind = 'evaluations.tally' ORDER BY id")
        return [UUID(row.payload["evaluation_id"]) for row in rows]


async def run_jobs(database: Database, centre: Centre) -> None:
    for evaluation_id in await waiting(database, centre):
        async with database.begin(Tenant(centre.tenant_id)) as session:
            await tally(session, evaluation_id)


async def tallies(database: Database, centre: Centre) -> list[tuple[Any, ...]]:
    """Day, evaluations, applicable answers, errors and errors of the agent."""
    columns = "day::text, evaluations, applicable, errors, agent_errors"
    async with database.begin(Tenant(centre.tenant_id)) as session:
        rows = await driver_sql(session, f"SELECT {columns} FROM agent_error_tallies ORDER BY agent_id, day")
        return [tuple(row) for row in rows]


async def test_errors_and_applicable_answers_are_counted_by_the_day_of_the_call(
    centre: Centre, database: Database
) -> None:
    # In Moscow the second call is taken on the next day already.
    subject = await scored(centre, DEFINITION, started_at="2026-11-02T20:59:59Z")
    late = await push_call(centre.admin, centre.project_id, started_at="2026-11-02T21:00:00Z")
    await submit(centre.verifier, subject, TWO_ERRORS)
    await submit(centre.second_verifier, subject, NA)
    await submit(centre.verifier, subject | {"call_id": late["id"]}, GOOD)
    await run_jobs(database, centre)
    assert await tallies(database, centre) == [("2026-11-02", 2, 5, 2, 1), ("2026-11-03", 1, 3, 0, 0)]


async def test_counting_again_changes_nothing(centre: Centre, database: Database) -> None:
    await submit(centre.verifier, await scored(centre, DEFINITION), TWO_ERRORS)
    await run_jobs(database, centre)
    once = await tallies(database, centre)
    await run_jobs(database, centre)
    assert await tallies(database, centre) == once == [("2026-11-02", 1, 3, 2, 1)]


async def test_only_the_latest_revision_counts(centre: Centre, database: Database) -> None:
    created = await submit(centre.verifier, await scored(centre, DEFINITION), TWO_ERRORS)
    await centre.leader.post(f"/v1/evaluations/{created['id']}/revisions", json={"answers": GOOD, "why": "Heard again"})
    assert await waiting(database, centre) == [UUID(created["id"])] * 2
    await run_jobs(database, centre)
    assert await tallies(database, centre) == [("2026-11-02", 1, 3, 0, 0)]


async def test_a_submitted_draft_is_counted_and_a_draft_is_not(centre: Centre, database: Database) -> None:
    subject = await scored(centre, DEFINITION)
    created = await centre.verifier.post("/v1/evaluations", json={**subject, "answers": GOOD})
    assert await waiting(database, centre) == []
    await centre.verifier.post(f"/v1/evaluations/{created.json()['id']}/submit")
    await run_jobs(database, centre)
    assert await tallies(database, centre) == [("2026-11-02", 1, 3, 0, 0)]


async def test_a_call_without_an_agent_is_nobodys_history(centre: Centre, database: Database) -> None:
    subject = await scored(centre, DEFINITION, agent_external_id=None)
    created = await submit(centre.verifier, subject, TWO_ERRORS)
    assert created["agent_id"] is None
    assert await waiting(database, centre) == []


async def test_the_history_sums_the_days_asked_for(centre: Centre, database: Database) -> None:
    subject = await scored(centre, DEFINITION, started_at="2026-11-01T12:00:00Z")
    await submit(centre.verifier, subject, TWO_ERRORS)
    for day, agent in (("2026-11-02", "a-1"), ("2026-11-02", "a-2"), ("2026-11-03", "a-1")):
        call = await push_call(centre.admin, centre.project_id, started_at=f"{day}T12:00:00Z", agent_external_id=agent)
        await submit(centre.verifier, subject | {"call_id": call["id"]}, TWO_ERRORS if agent == "a-1" else GOOD)
    await run_jobs(database, centre)
    async with database.begin(Tenant(centre.tenant_id)) as session:
        history = await error_history(session, centre.project_id, date(2026, 11, 1), date(2026, 11, 3))
    assert history == {centre.agent_ids[0]: (4, 6), centre.agent_ids[1]: (0, 3)}
