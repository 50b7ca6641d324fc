"""A model of a session, driven at random beside the real one: what is allowed, what is shown, whose scores count."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from app.api.context import AppContext
from tests.calibration.sessions.factories import CLIENT, SESSIONS, good, session_body
from tests.people import Centre, bearer_client, make_centre

CALLS = 2
# The users of the session; the guest is `client`. The leader leads and does not take part.
USERS = ("verifier", "second_verifier")
PEOPLE = (*USERS, "client")
REFUSED = {
    "session_not_open": 409,
    "session_revealed": 409,
    "session_not_revealed": 409,
    "session_under_way": 409,
    "session_ended": 409,
    "nothing_scored": 409,
    "score_submitted": 409,
    "already_taking_part": 409,
    "faulty_answers": 422,
    "not_found": 404,
    "unauthenticated": 401,
}
COMPLETE = good()
CONTENTS = {
    "empty": [],
    "begun": COMPLETE[:1],
    "good": COMPLETE,
    "bad": good(introduced="bad", solved="bad", polite=0),
    "not applicable": good(introduced="na"),
}


@dataclass
class Score:
    content: str
    submitted: bool

    @property
    def complete(self) -> bool:
        return self.content not in ("empty", "begun")


@dataclass
class Model:
    """A session as its documentation describes it."""

    after_submit: bool
    state: str = "arranging"
    reopened: bool = False
    taking_part: set[str] = field(default_factory=lambda: set(PEOPLE))
    scores: dict[tuple[str, int], Score] = field(default_factory=dict)
    consensus: dict[int, str] = field(default_factory=dict)

    @property
    def counting(self) -> dict[tuple[str, int], Score]:
        """The scores with an answer of those who take part."""
        return {key: one for key, one in self.scores.items() if key[0] in self.taking_part and one.content != "empty"}

    def score(self, person: str, call: int, content: str, submit: bool | None) -> str | None:
        """The code of the refusal, or None; so do the other actions."""
        if person not in self.taking_part:
            return "unauthenticated" if person == "client" else "not_found"
        if self.state != "open":
            return "session_revealed" if self.state in ("revealed", "closed") else "session_not_open"
        new = Score(content, False)
        if submit and not new.complete:
            return "faulty_answers"
        new.submitted = new.complete and submit is not False
        before = self.scores.get((person, call))
        if before and before.submitted and self.after_submit and before != new:
            return "score_submitted"
        self.scores[person, call] = new
        return None

    def move(self, action: str) -> str | None:
        if action == "reopen":
            if self.state not in ("revealed", "closed"):
                return "session_not_revealed"
        elif self.state in ("closed", "cancelled"):
            return "session_ended"
        elif action == "open" and self.state != "arranging":
            return "session_under_way"
        elif action == "reveal" and self.state != "open":
            return "session_not_open"
        elif action == "reveal" and not self.counting:
            return "nothing_scored"
        elif action == "close" and self.state != "revealed":
            return "session_not_revealed"
        elif action == "cancel" and (self.state == "revealed" or self.reopened):
            return "session_ended"
        self.reopened |= action == "reopen"
        self.state = {"open": "open", "reveal": "revealed", "reopen": "open", "close": "closed", "cancel": "cancelled"}[
            action
        ]
        return None

    def add(self, person: str) -> str | None:
        if self.state in ("closed", "cancelled"):
            return "session_ended"
        if self.state == "revealed":
            return "session_revealed"
        if person in self.taking_part:
            return "already_taking_part"
        self.taking_part.add(person)
        return None

    def withdraw(self, person: str) -> str | None:
        if self.state in ("closed", "cancelled"):
            return "session_ended"
        if person in self.taking_part and (self.state == "revealed" or self.reopened):
            return "session_revealed"
        self.taking_part.discard(person)
        return None

    def decide(self, call: int, content: str) -> str | None:
        if self.state in ("closed", "cancelled"):
            return "session_ended"
        if self.state != "revealed":
            return "session_not_revealed"
        if content in ("empty", "begun"):
            return "faulty_answers"
        self.consensus[call] = content
        return None

    def visible(self, person: str) -> dict[tuple[str, int], Score] | str:
        """The scores that a person sees, the leader being `leader`; or the code of the refusal."""
        if person not in (*self.taking_part, "leader"):
            return "unauthenticated" if person == "client" else "not_found"
        if self.state in ("revealed", "closed"):
            return self.counting
        if not self.after_submit or self.state != "open":
            return "session_not_revealed"
        submitted = {key: one for key, one in self.counting.items() if one.submitted}
        open_calls = {call for who, call in submitted if who == person}
        seen = {key: one for key, one in submitted.items() if key[1] in open_calls}
        return seen or "session_not_revealed"


class Course(RuleBasedStateMachine):
    """One session from its creation on. `world`: the tenant of all of them, set by the test."""

    world: "World"

    def run(self, action: Coroutine[Any, Any, Any]) -> Any:
        return self.world.loop.run(action)

    @initialize(after_submit=st.booleans())
    def create(self, after_submit: bool) -> None:
        self.model = Model(after_submit)
        self.run(self.world.create(after_submit))

    @rule(
        person=st.sampled_from(PEOPLE),
        call=st.integers(0, CALLS - 1),
        content=st.sampled_from([*CONTENTS, "good", "bad"]),
        submit=st.sampled_from([None, None, True, False]),
    )
    def score(self, person: str, call: int, content: str, submit: bool | None) -> None:
        wanted = self.model.score(person, call, content, submit)
        answer = self.run(self.world.score(person, call, CONTENTS[content], submit))
        self.check(answer, wanted)
        if wanted is None:
            kept = self.model.scores[person, call]
            assert (answer.json()["complete"], answer.json()["submitted_at"] is not None) == (
                kept.complete,
                kept.submitted,
            )

    @rule(action=st.sampled_from(["open", "open", "reveal", "reveal", "reopen", "close"]))
    def move(self, action: str) -> None:
        wanted = self.model.move(action)
        self.check(self.run(self.world.post(action, {"why": "Again"} if action == "reopen" else None)), wanted)

    @rule(certainly=st.sampled_from([False, False, False, True]))
    def cancel(self, certainly: bool) -> None:
        """Seldom where it would end the course, so that longer courses are seen."""
        if certainly or self.model.state in ("revealed", "closed", "cancelled"):
            self.check(self.run(self.world.post("cancel")), self.model.move("cancel"))

    @rule(person=st.sampled_from(PEOPLE))
    def add(self, person: str) -> None:
        wanted = self.model.add(person)
        self.check(self.run(self.world.add(person)), wanted, 201)

    @rule(person=st.sampled_from(PEOPLE))
    def withdraw(self, person: str) -> None:
        self.check(self.run(self.world.withdraw(person)), self.model.withdraw(person))

    @rule(call=st.integers(0, CALLS - 1), content=st.sampled_from(["begun", "good", "bad"]))
    def decide(self, call: int, content: str) -> None:
        wanted = self.model.decide(call, content)
        self.check(self.run(self.world.decide(call, CONTENTS[content])), wanted)

    @rule(person=st.sampled_from([*PEOPLE, "leader"]))
    def results(self, person: str) -> None:
        wanted = self.model.visible(person)
        answer = self.run(self.world.get(person, "/results"))
        if isinstance(wanted, str):
            self.check(answer, wanted)
            return
        self.check(answer, None)
        shown = answer.json()
        assert self.world.scores_in(shown) == {
            key: {one["item"]: one["value"] for one in CONTENTS[score.content]} for key, score in wanted.items()
        }
        revealed = self.model.state != "open"
        assert (shown["revealed"], shown["agreement"] is not None) == (revealed, revealed)
        settled = {place for place, call in enumerate(shown["calls"]) if call["consensus"]}
        assert settled == (set(self.model.consensus) if revealed else set())

    @rule(person=st.sampled_from([*PEOPLE, "leader"]))
    def look(self, person: str) -> None:
        answer = self.run(self.world.get(person))
        if person not in (*self.model.taking_part, "leader"):
            self.check(answer, "unauthenticated" if person == "client" else "not_found")
            return
        self.show(answer.json())

    @invariant()
    def the_leader_sees_the_state(self) -> None:
        if hasattr(self, "model"):
            self.show(self.run(self.world.get("leader")).json())

    def show(self, session: dict[str, Any]) -> None:
        """Whether a session is shown as it is: its state, who takes part, and how far each has come."""
        assert session["state"] == self.model.state
        for one in session["participants"]:
            person = self.world.person_of[one["id"]]
            scores = {call: score for (who, call), score in self.model.scores.items() if who == person}
            assert one["withdrawn"] is (person not in self.model.taking_part)
            assert {self.world.call_ids.index(found) for found in one["begun_call_ids"]} == set(scores)
            assert {self.world.call_ids.index(found) for found in one["scored_call_ids"]} == {
                call for call, score in scores.items() if score.complete
            }

    def check(self, answer: httpx.Response, wanted: str | None, done: int = 200) -> None:
        if wanted is None:
            assert answer.status_code == done, answer.text
        else:
            assert (answer.json()["code"], answer.status_code) == (wanted, REFUSED[wanted]), answer.text

    def teardown(self) -> None:
        if hasattr(self, "model"):
            self.run(self.world.leave())


class Loop:
    """Runs coroutines in the loop of the tests, from the thread in which the machine runs."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def run(self, action: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(action, self._loop).result(60)


