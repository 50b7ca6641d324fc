"""Single calls: pushed, found again, listed."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import insert

from app import events
from app.evaluations.models import EvaluationModel
from app.platform import clock
from app.platform.actor import Actor
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.platform.ids import new_id
from app.platform.pagination import PageRequest, encode_cursor
from tests.calls.factories import call_body, push_call, recorded_call
from tests.journal import RowsPrepared
from tests.people import Centre
from tests.queries import QueryRecorder, run
from tests.scorecards.factories import binary, one_section, publish_scorecard

FULL = {
    "duration_s": 312.5,
    "direction": "outbound",
    "language": "ru",
    "hold_s": 45,
    "hold_count": 1,
    "csat": 2,
    "complaint": True,
    "customer_ref": "c-981",
    "tags": ["billing", 'say "no" \\ {yes}'],
    "attributes": {"queue": "cards", "nested": [{"a": None}]},
    "recording_url": "https://records.example.com/42.wav",
    "channel_roles": ["agent", "customer"],
}


async def listed(client: httpx.AsyncClient, **params: Any) -> list[str]:
    answer = await client.get("/v1/calls", params=params)
    assert answer.status_code == 200, answer.text
    return [call["id"] for call in answer.json()["items"]]


async def journal(database: Database, centre: Centre, event_type: str) -> list[events.RecordedEvent]:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        return (await events.list_events(session, PageRequest(500), event_type=event_type, subject_id=None)).items


async def test_a_new_call_is_read_back_as_it_was_sent(centre: Centre) -> None:
    sent = call_body(centre.project_id, **FULL)
    created = await centre.admin.post("/v1/calls", json=sent)
    assert created.status_code == 201
    read = (await centre.verifier.get(f"/v1/calls/{created.json()['id']}")).json()
    assert read == created.json()
    assert {name: read[name] for name in sent} == sent
    assert (read["agent_id"], read["recording"]) == (str(centre.agent_ids[0]), None)


async def test_a_known_call_is_replaced_by_what_is_sent_again(centre: Centre) -> None:
    first = await push_call(centre.admin, centre.project_id, external_id="42", **FULL)
    again = await centre.admin.post("/v1/calls", json=call_body(centre.project_id, external_id="42", csat=5))
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    assert (again.json()["csat"], again.json()["tags"], again.json()["hold_s"]) == (5, [], None)
    assert again.json()["updated_at"] > first["updated_at"]


async def test_a_call_sent_again_unchanged_is_not_rewritten(centre: Centre) -> None:
    body = call_body(centre.project_id, **FULL)
    first = await centre.admin.post("/v1/calls", json=body)
    again = await centre.admin.post("/v1/calls", json=body)
    assert (again.status_code, again.json()) == (200, first.json())


async def test_the_same_external_id_of_another_source_is_another_call(centre: Centre) -> None:
    one = await push_call(centre.admin, centre.project_id, external_id="42")
    other = await push_call(centre.admin, centre.project_id, external_id="42", source="dialer")
    assert one["id"] != other["id"]


async def test_a_call_need_not_have_an_agent(centre: Centre) -> None:
    call = await push_call(centre.admin, centre.project_id, agent_external_id=None)
    assert (call["agent_id"], call["agent_external_id"]) == (None, None)


async def test_seconds_are_kept_to_the_millisecond(centre: Centre) -> None:
    call = await push_call(centre.admin, centre.project_id, duration_s=12.34567)
    assert call["duration_s"] == 12.346


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"source": ""}, "/source"),
        ({"external_id": "a\x00b"}, "/external_id"),
        ({"external_id": "\ud800"}, "/external_id"),
        ({"project_id": "42"}, "/project_id"),
        ({"project_id": str(uuid4())}, "/project_id"),
        ({"agent_external_id": "nobody"}, "/agent_external_id"),
        ({"started_at": "2026-11-02T09:14:05"}, "/started_at"),
        ({"started_at": "0001-01-01T00:00:00Z"}, "/started_at"),
        ({"started_at": "1969-12-31T23:59:59.999999Z"}, "/started_at"),
        ({"started_at": "2199-12-31T23:59:59-14:00"}, "/started_at"),
        ({"started_at": "9999-12-31T23:59:59.999999Z"}, "/started_at"),
        ({"started_at": (datetime.now(UTC) + timedelta(hours=25)).isoformat()}, "/started_at"),
        ({"started_at": (datetime.now(UTC) + timedelta(hours=23)).isoformat()}, None),
        ({"started_at": "1970-01-01T00:00:00Z"}, None),
        ({"duration_s": -1}, "/duration_s"),
        ({"duration_s": "1e-999999"}, None),
        ({"duration_s": "Infinity"}, "/duration_s"),
        ({"duration_s": 1e9}, "/duration_s"),
        ({"direction": "sideways"}, "/direction"),
        ({"language": "Russian"}, "/language"),
        ({"hold_s": -0.1}, "/hold_s"),
        ({"hold_count": 2**40}, "/hold_count"),
        ({"csat": 0}, "/csat"),
        ({"csat": 6}, "/csat"),
        ({"tags": ["x" * 101]}, "/tags/0"),
        ({"tags": ["x"] * 51}, "/tags"),
        ({"attributes": {"note": "a\x00b"}}, "/attributes"),
        ({"attributes": {"note": "\udfff"}}, "/attributes"),
        ({"attributes": {"number": 10**30}}, "/attributes"),
        ({"attributes": {"long": "x" * 10_000}}, "/attributes"),
        ({"attributes": {"backslash": "\\u0000"}}, None),
        ({"recording_url": "http://records.example.com/42.wav"}, "/recording_url"),
        ({"channel_roles": []}, "/channel_roles"),
        ({"channel_roles": ["agent", "robot"]}, "/channel_roles/1"),
        ({"surprise": 1}, "/surprise"),
    ],
)
async def test_a_fault_of_a_call_is_pointed_at(centre: Centre, change: dict[str, Any], pointer: str | None) -> None:
    # Not httpx's own JSON, which cannot write half of a surrogate pair.
    content = json.dumps(call_body(centre.project_id, **change))
    headers = {"Content-Type": "application/json"}
    answer = await centre.admin.post("/v1/calls", content=content, headers=headers)
    if pointer is None:
        assert answer.status_code == 201
    else:
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize("role", ["leader", "verifier", "agent"])
async def test_people_do_not_push_calls(centre: Centre, role: str) -> None:
    answer = await centre.client(role).post("/v1/calls", json=call_body(centre.project_id))
    assert answer.status_code == 403


async def test_an_agent_does_not_see_calls(centre: Centre) -> None:
    call = await push_call(centre.admin, centre.project_id)
    assert (await centre.agent_user.get(f"/v1/calls/{call['id']}")).status_code == 403
    assert (await centre.agent_user.get("/v1/calls")).status_code == 403


async def test_a_missing_call_is_not_found(centre: Centre) -> None:
    assert (await centre.verifier.get(f"/v1/calls/{uuid4()}")).status_code == 404


async def test_the_journal_tells_which_call_was_written_and_by_whom(centre: Centre, database: Database) -> None:
    call = await push_call(centre.admin, centre.project_id, external_id="42")
    await push_call(centre.admin, centre.project_id, external_id="42", csat=1)
    created, updated = await journal(database, centre, "calls.ingested")
    assert created.after == {"created": [call["id"]], "updated": [], "unchanged": 0}
    assert updated.after == {"created": [], "updated": [call["id"]], "unchanged": 0}
    assert (str(updated.subject_id), updated.actor.id) == (call["id"], centre.user_ids["admin"])


async def test_pages_hold_every_call_once_and_the_latest_first(centre: Centre) -> None:
    start = datetime(2026, 11, 2, 9, tzinfo=UTC)
    # Two calls of every hour start at the same moment: the id decides between them.
    times = [(start + timedelta(hours=number // 2)).isoformat() for number in range(7)]
    pushed = [await push_call(centre.admin, centre.project_id, started_at=time) for time in times]
    expected = [call["id"] for call in sorted(pushed, key=lambda call: (call["started_at"], call["id"]), reverse=True)]
    found: list[str] = []
    cursor = None
    while True:
        page = (
            await centre.leader.get("/v1/calls", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        ).json()
        found += [call["id"] for call in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == expected


@pytest.mark.parametrize("parts", [["2026-11-02T09:00:00", str(uuid4())], ["yesterday", str(uuid4())], ["x"], []])
async def test_a_cursor_of_ones_own_making_is_refused(centre: Centre, parts: list[str]) -> None:
    refused = await centre.leader.get("/v1/calls", params={"cursor": encode_cursor(parts)})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "cursor")


async def test_filters_narrow_the_list(centre: Centre) -> None:
    plain = await push_call(centre.admin, centre.project_id, started_at="2026-11-01T00:00:00Z", csat=5)
    special = await recorded_call(
        centre,
        agent_external_id=None,
        external_id="100%_sure",
        started_at="2026-11-03T00:00:00Z",
        customer_ref="C-981",
        csat=2,
        complaint=True,
        tags=["Billing"],
    )
    other = (await centre.admin.post("/v1/projects", json={"name": "P", "timezone": "UTC", "language": "en"})).json()
    elsewhere = await push_call(centre.admin, other["id"], started_at="2026-10-01T00:00:00Z", csat=None)
    one, two, three = plain["id"], special["id"], elsewhere["id"]
    wanted: list[tuple[dict[str, Any], list[str]]] = [
        ({}, [two, one, three]),
        ({"project_id": other["id"]}, [three]),
        ({"agent_id": str(centre.agent_ids[0])}, [one, three]),
        ({"team_id": str(centre.team_id)}, [one, three]),
        ({"from": "2026-11-01T00:00:00Z"}, [two, one]),
        ({"to": "2026-11-01T00:00:00Z"}, [three]),
        ({"complaint": True}, [two]),
        ({"complaint": False}, [one, three]),
        ({"csat_max": 2}, [two]),
        ({"tag": "Billing"}, [two]),
        ({"tag": "Bill"}, []),
        ({"has_recording": True}, [two]),
        ({"has_recording": False}, [one, three]),
        ({"evaluated": True}, []),
        ({"evaluated": False}, [two, one, three]),
        ({"q": "100%_"}, [two]),
        ({"q": "100_%"}, []),
        ({"q": "c-9"}, [two]),
        ({"q": "bill"}, [two]),
        ({"q": "illing"}, []),
        ({"csat_max": 5, "complaint": False, "q": plain["external_id"]}, [one]),
    ]
    for params, expected in wanted:
        assert await listed(centre.verifier, **params) == expected, params


async def test_a_call_counts_as_evaluated_once_an_evaluation_is_submitted(centre: Centre, database: Database) -> None:
    drafted = await push_call(centre.admin, centre.project_id, started_at="2026-11-01T00:00:00Z")
    submitted = await push_call(centre.admin, centre.project_id, started_at="2026-11-02T00:00:00Z")
    scorecard = await publish_scorecard(centre.leader, one_section(binary("a", "100")))
    await evaluate(database, centre, scorecard["id"], {drafted["id"]: "draft", submitted["id"]: "submitted"})
    for client in (centre.verifier, centre.leader):
        assert await listed(client, evaluated=True) == [submitted["id"]]
        assert await listed(client, evaluated=False) == [drafted["id"]]


async def test_a_verifier_does_not_learn_that_another_has_evaluated_a_call(centre: Centre, database: Database) -> None:
    call = await push_call(centre.admin, centre.project_id)
    scorecard = await publish_scorecard(centre.leader, one_section(binary("a", "100")))
    await evaluate(database, centre, scorecard["id"], {call["id"]: "submitted"})
    assert await listed(centre.second_verifier, evaluated=True) == []
    assert await listed(centre.second_verifier, evaluated=False, complaint=False, q=call["external_id"]) == [call["id"]]
    assert await listed(centre.leader, evaluated=True) == [call["id"]]


async def evaluate(database: Database, centre: Centre, scorecard_id: str, statuses: dict[str, str]) -> None:
    """Evaluations of those states, as rows and no more: how they come about is another package's business."""
    async with database.begin(Tenant(centre.tenant_id)) as session:
        act_as(session, Actor("system", None))
        version_of = "SELECT id FROM scorecard_versions WHERE scorecard_id = :scorecard_id"
        version_id = await session.fetch_value(version_of, scorecard_id=UUID(scorecard_id))
        for call_id, status in statuses.items():
            evaluation = {
                "tenant_id": centre.tenant_id,
                "id": new_id(),
                "call_id": UUID(call_id),
                "project_id": centre.project_id,
                "scorecard_id": UUID(scorecard_id),
                "scorecard_version_id": version_id,
                "verifier_id": centre.user_ids["verifier"],
                "status": status,
                "draft": {"answers": [], "comment": None} if status == "draft" else None,
                "submitted_at": None if status == "draft" else clock.now(),
            }
            await run(session, insert(EvaluationModel).values(evaluation))
        await events.record(session, RowsPrepared(subject_id=None))


@pytest.mark.parametrize("params", [{"from": "2026-11-01T00:00:00"}, {"csat_max": 6}, {"q": "\x00"}, {"tag": ""}])
async def test_a_filter_that_makes_no_sense_is_refused(centre: Centre, params: dict[str, Any]) -> None:
    assert (await centre.verifier.get("/v1/calls", params=params)).status_code == 422


async def test_a_list_takes_one_statement_however_many_calls_it_holds(centre: Centre, queries: QueryRecorder) -> None:
    for _ in range(3):
        await recorded_call(centre)
    queries.clear()
    page = (await centre.leader.get("/v1/calls")).json()
    assert all(call["recording"]["channels"] == 2 for call in page["items"])
    # Entering the scope and authenticating are the other two.
    assert len(queries) == 3


async def test_a_push_takes_four_statements_of_its_own(centre: Centre, queries: QueryRecorder) -> None:
    queries.clear()
    await push_call(centre.admin, centre.project_id)
    # References, the upsert, its event, and the call read back.
    assert len(queries) == 2 + 4
