"""The open work of a user who stops scoring."""

from typing import Any

from app.platform.database import Database
from tests.assignments.factories import drawn, evaluate
from tests.evaluations.factories import draft, good_answers, make_subject
from tests.identity.factories import patch
from tests.people import Centre
from tests.sampling.tenant_factories import items_of
from tests.scorecards.factories import binary, one_section

DEFINITION = one_section(binary("introduced"), binary("solved"))


async def change_verifier(centre: Centre, **changes: Any) -> Any:
    changed = await patch(centre.admin, f"/v1/users/{centre.user_ids['verifier']}", **changes)
    assert changed.status_code == 200, changed.text
    return changed.json()["open_work"]


async def leave_work_open(centre: Centre, database: Database) -> None:
    """Three assignments of the verifier, one of them submitted and one begun, and a draft by the verifier's choice."""
    await drawn(centre, database, calls=3)
    done, begun, _ = await items_of(centre.verifier, "/v1/assignments")
    assert (await evaluate(centre.verifier, done)).status_code == 201
    assert (await evaluate(centre.verifier, begun, submit=False)).status_code == 201
    await draft(centre.verifier, await make_subject(centre, DEFINITION), good_answers(DEFINITION))


async def test_deactivating_a_verifier_answers_what_the_verifier_leaves_open(
    centre: Centre, database: Database
) -> None:
    await leave_work_open(centre, database)
    left = await change_verifier(centre, active=False)
    assert left == {"assignments": 2, "begun_assignments": 1, "drafts": 2}


async def test_another_role_answers_what_the_verifier_leaves_open(centre: Centre, database: Database) -> None:
    await leave_work_open(centre, database)
    left = await change_verifier(centre, role="leader")
    assert left == {"assignments": 2, "begun_assignments": 1, "drafts": 2}


async def test_a_verifier_without_work_leaves_nothing_open(centre: Centre) -> None:
    assert await change_verifier(centre, active=False) == {"assignments": 0, "begun_assignments": 0, "drafts": 0}


async def test_another_change_does_not_count_the_open_work(centre: Centre) -> None:
    assert await change_verifier(centre, full_name="Vera Quill-Marsh") is None
