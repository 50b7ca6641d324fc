"""Checked errors as their sources write them: what a source decides again replaces what it decided before."""

from typing import Any
from uuid import UUID

from app.calibration import CheckSource, ErrorVerdict, Verdict, record_checked_errors
from app.platform import clock
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.ids import new_id
from tests.calibration.checks.factories import checked_errors
from tests.evaluations.factories import make_subject
from tests.people import Centre
from tests.sampling.tenant_factories import working_in
from tests.scorecards.factories import binary, one_section


async def an_error(centre: Centre, database: Database, **changes: Any) -> ErrorVerdict:
    subject = await make_subject(centre, one_section(binary("greeted"), binary("solved")))
    async with database.begin(Tenant(centre.tenant_id)) as session:
        sql = "SELECT id FROM scorecard_versions WHERE scorecard_id = :id"
        version_id = await session.fetch_value(sql, id=UUID(subject["scorecard_id"]))
    given = {
        "call_id": UUID(subject["call_id"]),
        "scorecard_id": UUID(subject["scorecard_id"]),
        "scorecard_version_id": version_id,
        "item": "solved",
        "evaluation_id": None,
        "verdict": Verdict.PROCESS,
    }
    return ErrorVerdict(**given | changes)


async def record(
    centre: Centre, database: Database, source: CheckSource, source_id: UUID, *errors: ErrorVerdict
) -> int:
    """Record the errors; how many events were recorded with them."""
    leader_id = centre.user_ids["leader"]
    async with working_in(database, centre) as session:
        await record_checked_errors(session, source, source_id, errors, decided_by=leader_id, decided_at=clock.now())
        return session.events


async def test_chance_has_a_probability_and_a_choice_by_hand_has_none(centre: Centre, database: Database) -> None:
    by_chance = await an_error(centre, database, inclusion_prob_e12=31 * 10**9, value=3, comment="No article")
    by_hand = await an_error(centre, database, item="greeted")
    assert await record(centre, database, CheckSource.CALIBRATION, new_id(), by_chance, by_hand) == 1
    greeted, solved = await checked_errors(database, centre)
    assert (greeted["by_chance"], greeted["inclusion_prob_e12"], greeted["value"]) == (False, None, None)
    assert (solved["by_chance"], solved["inclusion_prob_e12"], solved["value"]) == (True, 31 * 10**9, 3)
    assert (solved["comment"], solved["decided_by"]) == ("No article", centre.user_ids["leader"])


async def test_a_source_replaces_what_it_decided_before_and_nothing_else(centre: Centre, database: Database) -> None:
    error = await an_error(centre, database)
    first, other = new_id(), new_id()
    await record(centre, database, CheckSource.CALIBRATION, first, error)
    await record(centre, database, CheckSource.CALIBRATION, other, error)
    await record(centre, database, CheckSource.DOUBLE_SCORE, first, error)
    await record(centre, database, CheckSource.CALIBRATION, first, error, await an_error(centre, database))
    counting = await checked_errors(database, centre)
    assert sorted((row["source"], row["source_id"]) for row in counting) == sorted(
        [("calibration", first), ("calibration", first), ("calibration", other), ("double_score", first)]
    )
    assert [row["source_id"] for row in await checked_errors(database, centre, counting=False)] == [first]


async def test_a_decision_without_errors_replaces_one_with_errors(centre: Centre, database: Database) -> None:
    source_id = new_id()
    await record(centre, database, CheckSource.CALIBRATION, source_id, await an_error(centre, database))
    assert await record(centre, database, CheckSource.CALIBRATION, source_id) == 1
    assert await checked_errors(database, centre) == []


async def test_where_nothing_changes_nothing_is_recorded(centre: Centre, database: Database) -> None:
    assert await record(centre, database, CheckSource.CALIBRATION, new_id()) == 0
