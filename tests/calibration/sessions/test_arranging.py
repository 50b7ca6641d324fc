"""Arranging sessions: calls by hand and by chance, scorecard, participants, reference; and what is refused."""

from hashlib import sha256
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.platform.ids import new_id
from tests.calibration.sessions.factories import CLIENT, SESSIONS, create, good, holding, session_body, soon
from tests.calls.factories import push_call, recorded_call
from tests.evaluations.factories import draft, submit
from tests.identity.factories import journal, pointers, problem
from tests.people import Centre
from tests.sampling.tenant_factories import DAY, a_call, create_plan, draw, store_calls

NOBODY = str(new_id())


async def post(centre: Centre, body: Any) -> httpx.Response:
    return await centre.leader.post(SESSIONS, json=body)


async def test_a_session_is_read_back_with_calls_participants_and_scorecard(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, calls=2, scheduled_at=soon()) as held:
        session = await held.read()
    assert (session["name"], session["state"]) == ("December", "arranging")
    assert session["project_id"] == str(centre.project_id)
    assert [call["position"] for call in session["calls"]] == [1, 2]
    assert [item["key"] for item in session["scorecard"]["sections"][0]["items"]] == ["introduced", "solved", "polite"]
    assert [(one["name"], one["role"]) for one in session["participants"]] == [
        ("Verifier", "verifier"),
        ("Second Verifier", "verifier"),
        ("Cleo Client", "client"),
    ]
    assert session["actions"] == ["change", "propose_times", "schedule", "invite", "open", "cancel"]


async def test_the_agent_is_hidden_unless_the_session_shows_the_name(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre) as held:
        assert (await held.read("client"))["calls"][0]["agent_name"] is None
    async with holding(app, centre, hide_agent=False) as held:
        assert (await held.read("client"))["calls"][0]["agent_name"] == "Agent a-1"


async def test_calls_are_chosen_at_random_from_a_draw_with_a_known_probability(
    context: AppContext, centre: Centre
) -> None:
    await store_calls(context.database, centre, [a_call(centre) for _ in range(8)])
    plan = await create_plan(centre, rate=None, mode="quota", quota_per_agent=8)
    drawn = await draw(centre, plan, DAY)
    body = await session_body(centre) | {"call_ids": [], "from_draw": drawn["id"], "count": 3}
    session = (await post(centre, body)).json()
    assert len(session["calls"]) == 3
    assert {call["by_chance"] for call in session["calls"]} == {True}
    assert [call["inclusion_probability"] for call in session["calls"]] == [pytest.approx(3 / drawn["sample_size"])] * 3
    assert session["from_draw"] == drawn["id"]
    (created, *_) = await journal(context.database, centre, session["id"])
    assert created.after is not None
    assert [call["call_id"] for call in created.after["calls"]] == [call["call_id"] for call in session["calls"]]
    # Anyone can tell which calls come next: the seed of a draw is published.
    seed = bytes.fromhex((await centre.leader.get(f"/v1/draws/{drawn['id']}")).json()["seed"])
    selections = (await centre.leader.get(f"/v1/draws/{drawn['id']}/selections")).json()["items"]
    ids = [UUID(selection["call_id"]) for selection in selections]
    expected = sorted(ids, key=lambda call_id: sha256(seed + b"calibrate" + call_id.bytes).digest())
    assert [call["call_id"] for call in session["calls"]] == [str(call_id) for call_id in expected[:3]]


async def test_trying_again_gives_the_same_calls_until_they_are_compared(context: AppContext, centre: Centre) -> None:
    await store_calls(context.database, centre, [a_call(centre) for _ in range(8)])
    plan = await create_plan(centre, rate=None, mode="quota", quota_per_agent=8)
    drawn = await draw(centre, plan, DAY)
    body = await session_body(centre) | {"call_ids": [], "from_draw": drawn["id"], "count": 3}
    first = await create(centre, body)
    await first.move("cancel")
    again = await create(centre, body)
    assert again.call_ids == first.call_ids
    await again.move("open")
    await again.score("verifier", good())
    await again.move("reveal")
    # The order is that of a scorecard: a session by the same one goes on where this one ended.
    following = (await post(centre, body)).json()
    assert not {call["call_id"] for call in following["calls"]} & set(first.call_ids)
    assert {call["inclusion_probability"] for call in following["calls"]} == {6 / drawn["sample_size"]}


