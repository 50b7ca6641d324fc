"""The audit trail and its verification over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest

from app.platform.database import Database
from tests.conftest import DatabaseUrls
from tests.events.factories import FIRST, record, seal, tampering
from tests.people import Centre


async def listed(centre: Centre, **params: str) -> list[str]:
    answer = (await centre.admin.get("/v1/events", params=params)).raise_for_status().json()
    return [item["type"] for item in answer["items"]]


async def test_a_change_is_in_the_trail_with_who_made_it_and_what_it_was(centre: Centre) -> None:
    headers = {"X-Request-Id": "from-the-test"}
    body = {"name": "Loans", "timezone": "UTC", "language": "en"}
    project = (await centre.admin.post("/v1/projects", json=body, headers=headers)).json()
    answer = await centre.admin.get("/v1/events", params={"subject_id": project["id"]})
    (event,) = answer.json()["items"]
    assert event["type"] == "project.created"
    assert event["actor"] == {"kind": "user", "id": str(centre.user_ids["admin"])}
    assert (event["request_id"], event["subject_type"]) == ("from-the-test", "project")
    assert (event["before"], event["after"]["name"]) == (None, "Loans")


async def test_the_trail_is_filtered_by_type_and_time(centre: Centre, database: Database) -> None:
    await record(database, centre.tenant_id)
    assert await listed(centre, type="test.happened") == ["test.happened"]
    now = datetime.now(UTC)
    earlier, later = (now - timedelta(minutes=5)).isoformat(), (now + timedelta(minutes=5)).isoformat()
    assert await listed(centre, **{"from": earlier, "to": later}) == [
        "tenant.created",
        "directory.seeded",
        "guest.invited",
        "test.happened",
    ]
    assert await listed(centre, **{"from": later}) == []
    assert await listed(centre, to=earlier) == []


async def test_pages_of_the_trail_follow_each_other(centre: Centre, database: Database) -> None:
    await record(database, centre.tenant_id, 3)
    first = (await centre.admin.get("/v1/events", params={"limit": 3})).json()
    second = (await centre.admin.get("/v1/events", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    assert [len(first["items"]), len(second["items"]), second["next_cursor"]] == [3, FIRST, None]


async def test_a_sound_journal_is_said_to_be_so(centre: Centre, database: Database) -> None:
    await seal(database, centre.tenant_id, FIRST)
    await record(database, centre.tenant_id)
    found = (await centre.admin.get("/v1/events/verification")).json()
    head = found.pop("head")
    assert found.pop("verified") == head
    assert found == {"valid": True, "complete": True, "sealed": FIRST, "pending": 1, "first_fault": None}
    assert head.startswith("1:")
    again = await centre.admin.get("/v1/events/verification", params={"known_head": head})
    assert again.json()["valid"] is True
    other = await centre.admin.get("/v1/events/verification", params={"known_head": f"1:{'0' * 64}"})
    assert other.json()["first_fault"]["kind"] == "batch_changed"


async def test_a_long_journal_is_verified_in_pieces(centre: Centre, database: Database) -> None:
    await seal(database, centre.tenant_id, FIRST, batch=1)
    first = (await centre.admin.get("/v1/events/verification", params={"batches": 1})).json()
    assert (first["valid"], first["complete"], first["verified"][:2], first["head"][:2]) == (
        True,
        False,
        "1:",
        f"{FIRST}:",
    )
    rest = await centre.admin.get(
        "/v1/events/verification", params={"batches": FIRST - 1, "resume_from": first["verified"]}
    )
    assert (rest.json()["complete"], rest.json()["verified"]) == (True, first["head"])
    beyond = await centre.admin.get("/v1/events/verification", params={"resume_from": f"9999999999:{'0' * 64}"})
    assert beyond.json()["first_fault"]["kind"] == "batch_missing"


async def test_a_journal_without_a_seal_is_sound(centre: Centre) -> None:
    found = (await centre.admin.get("/v1/events/verification")).json()
    assert (found["valid"], found["sealed"], found["pending"], found["head"]) == (True, 0, FIRST, f"0:{'0' * 64}")


async def test_a_fault_is_named(centre: Centre, database: Database, urls: DatabaseUrls) -> None:
    (event_id,) = await record(database, centre.tenant_id)
    await seal(database, centre.tenant_id, FIRST + 1)
    async with tampering(urls.admin) as connection:
        await connection.execute("UPDATE events SET type = 'x' WHERE id = $1", event_id)
    found = (await centre.admin.get("/v1/events/verification")).json()
    assert found["valid"] is False
    assert found["first_fault"] == {
        "kind": "event_changed",
        "detail": "it is not what was sealed",
        "batch": 1,
        "event_id": str(event_id),
    }


async def test_a_head_that_is_none_is_refused(centre: Centre) -> None:
    refused = await centre.admin.get("/v1/events/verification", params={"known_head": "the last one"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "known_head")


@pytest.mark.parametrize("role", ["leader", "verifier", "agent"])
@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/verification"])
async def test_only_administrators_read_the_journal(centre: Centre, role: str, path: str) -> None:
    assert (await centre.client(role).get(path)).status_code == 403
