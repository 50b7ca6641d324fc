"""Fault checks over HTTP: what a checker sees and decides, and what leaders see and change."""

from typing import Any

import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.platform.database import Database
from tests.assignments.factories import both_verifiers, code_of, events_of, skip, supervise
from tests.calibration.checks.factories import (
    CHECKS,
    GREETING_BAD,
    SOLUTION_BAD,
    checked_errors,
    checked_plan,
    client_of,
    complete,
    hired,
    one_check,
    submitted,
    tend,
)
from tests.people import Centre
from tests.running import deliver_events
from tests.sampling.tenant_factories import items_of

# Of the evaluation and of nothing that a checker may know.
MARKS = ("No name", "No article", "As I heard it")


async def test_a_checker_sees_the_call_the_items_and_the_evidence(centre: Centre, database: Database) -> None:
    check, checker = await one_check(centre, database, GREETING_BAD, SOLUTION_BAD)
    (seen,) = await items_of(centre.client(checker), CHECKS, state="open", checker_id="me")
    assert [(error["item"], error["title"], error["at_s"]) for error in seen["errors"]] == [
        ("greeting", "Item greeting", 2.5),
        ("solution", "Item solution", None),
    ]
    assert set(seen["errors"][0]) == {"item", "title", "good", "bad", "at_s", "segment_id", "fault", "comment"}
    assert set(seen["call"]) == {
        "id",
        "started_at",
        "duration_s",
        "direction",
        "language",
        "has_recording",
        "transcript_status",
    }
    assert (seen["scorecard_version"], seen["state"], seen["given_at"] is not None) == (1, "open", True)
    one = await centre.client(checker).get(f"{CHECKS}/{check['id']}")
    assert one.json() == seen


async def test_a_checker_sees_neither_the_mark_nor_the_scorer(centre: Centre, database: Database) -> None:
    check, checker = await one_check(centre, database, GREETING_BAD, SOLUTION_BAD)
    text = (await centre.client(checker).get(f"{CHECKS}/{check['id']}")).text
    scorer = {"verifier": "second_verifier", "second_verifier": "verifier"}[checker]
    for secret in (*MARKS, str(centre.user_ids[scorer]), check["evaluation_id"], str(centre.agent_ids[1])):
        assert secret not in text
    assert [error["fault"] for error in (await centre.client(checker).get(CHECKS)).json()["items"][0]["errors"]] == [
        None,
        None,
    ]
    assert (await centre.client(checker).get(f"/v1/evaluations/{check['evaluation_id']}")).status_code == 404


async def test_a_verifier_sees_only_the_own_checks(centre: Centre, database: Database) -> None:
    check, checker = await one_check(centre, database)
    other = centre.client({"verifier": "second_verifier", "second_verifier": "verifier"}[checker])
    assert await items_of(other, CHECKS) == []
    assert await items_of(other, CHECKS, checker_id=check["checker_id"]) == []
    assert (await other.get(f"{CHECKS}/{check['id']}")).status_code == 404
    assert (await complete(other, check, solution="agent")).status_code == 404
    assert (await other.get(f"{CHECKS}/counts")).status_code == 403


async def test_the_verdicts_become_checked_errors_with_the_probability_of_the_check(
    centre: Centre, database: Database
) -> None:
    check, checker = await one_check(centre, database, GREETING_BAD, SOLUTION_BAD)
    body = {
        "errors": [
            {"item": "solution", "fault": "no_error", "comment": "It was solved"},
            {"item": "greeting", "fault": "process"},
        ]
    }
    done = await centre.client(checker).post(f"{CHECKS}/{check['id']}", json=body)
    assert done.status_code == 200, done.text
    assert [(error["fault"], error["comment"]) for error in done.json()["errors"]] == [
        ("process", None),
        ("no_error", "It was solved"),
    ]
    assert done.json()["state"] == "done"
    rows = await checked_errors(database, centre)
    assert [(row["item"], row["verdict"], row["value"]) for row in rows] == [
        ("greeting", "process", None),
        ("solution", "no_error", None),
    ]
    for row in rows:
        assert (row["source"], str(row["source_id"])) == ("fault_check", check["id"])
        assert (row["by_chance"], row["inclusion_prob_e12"]) == (True, 10**12)
        assert str(row["evaluation_id"]) == check["evaluation_id"]
    journal = await events_of(centre, database, check["id"])
    assert [event["type"] for event in journal] == [
        "fault_check.drawn",
        "fault_check.given",
        "fault_check.completed",
        "errors.checked",
    ]