async def test_a_draw_with_fewer_calls_is_refused(context: AppContext, centre: Centre) -> None:
    await store_calls(context.database, centre, [a_call(centre)])
    drawn = await draw(centre, await create_plan(centre), DAY)
    body = await session_body(centre) | {"call_ids": [], "from_draw": drawn["id"], "count": 2}
    refused = await post(centre, body)
    assert (problem(refused), pointers(refused)) == ((422, "invalid"), ["/count"])


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"call_ids": [NOBODY]}, "/call_ids/0"),
        ({"call_ids": []}, ""),
        ({"from_draw": NOBODY, "count": 1}, ""),
        ({"call_ids": [], "from_draw": NOBODY, "count": 1}, "/from_draw"),
        ({"call_ids": [], "from_draw": NOBODY}, ""),
        ({"scorecard_id": NOBODY}, "/scorecard_id"),
        ({"scheduled_at": "2020-01-01T00:00:00Z"}, "/scheduled_at"),
        ({"duration_min": 0}, "/duration_min"),
        ({"reference_user_id": NOBODY}, "/reference_user_id"),
        ({"reference_evaluation_id": NOBODY}, "/reference_evaluation_id"),
        ({"participants": [{"user_id": NOBODY}]}, "/participants/0/user_id"),
        ({"participants": [CLIENT, CLIENT | {"email": "CLEO@client.example"}]}, "/participants/1"),
        ({"participants": [{"name": "C", "role": "client"}]}, "/participants/0"),
        ({"participants": [{"email": "c@example.com"}]}, "/participants/0"),
        ({"participants": [{**CLIENT, "timezone": "Mars/Olympus"}]}, "/participants/0/timezone"),
        ({"participants": [{**CLIENT, "role": "admin"}]}, "/participants/0/role"),
        ({"see_others": "always"}, "/see_others"),
    ],
)
async def test_what_cannot_be_arranged_is_refused_and_named(
    centre: Centre, changes: dict[str, Any], pointer: str
) -> None:
    refused = await post(centre, await session_body(centre) | changes)
    assert refused.status_code == 422, refused.text
    assert pointer in pointers(refused)


async def test_a_call_or_a_person_named_twice_is_refused(centre: Centre) -> None:
    body = await session_body(centre)
    assert (await post(centre, body | {"call_ids": body["call_ids"] * 2})).status_code == 422
    twice = await post(centre, body | {"participants": [body["participants"][0]] * 2})
    assert pointers(twice) == ["/participants/1"]


async def test_agents_and_inactive_users_cannot_take_part(centre: Centre) -> None:
    body = await session_body(centre) | {"participants": [{"user_id": str(centre.user_ids["agent"])}]}
    assert pointers(await post(centre, body)) == ["/participants/0/user_id"]


async def test_a_scorecard_without_a_published_version_or_for_another_project_is_refused(centre: Centre) -> None:
    body = await session_body(centre)
    refused = await post(centre, body | {"scorecard_version": 7})
    assert problem(refused) == (409, "scorecard_not_published")
    project = {"name": "Loans", "timezone": "UTC", "language": "en"}
    other = (await centre.admin.post("/v1/projects", json=project)).json()
    mine = await session_body(centre)
    await centre.admin.patch(
        f"/v1/scorecards/{mine['scorecard_id']}", json={"project_id": other["id"]}, headers={"If-Match": '"2"'}
    )
    assert pointers(await post(centre, mine)) == ["/scorecard_id"]


