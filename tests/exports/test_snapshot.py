"""All rows are of one moment; a job that breaks off leaves nothing; recordings are copied."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from datetime import datetime
from pathlib import Path

import pytest

from app.api.context import AppContext
from app.jobs.errors import RetryLater
from app.platform.errors import Unavailable
from app.platform.storage import StoredObject
from app.platform.storage.filesystem import FilesystemStore
from tests.calls.factories import push_call, recorded_call, tone
from tests.exports.factories import EXPORTS, ask, download, exported, write
from tests.identity.factories import problem
from tests.people import Centre
from tests.sampling.tenant_factories import a_call, items_of, store_calls


class PausingStore(FilesystemStore):
    """Stores as the directory does, and calls `meanwhile` when the first bytes have come."""

    def __init__(self, root: Path, meanwhile: Callable[[], Awaitable[None]]) -> None:
        super().__init__(root)
        self.meanwhile = meanwhile

    async def put(self, key: str, chunks: AsyncIterator[bytes], *, media_type: str, max_bytes: int) -> StoredObject:
        async def paused() -> AsyncGenerator[bytes, None]:
            first = True
            async for chunk in chunks:
                yield chunk
                if first:
                    await self.meanwhile()
                first = False

        async with aclosing(paused()) as given:
            return await super().put(key, given, media_type=media_type, max_bytes=max_bytes)


def objects(context: AppContext, centre: Centre) -> list[Path]:
    return list((context.settings.objects_dir / str(centre.tenant_id) / "exports").rglob("*.zip"))


async def test_a_write_during_the_export_is_not_in_it(context: AppContext, centre: Centre) -> None:
    before = await push_call(centre.admin, centre.project_id)

    async def meanwhile() -> None:
        """The table of calls is not read yet, and neither is that of events."""
        await push_call(centre.admin, centre.project_id)

    asked = await ask(centre.admin)
    written_before = [event["id"] for event in await items_of(centre.admin, "/v1/events")]
    store = PausingStore(context.settings.objects_dir, meanwhile)
    made = await download(centre.admin, await write(context, centre, asked, store=store))
    assert len(await items_of(centre.admin, "/v1/calls")) == 2
    assert [call["id"] for call in made.rows("calls")] == [before["id"]]
    events = {event["id"] for event in made.rows("events")}
    # The attempt itself began before its snapshot.
    assert events - set(written_before) == {
        event["id"]
        for event in await items_of(centre.admin, "/v1/events", subject_id=asked["id"])
        if event["type"] == "export.started"
    }
    later = (await items_of(centre.admin, "/v1/events", type="export.ready"))[-1]["occurred_at"]
    assert datetime.fromisoformat(made.export["snapshot_at"]) < datetime.fromisoformat(later)


async def test_the_snapshot_covers_tables_that_are_read_much_later(context: AppContext, centre: Centre) -> None:
    """Rows and what refers to them come from the same moment: no answer without its revision."""
    for _ in range(3):
        await push_call(centre.admin, centre.project_id)

    async def meanwhile() -> None:
        assert (await centre.admin.post("/v1/teams", json={"name": "New"})).status_code == 201
        await recorded_call(centre)

    asked = await ask(centre.admin)
    store = PausingStore(context.settings.objects_dir, meanwhile)
    made = await download(centre.admin, await write(context, centre, asked, store=store))
    assert (len(made.rows("calls")), made.rows("recordings")) == (3, [])
    assert [team["name"] for team in made.rows("teams")] == ["Team A"]


async def test_an_attempt_that_breaks_off_leaves_nothing_and_the_next_one_starts_again(
    context: AppContext, centre: Centre
) -> None:
    await push_call(centre.admin, centre.project_id)

    async def break_off() -> None:
        raise Unavailable("the object store does not answer")

    asked = await ask(centre.admin)
    with pytest.raises(RetryLater):
        await write(context, centre, asked, store=PausingStore(context.settings.objects_dir, break_off))
    assert objects(context, centre) == []
    assert problem(await centre.admin.get(f"{EXPORTS}/{asked['id']}/download")) == (409, "export_not_ready")
    # What a worker that was killed after its upload leaves behind.
    key = f"{centre.tenant_id}/exports/{asked['id']}-1.zip"
    await context.store.put(key, _bytes(b"half"), media_type="application/zip", max_bytes=10)
    ready = await write(context, centre, asked)
    assert ready["state"] == "ready"
    assert [path.name for path in objects(context, centre)] == [f"{asked['id']}-2.zip"]
    assert (await download(centre.admin, ready)).zip.testzip() is None


async def test_an_export_that_is_cancelled_while_it_is_written_leaves_nothing(
    context: AppContext, centre: Centre
) -> None:
    async def cancel() -> None:
        assert (await centre.admin.delete(f"{EXPORTS}/{asked['id']}")).status_code == 204

    asked = await ask(centre.admin)
    store = PausingStore(context.settings.objects_dir, cancel)
    cancelled = await write(context, centre, asked, store=store)
    assert cancelled["state"] == "cancelled"
    assert objects(context, centre) == []
    assert (await centre.admin.get(f"/v1/jobs/{asked['job_id']}")).json()["state"] == "failed"


async def test_recordings_are_copied_with_their_checksums(context: AppContext, centre: Centre) -> None:
    calls = [await recorded_call(centre) for _ in range(2)]
    made = await exported(context, centre, what=["calls"], recordings=True)
    recordings = made.rows("recordings")
    assert {row["call_id"] for row in recordings} == {call["id"] for call in calls}
    names = {f"recordings/{row['id']}.wav": row["sha256"] for row in recordings}
    assert {made.zip.read(name) for name in names} == {tone()}
    said = made.manifest["recordings"]
    assert (said["files"], said["bytes"], said["faults"]) == (2, 2 * len(tone()), [])
    lines = made.zip.read("recordings.sha256").decode().splitlines()
    assert dict(line.split("  ")[::-1] for line in lines) == names
    assert {hashlib.sha256(made.zip.read(name)).hexdigest() for name in names} == set(names.values())
    assert made.export["progress"] == {"done": 4, "total": 4, "unit": "files"}
    assert "recordings/" not in " ".join((await exported(context, centre, what=["recordings"])).zip.namelist())


async def test_a_recording_that_is_missing_or_damaged_is_named(context: AppContext, centre: Centre) -> None:
    for _ in range(3):
        await recorded_call(centre)
    missing, damaged, _ = sorted((context.settings.objects_dir / str(centre.tenant_id) / "recordings").rglob("~*/*"))
    missing.unlink()
    content = damaged.read_bytes()
    damaged.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    made = await exported(context, centre, what=["calls"], recordings=True)
    said = made.manifest["recordings"]
    assert said["files"] == 2
    faults = {fault["file"]: fault["reason"] for fault in said["faults"]}
    assert set(faults) == {f"recordings/{path.name}.wav" for path in (missing, damaged)}
    assert "checksum" in faults[f"recordings/{damaged.name}.wav"]
    assert f"recordings/{missing.name}.wav" not in made.zip.namelist()


async def test_many_rows_come_in_many_blocks(context: AppContext, centre: Centre) -> None:
    """More than a block of each format, with a line break in every row, so that none is cut."""
    note = {"text": 'a "quoted"\nline ' * 100}
    rows = [_wide(centre, number, note) for number in range(6_000)]
    for start in range(0, len(rows), 1000):
        await store_calls(context.database, centre, rows[start : start + 1000])
    for file_format in ("csv", "jsonl", "parquet"):
        made = await exported(context, centre, what=["calls"], format=file_format)
        assert made.table("calls")["bytes"] > (1_000 if file_format == "parquet" else 8_000_000)
        calls = made.rows("calls")
        assert {row["external_id"] for row in calls} == {str(number) for number in range(6_000)}
        assert {len(row["customer_ref"]) for row in calls} == {6_000}


def _wide(centre: Centre, number: int, note: dict[str, str]) -> dict[str, object]:
    return a_call(centre, external_id=str(number), attributes=note, customer_ref=f"{number:05}\n" * 1000)


async def _bytes(content: bytes) -> AsyncIterator[bytes]:
    yield content
