"""Recordings: stored whole or not at all, and listened to in parts."""

import asyncio
import base64
import hashlib
from uuid import UUID, uuid4

import pytest

from app import calls, events
from app.api.context import AppContext
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.pagination import PageRequest
from app.platform.settings import Settings
from tests.calls.factories import push_call, recorded_call, tone
from tests.people import Centre


def objects(settings: Settings, centre: Centre) -> list[str]:
    """The kinds of the objects that lie in the tenant's part of the store."""
    root = settings.objects_dir / str(centre.tenant_id)
    return sorted(path.relative_to(root).parts[0] for path in root.rglob("*") if path.is_file())


async def stored_events(database: Database, centre: Centre) -> list[events.RecordedEvent]:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        page = PageRequest(500)
        return (await events.list_events(session, page, event_type="recording.stored", subject_id=None)).items


@pytest.fixture
async def url(centre: Centre) -> str:
    """The recording of a call that has none yet."""
    call = await push_call(centre.admin, centre.project_id, channel_roles=["agent", "customer"])
    return f"/v1/calls/{call['id']}/recording"


async def test_a_recording_is_described_and_shown_with_its_call(
    centre: Centre, url: str, database: Database, settings: Settings
) -> None:
    content = tone(1.5)
    answer = await centre.admin.put(url, content=content, headers={"Content-Type": "application/octet-stream"})
    assert answer.status_code == 201
    recording = answer.json()
    described = {name: recording[name] for name in ("container", "codec", "channels", "sample_rate", "duration_s")}
    assert described == {
        "container": "wav",
        "codec": "pcm_s16le",
        "channels": 2,
        "sample_rate": 8000,
        "duration_s": 1.5,
    }
    assert (recording["sha256"], recording["size_bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))
    assert (await centre.verifier.get(url.removesuffix("/recording"))).json()["recording"] == recording
    (event,) = await stored_events(database, centre)
    assert event.after is not None
    document = {name: event.after[name] for name in ("call_id", "recording_id", "channels")}
    assert document == {"call_id": recording["call_id"], "recording_id": recording["id"], "channels": 2}
    assert objects(settings, centre) == ["recordings"]


async def test_a_verifier_listens_to_the_bytes_that_were_sent(centre: Centre, url: str) -> None:
    content = tone()
    await centre.admin.put(url, content=content)
    answer = await centre.verifier.get(url)
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["ETag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    assert (answer.headers["Accept-Ranges"], answer.headers["Content-Type"]) == ("bytes", "audio/wav")
    head = await centre.verifier.head(url)
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", str(len(content)))


async def test_a_recording_larger_than_other_bodies_may_be_is_stored(
    centre: Centre, url: str, settings: Settings
) -> None:
    content = tone(settings.max_body_bytes / 32_000 + 10)
    assert len(content) > settings.max_body_bytes
    assert (await centre.admin.put(url, content=content)).status_code == 201


async def test_the_same_bytes_again_are_stored_once(
    centre: Centre, url: str, database: Database, settings: Settings
) -> None:
    first = await centre.admin.put(url, content=tone())
    again = await centre.admin.put(url, content=tone())
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert len(await stored_events(database, centre)) == 1
    assert objects(settings, centre) == ["recordings"]


async def test_the_same_bytes_at_the_same_time_are_stored_once(
    centre: Centre, url: str, database: Database, settings: Settings
) -> None:
    answers = await asyncio.gather(*(centre.admin.put(url, content=tone()) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await stored_events(database, centre)) == 1
    assert objects(settings, centre) == ["recordings"]


async def test_another_recording_takes_the_place_of_the_first_and_may_be_taken_back(centre: Centre, url: str) -> None:
    first, second = tone(1), tone(2, channels=1)
    for content in (first, second, first):
        assert (await centre.admin.put(url, content=content)).status_code == 201
        assert (await centre.verifier.get(url)).content == content


async def test_more_roles_than_channels_do_not_cost_the_recording(centre: Centre, url: str) -> None:
    assert (await centre.admin.put(url, content=tone(channels=1))).json()["channels"] == 1


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "recording_empty"),
        (b"this is no audio at all" * 100, 415, "not_audio"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 20, 415, "not_audio"),
        (tone(5)[:40_000], 422, "recording_truncated"),
        (tone(channels=1)[:30], 415, "not_audio"),
    ],
    ids=["empty", "text", "pdf", "truncated", "header only"],
)
async def test_what_is_no_recording_is_refused_and_leaves_no_trace(
    *, centre: Centre, url: str, content: bytes, status: int, code: str, database: Database, settings: Settings
) -> None:
    refused = await centre.admin.put(url, content=content, headers={"Content-Type": "audio/wav"})
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert (await centre.verifier.get(url)).status_code == 404
    assert (await stored_events(database, centre), objects(settings, centre)) == ([], [])


async def test_a_refused_recording_leaves_the_present_one_in_place(centre: Centre, url: str) -> None:
    await centre.admin.put(url, content=tone())
    assert (await centre.admin.put(url, content=b"not audio")).status_code == 415
    assert (await centre.verifier.get(url)).content == tone()


def content_digest(content: bytes, algorithm: str = "sha256") -> str:
    return base64.b64encode(hashlib.new(algorithm, content).digest()).decode()


async def test_a_digest_that_agrees_is_accepted(centre: Centre, url: str) -> None:
    digest = f"sha-512=:{content_digest(b'-', 'sha512')}:, sha-256=:{content_digest(tone())}:"
    assert (await centre.admin.put(url, content=tone(), headers={"Content-Digest": digest})).status_code == 201


@pytest.mark.parametrize(
    ("digest", "code"),
    [(f"sha-256=:{content_digest(b'other')}:", "digest_mismatch"), ("sha-256=:c2hvcnQ=:", "invalid")],
)
async def test_a_digest_that_disagrees_is_refused(
    centre: Centre, url: str, digest: str, code: str, settings: Settings
) -> None:
    refused = await centre.admin.put(url, content=tone(), headers={"Content-Digest": digest})
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert objects(settings, centre) == []


async def test_a_recording_of_no_call_is_not_found_and_not_stored(centre: Centre, settings: Settings) -> None:
    answer = await centre.admin.put(f"/v1/calls/{uuid4()}/recording", content=tone())
    assert (answer.status_code, objects(settings, centre)) == (404, [])


async def test_a_recording_longer_than_allowed_is_too_large(centre: Centre, settings: Settings) -> None:
    call = await push_call(centre.admin, centre.project_id)
    refused = await centre.admin.put(
        f"/v1/calls/{call['id']}/recording",
        content=b"-",
        headers={"Content-Length": str(settings.max_recording_bytes + 1)},
    )
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("role", ["leader", "verifier", "agent"])
async def test_people_do_not_store_recordings(centre: Centre, url: str, role: str, settings: Settings) -> None:
    assert (await centre.client(role).put(url, content=tone())).status_code == 403
    assert objects(settings, centre) == []


async def test_an_agent_does_not_listen(centre: Centre) -> None:
    call = await recorded_call(centre)
    assert (await centre.agent_user.get(f"/v1/calls/{call['id']}/recording")).status_code == 403


async def test_a_call_without_a_recording_has_none_to_listen_to(centre: Centre, url: str) -> None:
    assert (await centre.verifier.get(url)).status_code == 404
    assert (await centre.verifier.head(url)).status_code == 404


async def test_a_recording_that_the_store_has_lost_is_not_found(centre: Centre, url: str, context: AppContext) -> None:
    await centre.admin.put(url, content=tone())
    async with context.database.begin(Tenant(centre.tenant_id)) as session:
        recording = await calls.get_recording(session, UUID(url.split("/")[3]))
    await context.store.delete(recording.storage_key)
    lost = await centre.verifier.get(url)
    assert (lost.status_code, lost.json()["code"]) == (404, "object_missing")


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=100-199", slice(100, 200)),
        ("bytes=31000-", slice(31_000, None)),
        ("bytes=31000-99999999", slice(31_000, None)),
        ("bytes=-44", slice(-44, None)),
        ("bytes=-99999999", slice(0, None)),
    ],
)
async def test_a_range_of_a_recording_is_sent(centre: Centre, url: str, header: str, part: slice) -> None:
    content = tone()
    await centre.admin.put(url, content=content)
    answer = await centre.verifier.get(url, headers={"Range": header})
    assert (answer.status_code, answer.content) == (206, content[part])
    start, end, _ = part.indices(len(content))
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(content)}"
    assert answer.headers["Content-Length"] == str(end - start)


