"""Evaluations over HTTP, submitted at once."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.ids import new_id
from tests.calls.factories import push_call, store_recording
from tests.evaluations.examples import DEFINITION, GOOD, NOT_SOLVED
from tests.evaluations.factories import good_answers, make_subject, submit
from tests.identity.factories import bearer, journal, pointers, post_key
from tests.people import Centre
from tests.queries import QueryRecorder
from tests.scorecards.factories import binary, draft_scorecard, one_section, thirty_items


async def post(client: httpx.AsyncClient, subject: dict[str, str], answers: Any, **fields: Any) -> httpx.Response:
    return await client.post("/v1/evaluations", json={**subject, "answers": answers, "submit": True} | fields)


async def test_a_submitted_evaluation_is_scored_and_read_back_whole(centre: Centre) -> None:
    subject = await make_subject(centre, DEFINITION)
    created = await submit(centre.verifier, subject, NOT_SOLVED, comment="Polite.")
    read = await centre.verifier.get(f"/v1/evaluations/{created['id']}")
    assert read.json() == created
    nothing = {"fault": None, "reason": None, "comment": None, "at_s": None, "segment_id": None}
    assert created == {
        "id": created["id"],
        **subject,
        "project_id": str(centre.project_id),
        "agent_id": str(centre.agent_ids[0]),
        "scorecard_version": 1,
        "assignment_id": None,
        "verifier_id": str(centre.user_ids["verifier"]),
        "status": "submitted",
        "revision": 1,
        "score": 80.0,
        "agent_score": 100.0,
        "process_loss": 20.0,
        "score_before_fatal": 80.0,
        "passed": True,
        "sections": [{"key": "s0", "score": 80.0, "score_before_fatal": 80.0}],
        "families": {"customer": None, "business": None, "compliance": None},
        "fatal_items": [],
        "answers": [nothing | answer for answer in NOT_SOLVED],
        "comment": "Polite.",
        "dropped_items": [],
        "created_at": created["created_at"],
        "submitted_at": created["created_at"],
    }


async def test_answers_are_kept_in_the_order_of_the_scorecard(centre: Centre) -> None:
    subject = await make_subject(centre, DEFINITION)
    created = await submit(centre.verifier, subject, NOT_SOLVED[::-1])
    assert [answer["item"] for answer in created["answers"]] == ["greeted", "listened", "solved", "explained"]
    assert (await centre.verifier.get(f"/v1/evaluations/{created['id']}")).json() == created


async def test_every_answer_is_stored_with_its_credit_fault_and_evidence(centre: Centre, database: Database) -> None:
    subject = await make_subject(centre, DEFINITION)
    reason = {"value": "bad", "fault": "process", "reason": "forgot", "comment": "No name.", "at_s": 1.5}
    answers = good_answers(DEFINITION, greeted=reason, listened={"value": 1}, solved={"value": "part"})
    await submit(centre.verifier, subject, answers)
    async with database.begin(Tenant(centre.tenant_id)) as session:
        columns = "item, value, credit::text, is_error, fault, reason, comment, at_s::float8"
        rows = [tuple(row) for row in await session.fetch_all(f"SELECT {columns} FROM answers ORDER BY position")]
    assert rows == [
        ("greeted", "bad", "0.00000000", True, "process", "forgot", "No name.", 1.5),
        ("listened", "1", "0.33333333", True, "agent", None, None, None),
        ("solved", "part", "0.35000000", True, "agent", None, None, None),
        ("explained", "good", "1.00000000", False, None, None, None, None),
    ]


async def test_na_is_stored_without_credit(centre: Centre, database: Database) -> None:
    subject = await make_subject(centre, DEFINITION)
    created = await submit(centre.verifier, subject, [{"item": "greeted", "value": "na"}, *GOOD[1:]])
    assert created["answers"][0]["value"] == "na"
    async with database.begin(Tenant(centre.tenant_id)) as session:
        stored = await session.fetch_one("SELECT credit, is_error FROM answers WHERE item = 'greeted'")
    assert tuple(stored) == (None, False)


async def test_the_journal_holds_all_that_rules_need_of_a_submission(centre: Centre, database: Database) -> None:
    subject = await make_subject(centre, DEFINITION)
    created = await submit(centre.verifier, subject, NOT_SOLVED)
    [event] = await journal(database, centre, created["id"])
    assert (event.type, event.before) == ("evaluation.submitted", None)
    assert event.after
    assert event.after["errors"] == [{"item": "solved", "fault": "process", "reason": None}]
    recorded = {
        key: created[key] for key in ("call_id", "project_id", "agent_id", "assignment_id", "verifier_id", "revision")
    }
    assert recorded.items() <= event.after.items()
    assert (event.after["score"], event.after["passed"]) == ("80.00", True)
    assert (event.after["agent_score"], event.after["process_loss"]) == ("100.00", "20.00")


async def test_where_only_errors_of_others_count_there_is_no_agent_score(centre: Centre) -> None:
    definition = one_section(binary("solved", "100"))
    answers = good_answers(definition, solved={"value": "bad", "fault": "customer"})
    created = await submit(centre.verifier, await make_subject(centre, definition), answers)
    assert (created["score"], created["agent_score"], created["process_loss"]) == (0, None, 0)
    assert (await centre.verifier.get(f"/v1/evaluations/{created['id']}")).json() == created


async def test_where_no_item_applies_there_is_neither_score_nor_loss(centre: Centre) -> None:
    definition = one_section(binary("solved", "100", allow_na=True))
    created = await submit(centre.verifier, await make_subject(centre, definition), [{"item": "solved", "value": "na"}])
    assert (created["score"], created["agent_score"], created["process_loss"]) == (None, None, None)


async def test_submitting_thirty_items_takes_five_statements(centre: Centre, queries: QueryRecorder) -> None:
    definition = thirty_items()
    subject = await make_subject(centre, definition)
    await submit(centre.second_verifier, subject, good_answers(definition))
    queries.clear()
    await submit(centre.verifier, subject, good_answers(definition, i3={"value": "bad", "at_s": 3}))
    expected = (
        "SELECT set_config(",
        "FROM users",
        "JOIN calls",
        "INSERT INTO answers",
        "INSERT INTO events",
    )
    assert len(queries) == len(expected)
    for part, statement in zip(expected, queries.statements, strict=True):
        assert part in statement


async def test_an_evaluation_is_read_in_two_statements(centre: Centre, queries: QueryRecorder) -> None:
    created = await submit(centre.verifier, await make_subject(centre, DEFINITION), GOOD)
    queries.clear()
    await centre.verifier.get(f"/v1/evaluations/{created['id']}")
    assert len(queries) == 4  # with the scope and the user


@pytest.mark.parametrize(
    ("answers", "faults"),
    [
        (GOOD[:2], ["/answers"]),
        ([*GOOD, {"item": "smiled", "value": "good"}], ["/answers/3/item"]),
        ([*GOOD, GOOD[0]], ["/answers/3/item"]),
        ([{"item": "greeted", "value": "bad"}, *GOOD[1:]], ["/answers/0/fault"]),
        ([{"item": "greeted", "value": "bad", "fault": "agent", "reason": "tired"}, *GOOD[1:]], ["/answers/0/reason"]),
        ([GOOD[0] | {"fault": "agent"}, *GOOD[1:]], ["/answers/0/fault"]),
        ([GOOD[0] | {"at_s": 312.5}, *GOOD[1:]], ["/answers/0/at_s"]),
        ([GOOD[0] | {"segment_id": str(new_id())}, *GOOD[1:]], ["/answers/0/segment_id"]),
        ([GOOD[0], {"item": "listened", "value": 4}, GOOD[2]], ["/answers/1/value"]),
        ([GOOD[0] | {"value": True}, *GOOD[1:]], ["/answers/0/value"]),
        ([GOOD[0] | {"value": 2.5}, *GOOD[1:]], ["/answers/0/value"]),
        ([GOOD[0] | {"value": None}, *GOOD[1:]], ["/answers/0/value"]),
        ([GOOD[0] | {"at_s": -1}, *GOOD[1:]], ["/answers/0/at_s"]),
        ([GOOD[0] | {"comment": "x" * 20_001}, *GOOD[1:]], ["/answers/0/comment"]),
        ([GOOD[0] | {"verdict": "good"}, *GOOD[1:]], ["/answers/0/verdict"]),
        ([{"item": "greeted", "value": "bad", "fault": "nobody"}, *GOOD[1:]], ["/answers/0/fault"]),
        (GOOD * 67, ["/answers"]),
    ],
)
async def test_a_faulty_answer_is_named_and_nothing_is_left(
    centre: Centre, answers: list[dict[str, Any]], faults: list[str]
) -> None:
    subject = await make_subject(centre, DEFINITION)
    refused = await post(centre.verifier, subject, answers)
    assert pointers(refused) == faults
    assert (await centre.leader.get("/v1/evaluations")).json()["items"] == []


async def test_all_faults_of_the_answers_are_named_at_once(centre: Centre) -> None:
    subject = await make_subject(centre, DEFINITION)
    answers = [{"item": "greeted", "value": "bad", "at_s": 400}, {"item": "smiled", "value": "good"}]
    refused = await post(centre.verifier, subject, answers)
    assert refused.json()["code"] == "faulty_answers"
    assert sorted(pointers(refused)) == [
        "/answers",
        "/answers",
        "/answers/0/at_s",
        "/answers/0/fault",
        "/answers/1/item",
    ]


async def test_evidence_may_lie_after_the_call_as_long_as_the_recording_lasts(centre: Centre) -> None:
    subject = await make_subject(centre, DEFINITION, duration_s=0)
    await store_recording(centre.admin, subject["call_id"])
    answers = [GOOD[0] | {"at_s": 0.9}, *GOOD[1:]]
    assert (await submit(centre.verifier, subject, answers))["answers"][0]["at_s"] == 0.9


async def test_a_second_evaluation_of_the_call_is_a_conflict_that_names_the_first(centre: Centre) -> None:
    subject = await make_subject(centre, DEFINITION)
    first = await submit(centre.verifier, subject, GOOD)
    again = await post(centre.verifier, subject, GOOD)
    assert (again.status_code, again.json()["code"]) == (409, "already_evaluated")
    assert first["id"] in again.json()["detail"]
    assert again.headers["Location"] == f"/v1/evaluations/{first['id']}"
    assert (await post(centre.verifier, subject, GOOD, submit=False)).status_code == 409
    assert (await submit(centre.second_verifier, subject, GOOD))["id"] != first["id"]


async def test_a_retry_with_its_key_is_answered_again_and_done_once(centre: Centre) -> None:
    subject = await make_subject(centre, DEFINITION)
    body, headers = {**subject, "answers": GOOD, "submit": True}, {"Idempotency-Key": str(uuid4())}
    first = await centre.verifier.post("/v1/evaluations", json=body, headers=headers)
    again = await centre.verifier.post("/v1/evaluations", json=body, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"


async def test_of_many_at_once_one_is_written_and_the_others_conflict(centre: Centre) -> None:
    subject = await make_subject(centre, DEFINITION)
    answers = await asyncio.gather(*(post(centre.verifier, subject, GOOD) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert len((await centre.leader.get("/v1/evaluations")).json()["items"]) == 1


@pytest.mark.parametrize("what", ["call_id", "scorecard_id", "assignment_id"])
async def test_what_is_not_there_is_named(centre: Centre, what: str) -> None:
    subject = await make_subject(centre, DEFINITION)
    refused = await post(centre.verifier, subject | {what: str(new_id())}, GOOD)
    assert pointers(refused) == [f"/{what}"]


async def test_a_scorecard_of_another_project_does_not_fit_the_call(centre: Centre) -> None:
    project = {"name": "Loans", "timezone": "Europe/Moscow", "language": "en"}
    other = (await centre.admin.post("/v1/projects", json=project)).json()
    subject = await make_subject(centre, DEFINITION)
    elsewhere = await push_call(centre.admin, other["id"], agent_external_id="a-2")
    read = await centre.leader.get(f"/v1/scorecards/{subject['scorecard_id']}")
    narrowed = await centre.leader.patch(
        f"/v1/scorecards/{subject['scorecard_id']}",
        json={"project_id": str(centre.project_id)},
        headers={"If-Match": read.headers["ETag"]},
    )
    assert narrowed.status_code == 200
    refused = await post(centre.verifier, subject | {"call_id": elsewhere["id"]}, GOOD)
    assert pointers(refused) == ["/scorecard_id"]
    assert (await post(centre.verifier, subject, GOOD)).status_code == 201


async def test_a_scorecard_without_a_published_version_scores_nothing(centre: Centre) -> None:
    subject = await make_subject(centre, DEFINITION)
    scorecard = await draft_scorecard(centre.leader, DEFINITION)
    refused = await post(centre.verifier, subject | {"scorecard_id": scorecard["id"]}, GOOD)
    assert (refused.status_code, refused.json()["code"]) == (409, "scorecard_not_published")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evaluations SET submitted_at = NULL",
        "DELETE FROM evaluations",
        "UPDATE evaluation_revisions SET score = 100",
        "DELETE FROM answers",
    ],
)
async def test_the_database_itself_refuses_to_change_what_was_submitted(
    centre: Centre, database: Database, statement: str
) -> None:
    await submit(centre.verifier, await make_subject(centre, DEFINITION), GOOD)
    with pytest.raises(Exception, match=r"never changes|append-only|permission denied"):
        async with database.begin(Tenant(centre.tenant_id)) as session:
            await session.execute(statement)


async def test_an_agent_may_not_evaluate(centre: Centre) -> None:
    assert (await post(centre.agent_user, await make_subject(centre, DEFINITION), GOOD)).status_code == 403


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/submit"), ("GET", "/revisions")])
async def test_an_evaluation_that_is_not_there_is_not_found(centre: Centre, method: str, path: str) -> None:
    missing = await centre.verifier.request(method, f"/v1/evaluations/{new_id()}{path}")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


async def test_a_key_evaluates_for_its_user_and_sees_what_they_see(centre: Centre, app: FastAPI) -> None:
    subject = await make_subject(centre, DEFINITION)
    verifier_id = str(centre.user_ids["verifier"])
    made = await post_key(centre.admin, "evaluations:read", "evaluations:write", user_id=verifier_id)
    async with bearer(app, made.json()["key"]) as key:
        created = await submit(key, subject, GOOD)
        assert created["verifier_id"] == verifier_id
        assert (await key.get(f"/v1/evaluations/{created['id']}")).json() == created
        another = await submit(centre.second_verifier, subject, GOOD)
        assert (await key.get(f"/v1/evaluations/{another['id']}")).status_code == 404
