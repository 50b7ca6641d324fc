"""Several people at once: what is acknowledged counts, what is refused does not, and nothing is half done."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app import events
from app.api.context import AppContext
from app.calibration.sessions.repository import scores
from app.events import RecordedEvent
from app.platform.database.scope import Tenant
from app.platform.pagination import PageRequest
from tests.calibration.sessions.factories import Held, create, good, holding, session_body
from tests.identity.factories import problem
from tests.people import Centre, bearer_client

PEOPLE = 20
BAD = good(introduced="bad", solved="bad", polite=0)


@asynccontextmanager
async def crowd(app: FastAPI, centre: Centre, **changes: Any) -> AsyncIterator[Held]:
    """An open session with twenty guests."""
    people = [{"name": f"Guest {n}", "email": f"guest{n}@example.com", "role": "client"} for n in range(PEOPLE)]
    held = await create(centre, await session_body(centre) | {"participants": people} | changes)
    links = (await held.post("invitations", {})).json()["items"]
    held.people.clear()
    async with AsyncExitStack() as stack:
        for link in links:
            client = bearer_client(app, link["token"])
            held.people[link["participant_id"]] = await stack.enter_async_context(client)
        await held.move("open")
        yield held


def scored(results: dict[str, Any]) -> dict[str, float]:
    return {one["participant_id"]: one["score"] for call in results["calls"] for one in call["scores"]}


async def recorded_events(context: AppContext, centre: Centre, held: Held) -> list[RecordedEvent]:
    """All that the journal has about the session, in order."""
    async with context.database.begin(Tenant(centre.tenant_id)) as session:
        page = await events.list_events(session, PageRequest(limit=500), event_type=None, subject_id=UUID(held.id))
    assert page.next_cursor is None
    return page.items


async def types(context: AppContext, centre: Centre, held: Held) -> Counter[str]:
    recorded = await recorded_events(context, centre, held)
    return Counter(one.type.removeprefix("calibration_session.") for one in recorded)


@pytest.mark.parametrize("delay_s", [0, 0.05, 0.2])
async def test_a_score_is_in_the_results_exactly_if_it_was_acknowledged(
    app: FastAPI, context: AppContext, centre: Centre, delay_s: float
) -> None:
    """Twenty people change their scores from 100 to 0 while the leader reveals."""
    async with crowd(app, centre) as held:
        for person in held.people:
            assert (await held.score(person, good())).status_code == 200

        async def reveal() -> httpx.Response:
            await asyncio.sleep(delay_s)
            return await held.post("reveal")

        revealed, *answers = await asyncio.gather(
            reveal(), *(held.score(person, BAD, comment="changed") for person in held.people)
        )
        assert revealed.status_code == 200
        wanted = {}
        for person, answer in zip(held.people, answers, strict=True):
            assert answer.status_code == 200 or problem(answer) == (409, "session_revealed")
            wanted[person] = 0 if answer.status_code == 200 else 100
        results = await held.read(None, "/results")
        assert scored(results) == wanted
        comments = {one["participant_id"]: one["comment"] for one in results["calls"][0]["scores"]}
        assert comments == {person: None if score else "changed" for person, score in wanted.items()}
        recorded = await recorded_events(context, centre, held)
    # The journal holds what was revealed, and each save that was acknowledged.
    shown = [one.after for one in recorded if one.type.endswith("score_revealed") and one.after]
    assert {one["participant_id"]: one["comment"] for one in shown} == comments
    saved = [one for one in recorded if one.type.endswith("score_saved")]
    assert len(saved) == PEOPLE + sum(answer.status_code == 200 for answer in answers)
    last = max(place for place, one in enumerate(recorded) if one.type.endswith("score_saved"))
    assert all(not one.type.endswith("revealed") for one in recorded[:last])


@pytest.mark.parametrize(
    ("action", "event", "code"),
    [
        ("open", "opened", "session_under_way"),
        ("reveal", "revealed", "session_not_open"),
        ("close", "closed", "session_ended"),
        ("cancel", "cancelled", "session_ended"),
        ("reopen", "reopened", "session_not_revealed"),
    ],
)
async def test_of_those_who_do_the_same_at_once_one_does_it(
    app: FastAPI, context: AppContext, centre: Centre, action: str, event: str, code: str
) -> None:
    before = {"open": (), "cancel": (), "reveal": ("open",), "close": ("open", "reveal"), "reopen": ("open", "reveal")}
    async with holding(app, centre) as held:
        for step in before[action]:
            await held.move(step)
            if step == "open":
                await held.score("client", good())
        body = {"why": "Again"} if action == "reopen" else None
        leaders = (centre.leader, centre.admin) * 2
        answers = await asyncio.gather(*(held.post(action, body, leader) for leader in leaders))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        assert {problem(answer)[1] for answer in answers if answer.status_code != 200} == {code}
        assert (await types(context, centre, held))[event] == 1


async def test_of_reveal_and_cancel_one_happens(app: FastAPI, context: AppContext, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        await held.score("client", good())
        answers = await asyncio.gather(held.post("reveal"), held.post("cancel", client=centre.admin))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        state = (await held.read())["state"]
        assert state == ("revealed" if answers[0].status_code == 200 else "cancelled")
        assert (await held.get(None, "/results")).status_code == (200 if state == "revealed" else 409)
        assert (await types(context, centre, held))["score_revealed"] == (state == "revealed")


async def test_the_same_score_twice_at_once_is_one_score(app: FastAPI, context: AppContext, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        answers = await asyncio.gather(*(held.score("client", good(), comment="once") for _ in range(4)))
        assert [answer.status_code for answer in answers] == [200] * 4
        assert len({answer.text for answer in answers}) == 1
        assert (await types(context, centre, held))["score_saved"] == 1


async def test_of_different_scores_at_once_one_is_whole(app: FastAPI, context: AppContext, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        answers = await asyncio.gather(
            *(held.score("client", answers, comment=comment) for answers, comment in ((good(), "a"), (BAD, "b")) * 3)
        )
        assert {answer.status_code for answer in answers} == {200}
        own = await held.read("client", f"/calls/{held.call_ids[0]}/score")
        assert (own["score"], own["comment"]) in ((100, "a"), (0, "b"))
        async with context.database.begin(Tenant(centre.tenant_id)) as session:
            (stored,) = await scores.of_session(session, UUID(held.id))
        # Each of them replaced the one before: none was lost.
        assert stored.version == (await types(context, centre, held))["score_saved"]


async def test_what_was_submitted_blind_stays_even_if_two_requests_come_at_once(app: FastAPI, centre: Centre) -> None:
    """Where submitting shows the others' answers, the first submitted score counts."""
    async with holding(app, centre, "open", see_others="after_submit") as held:
        answers = await asyncio.gather(
            *(held.score("client", answers, comment=comment) for answers, comment in ((good(), "a"), (BAD, "b")) * 3)
        )
        kept = [answer.json() for answer in answers if answer.status_code == 200]
        assert len({one["comment"] for one in kept}) == 1
        assert {problem(one)[1] for one in answers if one.status_code != 200} == {"score_submitted"}
        own = await held.read("client", f"/calls/{held.call_ids[0]}/score")
        assert own["comment"] == kept[0]["comment"]


