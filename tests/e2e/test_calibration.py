"""A calibration session as its people hold it: a client with nothing but the link, beside three verifiers."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from app.demo.scorecard import scorecard_body
from app.demo.spoken import spoken_calls
from app.platform.settings import Settings
from tests.e2e.centre import Organisation, answers, create_organisation, create_staff, last_monday, spoken_call
from tests.e2e.company import Company, Json, Person, create_company, json_of, wait_until
from tests.notifications.servers import Mailbox, mail_server
from tests.processes import running_api, running_worker

pytestmark = pytest.mark.e2e

SPOKEN = next(call for call in spoken_calls() if call.name == "en-5-article-missing")
CLIENT = {"name": "Cleo Client", "email": "cleo@northernbank.example", "role": "client", "timezone": "Europe/Berlin"}
PROCESS = {"information_correct": {"fault": "process", "reason": "outdated_article"}}
AGENT = {"information_correct": {"fault": "agent"}}


@dataclass
class Room:
    """A session, and everyone in it. The client's requests go to another API process than the others'."""

    company: Company
    leader: Person
    verifiers: list[Person]
    session: Json
    other_url: str

    @property
    def path(self) -> str:
        return f"/calibration-sessions/{self.session['id']}"

    @property
    def call_id(self) -> str:
        return str(self.session["calls"][0]["call_id"])

    async def guest(self, token: str) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"}
        client = httpx.AsyncClient(base_url=f"{self.other_url}/v1", headers=headers, timeout=60)
        return await self.company.stack.enter_async_context(client)

    async def score(self, client: httpx.AsyncClient, errors: dict[str, Json]) -> Json:
        path = f"{self.path}/calls/{self.call_id}/score"
        return json_of(await client.put(path, json={"answers": answers(errors)}))


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
async def api_urls(settings_of_processes: Settings, mailbox: Mailbox) -> AsyncIterator[tuple[str, str]]:
    """Two API processes and a worker, with a mail server."""
    with mail_server(mailbox) as port:
        mail = {
            "QMT_SMTP_HOST": "127.0.0.1",
            "QMT_SMTP_PORT": str(port),
            "QMT_SMTP_TLS": "none",
            "QMT_SMTP_FROM": "QMT <qmt@harbor.example>",
            "QMT_PUBLIC_URL": "https://qmt.harbor.example",
        }
        settings = settings_of_processes
        async with (
            running_worker(settings, **mail),
            running_api(settings, **mail) as first,
            running_api(settings, **mail) as second,
        ):
            yield first, second


async def test_a_client_with_a_link_calibrates_with_three_verifiers(
    api_urls: tuple[str, str], settings_of_processes: Settings, mailbox: Mailbox
) -> None:
    async with create_company(api_urls[0], settings_of_processes) as company:
        room = await arrange(company, api_urls[1])
        guest = await invite(room, mailbox)
        await find_a_time(room, guest, mailbox)
        json_of(await room.leader.http.post(f"{room.path}/open"))
        await listen(room, guest)
        async with following(room, guest) as seen:
            await score_blind(room, guest)
            json_of(await room.leader.http.post(f"{room.path}/reveal"))
            await wait_until(lambda: _now(seen), lambda names: "revealed" in names, within_s=20)
        assert [name for name in seen if name in ("scored", "revealed")] == ["scored"] * 4 + ["revealed"]
        await compare(room, guest)
        await settle(room)
        await leave(room, guest)


async def _now(seen: list[str]) -> list[str]:
    return list(seen)


async def arrange(company: Company, other_url: str) -> Room:
    staff = await create_staff(company)
    organisation = await create_organisation(staff)
    third = await company.add_user(staff.admin, "viola", "verifier")
    call_id = await push_recording(staff.admin, organisation)
    made = json_of(await staff.leader.http.post("/scorecards", json=scorecard_body()), 201)
    json_of(await staff.leader.http.post(f"/scorecards/{made['id']}/publish"))
    verifiers = [*staff.verifiers, third]
    body = {
        "name": "With Northern Bank",
        "scorecard_id": made["id"],
        "call_ids": [call_id],
        "reference_user_id": verifiers[0].id,
        "participants": [*({"user_id": verifier.id} for verifier in verifiers), CLIENT],
    }
    session = json_of(await staff.leader.http.post("/calibration-sessions", json=body), 201)
    return Room(company, staff.leader, verifiers, session, other_url)


async def push_recording(admin: Person, organisation: Organisation) -> str:
    call = spoken_call(organisation, last_monday(datetime.now(UTC)), SPOKEN)
    call_id = str(json_of(await admin.http.post("/calls", json=call), 201)["id"])
    json_of(await admin.http.put(f"/calls/{call_id}/recording", content=SPOKEN.path.read_bytes()), 201)
    return call_id


async def invite(room: Room, mailbox: Mailbox) -> httpx.AsyncClient:
    """The client gets a mail with a link, and needs nothing else."""
    invited = json_of(await room.leader.http.post(f"{room.path}/invitations", json={}))
    await wait_until(lambda: _mails(mailbox, CLIENT["email"]), lambda count: count >= 1, within_s=30)
    text = mailbox.to(CLIENT["email"])[0].message.get_body(("plain",))
    assert text is not None
    (token,) = re.findall(r"https://qmt\.harbor\.example/join#(\S+)", text.get_content())
    assert [link["token"] for link in invited["items"]] == [token]
    return await room.guest(token)


async def _mails(mailbox: Mailbox, address: str) -> int:
    return len(mailbox.to(address))


async def find_a_time(room: Room, guest: httpx.AsyncClient, mailbox: Mailbox) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    options = [{"starts_at": (now + timedelta(days=days)).isoformat()} for days in (1, 2)]
    proposed = json_of(await room.leader.http.post(f"{room.path}/time-options", json={"options": options}), 201)
    first, second = (f"{room.path}/time-options/{option['id']}/vote" for option in proposed["items"])
    json_of(await guest.put(first, json={"answer": "no"}))
    json_of(await guest.put(second, json={"answer": "yes"}))
    json_of(await room.verifiers[0].http.put(second, json={"answer": "if_needed"}))
    rated = json_of(await guest.get(f"{room.path}/time-options"))["items"]
    assert [option["best"] for option in rated] == [False, True]
    json_of(await room.leader.http.post(f"{room.path}/schedule", json={"option_id": rated[1]["id"]}))
    entry = (await guest.get(f"{room.path}/invite.ics")).text
    (event,) = Calendar.from_ical(entry).walk("VEVENT")
    start: Any = event["DTSTART"]
    assert start.dt == datetime.fromisoformat(rated[1]["starts_at"])
    assert start.params["TZID"] == "Europe/Berlin"
    # Invited, asked to vote, told the time.
    await wait_until(lambda: _mails(mailbox, CLIENT["email"]), lambda count: count >= 3, within_s=30)
    mails = {str(one.message["Subject"]).split(":")[0]: one.message for one in mailbox.to(CLIENT["email"])}
    told = mails["Time of the calibration session"]
    assert "text/calendar" in [part.get_content_type() for part in told.walk()]


async def listen(room: Room, guest: httpx.AsyncClient) -> None:
    """One answer holds the session, its scorecard and its calls; the rest of the service is closed to a guest."""
    session = json_of(await guest.get(room.path))
    (call,) = session["calls"]
    assert call["agent_name"] is None
    assert len(session["scorecard"]["sections"]) > 1
    part = await guest.get(call["recording_url"].removeprefix("/v1"), headers={"Range": "bytes=0-99"})
    assert (part.status_code, len(part.content)) == (206, 100)
    json_of(await guest.get(call["transcript_url"].removeprefix("/v1")))
    for closed in ("/calls", f"/calls/{room.call_id}", "/evaluations", "/events", "/users", "/reports/quality"):
        assert (await guest.get(closed)).status_code == 403


@asynccontextmanager
async def following(room: Room, guest: httpx.AsyncClient) -> AsyncIterator[list[str]]:
    """The names of the events that the client hears of, over the other process."""
    seen: list[str] = []
    opened = asyncio.Event()

    async def follow() -> None:
        async with guest.stream("GET", f"{room.path}/events", timeout=60) as stream:
            assert stream.status_code == 200
            opened.set()
            async for line in stream.aiter_lines():
                seen.extend(re.findall("^event: (.+)", line))

    task = asyncio.create_task(follow())
    try:
        await asyncio.wait_for(opened.wait(), 20)
        yield seen
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def score_blind(room: Room, guest: httpx.AsyncClient) -> None:
    """Nobody learns another's answers before the reveal: not the client, not the leader."""
    await room.score(guest, PROCESS)
    for verifier, errors in zip(room.verifiers, ({}, AGENT, PROCESS), strict=True):
        assert (await verifier.http.get(f"{room.path}/results")).status_code == 409
        await room.score(verifier.http, errors)
    for client in (guest, room.leader.http):
        session = await client.get(room.path)
        assert "outdated_article" not in session.text.split('"scorecard"')[0]
        scored = [len(one["scored_call_ids"]) for one in session.json()["participants"]]
        assert scored == [1, 1, 1, 1]


