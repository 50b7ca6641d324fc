"""The history of errors by agent: of the calls as they are now, by the days of the project's time zone."""

from datetime import date
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from app.evaluations import error_history
from app.platform.database import Database, Tenant
from tests.calls.factories import push_call
from tests.evaluations.factories import good_answers, make_subject, submit
from tests.people import Centre
from tests.scorecards.factories import binary, choice, one_section, scale

DEFINITION = one_section(binary("greeted", "40", allow_na=True), scale("listened", "30"), choice("solved", "30"))
GOOD = good_answers(DEFINITION)
TWO_ERRORS = good_answers(
    DEFINITION, listened={"value": 2, "fault": "process"}, solved={"value": "part", "fault": "agent"}
)
NA = [{"item": "greeted", "value": "na"}, *GOOD[1:]]
NOVEMBER = date(2026, 11, 1), date(2026, 12, 1)


async def history(
    database: Database, centre: Centre, from_day: date, to_day: date, project_id: UUID | None = None
) -> dict[UUID, tuple[int, int]]:
    """Errors and applicable answers of each agent."""
    async with database.begin(Tenant(centre.tenant_id)) as session:
        counts = await error_history(session, project_id or centre.project_id, from_day, to_day)
        return {agent_id: (count.errors, count.applicable) for agent_id, count in counts.items()}


async def on_day(database: Database, centre: Centre, day: date) -> dict[UUID, tuple[int, int]]:
    return await history(database, centre, day, day.replace(day=day.day + 1))


async def test_a_submission_counts_at_once(centre: Centre, database: Database) -> None:
    await submit(centre.verifier, await make_subject(centre, DEFINITION), TWO_ERRORS)
    assert await history(database, centre, *NOVEMBER) == {centre.agent_ids[0]: (2, 3)}


async def test_errors_and_applicable_answers_are_counted_by_the_day_of_the_call(
    centre: Centre, database: Database
) -> None:
    # In Moscow the second call is taken on the next day already.
    subject = await make_subject(centre, DEFINITION, started_at="2026-11-02T20:59:59Z")
    late = await push_call(centre.admin, centre.project_id, started_at="2026-11-02T21:00:00Z")
    await submit(centre.verifier, subject, TWO_ERRORS)
    await submit(centre.second_verifier, subject, NA)
    await submit(centre.verifier, subject | {"call_id": late["id"]}, GOOD)
    assert await on_day(database, centre, date(2026, 11, 2)) == {centre.agent_ids[0]: (2, 5)}
    assert await on_day(database, centre, date(2026, 11, 3)) == {centre.agent_ids[0]: (0, 3)}


async def test_a_day_with_two_midnights_begins_at_the_first(centre: Centre, database: Database) -> None:
    # On 25 October 2026 the Azores turn the clock from 01:00 back to 00:00: midnight is at 00:00 and at 01:00 UTC.
    body = {"name": "Azores", "timezone": "Atlantic/Azores", "language": "pt"}
    project_id = UUID((await centre.admin.post("/v1/projects", json=body)).json()["id"])
    subject = await make_subject(centre, DEFINITION)
    for at in ("2026-10-24T23:59:59Z", "2026-10-25T00:00:00Z", "2026-10-25T00:59:59Z", "2026-10-26T00:59:59Z"):
        call = await push_call(centre.admin, project_id, started_at=at)
        await submit(centre.verifier, subject | {"call_id": call["id"]}, TWO_ERRORS)
    after = await push_call(centre.admin, project_id, started_at="2026-10-26T01:00:00Z")
    await submit(centre.verifier, subject | {"call_id": after["id"]}, GOOD)
    days = pairwise(date(2026, 10, day) for day in (24, 25, 26, 27))
    counted = [await history(database, centre, *day, project_id) for day in days]
    assert counted == [{centre.agent_ids[0]: counts} for counts in ((2, 3), (6, 9), (0, 3))]


async def test_only_the_latest_revision_counts(centre: Centre, database: Database) -> None:
    created = await submit(centre.verifier, await make_subject(centre, DEFINITION), TWO_ERRORS)
    await centre.leader.post(f"/v1/evaluations/{created['id']}/revisions", json={"answers": GOOD, "why": "Heard again"})
    assert await history(database, centre, *NOVEMBER) == {centre.agent_ids[0]: (0, 3)}


async def test_a_submitted_draft_counts_and_a_draft_does_not(centre: Centre, database: Database) -> None:
    subject = await make_subject(centre, DEFINITION)
    created = await centre.verifier.post("/v1/evaluations", json={**subject, "answers": GOOD})
    assert await history(database, centre, *NOVEMBER) == {}
    await centre.verifier.post(f"/v1/evaluations/{created.json()['id']}/submit")
    assert await history(database, centre, *NOVEMBER) == {centre.agent_ids[0]: (0, 3)}


async def test_a_call_without_an_agent_is_in_no_history(centre: Centre, database: Database) -> None:
    subject = await make_subject(centre, DEFINITION, agent_external_id=None)
    created = await submit(centre.verifier, subject, TWO_ERRORS)
    assert created["agent_id"] is None
    assert await history(database, centre, *NOVEMBER) == {}


async def test_the_history_sums_the_days_asked_for(centre: Centre, database: Database) -> None:
    subject = await make_subject(centre, DEFINITION, started_at="2026-11-01T12:00:00Z")
    await submit(centre.verifier, subject, TWO_ERRORS)
    for day, agent in (("2026-11-02", "a-1"), ("2026-11-02", "a-2"), ("2026-11-03", "a-1")):
        call = await push_call(centre.admin, centre.project_id, started_at=f"{day}T12:00:00Z", agent_external_id=agent)
        await submit(centre.verifier, subject | {"call_id": call["id"]}, TWO_ERRORS if agent == "a-1" else GOOD)
    counted = await history(database, centre, date(2026, 11, 1), date(2026, 11, 3))
    assert counted == {centre.agent_ids[0]: (4, 6), centre.agent_ids[1]: (0, 3)}


@pytest.mark.parametrize("change", ["day", "agent", "project"])
async def test_a_call_that_is_moved_leaves_no_trace_where_it_was(
    centre: Centre, database: Database, change: str
) -> None:
    body = {"name": "Loans", "timezone": "Europe/Moscow", "language": "en"}
    other = UUID((await centre.admin.post("/v1/projects", json=body)).json()["id"])
    subject = await make_subject(centre, DEFINITION, external_id="moved", started_at="2026-11-02T12:00:00Z")
    await submit(centre.verifier, subject, TWO_ERRORS)
    moved: dict[str, Any] = {
        "day": {"started_at": "2026-11-05T12:00:00Z"},
        "agent": {"agent_external_id": "a-2", "started_at": "2026-11-02T12:00:00Z"},
        "project": {"started_at": "2026-11-02T12:00:00Z"},
    }[change]
    project_id = other if change == "project" else centre.project_id
    await push_call(centre.admin, project_id, external_id="moved", **moved)
    day = date(2026, 11, 5 if change == "day" else 2)
    agent_id = centre.agent_ids[1 if change == "agent" else 0]
    assert await on_day(database, centre, date(2026, 11, 2)) == ({agent_id: (2, 3)} if change == "agent" else {})
    assert await history(database, centre, day, date(2026, 12, 1), project_id) == {agent_id: (2, 3)}
