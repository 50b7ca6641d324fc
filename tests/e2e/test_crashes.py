"""Processes that are killed at the worst moment, and files that rot: nothing is lost, nothing is there twice."""

import asyncio
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.demo.scorecard import scorecard_body
from app.demo.spoken import SpokenCall, spoken_calls
from app.platform.settings import Settings
from tests.calls.factories import tone
from tests.e2e.centre import (
    AGENTS,
    Organisation,
    answers,
    create_organisation,
    create_staff,
    expected_score,
    planted_errors,
)
from tests.e2e.company import Company, Json, Person, create_company, json_of, list_all, wait_until
from tests.processes import environment, free_port, running_worker, start, stop, wait_until_alive

pytestmark = pytest.mark.e2e

SPOKEN = next(call for call in spoken_calls() if call.name == "ru-3-no-greeting")
VERIFIERS, CALLS = 6, 20


@dataclass
class ApiServer:
    """An API process that can be killed and started again on the same port."""

    settings: Settings
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self.process = start("api", env=environment(self.settings, QMT_PORT=str(self.port)))
        await wait_until_alive(self.base_url, self.process)

    def end(self, number: int = signal.SIGTERM) -> None:
        assert self.process
        stop(self.process, number)


@dataclass(frozen=True)
class Centre:
    company: Company
    admin: Person
    leader: Person
    organisation: Organisation

    async def push_call(self, external_id: str, **more: Any) -> str:
        body = {
            "source": "crm",
            "external_id": external_id,
            "project_id": self.organisation.project_id,
            "agent_external_id": AGENTS[0],
            "started_at": "2026-11-02T09:14:05Z",
            "duration_s": 60,
        } | more
        return str(json_of(await self.admin.http.post("/calls", json=body), 201)["id"])

    async def push_recording(self, external_id: str, content: bytes, **more: Any) -> str:
        """The id of a new call whose recording waits for a worker to transcribe it."""
        call_id = await self.push_call(external_id, **more)
        json_of(await self.admin.http.put(f"/calls/{call_id}/recording", content=content), 201)
        return call_id

    async def transcript(self, call_id: str) -> Json:
        return json_of(await self.leader.http.get(f"/calls/{call_id}/transcript"))

    async def finished_transcript(self, call_id: str) -> Json:
        return await wait_until(lambda: self.transcript(call_id), lambda one: one["status"] in {"ready", "failed"})

    async def job(self, call_id: str) -> Json:
        """The job of the call's transcript, as soon as a worker has queued it."""
        queued = await wait_until(lambda: self.transcript(call_id), lambda one: one["job_id"] is not None)
        return json_of(await self.leader.http.get(f"/jobs/{queued['job_id']}"))

    async def events(self, event_type: str) -> list[Json]:
        return await list_all(self.admin.http, "/events", type=event_type)


@pytest.fixture(scope="module")
async def server(settings_of_processes: Settings) -> AsyncIterator[ApiServer]:
    server = ApiServer(settings_of_processes)
    await server.start()
    yield server
    server.end()


@pytest.fixture(scope="module")
async def centre(server: ApiServer, settings_of_processes: Settings) -> AsyncIterator[Centre]:
    async with create_company(server.base_url, settings_of_processes) as company:
        staff = await create_staff(company)
        yield Centre(company, staff.admin, staff.leader, await create_organisation(staff))


async def test_a_transcription_whose_worker_was_killed_is_finished_by_another_one_once(
    centre: Centre, settings_of_processes: Settings
) -> None:
    call_id = await push_spoken(centre, SPOKEN)
    async with running_worker(settings_of_processes, "--queue", "transcription") as first:
        running = await wait_until(lambda: centre.job(call_id), lambda job: job["progress"] is not None)
        stop(first, signal.SIGKILL)
    assert (running["state"], running["attempts"]) == ("running", 1)
    assert 0 < running["progress"]["done"] < running["progress"]["total"]
    assert (await centre.transcript(call_id))["status"] == "running"

    async with running_worker(settings_of_processes, "--queue", "transcription"):
        transcript = await centre.finished_transcript(call_id)
    finished = await centre.job(call_id)
    assert (finished["state"], finished["attempts"], finished["error"]) == ("succeeded", 2, None)
    assert transcript["status"] == "ready"
    starts = [(segment["channel"], segment["start_s"]) for segment in transcript["segments"]]
    assert len(set(starts)) == len(starts) > 5
    (ready,) = [event for event in await centre.events("transcript.ready") if event["after"]["call_id"] == call_id]
    assert ready["after"]["segments"] == len(starts)


