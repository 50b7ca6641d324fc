"""Calibration sessions to test with."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from fastapi import FastAPI

from app.platform import clock
from app.scorecards import Definition
from tests.calls.factories import push_call
from tests.people import Centre, bearer_client
from tests.scorecards.factories import REASONS, binary, one_section, publish_scorecard, scale

SESSIONS = "/v1/calibration-sessions"
DEFINITION = one_section(
    binary("introduced", "30", error_reasons=REASONS, allow_na=True),
    binary("solved", "50", error_reasons=REASONS),
    scale("polite", "20", scale_max=4),
)
CLIENT = {"name": "Cleo Client", "email": "cleo@client.example", "role": "client"}


def good(**changed: Any) -> list[dict[str, Any]]:
    """The best answers, but for the values given as keywords. An error is the agent's fault."""
    best = {"introduced": "good", "solved": "good", "polite": 4}
    answers = [{"item": item, "value": changed.get(item, value)} for item, value in best.items()]
    return [
        answer | ({} if answer["value"] in (best[answer["item"]], "na") else {"fault": "agent"}) for answer in answers
    ]


@dataclass
class Held:
    """A session, and a client for each of the people in it; `leader` leads it and does not take part."""

    id: str
    leader: httpx.AsyncClient
    call_ids: list[str]
    scorecard_id: str
    people: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"{SESSIONS}/{self.id}"

    async def post(self, action: str, body: Any = None, client: httpx.AsyncClient | None = None) -> httpx.Response:
        return await (client or self.leader).post(f"{self.url}/{action}", json=body)

    async def move(self, *actions: str) -> None:
        for action in actions:
            answer = await self.post(action, {"why": "Again"} if action == "reopen" else None)
            assert answer.status_code == 200, answer.text

    async def score(
        self, person: str, answers: Sequence[dict[str, Any]], *, call: int = 0, **fields: Any
    ) -> httpx.Response:
        url = f"{self.url}/calls/{self.call_ids[call]}/score"
        return await self.people[person].put(url, json={"answers": answers, **fields})

    async def get(self, person: str | None = None, path: str = "", **query: Any) -> httpx.Response:
        client = self.leader if person is None else self.people[person]
        return await client.get(self.url + path, params=query)

    async def read(self, person: str | None = None, path: str = "", **query: Any) -> Any:
        answer = await self.get(person, path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def participant(self, name: str) -> dict[str, Any]:
        """A participant by the beginning of the name, as the leader sees it."""
        session = await self.read()
        return next(one for one in session["participants"] if one["name"].startswith(name))


async def session_body(centre: Centre, definition: Definition = DEFINITION, calls: int = 1, **changes: Any) -> Any:
    """The body of a session of new calls with both verifiers and a client."""
    scorecard = await publish_scorecard(centre.leader, definition)
    pushed = [await push_call(centre.admin, centre.project_id) for _ in range(calls)]
    return {
        "name": "December",
        "scorecard_id": scorecard["id"],
        "call_ids": [call["id"] for call in pushed],
        "participants": [
            {"user_id": str(centre.user_ids["verifier"])},
            {"user_id": str(centre.user_ids["second_verifier"])},
            CLIENT,
        ],
    } | changes


async def create(centre: Centre, body: dict[str, Any]) -> Held:
    created = await centre.leader.post(SESSIONS, json=body)
    assert created.status_code == 201, created.text
    session = created.json()
    people = {"verifier": centre.verifier, "second_verifier": centre.second_verifier}
    call_ids = [call["call_id"] for call in session["calls"]]
    return Held(session["id"], centre.leader, call_ids, session["scorecard"]["id"], people)


async def invite(held: Held) -> dict[str, str]:
    """The tokens of the guests, by name."""
    answer = await held.post("invitations", {})
    assert answer.status_code == 200, answer.text
    return {link["name"]: link["token"] for link in answer.json()["items"]}


@asynccontextmanager
async def holding(
    app: FastAPI, centre: Centre, *actions: str, definition: Definition = DEFINITION, calls: int = 1, **changes: Any
) -> AsyncIterator[Held]:
    """A session that has gone through the actions, with a guest `client` beside both verifiers."""
    held = await create(centre, await session_body(centre, definition, calls, **changes))
    async with AsyncExitStack() as stack:
        for token in (await invite(held)).values():
            held.people["client"] = await stack.enter_async_context(bearer_client(app, token))
        await held.move(*actions)
        yield held


def soon(hours: float = 24) -> str:
    return (clock.now() + timedelta(hours=hours)).replace(microsecond=0).isoformat().replace("+00:00", "Z")
