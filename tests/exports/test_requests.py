"""Asking for exports, reading, cancelling, deleting and downloading them over HTTP."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.exports.removing import REMOVE_FILES
from app.exports.service import MOST_UNFINISHED
from app.platform.clock import FixedClock, use_clock
from app.platform.database.scope import Tenant
from tests.calls.factories import push_call
from tests.exports.factories import EXPORTS, ask, download, exported, read, write
from tests.identity.factories import bearer, post_key, problem
from tests.people import Centre, make_centre
from tests.running import run_job
from tests.sampling.tenant_factories import items_of

SOME = {"what": ["calls"], "format": "csv"}


@pytest.fixture
async def other(app: FastAPI, context: AppContext) -> AsyncIterator[Centre]:
    async with make_centre(app, context) as made:
        yield made


async def test_an_export_is_queued_and_then_ready(context: AppContext, centre: Centre) -> None:
    await push_call(centre.admin, centre.project_id)
    asked = await ask(centre.admin, what=["evaluations", "calls"], format="csv")
    assert (asked["state"], asked["what"], asked["size_bytes"]) == ("queued", ["calls", "evaluations"], None)
    assert asked["requested_by"] == str(centre.user_ids["admin"])
    ready = await write(context, centre, asked)
    assert (ready["state"], ready["rows"], ready["tables"]) == ("ready", 1, ["calls", "evaluations"])
    assert ready["progress"] == {"done": 2, "total": 2, "unit": "files"}
    expires, finished = (datetime.fromisoformat(ready[name]) for name in ("expires_at", "finished_at"))
    assert expires - finished == timedelta(days=context.settings.export_retention_days)
    job = (await centre.admin.get(f"/v1/jobs/{ready['job_id']}")).json()
    assert (job["state"], job["result"]["export_id"]) == ("succeeded", ready["id"])
    assert await items_of(centre.admin, EXPORTS) == [ready]
    assert await items_of(centre.admin, EXPORTS, state="failed") == []


async def test_the_same_request_again_is_the_same_export(centre: Centre) -> None:
    headers = {"Idempotency-Key": "one click"}
    first, second = [await centre.admin.post(EXPORTS, json=SOME, headers=headers) for _ in range(2)]
    assert (first.status_code, first.json()) == (202, second.json())
    assert len(await items_of(centre.admin, EXPORTS)) == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"what": ["calls", "password_hashes"]}, "/what/1"),
        ({"what": ["jobs"]}, "/what/0"),
        ({"what": ["calls; DROP TABLE calls"]}, "/what/0"),
        ({"what": []}, "/what"),
        ({"what": "all"}, "/what"),
        ({"what": None}, "/what"),
        ({"format": "xml"}, "/format"),
        ({"recordings": "perhaps"}, "/recordings"),
        ({"everything": True}, "/everything"),
    ],
)
async def test_a_bad_request_names_its_error(centre: Centre, body: dict[str, Any], pointer: str) -> None:
    refused = await centre.admin.post(EXPORTS, json=SOME | body)
    assert problem(refused) == (422, "invalid")
    assert any(error["pointer"].startswith(pointer) for error in refused.json()["errors"]), refused.text


async def test_only_administrators_take_data_out(centre: Centre) -> None:
    asked = await ask(centre.admin, **SOME)
    for person in (centre.leader, centre.verifier, centre.agent_user, centre.guest):
        answers = [
            await person.post(EXPORTS, json=SOME),
            await person.get(EXPORTS),
            await person.get(f"{EXPORTS}/{asked['id']}"),
            await person.get(f"{EXPORTS}/{asked['id']}/download"),
            await person.delete(f"{EXPORTS}/{asked['id']}"),
        ]
        assert {answer.status_code for answer in answers} == {403}


async def test_a_key_needs_the_scope(app: FastAPI, centre: Centre) -> None:
    key = (await post_key(centre.admin, "exports:read")).json()["key"]
    async with bearer(app, key) as client:
        assert (await client.get(EXPORTS)).status_code == 200
        assert (await client.post(EXPORTS, json=SOME)).status_code == 403


async def test_only_a_few_exports_are_unfinished_at_a_time(centre: Centre) -> None:
    asked = [await ask(centre.admin, **SOME) for _ in range(MOST_UNFINISHED)]
    assert problem(await centre.admin.post(EXPORTS, json=SOME)) == (409, "too_many_exports")
    assert (await centre.admin.delete(f"{EXPORTS}/{asked[0]['id']}")).status_code == 204
    await ask(centre.admin, **SOME)


async def test_a_tenant_gets_its_own_rows_and_sees_no_other_export(
    context: AppContext, centre: Centre, other: Centre
) -> None:
    call = await push_call(centre.admin, centre.project_id)
    await push_call(other.admin, other.project_id, customer_ref="of another tenant")
    made = await exported(context, centre)
    assert [row["id"] for row in made.rows("calls")] == [call["id"]]
    assert {row["id"] for row in made.rows("users")} == {str(user_id) for user_id in centre.user_ids.values()}
    assert [row["id"] for row in made.rows("tenants")] == [str(centre.tenant_id)]
    contents = b"".join(made.zip.read(name) for name in made.zip.namelist())
    for secret in (other.tenant_id, other.project_id, "of another tenant"):
        assert str(secret).encode() not in contents
    assert await items_of(other.admin, EXPORTS) == []
    for url in (f"{EXPORTS}/{made.export['id']}", f"{EXPORTS}/{made.export['id']}/download"):
        assert problem(await other.admin.get(url)) == (404, "not_found")
    assert (await other.admin.delete(f"{EXPORTS}/{made.export['id']}")).status_code == 404


async def test_a_download_can_be_resumed(context: AppContext, centre: Centre) -> None:
    made = await exported(context, centre)
    url, size = f"{EXPORTS}/{made.export['id']}/download", len(made.content)
    head = await centre.admin.head(url)
    etag = f'"{made.export["sha256"]}"'
    assert (head.headers["ETag"], head.headers["Content-Length"]) == (etag, str(size))
    assert head.headers["Content-Type"] == "application/zip"
    name = f"qmt-export-{made.export['created_at'][:10]}-{made.export['id']}.zip"
    assert head.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    rest = await centre.admin.get(url, headers={"Range": "bytes=1000-", "If-Range": etag})
    assert (rest.status_code, rest.content) == (206, made.content[1000:])
    assert rest.headers["Content-Range"] == f"bytes 1000-{size - 1}/{size}"
    whole = await centre.admin.get(url, headers={"Range": "bytes=1000-", "If-Range": '"another file"'})
    assert (whole.status_code, whole.content) == (200, made.content)
    beyond = await centre.admin.get(url, headers={"Range": f"bytes={size}-"})
    assert problem(beyond) == (416, "range_not_satisfiable")


async def test_a_download_is_in_the_journal_once_however_often_it_is_resumed(
    context: AppContext, centre: Centre
) -> None:
    made = await exported(context, centre, **SOME)
    url = f"{EXPORTS}/{made.export['id']}/download"
    for byte_range in ("bytes=10-19", "bytes=20-", "bytes=-5"):
        assert (await centre.admin.get(url, headers={"Range": byte_range})).status_code == 206
    journal = await items_of(centre.admin, "/v1/events", subject_id=made.export["id"])
    assert [event["type"] for event in journal] == [
        "export.requested",
        "export.started",
        "export.ready",
        "export.downloaded",
    ]
    assert journal[-1]["actor"]["id"] == str(centre.user_ids["admin"])


async def test_a_download_that_leaves_out_the_beginning_is_in_the_journal(
    app: FastAPI, context: AppContext, centre: Centre
) -> None:
    """Nobody takes data out unseen by asking for all but the first byte."""
    ready = await write(context, centre, await ask(centre.admin, **SOME))
    url, key = f"{EXPORTS}/{ready['id']}/download", (await post_key(centre.admin, "exports:read")).json()
    assert (await centre.admin.get(url, headers={"Range": "bytes=1-"})).status_code == 206
    async with bearer(app, key["key"]) as client:
        for _ in range(2):
            assert (await client.get(url, headers={"Range": "bytes=1-"})).status_code == 206
    journal = await items_of(centre.admin, "/v1/events", subject_id=ready["id"], type="export.downloaded")
    assert [event["actor"]["id"] for event in journal] == [str(centre.user_ids["admin"]), key["id"]]


async def test_who_asked_is_told(context: AppContext, centre: Centre) -> None:
    made = await exported(context, centre, **SOME)
    (told,) = await items_of(centre.admin, "/v1/inbox")
    assert (told["kind"], told["link"]) == ("export.ready", f"/exports/{made.export['id']}")


async def test_an_export_that_is_not_ready_cannot_be_downloaded(centre: Centre) -> None:
    asked = await ask(centre.admin, **SOME)
    refused = await centre.admin.get(f"{EXPORTS}/{asked['id']}/download")
    assert problem(refused) == (409, "export_not_ready")


class TestRemoving:
    @staticmethod
    async def remove_due(context: AppContext, centre: Centre) -> None:
        await REMOVE_FILES.enqueue_due(context.database)
        async with context.database.begin(Tenant(centre.tenant_id)) as session:
            jobs = await session.fetch_column(
                "SELECT id FROM jobs WHERE kind = :kind AND state = 'queued'", kind=REMOVE_FILES.name
            )
        for job_id in jobs:
            await run_job(context, centre.tenant_id, job_id)

    @staticmethod
    def files(context: AppContext, centre: Centre) -> list[str]:
        directory = context.settings.objects_dir / str(centre.tenant_id) / "exports"
        return [str(path) for path in directory.rglob("*.zip")]

    async def test_a_file_expires_and_is_removed(self, context: AppContext, centre: Centre) -> None:
        made = await exported(context, centre, **SOME)
        await self.remove_due(context, centre)
        assert len(self.files(context, centre)) == 1
        after = datetime.fromisoformat(made.export["expires_at"])
        with use_clock(FixedClock(after)):
            refused = await centre.admin.get(f"{EXPORTS}/{made.export['id']}/download")
            assert problem(refused) == (409, "export_gone")
            await self.remove_due(context, centre)
        assert self.files(context, centre) == []
        assert (await read(centre.admin, made.export))["state"] == "expired"
        journal = await items_of(centre.admin, "/v1/events", subject_id=made.export["id"])
        assert [event["type"] for event in journal][-2:] == ["export.expired", "export.file_removed"]

    async def test_deleting_removes_the_file_at_once_and_keeps_the_export_in_the_list(
        self, context: AppContext, centre: Centre
    ) -> None:
        made = await exported(context, centre, **SOME)
        for _ in range(2):
            assert (await centre.admin.delete(f"{EXPORTS}/{made.export['id']}")).status_code == 204
        refused = await centre.admin.get(f"{EXPORTS}/{made.export['id']}/download")
        assert problem(refused) == (409, "export_gone")
        await self.remove_due(context, centre)
        assert self.files(context, centre) == []
        assert [one["state"] for one in await items_of(centre.admin, EXPORTS)] == ["deleted"]

    async def test_a_cancelled_export_is_not_written(self, context: AppContext, centre: Centre) -> None:
        asked = await ask(centre.admin, **SOME)
        assert (await centre.admin.delete(f"{EXPORTS}/{asked['id']}")).status_code == 204
        cancelled = await write(context, centre, asked)
        assert (cancelled["state"], cancelled["size_bytes"]) == ("cancelled", None)
        assert self.files(context, centre) == []
        assert await items_of(centre.admin, "/v1/inbox") == []
        refused = await centre.admin.get(f"{EXPORTS}/{asked['id']}/download")
        assert problem(refused) == (409, "export_not_ready")


async def test_an_export_that_is_too_large_fails_with_the_reason(context: AppContext, centre: Centre) -> None:
    asked = await ask(centre.admin)
    small = context.settings.model_copy(update={"max_export_bytes": 2000})
    failed = await write(context, centre, asked, settings=small)
    assert (failed["state"], failed["error"]) == ("failed", "at most 2000 bytes are accepted")
    (told,) = await items_of(centre.admin, "/v1/inbox")
    assert (told["kind"], "2000 bytes" in told["text"]) == ("export.failed", True)
    journal = await items_of(centre.admin, "/v1/events", subject_id=asked["id"])
    assert journal[-1]["type"] == "export.failed"
    assert TestRemoving.files(context, centre) == []


async def test_a_download_of_an_empty_table_is_a_file_with_a_header(context: AppContext, centre: Centre) -> None:
    made = await exported(context, centre, what=["calls"], format="csv")
    assert made.rows("calls") == []
    assert made.file("calls").endswith(b"created_at,updated_at\r\n")
    again: httpx.Response = await centre.admin.get(f"{EXPORTS}/{made.export['id']}/download")
    assert again.content == (await download(centre.admin, made.export)).content