async def test_the_reference_is_a_participant_or_a_submitted_evaluation_of_a_call_of_the_session(
    centre: Centre,
) -> None:
    body = await session_body(centre)
    subject = {"call_id": body["call_ids"][0], "scorecard_id": body["scorecard_id"]}
    drafted = await draft(centre.second_verifier, subject, good())
    refused = await post(centre, body | {"reference_evaluation_id": drafted["id"]})
    assert pointers(refused) == ["/reference_evaluation_id"]
    submitted = await submit(centre.verifier, subject, good())
    session = (await post(centre, body | {"reference_evaluation_id": submitted["id"]})).json()
    assert session["reference_evaluation_id"] == submitted["id"]
    both = body | {
        "reference_evaluation_id": submitted["id"],
        "reference_user_id": str(centre.user_ids["verifier"]),
    }
    assert pointers(await post(centre, both)) == ["/reference_evaluation_id"]
    other = await push_call(centre.admin, centre.project_id)
    elsewhere = await submit(centre.verifier, subject | {"call_id": other["id"]}, good())
    refused = await post(centre, body | {"reference_evaluation_id": elsewhere["id"]})
    assert pointers(refused) == ["/reference_evaluation_id"]


async def test_participants_do_not_learn_the_reference_evaluation(app: FastAPI, centre: Centre) -> None:
    body = await session_body(centre)
    subject = {"call_id": body["call_ids"][0], "scorecard_id": body["scorecard_id"]}
    reference = (await submit(centre.verifier, subject, good()))["id"]
    held = await create(centre, body | {"reference_evaluation_id": reference})
    assert reference not in (await held.get("second_verifier")).text


async def test_settings_change_while_the_session_is_arranged(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre) as held:
        etag = (await held.get()).headers["ETag"]
        at = soon()
        changed = await centre.leader.patch(held.url, json={"scheduled_at": at}, headers={"If-Match": etag})
        assert changed.json()["scheduled_at"] == at
        stale = await centre.leader.patch(held.url, json={"name": "X"}, headers={"If-Match": etag})
        assert problem(stale) == (412, "stale_version")
        await held.move("open")
        etag = (await held.get()).headers["ETag"]
        late = await centre.leader.patch(held.url, json={"see_others": "after_submit"}, headers={"If-Match": etag})
        assert problem(late) == (409, "session_under_way")


async def test_a_session_is_listed_to_those_in_it_and_to_those_who_lead(app: FastAPI, centre: Centre) -> None:
    body = await session_body(centre) | {"participants": [CLIENT, {"user_id": str(centre.user_ids["verifier"])}]}
    held = await create(centre, body)
    listed = {
        name: [one["id"] for one in (await client.get(SESSIONS)).json()["items"]]
        for name, client in {"in": centre.verifier, "out": centre.second_verifier, "leads": centre.leader}.items()
    }
    assert listed == {"in": [held.id], "out": [], "leads": [held.id]}
    assert (await centre.second_verifier.get(held.url)).status_code == 404


async def test_verifiers_do_not_arrange_sessions(centre: Centre) -> None:
    body = await session_body(centre)
    assert problem(await centre.verifier.post(SESSIONS, json=body)) == (403, "forbidden")


async def test_a_call_without_recording_or_transcript_says_so(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre) as held:
        (call,) = (await held.read("client"))["calls"]
        assert (call["has_recording"], call["recording_url"], call["transcript_status"]) == (False, None, "none")
        at = f"/calls/{held.call_ids[0]}"
        assert (await held.get("client", f"{at}/recording")).status_code == 404
        assert (await held.read("client", f"{at}/transcript"))["status"] == "none"


async def test_a_participant_listens_to_a_range_of_the_recording(app: FastAPI, centre: Centre) -> None:
    call = await recorded_call(centre)
    body = await session_body(centre) | {"call_ids": [call["id"]]}
    async with holding(app, centre, **body) as held:
        at = f"{held.url}/calls/{call['id']}/recording"
        whole = await held.people["client"].get(at)
        part = await held.people["client"].get(at, headers={"Range": "bytes=4-9"})
        head = await held.people["client"].head(at)
    assert (part.status_code, part.content) == (206, whole.content[4:10])
    assert head.headers["ETag"] == whole.headers["ETag"]
