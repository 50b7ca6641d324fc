"""Double scorings over HTTP: listed for leaders, compared item by item, decided by a third person."""

import asyncio
from typing import Any

import httpx
import pytest

from app.platform.database import Database
from tests.assignments.factories import (
    both_verifiers,
    code_of,
    doubled,
    drawn,
    evaluate,
    events_of,
    reassign,
    skip,
    supervise,
)
from tests.calibration.checks.factories import (
    DOUBLES,
    GREETING_BAD,
    SOLUTION_BAD,
    adjudicate,
    checked_errors,
    client_of,
    scored_twice,
    submitted,
)
from tests.evaluations.examples import DEFINITION, GOOD, NOT_SOLVED
from tests.people import Centre
from tests.sampling.tenant_factories import items_of
from tests.scorecards.factories import publish_scorecard

GREETING_GOOD = {"item": "greeting", "value": "good"}
GREETING = {"item": "greeting", "value": "bad", "fault": "process", "comment": "The script has no greeting"}
SOLUTION = {"item": "solution", "value": "bad", "fault": "agent"}


async def differing(centre: Centre, database: Database) -> dict[str, Any]:
    """A double scoring: one scorer has an error at the greeting, and both have one at the solution, of other faults."""
    assignments = await doubled(centre, database)
    agents = {**SOLUTION_BAD, "fault": "agent", "comment": None}
    return await scored_twice(centre, assignments, [GREETING_BAD, SOLUTION_BAD], [agents])


