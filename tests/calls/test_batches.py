"""Batches: good rows are kept, bad rows are reported by line."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app import events
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.pagination import PageRequest
from tests.calls.factories import call_body, push_call
from tests.people import Centre
from tests.queries import QueryRecorder

NDJSON = {"Content-Type": "application/x-ndjson"}


async def push_array(centre: Centre, rows: Sequence[object]) -> dict[str, Any]:
    return _summary(await centre.admin.post("/v1/calls/batch", json=rows))


async def push_lines(centre: Centre, *lines: object) -> dict[str, Any]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return _summary(await centre.admin.post("/v1/calls/batch", content=text, headers=NDJSON))


def _summary(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    summary: dict[str, Any] = answer.json()
    return summary


def counts(summary: dict[str, Any]) -> tuple[int, int, int, int]:
    return summary["accepted"], summary["created"], summary["updated"], summary["rejected"]


async def external_ids(centre: Centre) -> set[str]:
    page = (await centre.leader.get("/v1/calls", params={"limit": 500})).json()
    return {call["external_id"] for call in page["items"]}


async def test_an_array_of_calls_is_created(centre: Centre) -> None:
    rows = [call_body(centre.project_id, external_id=f"x-{number}") for number in range(3)]
    summary = await push_array(centre, rows)
    assert counts(summary) == (3, 3, 0, 0)
    assert [result["line"] for result in summary["results"]] == [1, 2, 3]
    for row, result in zip(rows, summary["results"], strict=True):
        call = (await centre.verifier.get(f"/v1/calls/{result['id']}")).json()
        assert call["external_id"] == row["external_id"]


async def test_known_calls_are_distinguished_from_new_and_unchanged_ones(centre: Centre) -> None:
    same, other = call_body(centre.project_id), call_body(centre.project_id)
    first = await push_array(centre, [same, other])
    summary = await push_array(centre, [call_body(centre.project_id), same, other | {"csat": 1}])
    assert counts(summary) == (3, 1, 1, 0)
    assert [result["status"] for result in summary["results"]] == ["created", "unchanged", "updated"]
    assert [result["id"] for result in summary["results"][1:]] == [result["id"] for result in first["results"]]


async def test_bad_lines_are_named_and_good_ones_kept(centre: Centre) -> None:
    summary = await push_lines(
        centre,
        call_body(centre.project_id, external_id="first"),
        "",
        '{"source": "crm", ',
        call_body(centre.project_id, csat=9, tags=["x" * 101]),
        call_body(centre.project_id, agent_external_id="nobody"),
        call_body(uuid4()),
        "42",
        call_body(centre.project_id, external_id="last"),
        "   ",
    )
    assert counts(summary) == (2, 2, 0, 5)
    rejected = {
        row["line"]: [fault["pointer"] for fault in row["errors"]] for row in summary["results"] if "errors" in row
    }
    assert rejected == {3: [""], 4: ["/csat", "/tags/0"], 5: ["/agent_external_id"], 6: ["/project_id"], 7: [""]}
    assert "nobody" in summary["results"][3]["errors"][0]["detail"]
    assert await external_ids(centre) == {"first", "last"}


async def test_times_out_of_bounds_are_rejected_by_line(centre: Centre) -> None:
    times = ["0001-01-01T00:00:00Z", "2026-11-02T09:14:05Z", "9999-12-31T23:59:59.999999Z", "2199-01-01T00:00:00Z"]
    summary = await push_array(centre, [call_body(centre.project_id, started_at=time) for time in times])
    assert [row["status"] for row in summary["results"]] == ["rejected", "created", "rejected", "rejected"]
    assert {row["errors"][0]["pointer"] for row in summary["results"] if "errors" in row} == {"/started_at"}


async def test_of_two_rows_for_one_call_the_last_is_written_and_both_are_reported(centre: Centre) -> None:
    rows = [call_body(centre.project_id, external_id="42", csat=csat) for csat in (1, 2, 3)]
    summary = await push_array(centre, [*rows, rows[0] | {"csat": 9}])
    assert counts(summary) == (3, 1, 0, 1)
    first, second, third, refused = summary["results"]
    assert first["id"] == second["id"] == third["id"]
    assert (first["status"], first["superseded"]) == (second["status"], second["superseded"]) == ("unchanged", True)
    assert (third["status"], "superseded" in third, refused["status"]) == ("created", False, "rejected")
    assert (await centre.verifier.get(f"/v1/calls/{first['id']}")).json()["csat"] == 3


async def test_a_batch_of_nothing_but_bad_rows_writes_nothing(centre: Centre, database: Database) -> None:
    summary = await push_array(centre, [{}, [], call_body(uuid4())])
    assert counts(summary) == (0, 0, 0, 3)
    assert await external_ids(centre) == set()
    assert await ingestions(database, centre) == []


@pytest.mark.parametrize("body", ["[]", ""])
async def test_an_empty_batch_is_accepted(centre: Centre, body: str) -> None:
    headers = NDJSON if body == "" else {"Content-Type": "application/json"}
    summary = _summary(await centre.admin.post("/v1/calls/batch", content=body, headers=headers))
    assert (counts(summary), summary["results"]) == ((0, 0, 0, 0), [])


@pytest.mark.parametrize("body", ["", "[", '{"source": "crm"}', "null", "\ud800".encode("utf-8", "surrogatepass")])
async def test_a_body_that_is_no_array_is_refused(centre: Centre, body: str | bytes) -> None:
    headers = {"Content-Type": "application/json"}
    refused = await centre.admin.post("/v1/calls/batch", content=body, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "")


async def test_a_body_of_another_kind_is_refused(centre: Centre) -> None:
    refused = await centre.admin.post("/v1/calls/batch", content="a,b", headers={"Content-Type": "text/csv"})
    assert (refused.status_code, refused.json()["code"]) == (415, "unsupported_media_type")


async def test_more_rows_than_a_batch_holds_are_refused_as_a_whole(centre: Centre) -> None:
    refused = await centre.admin.post("/v1/calls/batch", content="{}\n" * 10_001, headers=NDJSON)
    assert (refused.status_code, "10000 rows" in refused.json()["detail"]) == (422, True)


async def test_a_full_batch_takes_as_many_statements_as_a_small_one(centre: Centre, queries: QueryRecorder) -> None:
    rows = [call_body(centre.project_id, external_id=f"x-{number}") for number in range(10_000)]
    queries.clear()
    summary = await push_array(centre, rows)
    assert counts(summary) == (10_000, 10_000, 0, 0)
    # Scope, authentication; references, the upsert, its event.
    assert len(queries) == 5


async def test_a_batch_sent_again_with_its_key_is_answered_again(centre: Centre) -> None:
    rows, headers = [call_body(centre.project_id)], {"Idempotency-Key": str(uuid4())}
    first = await centre.admin.post("/v1/calls/batch", json=rows, headers=headers)
    again = await centre.admin.post("/v1/calls/batch", json=rows, headers=headers)
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")


async def test_the_journal_holds_one_event_a_batch_with_the_ids_it_wrote(centre: Centre, database: Database) -> None:
    known = await push_call(centre.admin, centre.project_id, external_id="42")
    same = await push_call(centre.admin, centre.project_id, external_id="43")
    summary = await push_array(
        centre,
        [
            call_body(centre.project_id, external_id=name, csat=csat)
            for name, csat in (("42", 1), ("43", None), ("44", 1))
        ],
    )
    event = (await ingestions(database, centre))[-1]
    assert summary["results"][1]["id"] == same["id"]
    assert event.after == {"created": [summary["results"][2]["id"]], "updated": [known["id"]], "unchanged": 1}


async def test_batches_at_the_same_time_agree_on_every_call(centre: Centre) -> None:
    rows = [call_body(centre.project_id, external_id=f"x-{number}") for number in range(300)]
    batches = [[row | {"csat": csat} for row in rows[:: 1 if csat % 2 else -1]] for csat in (1, 2, 3, 4)]
    summary = await asyncio.gather(*(push_array(centre, batch) for batch in batches))
    assert sum(one["created"] for one in summary) == 300
    assert len({result["id"] for one in summary for result in one["results"]}) == 300


@pytest.mark.parametrize("role", ["leader", "verifier", "agent"])
async def test_people_do_not_push_batches(centre: Centre, role: str) -> None:
    assert (await centre.client(role).post("/v1/calls/batch", json=[])).status_code == 403


async def ingestions(database: Database, centre: Centre) -> list[events.RecordedEvent]:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        page = PageRequest(500)
        return (await events.list_events(session, page, event_type="calls.ingested", subject_id=None)).items
