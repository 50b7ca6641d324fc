"""Blind scores: own, changeable until the reveal, and seen by nobody else before."""

import httpx
import pytest
from fastapi import FastAPI

from app.platform.ids import new_id
from tests.calibration.sessions.factories import CLIENT, create, good, holding, session_body
from tests.identity.factories import pointers, problem
from tests.people import Centre


async def test_a_score_is_saved_changed_and_read_back(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        first = (await held.score("client", good(solved="bad"), comment="No answer")).json()
        assert (first["complete"], first["score"], first["missing_items"]) == (True, 50, [])
        assert first["submitted_at"] is not None
        await held.score("client", good())
        own = await held.read("client", f"/calls/{held.call_ids[0]}/score")
        assert (own["score"], own["comment"]) == (100, None)


async def test_a_draft_may_lack_answers_and_faults_and_says_which(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        saved = (await held.score("client", [{"item": "solved", "value": "bad"}])).json()
    assert (saved["complete"], saved["submitted_at"]) == (False, None)
    assert saved["missing_items"] == ["introduced", "polite"]
    assert saved["errors_without_fault"] == ["solved"]


async def test_an_incomplete_score_cannot_be_submitted(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        refused = await held.score("client", good()[:1], submit=True)
        assert problem(refused) == (422, "faulty_answers")
        assert len(refused.json()["errors"]) == 2
        kept = await held.score("client", good(), submit=False)
        assert kept.json()["submitted_at"] is None


@pytest.mark.parametrize(
    ("answer", "pointer"),
    [
        ({"item": "unknown", "value": "good"}, "/answers/0/item"),
        ({"item": "polite", "value": 5}, "/answers/0/value"),
        ({"item": "solved", "value": "na"}, "/answers/0/value"),
        ({"item": "solved", "value": "good", "fault": "agent"}, "/answers/0/fault"),
        ({"item": "solved", "value": "bad", "reason": "bored"}, "/answers/0/reason"),
        ({"item": "solved", "value": "bad", "at_s": 9999}, "/answers/0/at_s"),
        ({"item": "solved", "value": "bad", "segment_id": str(new_id())}, "/answers/0/segment_id"),
    ],
)
async def test_answers_that_the_scorecard_does_not_take_are_refused(
    app: FastAPI, centre: Centre, answer: dict[str, object], pointer: str
) -> None:
    async with holding(app, centre, "open") as held:
        refused = await held.score("client", [answer])
    assert problem(refused) == (422, "faulty_answers")
    assert pointers(refused) == [pointer]


async def test_nobody_scores_before_the_session_opens_or_after_it_is_revealed(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre) as held:
        assert problem(await held.score("client", good())) == (409, "session_not_open")
        await held.move("open")
        await held.score("client", good())
        await held.move("reveal")
        assert problem(await held.score("client", good(solved="bad"))) == (409, "session_revealed")
        await held.move("close")
        assert problem(await held.score("verifier", good())) == (409, "session_revealed")


async def test_a_reopened_session_is_scored_again_and_hides_the_results(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        await held.score("client", good())
        await held.move("reveal", "reopen")
        assert (await held.score("client", good(solved="bad"))).status_code == 200


async def test_only_calls_of_the_session_are_scored(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        held.call_ids.append((await session_body(centre))["call_ids"][0])
        assert (await held.score("client", good(), call=1)).status_code == 404


async def test_one_who_leads_and_does_not_take_part_cannot_score(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        held.people["leader"] = centre.leader
        assert problem(await held.score("leader", good())) == (409, "not_taking_part")


async def test_progress_shows_who_has_scored_and_never_what(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open", calls=2) as held:
        await held.score("client", good(solved="bad"), comment="a secret")
        await held.score("client", good()[:1], call=1)
        session = await held.get("verifier")
        client = next(one for one in session.json()["participants"] if one["role"] == "client")
        assert client["scored_call_ids"] == [held.call_ids[0]]
        assert sorted(client["begun_call_ids"]) == sorted(held.call_ids)
        assert "secret" not in session.text


async def test_after_submitting_the_own_score_stays(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open", see_others="after_submit") as held:
        await held.score("client", good(), submit=False)
        await held.score("client", good(solved="bad"))
        again = await held.score("client", good(solved="bad"))
        assert again.status_code == 200
        assert problem(await held.score("client", good())) == (409, "score_submitted")


async def test_a_late_joiner_scores_and_a_withdrawn_participant_does_not(app: FastAPI, centre: Centre) -> None:
    body = await session_body(centre) | {"participants": [CLIENT]}
    held = await create(centre, body)
    await held.move("open")
    added = await held.post("participants", {"user_id": str(centre.user_ids["verifier"])})
    assert added.status_code == 201
    assert (await held.score("verifier", good())).status_code == 200
    again = await held.post("participants", {"user_id": str(centre.user_ids["verifier"])})
    assert problem(again) == (409, "already_taking_part")
    gone = await held.post(f"participants/{added.json()['id']}/withdraw", client=centre.verifier)
    assert gone.json()["withdrawn"] is True
    assert (await held.score("verifier", good())).status_code == 404
    back = await held.post("participants", {"user_id": str(centre.user_ids["verifier"])})
    assert back.json()["id"] == added.json()["id"]
    assert (await held.score("verifier", good())).status_code == 200


async def test_a_participant_takes_out_nobody_else(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        other = await held.participant("Second")
        refused = await held.post(f"participants/{other['id']}/withdraw", client=centre.verifier)
        assert problem(refused) == (403, "forbidden")


async def test_nothing_scored_is_not_revealed(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        assert problem(await held.post("reveal")) == (409, "nothing_scored")


@pytest.mark.parametrize(
    ("done", "action", "code"),
    [
        ((), "reveal", "session_not_open"),
        ((), "close", "session_not_revealed"),
        ((), "reopen", "session_not_revealed"),
        (("open",), "open", "session_under_way"),
        (("cancel",), "open", "session_ended"),
        (("cancel",), "cancel", "session_ended"),
        (("open", "score", "reveal"), "reveal", "session_not_open"),
        (("open", "score", "reveal"), "cancel", "session_ended"),
        (("open", "score", "reveal", "close"), "close", "session_ended"),
    ],
)
async def test_what_the_state_does_not_allow_is_refused(
    app: FastAPI, centre: Centre, done: tuple[str, ...], action: str, code: str
) -> None:
    async with holding(app, centre) as held:
        for step in done:
            if step == "score":
                await held.score("client", good())
            else:
                await held.move(step)
        refused = await held.post(action, {"why": "Again"} if action == "reopen" else None)
    assert problem(refused) == (409, code)


async def test_a_guest_of_another_session_and_strangers_find_nothing(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held, holding(app, centre, "open") as other:
        client: httpx.AsyncClient = other.people["client"]
        assert (await client.get(held.url)).status_code == 404
        url = f"{held.url}/calls/{held.call_ids[0]}/score"
        assert (await client.put(url, json={"answers": good()})).status_code == 404
        assert (await centre.guest.get(held.url)).status_code == 404