@pytest.mark.parametrize("header", ["bytes=5-2", "bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=a-b", "bytes=٣-"])
async def test_a_range_that_is_not_followed_gives_the_whole(centre: Centre, url: str, header: str) -> None:
    await centre.admin.put(url, content=tone())
    answer = await centre.verifier.get(url, headers={b"Range": header.encode()})
    assert (answer.status_code, answer.content) == (200, tone())


@pytest.mark.parametrize("header", ["bytes=99999999-", "bytes=-0"])
async def test_a_range_outside_the_recording_is_not_satisfiable(centre: Centre, url: str, header: str) -> None:
    content = tone()
    await centre.admin.put(url, content=content)
    refused = await centre.verifier.get(url, headers={"Range": header})
    assert (refused.status_code, refused.headers["Content-Range"]) == (416, f"bytes */{len(content)}")


async def test_a_range_of_a_recording_that_was_replaced_gives_the_whole_new_one(centre: Centre, url: str) -> None:
    await centre.admin.put(url, content=tone(1))
    etag = (await centre.verifier.head(url)).headers["ETag"]
    same = await centre.verifier.get(url, headers={"Range": "bytes=0-9", "If-Range": etag})
    assert same.status_code == 206
    await centre.admin.put(url, content=tone(2))
    replaced = await centre.verifier.get(url, headers={"Range": "bytes=0-9", "If-Range": etag})
    assert (replaced.status_code, replaced.content) == (200, tone(2))