async def push_spoken(centre: Centre, spoken: SpokenCall) -> str:
    more = {"language": spoken.language, "channel_roles": spoken.channel_roles}
    return await centre.push_recording(spoken.name, spoken.path.read_bytes(), **more)


async def test_a_recording_that_has_rotted_fails_with_its_reason_and_the_next_one_is_transcribed(
    centre: Centre, settings_of_processes: Settings
) -> None:
    rotten, missing, sound = [
        await centre.push_recording(name, tone(seconds))
        for seconds, name in enumerate(("rotten", "missing", "sound"), 2)
    ]
    (await stored_file(centre, settings_of_processes, rotten)).write_bytes(b"\0" * 5000)
    (await stored_file(centre, settings_of_processes, missing)).unlink()
    async with running_worker(settings_of_processes, "--queue", "transcription"):
        assert (await centre.finished_transcript(sound))["status"] == "ready"
        failed = {call_id: await centre.finished_transcript(call_id) for call_id in (rotten, missing)}
    assert failed[rotten]["error"].startswith("the recording cannot be read: ")
    assert failed[missing]["error"] == "the recording's file is missing from the object store"
    for transcript in failed.values():
        assert (transcript["status"], transcript["segments"]) == ("failed", [])
    assert (await centre.job(rotten))["attempts"] == 1
    reasons = [event["after"]["reason"] for event in await centre.events("transcript.failed")]
    assert reasons == [failed[rotten]["error"], failed[missing]["error"]]


async def stored_file(centre: Centre, settings: Settings, call_id: str) -> Path:
    recording = json_of(await centre.leader.http.get(f"/calls/{call_id}"))["recording"]
    (path,) = settings.objects_dir.rglob(recording["id"])
    return path


@dataclass(frozen=True)
class Submission:
    """An evaluation that a verifier wants to have submitted, under a key of its own."""

    verifier: Person
    body: Json
    score: float

    @property
    def key(self) -> str:
        return f"{self.verifier.id}/{self.body['call_id']}"

    async def send(self) -> Json:
        # The transaction of a killed server may still be there for a moment; the key is in use until then.
        answer = await wait_until(self._post, lambda answer: answer.status_code != 409)
        return json_of(answer, 201)

    async def _post(self) -> httpx.Response:
        headers = {"Idempotency-Key": self.key}
        return await self.verifier.http.post("/evaluations", json=self.body, headers=headers)


async def test_what_verifiers_submit_to_a_server_that_is_killed_is_there_exactly_once(
    centre: Centre, server: ApiServer
) -> None:
    wanted = {one.key: one for one in await submissions(centre)}
    acknowledged: dict[str, Json] = {}
    for crash_after in (25, 60):
        await submit_until_killed(server, wanted, acknowledged, crash_after)
        assert crash_after <= len(acknowledged) < len(wanted)
        await server.start()
        await check_kept(centre, acknowledged)
    await asyncio.gather(*(submit_in_turn(mine, acknowledged) for mine in by_verifier(wanted, acknowledged)))

    assert acknowledged.keys() == wanted.keys()
    await check_kept(centre, acknowledged)
    kept = await list_all(centre.leader.http, "/evaluations", status="submitted")
    assert Counter(key_of(one) for one in kept) == Counter(wanted.keys())
    journalled = Counter(event["subject_id"] for event in await centre.events("evaluation.submitted"))
    assert journalled == Counter(one["id"] for one in kept)
    for one in kept:
        await check_whole(centre, one, wanted[key_of(one)])


