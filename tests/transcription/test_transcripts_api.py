"""Transcripts over HTTP, made by the real job from real speech."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.demo.spoken import SpokenCall, spoken_calls
from app.platform.database import Database
from app.platform.ids import new_id
from app.transcription import SpeechModel
from tests.calls.factories import push_call, store_recording, tone
from tests.people import Centre, make_centre
from tests.running import deliver_events, run_job


@pytest.fixture(scope="module")
def speech(context: AppContext) -> SpeechModel:
    return SpeechModel(context.settings)


@pytest.fixture(scope="module")
def card_call() -> SpokenCall:
    """A call in which the customer reads a card number aloud."""
    return next(call for call in spoken_calls() if "card" in call.name and call.language == "en")


async def recorded(database: Database, centre: Centre, recording: bytes, **changes: Any) -> str:
    """A call with a recording whose transcript is queued."""
    call = await push_call(centre.admin, centre.project_id, **changes)
    await store_recording(centre.admin, call["id"], recording)
    await deliver_events(database, centre.tenant_id)
    return str(call["id"])


async def transcript_of(centre: Centre, call_id: str) -> dict[str, Any]:
    answer = await centre.verifier.get(f"/v1/calls/{call_id}/transcript")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture(scope="module")
async def shared_centre(app: FastAPI, context: AppContext) -> AsyncIterator[Centre]:
    async with make_centre(app, context) as made:
        yield made


@pytest.fixture(scope="module")
async def transcribed(shared_centre: Centre, context: AppContext, speech: SpeechModel, card_call: SpokenCall) -> str:
    """The id of a call whose transcript is ready: made once, for all tests that read it."""
    roles = list(card_call.channel_roles)
    call_id = await recorded(
        context.database, shared_centre, card_call.path.read_bytes(), channel_roles=roles, language="en"
    )
    job_id = (await transcript_of(shared_centre, call_id))["job_id"]
    await run_job(context, shared_centre.tenant_id, job_id, speech=speech)
    return call_id


async def test_a_call_without_recording_has_no_transcript(centre: Centre) -> None:
    call = await push_call(centre.admin, centre.project_id)
    transcript = await transcript_of(centre, call["id"])
    assert (transcript["status"], transcript["segments"], transcript["job_id"]) == ("none", [], None)
    refused = await centre.admin.post(f"/v1/calls/{call['id']}/transcript")
    assert (refused.status_code, refused.json()["code"]) == (409, "no_recording")


async def test_a_recording_is_transcribed_into_a_conversation(
    shared_centre: Centre, transcribed: str, card_call: SpokenCall
) -> None:
    transcript = await transcript_of(shared_centre, transcribed)
    assert (transcript["status"], transcript["language"], transcript["model"]) == ("ready", "en", "whisper-base")
    speakers = [segment["speaker"] for segment in transcript["segments"]]
    assert {"agent", "customer"} == set(speakers)
    starts = [segment["start_s"] for segment in transcript["segments"]]
    assert starts == sorted(starts)
    assert all(segment["confidence"] > 0.3 for segment in transcript["segments"])
    metrics = transcript["metrics"]
    assert 0 < metrics["customer_talk_s"] < metrics["agent_talk_s"] + metrics["customer_talk_s"] < card_call.duration_s


async def test_a_card_number_read_aloud_is_not_stored(shared_centre: Centre, transcribed: str) -> None:
    transcript = await transcript_of(shared_centre, transcribed)
    text = " ".join(segment["text"] for segment in transcript["segments"])
    assert "[card number]" in text
    assert "8237" not in text


@pytest.mark.parametrize(
    ("wanted", "media_type", "start"),
    [("vtt", "text/vtt", "WEBVTT"), ("srt", "application/x-subrip", "1\n00:00:0"), ("txt", "text/plain", "[00:00:0")],
)
async def test_a_transcript_is_given_in_other_formats(
    shared_centre: Centre, transcribed: str, wanted: str, media_type: str, start: str
) -> None:
    answer = await shared_centre.verifier.get(f"/v1/calls/{transcribed}/transcript", params={"format": wanted})
    assert answer.headers["content-type"].startswith(media_type)
    assert answer.text.startswith(start)
    assert "agent" in answer.text


async def test_asking_again_makes_a_new_transcript_and_asking_meanwhile_does_not(
    centre: Centre, context: AppContext, speech: SpeechModel
) -> None:
    call_id = await recorded(context.database, centre, tone(1.0))
    first = (await transcript_of(centre, call_id))["job_id"]
    assert (await centre.leader.post(f"/v1/calls/{call_id}/transcript")).json() == {"job_id": first}
    await run_job(context, centre.tenant_id, first, speech=speech)
    again = await centre.leader.post(f"/v1/calls/{call_id}/transcript")
    assert again.status_code == 202
    assert again.json()["job_id"] != first
    assert (await transcript_of(centre, call_id))["status"] == "queued"


async def test_a_recording_whose_transcript_was_asked_for_is_not_transcribed_twice(
    centre: Centre, database: Database
) -> None:
    call = await push_call(centre.admin, centre.project_id)
    await store_recording(centre.admin, call["id"], tone(1.0))
    assert (await transcript_of(centre, call["id"]))["status"] == "none"
    asked = (await centre.leader.post(f"/v1/calls/{call['id']}/transcript")).json()
    await deliver_events(database, centre.tenant_id)
    assert (await transcript_of(centre, call["id"]))["job_id"] == asked["job_id"]


async def test_nobody_speaking_gives_a_ready_transcript_without_text(
    centre: Centre, context: AppContext, speech: SpeechModel
) -> None:
    call_id = await recorded(context.database, centre, tone(5.0))
    await run_job(context, centre.tenant_id, (await transcript_of(centre, call_id))["job_id"], speech=speech)
    transcript = await transcript_of(centre, call_id)
    assert (transcript["status"], transcript["segments"]) == ("ready", [])
    assert transcript["metrics"]["longest_silence_s"] == pytest.approx(5.0, abs=0.1)


async def test_a_recording_that_is_gone_fails_with_its_reason(
    centre: Centre, context: AppContext, speech: SpeechModel
) -> None:
    call_id = await recorded(context.database, centre, tone(1.0))
    recording = (await centre.admin.get(f"/v1/calls/{call_id}")).json()["recording"]
    await context.store.delete(f"{centre.tenant_id}/recordings/{recording['id']}")
    job_id = (await transcript_of(centre, call_id))["job_id"]
    await run_job(context, centre.tenant_id, job_id, speech=speech)
    transcript = await transcript_of(centre, call_id)
    assert (transcript["status"], transcript["error"]) == (
        "failed",
        "the recording's file is missing from the object store",
    )
    job = (await centre.admin.get(f"/v1/jobs/{job_id}")).json()
    assert (job["state"], job["error"]) == ("failed", transcript["error"])


async def test_a_missing_call_has_no_transcript_to_ask_for(centre: Centre) -> None:
    assert (await centre.verifier.get(f"/v1/calls/{new_id()}/transcript")).status_code == 404
    assert (await centre.admin.post(f"/v1/calls/{new_id()}/transcript")).status_code == 404


async def test_a_transcript_that_is_not_ready_has_no_text_to_give(centre: Centre, database: Database) -> None:
    call_id = await recorded(database, centre, tone(1.0))
    refused = await centre.verifier.get(f"/v1/calls/{call_id}/transcript", params={"format": "txt"})
    assert (refused.status_code, refused.json()["code"]) == (409, "transcript_not_ready")