async def compare(room: Room, guest: httpx.AsyncClient) -> None:
    results = json_of(await guest.get(f"{room.path}/results"))
    split = results["agreement"]["items"][0]
    assert split["item"] == "information_correct"
    # Three of four call it an error: of six pairs three agree.
    assert split["disagreement"] == pytest.approx(0.5)
    overall = {one["name"]: one for one in results["agreement"]["overall"]["coefficients"]}
    assert overall["percent"]["value"] > 0.9
    assert overall["ac1"]["low"] < overall["ac1"]["value"] < overall["ac1"]["high"]
    assert results["reference"]["compared_with"] == "participant"
    late = await guest.put(f"{room.path}/calls/{room.call_id}/score", json={"answers": answers({})})
    assert (late.status_code, late.json()["code"]) == (409, "session_revealed")
    assert (await guest.get(f"{room.path}/results", params={"format": "xlsx"})).content.startswith(b"PK")
    picture = await guest.get(f"{room.path}/results", params={"format": "svg", "language": "ru"})
    assert picture.headers["content-type"] == "image/svg+xml"


async def settle(room: Room) -> None:
    path = f"{room.path}/calls/{room.call_id}/consensus"
    body = {"answers": answers(PROCESS), "comment": "The article is out of date"}
    json_of(await room.leader.http.put(path, json=body))
    scorecard_id = room.session["scorecard"]["id"]
    precedents = json_of(await room.verifiers[0].http.get(f"/items/{scorecard_id}/information_correct/precedents"))
    assert [one["verdict"] for one in precedents["items"]] == ["process"]
    json_of(await room.leader.http.post(f"{room.path}/close"))
    assert json_of(await room.leader.http.get("/evaluations"))["items"] == []


async def leave(room: Room, guest: httpx.AsyncClient) -> None:
    """A revoked link opens nothing any more."""
    session = json_of(await room.leader.http.get(room.path))
    client = next(one for one in session["participants"] if one["role"] == "client")
    revoked = await room.leader.http.post(f"{room.path}/invitations/{client['id']}/revoke")
    assert revoked.status_code == 204
    assert (await guest.get(room.path)).status_code == 401
