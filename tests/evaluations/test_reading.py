"""Who sees which evaluations, and how they are listed."""

from typing import Any

import httpx
import pytest

from app.platform.ids import new_id
from tests.calls.factories import push_call
from tests.evaluations.factories import draft, good_answers, make_subject, submit
from tests.people import Centre
from tests.queries import QueryRecorder
from tests.scorecards.factories import binary, one_section

DEFINITION = one_section(binary("greeted", "100"))
GOOD = good_answers(DEFINITION)
BAD = good_answers(DEFINITION, greeted={"value": "bad"})


async def listed(client: httpx.AsyncClient, **params: Any) -> list[str]:
    """The ids that a list names."""
    answer = await client.get("/v1/evaluations", params=params)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def another_call(centre: Centre, subject: dict[str, str], **call: Any) -> dict[str, str]:
    return subject | {"call_id": (await push_call(centre.admin, centre.project_id, **call))["id"]}


async def test_a_verifier_sees_their_own_alone_even_of_a_call_that_two_score(centre: Centre) -> None:
    subject = await make_subject(centre, DEFINITION)
    first = await submit(centre.verifier, subject, GOOD)
    second = await submit(centre.second_verifier, subject, BAD)
    assert await listed(centre.verifier) == [first["id"]]
    assert await listed(centre.second_verifier, call_id=subject["call_id"]) == [second["id"]]
    assert (await centre.second_verifier.get(f"/v1/evaluations/{first['id']}")).status_code == 404
    assert (await centre.second_verifier.get(f"/v1/evaluations/{first['id']}/revisions")).status_code == 404


@pytest.mark.parametrize("role", ["leader", "admin"])
async def test_leaders_and_administrators_see_all(centre: Centre, role: str) -> None:
    subject = await make_subject(centre, DEFINITION)
    first = await submit(centre.verifier, subject, GOOD)
    second = await draft(centre.second_verifier, subject, BAD)
    assert await listed(centre.client(role)) == [first["id"], second["id"]]
    assert (await centre.client(role).get(f"/v1/evaluations/{second['id']}")).status_code == 200


async def test_an_agent_sees_what_was_submitted_about_their_own_calls(centre: Centre) -> None:
    subject = await make_subject(centre, DEFINITION)
    own = await submit(centre.verifier, subject, GOOD)
    unfinished = await draft(centre.second_verifier, subject, GOOD)
    colleague = await submit(centre.verifier, await another_call(centre, subject, agent_external_id="a-2"), GOOD)
    assert await listed(centre.agent_user) == [own["id"]]
    assert (await centre.agent_user.get(f"/v1/evaluations/{own['id']}")).json() == own
    for hidden in (unfinished, colleague):
        assert (await centre.agent_user.get(f"/v1/evaluations/{hidden['id']}")).status_code == 404


async def test_every_filter_keeps_what_was_asked_for(centre: Centre) -> None:
    subject = await make_subject(centre, DEFINITION)
    first = await submit(centre.verifier, subject, GOOD)
    elsewhere = await another_call(centre, subject, agent_external_id="a-2")
    second = await draft(centre.second_verifier, elsewhere, GOOD)
    verifiers = centre.user_ids["verifier"], centre.user_ids["second_verifier"]
    at = first["submitted_at"]
    asked: list[tuple[dict[str, Any], list[str]]] = [
        ({"call_id": first["call_id"]}, [first["id"]]),
        ({"agent_id": str(centre.agent_ids[1])}, [second["id"]]),
        ({"project_id": str(centre.project_id)}, [first["id"], second["id"]]),
        ({"project_id": str(new_id())}, []),
        ({"verifier_id": str(verifiers[1])}, [second["id"]]),
        ({"status": "submitted"}, [first["id"]]),
        ({"status": "draft"}, [second["id"]]),
        ({"from": at}, [first["id"]]),
        ({"to": at}, []),
        ({"verifier_id": str(verifiers[0]), "status": "draft"}, []),
    ]
    for params, expected in asked:
        assert await listed(centre.leader, **params) == expected, params


@pytest.mark.parametrize("params", [{"status": "lost"}, {"call_id": "42"}, {"from": "2026-11-02T09:00:00"}])
async def test_a_filter_that_makes_no_sense_is_named(centre: Centre, params: dict[str, str]) -> None:
    refused = await centre.leader.get("/v1/evaluations", params=params)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, next(iter(params)))


async def test_the_list_shows_the_score_of_the_latest_revision(centre: Centre) -> None:
    created = await submit(centre.verifier, await make_subject(centre, DEFINITION), GOOD)
    await centre.leader.post(f"/v1/evaluations/{created['id']}/revisions", json={"answers": BAD, "why": "Heard again"})
    [item] = (await centre.leader.get("/v1/evaluations")).json()["items"]
    assert (item["revision"], item["score"], item["passed"]) == (2, 0, False)
    assert "answers" not in item


async def test_pages_hold_every_evaluation_once_in_order_and_in_one_statement(
    centre: Centre, queries: QueryRecorder
) -> None:
    subject = await make_subject(centre, DEFINITION)
    subjects = [subject, await another_call(centre, subject), await another_call(centre, subject)]
    made = [(await submit(centre.verifier, of_a_call, GOOD))["id"] for of_a_call in subjects]
    queries.clear()
    first = (await centre.verifier.get("/v1/evaluations", params={"limit": 2})).json()
    assert len(queries) == 3  # with the scope and the user
    rest = (await centre.verifier.get("/v1/evaluations", params={"cursor": first["next_cursor"]})).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == made