async def submissions(centre: Centre) -> list[Submission]:
    """Every verifier is to score every call, each somewhat differently."""
    card = json_of(await centre.leader.http.post("/scorecards", json=scorecard_body()), 201)
    json_of(await centre.leader.http.post(f"/scorecards/{card['id']}/publish"))
    names = [f"verifier{number}" for number in range(VERIFIERS)]
    verifiers = await asyncio.gather(*(centre.company.add_user(centre.admin, name, "verifier") for name in names))
    call_ids = [await centre.push_call(f"to score {number}") for number in range(CALLS)]
    return [
        Submission(
            verifier,
            {
                "call_id": call_id,
                "scorecard_id": card["id"],
                "answers": answers(planted_errors(place + shift)),
                "submit": True,
            },
            expected_score(planted_errors(place + shift)),
        )
        for shift, verifier in enumerate(verifiers)
        for place, call_id in enumerate(call_ids)
    ]


async def submit_until_killed(
    server: ApiServer, wanted: Mapping[str, Submission], acknowledged: dict[str, Json], crash_after: int
) -> None:
    """All verifiers submit at the same time, until the server is gone; it goes while they are waiting for it."""

    def pull_the_plug_in_time() -> None:
        if len(acknowledged) == crash_after:
            server.end(signal.SIGKILL)

    work = [submit_in_turn(mine, acknowledged, pull_the_plug_in_time) for mine in by_verifier(wanted, acknowledged)]
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    interrupted = [outcome for outcome in outcomes if outcome is not None]
    assert interrupted
    for outcome in interrupted:
        assert isinstance(outcome, httpx.TransportError), outcome


def by_verifier(wanted: Mapping[str, Submission], acknowledged: Mapping[str, Json]) -> list[list[Submission]]:
    """What each verifier has still to submit."""
    left: dict[str, list[Submission]] = {}
    for key, submission in wanted.items():
        if key not in acknowledged:
            left.setdefault(submission.verifier.id, []).append(submission)
    return list(left.values())


async def submit_in_turn(
    mine: Sequence[Submission], acknowledged: dict[str, Json], after_each: Callable[[], None] = lambda: None
) -> None:
    for submission in mine:
        acknowledged[submission.key] = await submission.send()
        after_each()


def key_of(evaluation: Json) -> str:
    return f"{evaluation['verifier_id']}/{evaluation['call_id']}"


async def check_kept(centre: Centre, acknowledged: Mapping[str, Json]) -> None:
    """Each evaluation that a verifier was told of is there under its id."""
    kept = {key_of(one): one["id"] for one in await list_all(centre.leader.http, "/evaluations", status="submitted")}
    assert {key: kept.get(key) for key in acknowledged} == {key: one["id"] for key, one in acknowledged.items()}


async def check_whole(centre: Centre, kept: Json, wanted: Submission) -> None:
    evaluation = json_of(await centre.leader.http.get(f"/evaluations/{kept['id']}"))
    assert (evaluation["revision"], evaluation["score"]) == (1, wanted.score)
    given = [(answer["item"], answer["value"], answer["fault"]) for answer in evaluation["answers"]]
    assert given == [(answer["item"], answer["value"], answer.get("fault")) for answer in wanted.body["answers"]]


async def test_an_event_whose_consumer_is_killed_before_or_while_it_hears_of_it_is_consumed_once(
    centre: Centre, settings_of_processes: Settings
) -> None:
    """The consumer is the one that asks for a transcript of each new recording."""
    stored = [await centre.push_recording(f"killed {number}", tone(1.0)) for number in range(3)]
    async with running_worker(settings_of_processes, "--queue", "schedules") as first:
        await centre.job(stored[0])
        stored += [await centre.push_recording(f"killed {number}", tone(1.0)) for number in range(3, 9)]
        stop(first, signal.SIGKILL)
    stored += [await centre.push_recording(f"killed {number}", tone(1.0)) for number in range(9, 12)]
    async with running_worker(settings_of_processes, "--queue", "schedules"):
        for call_id in stored:
            await centre.job(call_id)
    queued = Counter(event["after"]["call_id"] for event in await centre.events("transcript.queued"))
    assert {call_id: queued[call_id] for call_id in stored} == dict.fromkeys(stored, 1)
    found = json_of(await centre.admin.http.get("/events/verification"))
    assert (found["valid"], found["complete"]) == (True, True)
