"""Projects over HTTP, and with them what all resources share: ETags, pages, idempotency keys."""

from uuid import uuid4

import httpx
import pytest

from app.platform.ids import new_id
from tests.people import Centre

PROJECT = {"name": "Loans", "client_name": "Northern Bank", "timezone": "Europe/Moscow", "language": "ru"}


async def create(client: httpx.AsyncClient, **changes: object) -> httpx.Response:
    return await client.post("/v1/projects", json=PROJECT | changes)


async def test_a_created_project_is_read_back_with_its_etag(centre: Centre) -> None:
    created = await create(centre.admin)
    assert created.status_code == 201
    read = await centre.leader.get(f"/v1/projects/{created.json()['id']}")
    assert read.json() == created.json()
    assert read.headers["ETag"] == '"1"'


async def test_a_second_project_of_the_same_name_is_a_conflict(centre: Centre) -> None:
    await create(centre.admin)
    refused = await create(centre.admin)
    assert (refused.status_code, refused.json()["code"]) == (409, "project_name_taken")


async def test_a_change_needs_the_etag_that_was_read(centre: Centre) -> None:
    project = (await create(centre.admin)).json()
    url, change = f"/v1/projects/{project['id']}", {"client_name": None}
    assert (await centre.admin.patch(url, json=change)).status_code == 428
    changed = await centre.admin.patch(url, json=change, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["client_name"], changed.json()["name"]) == (200, None, "Loans")
    stale = await centre.admin.patch(url, json=change, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")


@pytest.mark.parametrize("timezone", ["Mars/Olympus", "localtime", "Factory"])
async def test_an_unknown_time_zone_is_named_as_the_error(centre: Centre, timezone: str) -> None:
    refused = await create(centre.admin, timezone=timezone)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/timezone"]


async def test_pages_hold_every_project_once_and_in_order(centre: Centre) -> None:
    for number in range(5):
        await create(centre.admin, name=f"Project {number}")
    names: list[str] = []
    cursor = None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await centre.admin.get("/v1/projects", params=params)).json()
        names += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert names == ["Cards", *(f"Project {number}" for number in range(5))]


async def test_a_cursor_that_the_service_did_not_give_is_refused(centre: Centre) -> None:
    refused = await centre.admin.get("/v1/projects", params={"cursor": "bm90IGEgY3Vyc29y"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "cursor")


async def test_a_repeated_post_is_answered_again_and_done_once(centre: Centre) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    first = await centre.admin.post("/v1/projects", json=PROJECT, headers=headers)
    again = await centre.admin.post("/v1/projects", json=PROJECT, headers=headers)
    assert again.status_code == 201
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    other = await centre.admin.post("/v1/projects", json=PROJECT | {"name": "Other"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_failed_post_leaves_its_key_free(centre: Centre) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    refused = await centre.admin.post("/v1/projects", json=PROJECT | {"language": "?"}, headers=headers)
    assert refused.status_code == 422
    assert (await centre.admin.post("/v1/projects", json=PROJECT, headers=headers)).status_code == 201


async def test_a_missing_project_is_a_problem_document(centre: Centre) -> None:
    missing = await centre.admin.get(f"/v1/projects/{new_id()}")
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"
    assert missing.json()["code"] == "not_found"


async def test_a_leader_may_not_create_projects(centre: Centre) -> None:
    assert (await create(centre.leader)).status_code == 403


async def test_a_parameter_that_does_not_exist_is_named_and_not_passed_over(centre: Centre) -> None:
    refused = await centre.admin.get("/v1/projects", params={"colour": "red", "limit": 2})
    assert (refused.status_code, [error["pointer"] for error in refused.json()["errors"]]) == (422, ["colour"])


async def test_a_body_that_is_not_json_is_an_unsupported_media_type(centre: Centre) -> None:
    refused = await centre.admin.post("/v1/projects", content=b"<a/>", headers={"Content-Type": "text/xml"})
    assert (refused.status_code, refused.json()["code"]) == (415, "unsupported_media_type")


async def test_agents_and_users_are_listed_for_those_who_work_with_them(centre: Centre) -> None:
    seen = {
        role: [(await centre.client(role).get(f"/v1/{what}")).status_code for what in ("agents", "users")]
        for role in ("admin", "leader", "verifier", "agent")
    }
    assert seen == {"admin": [200, 200], "leader": [200, 200], "verifier": [200, 403], "agent": [403, 403]}
