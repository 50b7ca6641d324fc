"""Suggested sessions: when there are any, what they hold, and made with one request."""

import asyncio
import base64
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.calibration import MIN_CALLS, SuggestionKind, suggestion_id
from app.platform.database import Database
from tests.calibration.agreement.factories import (
    SUGGESTIONS,
    divided,
    pooled,
    row_of,
    scorecard_id,
    session_of,
    suggestions,
    value,
    want_agreement,
)
from tests.calibration.sessions.factories import SESSIONS, good, soon
from tests.identity.factories import problem
from tests.people import Centre, make_centre
from tests.sampling.tenant_factories import DAY, a_call, create_plan, draw, store_calls


def of_kind(found: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [one for one in found if one["kind"] == kind]


def session_url(suggestion: dict[str, Any]) -> str:
    return f"{SUGGESTIONS}/{suggestion['id']}/session"


async def suggested_item(centre: Centre) -> dict[str, Any]:
    await divided(centre, await scorecard_id(centre))
    await want_agreement(centre, 0.5)
    (item,) = of_kind(await suggestions(centre), "item")
    return item


async def test_they_appear_below_the_threshold_and_vanish_above_it(centre: Centre) -> None:
    scorecard = await scorecard_id(centre)
    await divided(centre, scorecard)
    assert await suggestions(centre) == []
    await want_agreement(centre, 0.9)
    found = await suggestions(centre, project_id=str(centre.project_id))
    (item,) = of_kind(found, "item")
    assert {one["verifier"]["name"] for one in of_kind(found, "verifier")} == {"Verifier", "Second Verifier"}
    row = row_of(await pooled(centre, project_id=str(centre.project_id)), "Item solved")
    assert (item["item"], item["title"], item["threshold"]) == ("solved", "Item solved", 0.9)
    assert item["agreement"]["value"] == value(row, "ac1")
    assert item["agreement"]["low"] < item["agreement"]["value"] < item["agreement"]["high"]
    assert item["calls"]["total"] == MIN_CALLS
    assert found[0] == item
    # Verifiers agree on two items of three, so theirs is above this.
    between = of_kind(found, "verifier")[0]["agreement"]["value"] - 0.01
    assert between > item["agreement"]["value"]
    await want_agreement(centre, round(between, 3))
    assert [one["kind"] for one in await suggestions(centre)] == ["item"]
    agreed = [{"verifier": good(), "second_verifier": good()} for _ in range(40)]
    await session_of(centre, scorecard, *agreed)
    assert await suggestions(centre) == []
    await want_agreement(centre, 1)
    assert await suggestions(centre) != []
    await want_agreement(centre, None)
    assert await suggestions(centre) == []


async def test_fewer_shared_calls_say_too_little(centre: Centre) -> None:
    await divided(centre, await scorecard_id(centre), calls=MIN_CALLS - 1)
    await want_agreement(centre, 1)
    assert await suggestions(centre) == []


async def test_what_is_blind_suggests_nothing(centre: Centre) -> None:
    held = await divided(centre, await scorecard_id(centre))
    await want_agreement(centre, 1)
    assert await suggestions(centre) != []
    await held.move("reopen")
    assert await suggestions(centre) == []


async def test_each_says_why_in_the_language_asked_for(centre: Centre) -> None:
    item = await suggested_item(centre)
    shown = f"{item['agreement']['value']:.2f}"
    assert f"“Item solved” (Inbound support) with AC1 {shown} (95 % interval" in item["why"]
    assert "0.50 or more" in item["why"]
    (russian,) = of_kind(await suggestions(centre, language="ru"), "item")
    assert "Порог проекта – 0.50" in russian["why"]


async def test_it_is_of_the_calls_on_which_they_disagree_most(centre: Centre) -> None:
    held = await divided(centre, await scorecard_id(centre))
    await want_agreement(centre, 0.5)
    (item,) = of_kind(await suggestions(centre), "item")
    session = item["session"]
    split = {call_id for number, call_id in enumerate(held.call_ids) if number % 3}
    assert len(session["call_ids"]) == 5
    assert set(session["call_ids"]) <= split
    assert (session["from_draw"], session["count"]) == (None, None)
    people = {str(centre.user_ids[name]) for name in ("verifier", "second_verifier")}
    assert {one["user_id"] for one in session["participants"]} == people
    assert session["name"] == "Item solved, Cards"


async def test_the_body_that_is_suggested_makes_the_session(centre: Centre) -> None:
    item = await suggested_item(centre)
    made = await centre.leader.post(SESSIONS, json=item["session"])
    assert made.status_code == 201, made.text


async def test_one_request_makes_the_session(centre: Centre) -> None:
    item = await suggested_item(centre)
    headers = {"Idempotency-Key": uuid4().hex}
    made = await centre.leader.post(session_url(item), json={}, headers=headers)
    again = await centre.leader.post(session_url(item), json={}, headers=headers)
    assert (made.status_code, again.json()) == (201, made.json())
    session = made.json()
    assert (session["state"], session["name"]) == ("arranging", "Item solved, Cards")
    assert [call["call_id"] for call in session["calls"]] == item["session"]["call_ids"]
    assert {one["name"] for one in session["participants"]} == {"Verifier", "Second Verifier"}
    assert (await centre.leader.get(f"{SESSIONS}/{session['id']}")).headers["ETag"] == made.headers["ETag"]
    listed = (await centre.leader.get(SESSIONS)).json()["items"]
    assert [one["state"] for one in listed].count("arranging") == 1


async def test_a_suggestion_gives_one_session_at_a_time(centre: Centre) -> None:
    item = await suggested_item(centre)
    answers = await asyncio.gather(*(centre.leader.post(session_url(item), json={}) for _ in range(3)))
    made = next(one.json() for one in answers if one.status_code == 201)
    assert sorted(problem(one) for one in answers if one.status_code != 201) == [(409, "session_made")] * 2
    (listed,) = of_kind(await suggestions(centre), "item")
    assert (item["session_id"], listed["session_id"]) == (None, made["id"])
    await centre.leader.post(f"{SESSIONS}/{made['id']}/cancel")
    (listed,) = of_kind(await suggestions(centre), "item")
    assert listed["session_id"] is None
    assert (await centre.leader.post(session_url(item), json={})).status_code == 201


async def test_what_is_sent_takes_the_place_of_what_is_suggested(centre: Centre) -> None:
    item = await suggested_item(centre)
    many = await centre.leader.post(session_url(item), json={"count": 11})
    assert problem(many) == (422, "invalid")
    assert many.json()["errors"][0]["pointer"] == "/count"
    at = soon()
    leader = str(centre.user_ids["leader"])
    body = {"name": "Solved?", "scheduled_at": at, "count": 2, "participants": [{"user_id": leader}]}
    session = (await centre.leader.post(session_url(item), json=body)).json()
    assert (session["name"], session["scheduled_at"], len(session["calls"])) == ("Solved?", at, 2)
    assert [one["user_id"] for one in session["participants"]] == [leader]


async def test_where_there_is_a_draw_its_calls_are_chosen_by_chance(centre: Centre, database: Database) -> None:
    scorecard = await scorecard_id(centre)
    await divided(centre, scorecard)
    await want_agreement(centre, 0.5)
    await store_calls(database, centre, [a_call(centre) for _ in range(3)])
    drawn = await draw(centre, await create_plan(centre, scorecard_id=scorecard), DAY)
    (item,) = of_kind(await suggestions(centre), "item")
    assert (item["session"]["from_draw"], item["session"]["count"], item["session"]["call_ids"]) == (
        drawn["id"],
        3,
        [],
    )
    refused = await centre.leader.post(session_url(item), json={"count": 4})
    assert problem(refused) == (422, "invalid")
    session = (await centre.leader.post(session_url(item), json={"count": 2})).json()
    assert session["from_draw"] == drawn["id"]
    assert [call["inclusion_probability"] for call in session["calls"]] == [pytest.approx(2 / 3)] * 2


async def test_a_verifier_meets_those_who_scored_the_same(centre: Centre) -> None:
    scorecard = await scorecard_id(centre)
    calls = [
        {"verifier": good(introduced="bad", solved="bad", polite=0), "second_verifier": good(), "leader": good()}
        for _ in range(MIN_CALLS)
    ]
    await session_of(centre, scorecard, *calls)
    await want_agreement(centre, 0.1)
    (found,) = of_kind(await suggestions(centre), "verifier")
    assert found["verifier"] == {"user_id": str(centre.user_ids["verifier"]), "name": "Verifier"}
    assert found["scorecard_id"] == scorecard
    first, *others = [one["user_id"] for one in found["session"]["participants"]]
    assert first == str(centre.user_ids["verifier"])
    assert set(others) == {str(centre.user_ids[name]) for name in ("second_verifier", "leader")}
    made = await centre.leader.post(session_url(found), json={})
    assert (made.status_code, made.json()["name"]) == (201, "Verifier, Cards")


async def test_one_who_has_left_takes_no_part_and_gets_none(centre: Centre) -> None:
    await divided(centre, await scorecard_id(centre))
    await want_agreement(centre, 0.9)
    url = f"/v1/users/{centre.user_ids['verifier']}"
    headers = {"If-Match": (await centre.admin.get(url)).headers["ETag"]}
    assert (await centre.admin.patch(url, json={"active": False}, headers=headers)).status_code == 200
    found = await suggestions(centre)
    assert [one["verifier"]["name"] for one in of_kind(found, "verifier")] == ["Second Verifier"]
    for one in found:
        people = [one["user_id"] for one in one["session"]["participants"]]
        assert people == [str(centre.user_ids["second_verifier"])]


async def test_one_that_no_longer_stands_is_not_found(centre: Centre) -> None:
    item = await suggested_item(centre)
    await want_agreement(centre, None)
    gone = await centre.leader.post(session_url(item), json={})
    assert problem(gone) == (404, "not_found")


@pytest.mark.parametrize("text", ["x", "item", "%D0%B6", base64.urlsafe_b64encode(b"item:1:2:3").decode(), "a" * 900])
async def test_what_is_no_id_of_a_suggestion_is_not_found(centre: Centre, text: str) -> None:
    assert problem(await centre.leader.post(f"{SUGGESTIONS}/{text}/session", json={})) == (404, "not_found")


async def test_another_tenant_sees_and_makes_nothing(centre: Centre, app: FastAPI, context: AppContext) -> None:
    item = await suggested_item(centre)
    async with make_centre(app, context) as elsewhere:
        assert await suggestions(elsewhere) == []
        own = await elsewhere.leader.get(SUGGESTIONS, params={"project_id": str(centre.project_id)})
        assert problem(own) == (404, "not_found")
        assert problem(await elsewhere.leader.post(session_url(item), json={})) == (404, "not_found")
        # Nor with an id that the tenant makes up for its own project.
        made_up = suggestion_id(SuggestionKind.ITEM, elsewhere.project_id, uuid4(), "solved")
        refused = await elsewhere.leader.post(f"{SUGGESTIONS}/{made_up}/session", json={})
        assert problem(refused) == (404, "not_found")


async def test_only_those_who_lead_sessions_see_and_make_them(centre: Centre) -> None:
    item = await suggested_item(centre)
    for client in (centre.verifier, centre.agent_user, centre.guest):
        assert problem(await client.get(SUGGESTIONS)) == (403, "forbidden")
        assert problem(await client.post(session_url(item), json={})) == (403, "forbidden")
