"""Both object stores keep the same promises; the S3 one keeps them against a real server."""

import asyncio
import json
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import pytest

from app.platform import clock
from app.platform.errors import RangeNotSatisfiable, TooLarge, Unavailable
from app.platform.settings import Settings
from app.platform.storage import ObjectMissing, ObjectStore, StoredObject, create_store
from app.platform.storage.filesystem import FilesystemStore
from app.platform.storage.s3 import COPY_PART_BYTES, PART_BYTES, S3Store, create_client
from tests.platform.upload_memory import Growth
from tests.seaweed import Seaweed

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "qmt-recordings"
MIB = 1024 * 1024
UNLIMITED = 1024 * MIB
# The longest object here that S3 takes in one request, and one that needs more.
SMALL, LARGE = PART_BYTES - 1, PART_BYTES + 5


@dataclass(frozen=True)
class Place:
    """A store, a tenant of its own in it, and what an administrator would find there of that tenant."""

    store: ObjectStore
    settings: Settings
    tenant: str
    contents: Callable[[], list[str]]

    def key(self) -> str:
        return f"{self.tenant}/recordings/{uuid4()}"

    async def put(self, content: bytes, key: str | None = None) -> StoredObject:
        key = self.key() if key is None else key
        return await self.store.put(key, in_chunks(content), media_type="audio/wav", max_bytes=UNLIMITED)

    async def read(self, key: str) -> bytes:
        return await self.read_range(key, 0, await self.store.size(key))

    async def read_range(self, key: str, start: int, end: int) -> bytes:
        return b"".join([block async for block in self.store.open_range(key, start, end)])


@pytest.fixture(params=["filesystem", "s3"])
def place(request: pytest.FixtureRequest, filesystem_place: Place, s3_place: Place) -> Place:
    return s3_place if request.param == "s3" else filesystem_place


@pytest.fixture
async def filesystem_place(tmp_path: Path) -> Place:
    settings = Settings(data_dir=tmp_path)
    store = create_store(settings)
    await store.prepare()
    return Place(store, settings, str(uuid4()), files_below(tmp_path))


@pytest.fixture
def s3_place(s3_store: ObjectStore, s3_settings: Settings, administrator: "S3Client") -> Place:
    tenant = str(uuid4())
    return Place(s3_store, s3_settings, tenant, keys_and_uploads(administrator, prefix=tenant))


@pytest.fixture(scope="session")
def administrator(s3_settings: Settings) -> Iterator["S3Client"]:
    client = create_client(endpoint_url=s3_settings.s3_endpoint_url, region=s3_settings.s3_region)
    yield client
    client.close()


@pytest.fixture(scope="session")
async def s3_store(s3_settings: Settings) -> AsyncIterator[ObjectStore]:
    store = create_store(s3_settings)
    await store.prepare()
    yield store
    await store.close()


@pytest.fixture(scope="session")
def s3_settings(seaweed: Seaweed) -> Iterator[Settings]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in seaweed.environment.items():
            patch.setenv(name, value)
        yield Settings(storage="s3", s3_bucket=BUCKET, s3_endpoint_url=seaweed.endpoint_url)


def files_below(root: Path) -> Callable[[], list[str]]:
    return lambda: [str(path) for path in root.rglob("*") if path.is_file()]


def keys_and_uploads(client: "S3Client", *, prefix: str) -> Callable[[], list[str]]:
    def contents() -> list[str]:
        objects = client.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        uploads = client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
        return [item["Key"] for item in (*objects, *uploads) if item["Key"].startswith(prefix)]

    return contents


def noise(size: int) -> bytes:
    """Bytes of which no stretch is like another: a block lost, doubled or swapped changes them."""
    return random.Random(size).randbytes(size)