async def test_the_same_verdicts_again_give_the_same_answer_and_others_are_refused(
    centre: Centre, database: Database
) -> None:
    check, checker = await one_check(centre, database)
    client = centre.client(checker)
    first = await complete(client, check, solution="process")
    again = await complete(client, check, solution="process")
    assert (first.status_code, again.status_code, first.json()) == (200, 200, again.json())
    assert code_of(await complete(client, check, solution="agent")) == (409, "fault_check_closed")
    assert [row["verdict"] for row in await checked_errors(database, centre)] == ["process"]


@pytest.mark.parametrize(
    ("errors", "pointers"),
    [
        ([], ["/errors", "/errors"]),
        ([{"item": "solution", "fault": "agent"}], ["/errors"]),
        (
            [{"item": "solution", "fault": "agent"}, {"item": "solution", "fault": "process"}],
            ["/errors/0/item", "/errors/1/item", "/errors"],
        ),
        (
            [{"item": item, "fault": "agent"} for item in ("greeting", "solution", "unknown")],
            ["/errors/2/item"],
        ),
        ([{"item": "solution", "fault": "nobody"}, {"item": "greeting", "fault": "agent"}], ["/errors/0/fault"]),
        ([{"item": "solution", "value": "bad", "fault": "agent"}], ["/errors/0/value"]),
    ],
)
async def test_every_error_is_decided_exactly_once(
    centre: Centre, database: Database, errors: list[dict[str, Any]], pointers: list[str]
) -> None:
    check, checker = await one_check(centre, database, GREETING_BAD, SOLUTION_BAD)
    refused = await centre.client(checker).post(f"{CHECKS}/{check['id']}", json={"errors": errors})
    assert refused.status_code == 422, refused.text
    assert [error["pointer"] for error in refused.json()["errors"]] == pointers
    assert await checked_errors(database, centre) == []


@pytest.mark.parametrize("role", ["leader", "admin"])
async def test_whoever_can_read_the_marks_does_no_check(centre: Centre, database: Database, role: str) -> None:
    check, _ = await one_check(centre, database)
    assert code_of(await complete(centre.client(role), check, solution="agent")) == (403, "forbidden")


async def test_a_checker_who_has_come_to_supervise_the_agent_does_no_check(centre: Centre, database: Database) -> None:
    check, checker = await one_check(centre, database)
    await supervise(database, centre, centre.agent_ids[1], centre.user_ids[checker])
    refused = await complete(centre.client(checker), check, solution="agent")
    assert code_of(refused) == (409, "conflict_of_interest")


async def test_leaders_see_how_many_were_drawn_and_what_became_of_them(centre: Centre, database: Database) -> None:
    await checked_plan(centre, database, calls=4)
    for assignment in await items_of(centre.leader, "/v1/assignments"):
        await submitted(client_of(centre, assignment), assignment, SOLUTION_BAD)
    await deliver_events(database, centre.tenant_id)
    (check, *_) = await items_of(centre.leader, CHECKS)
    client = client_of(centre, {"verifier_id": check["checker_id"]})
    assert (await complete(client, check, solution="agent")).status_code == 200
    counts = (await centre.leader.get(f"{CHECKS}/counts")).json()["items"]
    assert counts == [
        {"plan_id": check["plan_id"], "drawn": 4, "done": 1, "open": 3, "unassigned": 0, "expired": 0},
    ]
    for name in ("project_id", "plan_id", "draw_id"):
        assert len(await items_of(centre.leader, CHECKS, **{name: check[name]})) == 4
        assert (await centre.leader.get(f"{CHECKS}/counts", params={name: check[name]})).json()["items"] == counts
        assert await items_of(centre.leader, CHECKS, **{name: check["id"]}) == []
        assert (await centre.leader.get(f"{CHECKS}/counts", params={name: check["id"]})).json()["items"] == []
    states = [one["state"] for one in await items_of(centre.leader, CHECKS)]
    assert sorted(states) == ["done", "open", "open", "open"]
    assert [one["id"] for one in await items_of(centre.leader, CHECKS, state="done")] == [check["id"]]