async def test_the_same_person_added_twice_at_once_is_one_participant(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre, "open") as held:
        one = {"user_id": str(centre.user_ids["admin"])}
        answers = await asyncio.gather(*(held.post("participants", one) for _ in range(3)))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
        assert len((await held.read())["participants"]) == 4


async def test_invited_twice_at_once_a_guest_has_one_link(app: FastAPI, centre: Centre) -> None:
    held = await create(centre, await session_body(centre))
    answers = await asyncio.gather(*(held.post("invitations", {}, one) for one in (centre.leader, centre.admin)))
    tokens = [link["token"] for answer in answers for link in answer.json()["items"]]
    assert sorted(token is None for token in tokens) == [False, True]
    inbox = (await centre.verifier.get("/v1/inbox")).json()["items"]
    assert len(inbox) == 1


async def test_a_score_counts_or_is_refused_while_its_participant_is_taken_out(app: FastAPI, centre: Centre) -> None:
    async with crowd(app, centre) as held:
        people = list(held.people)
        answers = await asyncio.gather(
            *(held.score(person, good()) for person in people),
            *(held.post(f"participants/{person}/withdraw") for person in people[::2]),
        )
        assert {answer.status_code for answer in answers[PEOPLE:]} == {200}
        assert {answer.status_code for answer in answers[:PEOPLE]} <= {200, 401, 404}
        await held.move("reveal")
        assert scored(await held.read(None, "/results")).keys() == set(people[1::2])


async def test_voted_at_once_the_votes_of_all_count(app: FastAPI, centre: Centre) -> None:
    async with holding(app, centre) as held:
        body = {"options": [{"starts_at": "2199-01-01T09:00:00Z"}, {"starts_at": "2199-01-02T09:00:00Z"}]}
        first, second = [one["id"] for one in (await held.post("time-options", body)).json()["items"]]
        votes = [
            held.people[person].put(f"{held.url}/time-options/{option}/vote", json={"answer": "yes"})
            for person in held.people
            for option in (first, second)
        ]
        proposals = [held.post("time-options", body) for _ in range(2)]
        assert {answer.status_code for answer in await asyncio.gather(*votes, *proposals)} == {200, 201}
        listed = (await held.read(None, "/time-options"))["items"]
        assert [(len(one["votes"]), one["best"]) for one in listed] == [(3, True), (3, False)]
