"""Exports as an administrator asks for them: over HTTP, with workers and an S3 server, one worker killed half-way."""

import asyncio
import csv
import io
import json
import signal
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass

import httpx
import orjson
import pytest

from app.platform.settings import Settings
from app.platform.storage import create_store
from app.platform.storage.s3 import create_client
from tests.calls.factories import tone
from tests.e2e.centre import AGENTS, create_organisation, create_staff
from tests.e2e.company import Company, Json, Person, create_company, json_of, list_all, wait_until
from tests.processes import running_api, running_worker, stop
from tests.seaweed import running_seaweed

pytestmark = pytest.mark.e2e

BUCKET = "exports"
# A killed worker's export is taken up after this. Only a killed one's: a loaded machine renews in time.
LEASE_S = 8
QUEUES = ("--queue", "exports", "--queue", "schedules")
EVERYTHING = {"what": "everything", "format": "csv", "recordings": True}
# Several parts of an upload: 66 MB of sound, which an export copies in a second or more.
RECORDINGS, SECONDS_OF_EACH = 4, 520
CALLS = 10_000


@dataclass(frozen=True)
class Service:
    settings: Settings
    environment: dict[str, str]
    base_url: str

    def objects(self) -> list[str]:
        """The keys of the archives in the bucket."""
        client = create_client(endpoint_url=self.settings.s3_endpoint_url, region=self.settings.s3_region)
        with closing(client):
            listed = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return [one["Key"] for one in listed if "/exports/" in one["Key"]]


@pytest.fixture(scope="module")
def s3(
    settings_of_processes: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Settings, dict[str, str]]]:
    with running_seaweed(tmp_path_factory.mktemp("s3")) as seaweed, pytest.MonkeyPatch.context() as patch:
        for name, value in seaweed.environment.items():
            patch.setenv(name, value)
        changes = {"storage": "s3", "s3_bucket": BUCKET, "s3_endpoint_url": seaweed.endpoint_url}
        places = {"QMT_STORAGE": "s3", "QMT_S3_BUCKET": BUCKET, "QMT_S3_ENDPOINT_URL": seaweed.endpoint_url}
        places["QMT_WORKER_LEASE_S"] = str(LEASE_S)
        yield settings_of_processes.model_copy(update=changes), places


@pytest.fixture(scope="module")
async def service(s3: tuple[Settings, dict[str, str]]) -> AsyncIterator[Service]:
    settings, places = s3
    store = create_store(settings)
    await store.prepare()
    await store.close()
    async with running_api(settings, **places) as base_url:
        yield Service(settings, places, base_url)


@pytest.fixture(scope="module")
async def large(service: Service) -> AsyncIterator[tuple[Company, Person]]:
    """A company with many calls, some of them recorded, and its administrator."""
    async with create_company(service.base_url, service.settings) as company:
        staff = await create_staff(company)
        organisation = await create_organisation(staff)
        await _push(staff.admin, organisation.project_id)
        yield company, staff.admin


async def _push(admin: Person, project_id: str) -> None:
    sound = await asyncio.to_thread(tone, SECONDS_OF_EACH)
    rows = b"\n".join(orjson.dumps(_call(project_id, number)) for number in range(CALLS))
    batch = await admin.http.post("/calls/batch", content=rows, headers={"Content-Type": "application/x-ndjson"})
    assert json_of(batch)["created"] == CALLS
    for call in json_of(await admin.http.get("/calls", params={"limit": RECORDINGS}))["items"]:
        json_of(await admin.http.put(f"/calls/{call['id']}/recording", content=sound), 201)


def _call(project_id: str, number: int) -> Json:
    return {
        "source": "crm",
        "external_id": str(number),
        "project_id": project_id,
        "agent_external_id": AGENTS[number % len(AGENTS)],
        "started_at": "2026-11-02T09:14:05Z",
        "duration_s": 60 + number % 600,
        "attributes": {"note": f"{number * 2654435761 % 2**32:08x}" * 40},
    }


async def asked(person: Person, **changes: object) -> Json:
    return json_of(await person.http.post("/exports", json=EVERYTHING | changes), 202)