async def test_a_check_that_nobody_may_do_waits_with_its_reason(centre: Centre, database: Database) -> None:
    verifier = str(centre.user_ids["verifier"])
    await checked_plan(centre, database, verifier_ids=[verifier])
    (assignment,) = await items_of(centre.leader, "/v1/assignments")
    await submitted(centre.verifier, assignment, SOLUTION_BAD)
    await deliver_events(database, centre.tenant_id)
    (check,) = await items_of(centre.leader, CHECKS, checker_id="none")
    assert (check["checker_id"], check["obstacle"], check["given_at"]) == (None, "nobody_eligible", None)


async def test_a_leader_gives_a_check_to_another_verifier(
    app: FastAPI, context: AppContext, centre: Centre, database: Database
) -> None:
    async with hired(app, context, centre) as (third_id, third):
        verifiers = [*both_verifiers(centre)["verifier_ids"], str(third_id)]
        await checked_plan(centre, database, verifier_ids=verifiers)
        (assignment,) = await items_of(centre.leader, "/v1/assignments")
        names = {str(user_id): name for name, user_id in centre.user_ids.items()}
        scorer = (
            third if assignment["verifier_id"] == str(third_id) else centre.client(names[assignment["verifier_id"]])
        )
        await submitted(scorer, assignment, SOLUTION_BAD)
        await deliver_events(database, centre.tenant_id)
        (check,) = await items_of(centre.leader, CHECKS)
        (other,) = set(verifiers) - {assignment["verifier_id"], check["checker_id"]}
        url = f"{CHECKS}/{check['id']}/reassign"
        body = {"checker_id": other, "reason": "On holiday"}
        given = await centre.leader.post(url, json=body)
        assert given.status_code == 200, given.text
        assert (given.json()["checker_id"], given.json()["obstacle"]) == (other, None)
        (event,) = [one for one in await events_of(centre, database, check["id"]) if "reassigned" in one["type"]]
        assert (event["before"]["checker_id"], event["after"]["checker_id"]) == (check["checker_id"], other)
        assert event["after"]["reason"] == "On holiday"


@pytest.mark.parametrize(
    ("whom", "code", "pointer"),
    [
        ("scorer", "own_scoring", None),
        ("present", "already_checking", None),
        ("leader", "invalid", "/checker_id"),
        ("agent", "invalid", "/checker_id"),
    ],
)
async def test_it_is_given_to_nobody_who_may_not_do_it(
    centre: Centre, database: Database, whom: str, code: str, pointer: str | None
) -> None:
    check, checker = await one_check(centre, database)
    scorer = {"verifier": "second_verifier", "second_verifier": "verifier"}[checker]
    user_id = centre.user_ids[{"scorer": scorer, "present": checker}.get(whom, whom)]
    body = {"checker_id": str(user_id), "reason": "On holiday"}
    refused = await centre.leader.post(f"{CHECKS}/{check['id']}/reassign", json=body)
    assert refused.json()["code"] == code, refused.text
    assert pointer is None or refused.json()["errors"][0]["pointer"] == pointer


async def test_it_is_given_to_nobody_with_a_conflict_of_interest(
    app: FastAPI, context: AppContext, centre: Centre, database: Database
) -> None:
    check, _ = await one_check(centre, database)
    async with hired(app, context, centre) as (third_id, _):
        await supervise(database, centre, centre.agent_ids[1], third_id)
        plan = await centre.leader.get(f"/v1/sampling-plans/{check['plan_id']}")
        members = {"verifier_ids": [*plan.json()["verifier_ids"], str(third_id)]}
        headers = {"If-Match": plan.headers["ETag"]}
        assert (await centre.leader.patch(str(plan.url), json=members, headers=headers)).status_code == 200
        body = {"checker_id": str(third_id), "reason": "On holiday"}
        refused = await centre.leader.post(f"{CHECKS}/{check['id']}/reassign", json=body)
        assert code_of(refused) == (409, "conflict_of_interest")


