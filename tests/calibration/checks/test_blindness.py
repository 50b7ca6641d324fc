"""What a scorer can read is the same whether a check or a comparison of the own work is under way or not."""

from typing import Any

import httpx

from app.platform.database import Database
from tests.assignments.factories import doubled
from tests.calibration.checks.factories import CHECKS, SOLUTION_BAD, checked_plan, client_of, scored_twice, submitted
from tests.contract import Operation, operations
from tests.people import Centre
from tests.running import deliver_events
from tests.sampling.tenant_factories import DAY, items_of

READING = [one for one in operations() if one.method in {"get", "head"} and one.permission]
# Differs from request to request.
VOLATILE = {"date", "x-request-id", "x-ratelimit-remaining"}


async def all_that_is_readable(client: httpx.AsyncClient, ids: dict[str, str]) -> dict[str, Any]:
    """Status, headers and body of every operation of the contract that reads."""
    seen = {}
    for operation in READING:
        if not set(operation.path_parameters) <= set(ids):
            continue
        answer = await client.request(operation.method, operation.url(ids), params=query_of(operation))
        headers = {name: value for name, value in answer.headers.items() if name not in VOLATILE}
        seen[operation.id] = (answer.status_code, headers, answer.text)
    return seen


def query_of(operation: Operation) -> dict[str, str]:
    return {"from": DAY.isoformat(), "to": "2026-12-31"} if operation.id.endswith("Report") else {}


async def ids_of(centre: Centre, assignment: dict[str, Any], evaluation_id: str, **more: str) -> dict[str, str]:
    return {
        "assignment_id": assignment["id"],
        "evaluation_id": evaluation_id,
        "call_id": assignment["call_id"],
        "scorecard_id": assignment["scorecard_id"],
        "draw_id": assignment["draw_id"],
        "plan_id": assignment["plan_id"],
        "project_id": str(centre.project_id),
        "team_id": str(centre.team_id),
        "agent_id": str(centre.agent_ids[1]),
        "user_id": assignment["verifier_id"],
        "number": "1",
        "item": "solution",
        "external_id": "a-2",
        **more,
    }


def test_the_readable_operations_are_those_of_checks_too() -> None:
    names = {operation.id for operation in READING}
    assert {"listFaultChecks", "countFaultChecks", "getFaultCheckProof", "listDoubleScores", "listPrecedents"} <= names


async def test_a_scorer_does_not_learn_that_an_evaluation_is_checked(centre: Centre, database: Database) -> None:
    await checked_plan(centre, database)
    (assignment,) = await items_of(centre.leader, "/v1/assignments")
    scorer = client_of(centre, assignment)
    evaluation = await submitted(scorer, assignment, SOLUTION_BAD)
    # Not to be found, neither before nor after.
    ids = await ids_of(centre, assignment, evaluation["id"], fault_check_id=evaluation["id"])
    before = await all_that_is_readable(scorer, ids)
    assert len(before) > 25
    await deliver_events(database, centre.tenant_id)
    (check,) = await items_of(centre.leader, CHECKS)
    assert await all_that_is_readable(scorer, ids) == before
    other = await scorer.get(f"{CHECKS}/{check['id']}")
    assert (other.status_code, other.json()["code"]) == (404, "not_found")


async def test_a_scorer_does_not_learn_that_a_call_is_scored_twice(centre: Centre, database: Database) -> None:
    assignments = await doubled(centre, database)
    record, second = assignments
    scorer = client_of(centre, record)
    evaluation = await submitted(scorer, record, SOLUTION_BAD)
    (double_score,) = await items_of(centre.leader, "/v1/double-scores")
    ids = await ids_of(centre, record, evaluation["id"], double_score_id=double_score["id"])
    await deliver_events(database, centre.tenant_id)
    before = await all_that_is_readable(scorer, ids)
    await submitted(client_of(centre, second), second, SOLUTION_BAD)
    await deliver_events(database, centre.tenant_id)
    (double_score,) = await items_of(centre.leader, "/v1/double-scores")
    assert double_score["state"] == "open"
    assert await all_that_is_readable(scorer, ids) == before


async def test_an_unknown_double_scoring_looks_to_a_scorer_like_the_own(centre: Centre, database: Database) -> None:
    double_score = await scored_twice(centre, await doubled(centre, database), [SOLUTION_BAD], [])
    own = await centre.verifier.get(f"/v1/double-scores/{double_score['id']}")
    unknown = await centre.verifier.get(f"/v1/double-scores/{centre.project_id}")
    assert (own.status_code, own.json()) == (unknown.status_code, unknown.json())