async def in_chunks(content: bytes, size: int = 65_521) -> AsyncIterator[bytes]:
    """As a network gives them: of a size that divides no block."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


class TestObjectStore:
    @pytest.mark.parametrize("size", [0, 1, SMALL, PART_BYTES, LARGE])
    async def test_a_stored_object_reads_back_byte_for_byte(self, place: Place, size: int) -> None:
        content = noise(size)
        stored = await place.put(content)
        assert stored.size_bytes == await place.store.size(stored.key) == size
        assert await place.read(stored.key) == content

    async def test_the_checksum_is_the_sha256_of_the_content(self, place: Place) -> None:
        stored = await place.put(b"abc")
        assert stored.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    async def test_one_chunk_larger_than_any_block_is_taken_whole(self, place: Place) -> None:
        content = noise(LARGE)
        key = place.key()
        await place.store.put(key, in_chunks(content, len(content)), media_type="audio/wav", max_bytes=UNLIMITED)
        assert await place.read(key) == content

    @pytest.mark.parametrize(
        ("start", "end"), [(0, 1), (0, 4 * MIB), (MIB - 1, 2 * MIB + 1), (7, 7), (4 * MIB - 1, 4 * MIB)]
    )
    async def test_a_range_gives_exactly_those_bytes(self, place: Place, start: int, end: int) -> None:
        content = noise(4 * MIB)
        stored = await place.put(content)
        assert await place.read_range(stored.key, start, end) == content[start:end]

    @pytest.mark.parametrize(("start", "end"), [(0, 11), (10, 11), (11, 12), (11, 11), (-1, 5), (6, 5)])
    async def test_a_range_outside_the_object_is_refused(self, place: Place, start: int, end: int) -> None:
        stored = await place.put(b"0123456789")
        with pytest.raises(RangeNotSatisfiable):
            await place.read_range(stored.key, start, end)

    async def test_a_reader_may_stop_in_the_middle(self, place: Place) -> None:
        stored = await place.put(noise(LARGE))
        stream = place.store.open_range(stored.key, 0, LARGE)
        async with aclosing(stream) as blocks:
            assert await anext(blocks)
        assert await place.store.size(stored.key) == LARGE

    @pytest.mark.parametrize("size", [1, SMALL, LARGE])
    async def test_an_object_of_exactly_the_limit_is_accepted(self, place: Place, size: int) -> None:
        stored = await place.store.put(place.key(), in_chunks(noise(size)), media_type="audio/wav", max_bytes=size)
        assert stored.size_bytes == size

    @pytest.mark.parametrize("size", [1, SMALL, LARGE])
    async def test_one_byte_past_the_limit_is_refused_and_leaves_nothing(self, place: Place, size: int) -> None:
        with pytest.raises(TooLarge):
            await place.store.put(place.key(), in_chunks(noise(size)), media_type="audio/wav", max_bytes=size - 1)
        assert place.contents() == []

    @pytest.mark.parametrize("size", [0, SMALL, LARGE])
    async def test_a_source_that_breaks_leaves_nothing(self, place: Place, size: int) -> None:
        async def broken() -> AsyncIterator[bytes]:
            async for chunk in in_chunks(noise(size)):
                yield chunk
            raise ConnectionResetError("the client has gone")

        with pytest.raises(ConnectionResetError):
            await place.store.put(place.key(), broken(), media_type="audio/wav", max_bytes=UNLIMITED)
        assert place.contents() == []

    @pytest.mark.parametrize("size", [0, SMALL, LARGE])
    async def test_an_upload_cancelled_while_it_waits_for_bytes_leaves_nothing(self, place: Place, size: int) -> None:
        waiting = asyncio.Event()

        async def stalled() -> AsyncIterator[bytes]:
            async for chunk in in_chunks(noise(size)):
                yield chunk
            waiting.set()
            await asyncio.sleep(60)

        upload = asyncio.create_task(
            place.store.put(place.key(), stalled(), media_type="audio/wav", max_bytes=UNLIMITED)
        )
        await waiting.wait()
        upload.cancel()
        with pytest.raises(asyncio.CancelledError):
            await upload
        assert place.contents() == []

    @pytest.mark.parametrize("size", [0, SMALL, LARGE])
    async def test_an_upload_cancelled_while_it_is_published_leaves_nothing(self, place: Place, size: int) -> None:
        async def cancels_at_the_end() -> AsyncIterator[bytes]:
            async for chunk in in_chunks(noise(size)):
                yield chunk
            upload.cancel()  # delivered at the next wait, which is the one for the last step

        upload = asyncio.create_task(
            place.store.put(place.key(), cancels_at_the_end(), media_type="audio/wav", max_bytes=UNLIMITED)
        )
        with pytest.raises(asyncio.CancelledError):
            await upload
        assert place.contents() == []

    async def test_a_failed_upload_does_not_touch_the_object_under_the_same_key(self, place: Place) -> None:
        stored = await place.put(b"first")
        with pytest.raises(TooLarge):
            await place.store.put(stored.key, in_chunks(noise(LARGE)), media_type="audio/wav", max_bytes=LARGE - 1)
        assert await place.read(stored.key) == b"first"

    async def test_uploads_at_the_same_time_do_not_mix(self, place: Place) -> None:
        contents = [noise(LARGE + number) for number in range(3)]
        stored = await asyncio.gather(*(place.put(content) for content in contents))
        assert [await place.read(each.key) for each in stored] == contents

    async def test_of_two_uploads_to_one_key_one_wins_whole(self, place: Place) -> None:
        key, contents = place.key(), [noise(LARGE), noise(LARGE + 1)]
        await asyncio.gather(*(place.put(content, key) for content in contents))
        assert await place.read(key) in contents

    async def test_a_moved_object_is_under_its_new_key_only(self, place: Place) -> None:
        content, target = noise(LARGE), place.key()
        stored = await place.put(content)
        await place.store.move(stored.key, target)
        assert await place.read(target) == content
        with pytest.raises(ObjectMissing):
            await place.store.size(stored.key)
        assert len(place.contents()) == 1

    async def test_a_move_to_the_same_key_is_refused_and_keeps_the_object(self, place: Place) -> None:
        stored = await place.put(b"content")
        with pytest.raises(ValueError, match="own key"):
            await place.store.move(stored.key, stored.key)
        assert await place.read(stored.key) == b"content"

    async def test_a_deleted_object_is_gone_and_deleting_it_again_is_no_error(self, place: Place) -> None:
        stored = await place.put(b"content")
        await place.store.delete(stored.key)
        assert place.contents() == []
        await place.store.delete(stored.key)

    async def test_a_missing_object_is_named(self, place: Place) -> None:
        key = place.key()
        with pytest.raises(ObjectMissing, match=key):
            await place.store.size(key)
        with pytest.raises(ObjectMissing, match=key):
            await place.read_range(key, 0, 1)
        with pytest.raises(ObjectMissing, match=key):
            await place.read_range(key, 0, 0)
        with pytest.raises(ObjectMissing, match=key):
            await place.store.move(key, place.key())
        with pytest.raises(ObjectMissing, match=key):
            async with place.store.local_copy(key):
                pytest.fail("there is nothing to copy")

    async def test_a_local_copy_is_a_file_with_the_content(self, place: Place) -> None:
        content = noise(LARGE)
        stored = await place.put(content)
        async with place.store.local_copy(stored.key) as path:
            assert path.read_bytes() == content
        assert await place.read(stored.key) == content

    @pytest.mark.parametrize(
        "key",
        [
            *("", ".", "..", "../x", "a/../../x", "a/..", "/etc/passwd", "a//b", "a/", "a\\..\\b", "~/x"),
            *("a\0b", "a\n", ".incoming/x", "a/.b", "a/~b", "a b", "ключ", "a/" * 150 + "a"),
        ],
    )
    async def test_a_key_that_could_lead_elsewhere_is_refused(self, place: Place, key: str) -> None:
        good = place.key()
        with pytest.raises(ValueError, match="not an object key"):
            await place.put(b"content", key)
        with pytest.raises(ValueError, match="not an object key"):
            await place.read_range(key, 0, 1)
        with pytest.raises(ValueError, match="not an object key"):
            await place.store.move(key, good)
        with pytest.raises(ValueError, match="not an object key"):
            await place.store.move(good, key)
        with pytest.raises(ValueError, match="not an object key"):
            await place.store.delete(key)

    async def test_a_prepared_store_is_ready_and_preparing_again_keeps_its_objects(self, place: Place) -> None:
        stored = await place.put(b"content")
        await place.store.prepare()
        await place.store.check()
        assert await place.read(stored.key) == b"content"

    def test_an_upload_of_200_mb_takes_less_than_32_mb_of_memory(self, place: Place) -> None:
        growth = memory_growth(place.settings, place.key(), megabytes=200)
        assert growth.size_bytes == 200 * MIB
        assert growth.rss_bytes < 32 * MIB


def memory_growth(settings: Settings, key: str, *, megabytes: int) -> Growth:
    """In a process of its own: what earlier tests have freed could hide it in this one."""
    command = [sys.executable, "-m", "tests.platform.upload_memory", key, str(megabytes)]
    output = subprocess.run(
        command, env=os.environ | as_environment(settings), stdout=subprocess.PIPE, timeout=60, check=True
    ).stdout
    return Growth(**json.loads(output))


def as_environment(settings: Settings) -> dict[str, str]:
    values = settings.model_dump(mode="json", exclude_unset=True)
    return {f"QMT_{name.upper()}": value for name, value in values.items()}


class TestFilesystemStore:
    def test_it_is_the_store_unless_another_is_set(self, tmp_path: Path) -> None:
        assert isinstance(create_store(Settings(data_dir=tmp_path)), FilesystemStore)

    async def test_it_has_no_addresses_to_sign(self, tmp_path: Path) -> None:
        assert await FilesystemStore(tmp_path).signed_url("a/recordings/b", 60) is None

    async def test_a_place_that_cannot_hold_files_is_not_ready(self, tmp_path: Path) -> None:
        (tmp_path / "objects").write_text("a file, not a directory")
        with pytest.raises(Unavailable):
            await FilesystemStore(tmp_path / "objects").check()

    async def test_what_a_dead_process_left_is_cleared_after_a_day(self, tmp_path: Path) -> None:
        left = tmp_path / ".incoming" / "left"
        left.parent.mkdir()
        left.touch()
        store = FilesystemStore(tmp_path)
        await store.prepare()
        assert left.exists()
        with clock.use_clock(clock.FixedClock(clock.now() + timedelta(days=1, minutes=1))):
            await store.prepare()
        assert not left.exists()


class TestS3Store:
    async def test_it_is_the_store_where_it_is_set(self, s3_place: Place) -> None:
        assert isinstance(s3_place.store, S3Store)

    async def test_a_signed_address_gives_the_object_with_its_media_type(self, s3_place: Place) -> None:
        stored = await s3_place.put(b"content")
        url = await s3_place.store.signed_url(stored.key, 60)
        assert url
        async with httpx.AsyncClient() as stranger:
            answer = await stranger.get(url)
            altered = await stranger.get(url.replace(stored.key, s3_place.key()))
        assert (answer.content, answer.headers["content-type"]) == (b"content", "audio/wav")
        assert altered.status_code == 403

    async def test_an_object_moved_in_parts_keeps_content_and_media_type(self, s3_place: Place) -> None:
        content, target = noise(COPY_PART_BYTES + 1), s3_place.key()
        stored = await s3_place.put(content)
        await s3_place.store.move(stored.key, target)
        url = await s3_place.store.signed_url(target, 60)
        assert url
        async with httpx.AsyncClient() as stranger:
            answer = await stranger.get(url)
        assert answer.headers["content-type"] == "audio/wav"
        assert answer.content == content

    async def test_a_local_copy_is_removed_after_use(self, s3_place: Place) -> None:
        stored = await s3_place.put(b"content")
        async with s3_place.store.local_copy(stored.key) as path:
            assert path.stat().st_mode & 0o777 == 0o600
        assert not path.exists()

    async def test_a_missing_bucket_is_not_ready_until_it_is_prepared(self, s3_settings: Settings) -> None:
        store = create_store(s3_settings.model_copy(update={"s3_bucket": "qmt-not-yet-there"}))
        with pytest.raises(Unavailable):
            await store.check()
        await store.prepare()
        await store.check()
        await store.close()

    async def test_a_server_that_does_not_answer_makes_the_store_unavailable(
        self, s3_settings: Settings, unused_tcp_port: int
    ) -> None:
        nobody = f"http://127.0.0.1:{unused_tcp_port}"
        store = create_store(s3_settings.model_copy(update={"s3_endpoint_url": nobody}))
        with pytest.raises(Unavailable):
            await store.check()
        with pytest.raises(Unavailable):
            await store.put("tenant/recordings/id", in_chunks(b"content"), media_type="audio/wav", max_bytes=UNLIMITED)
        await store.close()

    async def test_wrong_credentials_make_the_store_unavailable(
        self, s3_settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-the-secret")
        store = create_store(s3_settings)
        with pytest.raises(Unavailable):
            await store.size("tenant/recordings/id")
        await store.close()