async def pointers(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [error["pointer"] for error in answer.json()["errors"]]


async def test_its_state_follows_the_two_scorings_and_the_decision(centre: Centre, database: Database) -> None:
    assignments = await doubled(centre, database)
    states = []
    for assignment in assignments:
        states += [one["state"] for one in await items_of(centre.leader, DOUBLES)]
        await submitted(client_of(centre, assignment), assignment, SOLUTION_BAD)
    (double_score,) = await items_of(centre.leader, DOUBLES)
    states.append(double_score["state"])
    decided = await adjudicate(centre.leader, double_score, SOLUTION)
    assert decided.status_code == 200, decided.text
    assert [*states, decided.json()["state"]] == ["waiting", "waiting", "open", "decided"]
    for state in ("waiting", "open", "skipped", "decided"):
        assert len(await items_of(centre.leader, DOUBLES, state=state)) == (state == "decided")


async def test_one_that_is_skipped_is_named_as_such_and_cannot_be_decided(centre: Centre, database: Database) -> None:
    record, second = await doubled(centre, database)
    await submitted(client_of(centre, record), record, SOLUTION_BAD)
    assert (await skip(client_of(centre, second), second)).status_code == 200
    (double_score,) = await items_of(centre.leader, DOUBLES, state="skipped")
    assert (double_score["record"]["state"], double_score["second"]["state"]) == ("done", "skipped")
    assert code_of(await adjudicate(centre.leader, double_score, SOLUTION)) == (409, "not_both_submitted")
    detail = (await centre.leader.get(f"{DOUBLES}/{double_score['id']}")).json()
    assert (detail["items"], detail["agreement"], detail["record_scoring"]) == ([], None, None)


async def test_a_draft_shows_nothing_yet(centre: Centre, database: Database) -> None:
    record, second = await doubled(centre, database)
    await submitted(client_of(centre, record), record, SOLUTION_BAD)
    body = {"call_id": second["call_id"], "scorecard_id": second["scorecard_id"], "assignment_id": second["id"]}
    assert (await client_of(centre, second).post("/v1/evaluations", json=body)).status_code == 201
    (double_score,) = await items_of(centre.leader, DOUBLES)
    assert (double_score["state"], double_score["second"]["evaluation_id"]) == ("waiting", None)


async def test_both_scorings_are_compared_item_by_item(centre: Centre, database: Database) -> None:
    double_score = await differing(centre, database)
    detail = (await centre.leader.get(f"{DOUBLES}/{double_score['id']}")).json()
    greeting, solution = detail["items"]
    assert (greeting["item"], greeting["title"]) == ("greeting", "Item greeting")
    assert (greeting["record"]["comment"], greeting["record"]["at_s"]) == ("No name", 2.5)
    assert (greeting["second"]["value"], greeting["values_differ"], greeting["must_be_decided"]) == ("good", True, True)
    assert (solution["record"]["fault"], solution["second"]["fault"]) == ("process", "agent")
    assert (solution["values_differ"], solution["must_be_decided"]) == (False, True)
    assert detail["agreement"] == 0.5
    scorings = [detail[name] for name in ("record_scoring", "second_scoring")]
    figures = [(scoring["score"], scoring["agent_score"], scoring["process_loss"]) for scoring in scorings]
    assert figures == [(0, 0, 50), (50, 50, 0)]
    assert detail["record_scoring"]["comment"] == "As I heard it"
    assert detail["inclusion_probability"] == 1
    assert detail["decisions"] == []


async def test_what_was_first_submitted_is_compared_whatever_was_revised_since(
    centre: Centre, database: Database
) -> None:
    double_score = await differing(centre, database)
    evaluation_id = double_score["record"]["evaluation_id"]
    body = {"answers": [GREETING_GOOD, {"item": "solution", "value": "good"}], "why": "Listened again"}
    assert (await centre.leader.post(f"/v1/evaluations/{evaluation_id}/revisions", json=body)).status_code == 201
    detail = (await centre.leader.get(f"{DOUBLES}/{double_score['id']}")).json()
    assert (detail["record_scoring"]["score"], detail["record_scoring"]["revisions"]) == (0, 2)
    assert [item["must_be_decided"] for item in detail["items"]] == [True, True]


async def test_each_error_of_either_scoring_becomes_a_checked_error(centre: Centre, database: Database) -> None:
    double_score = await differing(centre, database)
    decided = await adjudicate(centre.leader, double_score, GREETING_GOOD, SOLUTION, comment="Listened twice")
    assert decided.status_code == 200, decided.text
    (decision,) = decided.json()["decisions"]
    assert (decision["number"], decision["comment"], decision["revision"]) == (1, "Listened twice", None)
    assert decision["decided_by"] == str(centre.user_ids["leader"])
    rows = await checked_errors(database, centre)
    record, second = (double_score[name]["evaluation_id"] for name in ("record", "second"))
    assert [(row["item"], str(row["evaluation_id"]), row["verdict"], row["value"]) for row in rows] == sorted(
        [
            ("greeting", record, "no_error", "good"),
            ("solution", record, "agent", "bad"),
            ("solution", second, "agent", "bad"),
        ]
    )
    assert {(row["source"], str(row["source_id"])) for row in rows} == {("double_score", double_score["id"])}
    assert {(row["by_chance"], row["inclusion_prob_e12"]) for row in rows} == {(True, 10**12)}
    assert {str(row["scorecard_id"]) for row in rows} == {double_score["scorecard_id"]}


async def test_the_evaluations_stay_as_they_are_unless_asked_for(centre: Centre, database: Database) -> None:
    double_score = await differing(centre, database)
    url = f"/v1/evaluations/{double_score['record']['evaluation_id']}"
    before = (await centre.leader.get(url)).json()
    await adjudicate(centre.leader, double_score, GREETING_GOOD, SOLUTION)
    assert (await centre.leader.get(url)).json() == before


async def test_the_evaluation_of_record_is_revised_if_asked_for(centre: Centre, database: Database) -> None:
    double_score = await differing(centre, database)
    decided = await adjudicate(centre.leader, double_score, GREETING, SOLUTION, comment="Both", revise=True)
    assert decided.status_code == 200, decided.text
    assert decided.json()["decisions"][0]["revision"] == 2
    url = f"/v1/evaluations/{double_score['record']['evaluation_id']}"
    evaluation = (await centre.leader.get(url)).json()
    greeting, solution = evaluation["answers"]
    assert (greeting["fault"], greeting["at_s"], solution["fault"]) == ("process", 2.5, "agent")
    assert evaluation["comment"] == "As I heard it"
    assert (evaluation["score"], evaluation["agent_score"], evaluation["process_loss"]) == (0, 0, 50)
    first, second = await items_of(centre.leader, f"{url}/revisions")
    assert (first["kind"], second["kind"], second["why"]) == (None, "calibration", "Both")
    other = (await centre.leader.get(f"/v1/evaluations/{double_score['second']['evaluation_id']}")).json()
    assert other["revision"] == 1


async def test_every_item_that_must_be_decided_is_asked_for(centre: Centre, database: Database) -> None:
    double_score = await differing(centre, database)
    refused = await adjudicate(centre.leader, double_score)
    assert code_of(refused) == (422, "faulty_decision")
    details = [error["detail"] for error in refused.json()["errors"]]
    assert details == [
        "The item 'greeting' is not decided: it is an error in at least one scoring.",
        "The item 'solution' is not decided: it is an error in at least one scoring.",
    ]
    assert await checked_errors(database, centre) == []


@pytest.mark.parametrize(
    ("answer", "pointer"),
    [
        ({"item": "solution", "value": "bad"}, "/answers/0/fault"),
        ({"item": "solution", "value": "good", "fault": "agent"}, "/answers/0/fault"),
        ({"item": "solution", "value": "na"}, "/answers/0/value"),
        ({"item": "solution", "value": "bad", "fault": "no_error"}, "/answers/0/fault"),
        ({"item": "unknown", "value": "bad", "fault": "agent"}, "/answers/0/item"),
        ({"item": "solution", "value": "bad", "fault": "agent", "reason": "x"}, "/answers/0/reason"),
        ({"item": "solution", "value": "bad", "fault": "agent", "at_s": 1}, "/answers/0/at_s"),
    ],
)
async def test_an_answer_that_the_scorecard_does_not_take_is_refused(
    centre: Centre, database: Database, answer: dict[str, Any], pointer: str
) -> None:
    double_score = await differing(centre, database)
    assert pointer in await pointers(await adjudicate(centre.leader, double_score, answer, GREETING_GOOD))


async def test_it_is_decided_once(centre: Centre, database: Database) -> None:
    double_score = await differing(centre, database)
    assert (await adjudicate(centre.leader, double_score, GREETING_GOOD, SOLUTION)).status_code == 200
    refused = await adjudicate(centre.admin, double_score, GREETING, SOLUTION)
    assert code_of(refused) == (409, "already_decided")
    assert refused.headers["Location"] == f"{DOUBLES}/{double_score['id']}"
    assert len(await checked_errors(database, centre)) == 3


async def test_a_correction_with_a_reason_replaces_a_decision(centre: Centre, database: Database) -> None:
    double_score = await differing(centre, database)
    await adjudicate(centre.leader, double_score, GREETING_GOOD, SOLUTION)
    corrected = await adjudicate(centre.admin, double_score, GREETING, SOLUTION, why="There is a greeting after all")
    assert corrected.status_code == 200, corrected.text
    assert [one["number"] for one in corrected.json()["decisions"]] == [1, 2]
    rows = await checked_errors(database, centre)
    assert [row["verdict"] for row in rows] == ["process", "agent", "agent"]
    assert [row["verdict"] for row in await checked_errors(database, centre, counting=False)] == [
        "no_error",
        "agent",
        "agent",
    ]
    journal = await events_of(centre, database, double_score["id"])
    assert [event["type"] for event in journal] == [
        "double_score.decided",
        "errors.checked",
        "double_score.corrected",
        "errors.checked",
    ]
    assert journal[2]["before"]["number"] == 1
    assert journal[2]["after"]["why"] == "There is a greeting after all"
    assert journal[3]["after"]["superseded"] == 3


async def test_a_first_decision_corrects_nothing(centre: Centre, database: Database) -> None:
    double_score = await differing(centre, database)
    refused = await adjudicate(centre.leader, double_score, GREETING_GOOD, SOLUTION, why="Because")
    assert await pointers(refused) == ["/why"]
    blank = await adjudicate(centre.leader, double_score, GREETING_GOOD, SOLUTION, why=" ")
    assert await pointers(blank) == ["/why"]


async def test_a_retry_with_its_key_is_answered_the_same(centre: Centre, database: Database) -> None:
    double_score = await differing(centre, database)
    url, body = f"{DOUBLES}/{double_score['id']}/adjudicate", {"answers": [GREETING_GOOD, SOLUTION]}
    first, again = [await centre.leader.post(url, json=body, headers={"Idempotency-Key": "one"}) for _ in range(2)]
    assert (first.status_code, again.status_code, first.json()) == (200, 200, again.json())
    assert len(await checked_errors(database, centre)) == 3


async def test_of_two_decisions_at_the_same_time_one_is_made(centre: Centre, database: Database) -> None:
    double_score = await differing(centre, database)
    decisions = [adjudicate(client, double_score, GREETING, SOLUTION) for client in (centre.leader, centre.admin)]
    assert sorted(answer.status_code for answer in await asyncio.gather(*decisions)) == [200, 409]
    assert len(await checked_errors(database, centre)) == 3


async def test_an_item_that_a_later_revision_hid_is_answered_as_it_was_submitted(
    centre: Centre, database: Database
) -> None:
    scorecard = await publish_scorecard(centre.leader, DEFINITION)
    await drawn(centre, database, double_score_rate=1, scorecard_id=scorecard["id"], **both_verifiers(centre))
    assignments = sorted(await items_of(centre.leader, "/v1/assignments"), key=lambda one: int(one["place"]))
    for assignment in assignments:
        answer = await evaluate(client_of(centre, assignment), assignment, answers=NOT_SOLVED)
        assert answer.status_code == 201, answer.text
    (double_score,) = await items_of(centre.leader, DOUBLES)
    evaluation_id = double_score["record"]["evaluation_id"]
    body = {"answers": GOOD, "why": "It was solved"}
    assert (await centre.leader.post(f"/v1/evaluations/{evaluation_id}/revisions", json=body)).status_code == 201
    nothing = {"item": "solved", "value": "nothing", "fault": "agent"}
    decided = await adjudicate(centre.leader, double_score, nothing, revise=True)
    assert decided.status_code == 200, decided.text
    revised = (await centre.leader.get(f"/v1/evaluations/{evaluation_id}")).json()
    assert [answer["item"] for answer in revised["answers"]] == ["greeted", "listened", "solved", "explained"]


@pytest.mark.parametrize("role", ["verifier", "second_verifier", "agent"])
async def test_nobody_else_sees_or_decides_it(centre: Centre, database: Database, role: str) -> None:
    double_score = await differing(centre, database)
    client = centre.client(role)
    await adjudicate(centre.leader, double_score, GREETING_GOOD, SOLUTION)
    assert (await client.get(DOUBLES)).status_code == 403
    assert (await client.get(f"{DOUBLES}/{double_score['id']}")).status_code == 403
    assert (await adjudicate(client, double_score, GREETING_GOOD, SOLUTION)).status_code == 403


async def test_a_scorer_who_has_become_a_leader_does_not_decide(centre: Centre, database: Database) -> None:
    double_score = await differing(centre, database)
    scorer = f"/v1/users/{double_score['record']['verifier_id']}"
    etag = (await centre.admin.get(scorer)).headers["ETag"]
    promoted = await centre.admin.patch(scorer, json={"role": "leader"}, headers={"If-Match": etag})
    assert promoted.status_code == 200, promoted.text
    client = client_of(centre, {"verifier_id": double_score["record"]["verifier_id"]})
    assert code_of(await adjudicate(client, double_score, GREETING_GOOD, SOLUTION)) == (409, "own_scoring")


async def test_the_agents_supervisor_does_not_decide(centre: Centre, database: Database) -> None:
    double_score = await differing(centre, database)
    await supervise(database, centre, centre.agent_ids[1], centre.user_ids["leader"])
    refused = await adjudicate(centre.leader, double_score, GREETING_GOOD, SOLUTION)
    assert code_of(refused) == (409, "conflict_of_interest")
    assert (await adjudicate(centre.admin, double_score, GREETING_GOOD, SOLUTION)).status_code == 200


async def test_double_scorings_are_found_by_what_they_are_of(centre: Centre, database: Database) -> None:
    record, _ = await doubled(centre, database)
    for name, value in {
        "project_id": record["project_id"],
        "plan_id": record["plan_id"],
        "draw_id": record["draw_id"],
        "agent_id": record["call"]["agent_id"],
    }.items():
        assert len(await items_of(centre.leader, DOUBLES, **{name: value})) == 1
        assert await items_of(centre.leader, DOUBLES, **{name: record["id"]}) == []


async def test_one_that_waits_in_the_pool_has_no_verifier(centre: Centre, database: Database) -> None:
    _, second = await doubled(centre, database)
    assert (await reassign(centre.leader, second, None)).status_code == 200
    (double_score,) = await items_of(centre.leader, DOUBLES)
    assert double_score["second"] == {"state": "open", "verifier_id": None, "evaluation_id": None}


async def test_a_call_that_is_scored_once_is_no_double_scoring(centre: Centre, database: Database) -> None:
    record, _ = await doubled(centre, database)
    assert (await centre.leader.get(f"{DOUBLES}/{record['id']}")).status_code == 404