class World:
    """A tenant, and the session of the course that runs."""

    def __init__(self, app: FastAPI, centre: Centre, body: dict[str, Any]) -> None:
        self.loop = Loop()
        self._app, self._centre, self._body = app, centre, body
        self._stack = AsyncExitStack()
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._url = ""
        self.person_of: dict[str, str] = {}
        self.call_ids: list[str] = body["call_ids"]

    async def create(self, after_submit: bool) -> None:
        see_others = "after_submit" if after_submit else "after_reveal"
        created = await self._centre.leader.post(SESSIONS, json=self._body | {"see_others": see_others})
        assert created.status_code == 201, created.text
        session = created.json()
        self._url = f"{SESSIONS}/{session['id']}"
        self._clients = {name: self._centre.client(name) for name in ("leader", *USERS)}
        ids = {str(self._centre.user_ids[name]): name for name in USERS}
        self.person_of = {one["id"]: ids.get(one["user_id"], "client") for one in session["participants"]}
        await self._let_in()

    async def leave(self) -> None:
        await self._stack.aclose()

    async def _let_in(self) -> None:
        """Give the guest a link that works."""
        answer = await self.post(f"invitations/{self._id_of('client')}/renew", {})
        assert answer.status_code == 200, answer.text
        client = bearer_client(self._app, answer.json()["token"])
        self._clients["client"] = await self._stack.enter_async_context(client)

    async def post(self, action: str, body: Any = None) -> httpx.Response:
        return await self._clients["leader"].post(f"{self._url}/{action}", json=body)

    async def get(self, person: str, path: str = "") -> httpx.Response:
        return await self._clients[person].get(self._url + path)

    async def score(self, person: str, call: int, answers: list[dict[str, Any]], submit: bool | None) -> httpx.Response:
        url = f"{self._url}/calls/{self.call_ids[call]}/score"
        return await self._clients[person].put(url, json={"answers": answers, "submit": submit})

    async def decide(self, call: int, answers: list[dict[str, Any]]) -> httpx.Response:
        url = f"{self._url}/calls/{self.call_ids[call]}/consensus"
        return await self._clients["leader"].put(url, json={"answers": answers})

    async def add(self, person: str) -> httpx.Response:
        one = CLIENT if person == "client" else {"user_id": str(self._centre.user_ids[person])}
        answer = await self.post("participants", one)
        if person == "client" and answer.status_code == 201:
            await self._let_in()
        return answer

    async def withdraw(self, person: str) -> httpx.Response:
        return await self.post(f"participants/{self._id_of(person)}/withdraw")

    def _id_of(self, person: str) -> str:
        return next(key for key, name in self.person_of.items() if name == person)

    def scores_in(self, results: dict[str, Any]) -> dict[tuple[str, int], dict[str, Any]]:
        """The answers in the results, by participant and call."""
        found: dict[tuple[str, int], dict[str, Any]] = {}
        for place, call in enumerate(results["calls"]):
            for score in call["scores"]:
                found[self.person_of[score["participant_id"]], place] = {}
            for item in call["items"]:
                for answer in item["answers"]:
                    found[self.person_of[answer["participant_id"]], place][item["item"]] = answer["value"]
        return found


@pytest.fixture
async def world(app: FastAPI, context: AppContext) -> AsyncIterator[World]:
    async with make_centre(app, context) as centre:
        body = await session_body(centre, calls=CALLS)
        yield World(app, centre, body)


async def test_every_course_of_a_session_follows_the_model(world: World) -> None:
    machine = type("CourseInWorld", (Course,), {"world": world})
    profile = settings(max_examples=50, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=profile)