async def test_only_leaders_give_checks_to_others_and_only_open_ones(centre: Centre, database: Database) -> None:
    check, checker = await one_check(centre, database)
    url, body = f"{CHECKS}/{check['id']}/reassign", {"checker_id": check["checker_id"], "reason": "On holiday"}
    assert (await centre.client(checker).post(url, json=body)).status_code == 403
    blank = await centre.leader.post(url, json=body | {"reason": " "})
    assert blank.json()["errors"][0]["pointer"] == "/reason"
    await complete(centre.client(checker), check, solution="agent")
    assert code_of(await centre.leader.post(url, json=body)) == (409, "fault_check_closed")


async def test_a_check_stays_on_the_errors_as_they_were_submitted(centre: Centre, database: Database) -> None:
    check, checker = await one_check(centre, database, SOLUTION_BAD)
    body = {"answers": [{"item": item, "value": "good"} for item in ("greeting", "solution")], "why": "Listened again"}
    revised = await centre.leader.post(f"/v1/evaluations/{check['evaluation_id']}/revisions", json=body)
    assert revised.status_code == 201, revised.text
    assert [error["item"] for error in check["errors"]] == ["solution"]
    assert (await complete(centre.client(checker), check, solution="no_error")).status_code == 200


async def test_while_a_scoring_of_the_call_is_open_nobody_is_given_its_check(
    app: FastAPI, context: AppContext, centre: Centre, database: Database
) -> None:
    """Whoever knows which items are errors must not be given the second scoring of the call afterwards."""
    async with hired(app, context, centre) as (third_id, third):
        verifiers = [*both_verifiers(centre)["verifier_ids"], str(third_id)]
        clients = {str(third_id): third} | {str(centre.user_ids[name]): centre.client(name) for name in centre.user_ids}
        await checked_plan(centre, database, double_score_rate=1, verifier_ids=verifiers)
        first, second = await items_of(centre.leader, "/v1/assignments")
        await submitted(clients[first["verifier_id"]], first, SOLUTION_BAD)
        await deliver_events(database, centre.tenant_id)
        (check,) = await items_of(centre.leader, CHECKS)
        assert (check["checker_id"], check["obstacle"]) == (None, "scoring_open")
        (free,) = set(verifiers) - {first["verifier_id"], second["verifier_id"]}
        url, body = f"{CHECKS}/{check['id']}/reassign", {"checker_id": free, "reason": "Hurry"}
        assert code_of(await centre.leader.post(url, json=body)) == (409, "scoring_open")
        assert (await skip(clients[second["verifier_id"]], second)).status_code == 200
        await deliver_events(database, centre.tenant_id)
        (check,) = await items_of(centre.leader, CHECKS)
        assert (check["checker_id"], check["obstacle"]) == (free, None)


async def test_the_check_of_a_checker_who_has_left_goes_to_another(
    app: FastAPI, context: AppContext, centre: Centre, database: Database
) -> None:
    async with hired(app, context, centre) as (third_id, third):
        verifiers = [*both_verifiers(centre)["verifier_ids"], str(third_id)]
        clients = {str(third_id): third} | {str(centre.user_ids[name]): centre.client(name) for name in centre.user_ids}
        made = await checked_plan(centre, database, verifier_ids=verifiers)
        (assignment,) = await items_of(centre.leader, "/v1/assignments")
        await submitted(clients[assignment["verifier_id"]], assignment, SOLUTION_BAD)
        await deliver_events(database, centre.tenant_id)
        (check,) = await items_of(centre.leader, CHECKS)
        user = await centre.admin.get(f"/v1/users/{check['checker_id']}")
        headers = {"If-Match": user.headers["ETag"]}
        assert (await centre.admin.patch(str(user.url), json={"active": False}, headers=headers)).status_code == 200
        await tend(database, centre, made["id"])
        (after,) = await items_of(centre.leader, CHECKS)
        assert {after["checker_id"], check["checker_id"], assignment["verifier_id"]} == set(verifiers)
