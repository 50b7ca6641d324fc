"""Following a session over HTTP: what is told in which order, to whom, and that it holds no answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.platform.settings import Settings
from tests.calibration.meeting.factories import in_days, proposed, vote
from tests.calibration.sessions.factories import CLIENT, Held, create, good, holding, session_body
from tests.identity.factories import patch, problem
from tests.live.following import WITHIN_S, Sent, read_stream
from tests.live.servers import Server, running_server
from tests.people import Centre

SECRET = "nobody may read this"
BAD = good(introduced="bad", solved="bad", polite=1)


@pytest.fixture(scope="module")
async def server(settings: Settings) -> AsyncIterator[Server]:
    """A process that checks every fifth of a second whether its clients may go on."""
    limits = {"QMT_EVENT_STREAM_LIFE_S": "60", "QMT_EVENT_STREAMS_PER_CREDENTIAL": "2"}
    async with running_server(settings, BEAT_S="0.2", **limits) as started:
        yield started


@asynccontextmanager
async def following(
    server: Server, client: httpx.AsyncClient, held: Held, after: int | None = None
) -> AsyncIterator[httpx.Response]:
    """An open stream of the person behind a client."""
    headers = {"Authorization": client.headers["Authorization"]}
    headers |= {} if after is None else {"Last-Event-ID": str(after)}
    async with (
        httpx.AsyncClient(base_url=server.base_url, headers=headers, timeout=20) as reader,
        reader.stream("GET", f"{held.url}/events") as answer,
    ):
        yield answer


async def take(answer: httpx.Response, last: str) -> list[Sent]:
    """The events up to the first one of that kind."""
    taken: list[Sent] = []
    async with asyncio.timeout(WITHIN_S):
        async for sent in read_stream(answer):
            taken += [sent] if sent else []
            if sent and sent.kind == last:
                break
    return taken


async def to_its_end(answer: httpx.Response) -> list[Sent]:
    async with asyncio.timeout(WITHIN_S):
        return [sent async for sent in read_stream(answer) if sent]


async def until_present(held: Held, name: str, *, present: bool = True) -> None:
    for _ in range(WITHIN_S * 20):
        if (await held.participant(name))["present"] is present:
            return
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{name} is not {'present' if present else 'gone'}")


async def consensus(held: Held) -> None:
    url = f"{held.url}/calls/{held.call_ids[0]}/consensus"
    answer = await held.leader.put(url, json={"answers": BAD, "comment": SECRET})
    assert answer.status_code == 200, answer.text


async def test_the_course_of_a_session_arrives_in_order(app: FastAPI, centre: Centre, server: Server) -> None:
    async with holding(app, centre) as held, AsyncExitStack() as stack:
        start = (await held.read())["last_event_id"]
        leader = await stack.enter_async_context(following(server, centre.leader, held, start))
        async with following(server, held.people["client"], held):
            await until_present(held, "Cleo")
            (option,) = await proposed(held, in_days(1))
            await vote(held, "verifier", option, "yes")
            await held.post("schedule", {"option_id": option})
            await held.move("open")
            await held.score("verifier", BAD[:1], comment=SECRET)
            await held.score("verifier", BAD, comment=SECRET)
            await held.move("reveal")
            await consensus(held)
            await held.move("reopen", "reveal")
        await until_present(held, "Cleo", present=False)
        await held.move("close")
        taken = await take(leader, "closed")
        verifier, client = [(await held.participant(name))["id"] for name in ("Verifier", "Cleo")]
    told = [(sent.kind, sent.data) for sent in taken if sent.kind != "left"]
    scored = {"participant_id": verifier, "call_id": held.call_ids[0]}
    assert told[0] == ("joined", {"participant_id": client, "name": "Cleo Client"})
    assert told[1:3] == [("times_proposed", {}), ("voted", {"option_id": option, "participant_id": verifier})]
    assert [kind for kind, _ in told[3:5]] == ["scheduled", "opened"]
    assert told[5:7] == [("scored", scored | {"complete": False}), ("scored", scored | {"complete": True})]
    assert told[7:9] == [("revealed", {}), ("consensus", {"call_id": held.call_ids[0]})]
    assert [kind for kind, _ in told[9:]] == ["reopened", "revealed", "closed"]
    assert [sent.data for sent in taken if sent.kind == "left"] == [{"participant_id": client, "name": "Cleo Client"}]
    assert [sent.id for sent in taken] == list(range(start + 1, start + 1 + len(taken)))


async def test_a_client_goes_on_after_the_last_event_it_has(app: FastAPI, centre: Centre, server: Server) -> None:
    async with holding(app, centre, "open") as held:
        start = (await held.read())["last_event_id"]
        await held.score("verifier", good())
        async with following(server, held.people["client"], held, start) as answer:
            first = await take(answer, "joined")
        await until_present(held, "Cleo", present=False)
        await held.score("second_verifier", good())
        await held.move("reveal")
        async with following(server, held.people["client"], held, first[-1].id) as answer:
            later = await take(answer, "revealed")
    assert [sent.kind for sent in first] == ["scored", "joined"]
    # The client's own way out and in again is among them.
    assert sorted(sent.kind for sent in later) == ["left", "revealed", "scored"]
    assert [sent.id for sent in later] == list(range(first[-1].id + 1, first[-1].id + 4))


async def test_who_follows_is_present_until_the_last_stream_ends(app: FastAPI, centre: Centre, server: Server) -> None:
    async with holding(app, centre) as held:
        client = held.people["client"]
        start = (await held.read())["last_event_id"]
        async with following(server, client, held):
            await until_present(held, "Cleo")
            async with following(server, client, held):
                await asyncio.sleep(0.3)
            await asyncio.sleep(0.3)
            assert (await held.participant("Cleo"))["present"] is True
            seen = {one["name"]: one["present"] for one in (await held.read("verifier"))["participants"]}
            assert seen == {"Cleo Client": True, "Verifier": False, "Second Verifier": False}
        await until_present(held, "Cleo", present=False)
        # Two more streams, which end at once.
        async with following(server, client, held), following(server, client, held):
            await until_present(held, "Cleo")
        await until_present(held, "Cleo", present=False)
        async with following(server, centre.leader, held, start) as answer:
            await held.move("cancel")
            told = await take(answer, "cancelled")
    assert [sent.kind for sent in told] == ["joined", "left", "joined", "left", "cancelled"]


async def test_a_stream_that_is_refused_leaves_nobody_present(app: FastAPI, centre: Centre, server: Server) -> None:
    async with holding(app, centre, "open") as held, holding(app, centre, "open") as other:
        for one in (held, other):
            one.people["client"] = centre.verifier
        async with following(server, centre.verifier, held), following(server, centre.verifier, held):
            await until_present(held, "Verifier")
            async with following(server, centre.verifier, other) as refused:
                assert refused.status_code == 429
            assert (await other.participant("Verifier"))["present"] is False


@pytest.mark.parametrize("way", ["revoke", "renew", "withdraw"])
async def test_the_stream_of_a_guest_whose_link_no_longer_works_ends(
    app: FastAPI, centre: Centre, server: Server, way: str
) -> None:
    async with holding(app, centre, "open") as held:
        guest = (await held.participant("Cleo"))["id"]
        async with following(server, held.people["client"], held) as answer:
            ending = asyncio.create_task(to_its_end(answer))
            await until_present(held, "Cleo")
            await asyncio.sleep(0.5)
            assert not ending.done()
            action = f"participants/{guest}/withdraw" if way == "withdraw" else f"invitations/{guest}/{way}"
            assert (await held.post(action, {})).status_code in (200, 204)
            await ending
        await until_present(held, "Cleo", present=False)


async def test_strangers_follow_nothing(app: FastAPI, centre: Centre, server: Server) -> None:
    async with holding(app, centre, "open") as held, holding(app, centre, "open") as other:
        start = (await held.read())["last_event_id"]
        for client, status in ((other.people["client"], 404), (centre.guest, 404), (centre.agent_user, 403)):
            async with following(server, client, held, 0) as answer:
                await answer.aread()
                assert problem(answer) == (status, {404: "not_found", 403: "forbidden"}[status])
        assert (await held.read())["last_event_id"] == start


async def test_nothing_that_is_told_holds_an_answer(
    app: FastAPI, context: AppContext, centre: Centre, server: Server
) -> None:
    """Two sessions with other answers: the events are the same but for ids."""

    async def told(answers: list[dict[str, Any]], comment: str) -> list[tuple[str, dict[str, Any]]]:
        async with holding(app, centre, "open") as held:
            names = {one["id"]: one["name"] for one in (await held.read())["participants"]}
            names |= {call_id: f"call {place}" for place, call_id in enumerate(held.call_ids)}
            async with following(server, centre.verifier, held, 0) as answer:
                await until_present(held, "Verifier")
                for person in ("client", "second_verifier"):
                    await held.score(person, answers, comment=comment)
                await held.move("reveal")
                await consensus(held)
                await held.move("close")
                taken = await take(answer, "closed")
        assert comment not in str(taken)
        return [(one.kind, {name: names.get(str(value), value) for name, value in one.data.items()}) for one in taken]

    assert await told(good(), "short") == await told(BAD, SECRET * 50)


async def test_a_stream_ends_when_the_one_who_follows_it_no_longer_leads(server: Server, centre: Centre) -> None:
    held = await create(centre, await session_body(centre) | {"participants": [CLIENT]})
    address = f"/v1/users/{centre.user_ids['verifier']}"
    assert (await patch(centre.admin, address, role="leader")).status_code == 200
    async with following(server, centre.verifier, held) as answer:
        assert answer.status_code == 200
        assert (await patch(centre.admin, address, version=2, role="verifier")).status_code == 200
        await to_its_end(answer)