async def in_state(person: Person, export: Json, state: str) -> Json:
    async def look() -> Json:
        return json_of(await person.http.get(f"/exports/{export['id']}"))

    return await wait_until(look, lambda found: found["state"] in {state, "failed"})


async def archive_of(person: Person, export: Json) -> zipfile.ZipFile:
    led = await person.http.get(f"/exports/{export['id']}/download")
    assert led.status_code == 307
    async with httpx.AsyncClient(timeout=60) as anyone:
        whole = await anyone.get(led.headers["Location"])
        half = len(whole.content) // 2
        rest = await anyone.get(led.headers["Location"], headers={"Range": f"bytes={half}-"})
    assert (rest.status_code, rest.content) == (206, whole.content[half:])
    assert len(whole.content) == export["size_bytes"]
    return zipfile.ZipFile(io.BytesIO(whole.content))


async def test_an_export_whose_worker_is_killed_is_written_by_another_one(
    service: Service, large: tuple[Company, Person]
) -> None:
    _, admin = large
    async with running_worker(service.settings, *QUEUES, **service.environment) as first:
        export = await asked(admin)
        await in_state(admin, export, "running")
        stop(first, signal.SIGKILL)
    assert (await in_state(admin, export, "running"))["state"] == "running", "it was ready before the worker was killed"
    assert service.objects() == []
    assert (await admin.http.get(f"/exports/{export['id']}/download")).status_code == 409
    assert await list_all(admin.http, "/inbox") == []

    async with running_worker(service.settings, *QUEUES, **service.environment):
        ready = await in_state(admin, export, "ready")
        assert ready["state"] == "ready", ready
        archive = await archive_of(admin, ready)
        (key,) = service.objects()
        assert key.endswith(f"/{export['id']}-2.zip")
        check_the_archive(archive)
        types = [event["type"] for event in await list_all(admin.http, "/events", subject_id=export["id"])]
        started = ["export.requested", "export.started", "export.started"]
        assert types == [*started, "export.ready", "export.downloaded"]
        assert [one["kind"] for one in await list_all(admin.http, "/inbox")] == ["export.ready"]
        assert (await admin.http.delete(f"/exports/{export['id']}")).status_code == 204
        await wait_until(lambda: asyncio.to_thread(service.objects), lambda keys: keys == [])
    assert (await admin.http.get(f"/exports/{export['id']}/download")).json()["code"] == "export_gone"


def check_the_archive(archive: zipfile.ZipFile) -> None:
    assert archive.testzip() is None
    manifest = json.loads(archive.read("manifest.json"))
    rows = list(csv.DictReader(io.StringIO(archive.read("calls.csv").decode(), newline="")))
    assert {row["external_id"] for row in rows} == {str(number) for number in range(CALLS)}
    assert len(rows) == CALLS == next(table["rows"] for table in manifest["tables"] if table["name"] == "calls")
    assert (manifest["recordings"]["files"], manifest["recordings"]["faults"]) == (RECORDINGS, [])
    assert len([name for name in archive.namelist() if name.startswith("recordings/")]) == RECORDINGS


async def test_a_company_with_nothing_but_an_administrator_gets_its_own_rows_and_no_others(
    service: Service, large: tuple[Company, Person]
) -> None:
    _, competitor = large
    async with (
        create_company(service.base_url, service.settings) as company,
        running_worker(service.settings, *QUEUES, **service.environment),
    ):
        admin = await company.sign_in("admin")
        for file_format in ("csv", "jsonl", "parquet"):
            ready = await in_state(admin, await asked(admin, format=file_format), "ready")
            archive = await archive_of(admin, ready)
            manifest = json.loads(archive.read("manifest.json"))
            rows = {table["name"]: table["rows"] for table in manifest["tables"]}
            assert (rows["tenants"], rows["users"], rows["calls"], rows["recordings"]) == (1, 1, 0, 0)
            assert rows["exports"] == 1 + ("csv", "jsonl", "parquet").index(file_format)
            assert manifest["tenant"]["slug"] == company.slug
            assert manifest["period_of_calls"] == {"first": None, "last": None}
            for path in (f"/exports/{ready['id']}", f"/exports/{ready['id']}/download"):
                assert (await competitor.http.get(path)).status_code == 404
