"""Calls that are scored twice or checked, over HTTP, with as many verifiers as a test needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from app.api.context import AppContext
from app.calibration.checks.fault_check_draws import tend_fault_checks
from app.platform.actor import Actor
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from tests.assignments.factories import both_verifiers, drawn, evaluate, hire_verifier
from tests.people import Centre, client_as
from tests.running import deliver_events
from tests.sampling.tenant_factories import items_of

DOUBLES, CHECKS = "/v1/double-scores", "/v1/fault-checks"
GREETING_BAD = {"item": "greeting", "value": "bad", "fault": "agent", "comment": "No name", "at_s": 2.5}
SOLUTION_BAD = {"item": "solution", "value": "bad", "fault": "process", "reason": None, "comment": "No article"}
GOOD = [{"item": "greeting", "value": "good"}, {"item": "solution", "value": "good"}]


def answers(*errors: dict[str, Any]) -> list[dict[str, Any]]:
    """Good answers, but for the errors that are given."""
    by_item = {answer["item"]: answer for answer in (*GOOD, *errors)}
    return list(by_item.values())


async def submitted(client: httpx.AsyncClient, assignment: dict[str, Any], *errors: dict[str, Any]) -> dict[str, Any]:
    """The evaluation of an assignment with these errors."""
    answer = await evaluate(client, assignment, answers=answers(*errors), comment="As I heard it")
    assert answer.status_code == 201, answer.text
    evaluation: dict[str, Any] = answer.json()
    return evaluation


def client_of(centre: Centre, assignment: dict[str, Any]) -> httpx.AsyncClient:
    """The client of the assignment's verifier."""
    names = {str(user_id): name for name, user_id in centre.user_ids.items()}
    return centre.client(names[assignment["verifier_id"]])


async def scored_twice(
    centre: Centre, assignments: list[dict[str, Any]], record: list[dict[str, Any]], second: list[dict[str, Any]]
) -> dict[str, Any]:
    """The open double scoring of two assignments, once both are submitted with these errors."""
    for assignment, errors in zip(assignments, (record, second), strict=True):
        await submitted(client_of(centre, assignment), assignment, *errors)
    (double_score,) = [
        one for one in await items_of(centre.leader, DOUBLES) if one["call_id"] == assignments[0]["call_id"]
    ]
    return double_score


async def adjudicate(
    client: httpx.AsyncClient, double_score: dict[str, Any], *decided: dict[str, Any], **fields: Any
) -> httpx.Response:
    body = {"answers": list(decided), **fields}
    return await client.post(f"{DOUBLES}/{double_score['id']}/adjudicate", json=body)


async def checked_plan(centre: Centre, database: Database, calls: int = 1, **plan: Any) -> dict[str, Any]:
    """A draw of so many calls whose every evaluation with errors is checked by the other verifier of the plan."""
    return await drawn(centre, database, calls, **{"fault_check_rate": 1, **both_verifiers(centre), **plan})


async def one_check(centre: Centre, database: Database, *errors: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """A fault check, as a leader sees it, and the name of its checker."""
    await checked_plan(centre, database)
    (assignment,) = await items_of(centre.leader, "/v1/assignments")
    await submitted(client_of(centre, assignment), assignment, *(errors or (SOLUTION_BAD,)))
    await deliver_events(database, centre.tenant_id)
    (check,) = await items_of(centre.leader, CHECKS)
    names = {str(user_id): name for name, user_id in centre.user_ids.items()}
    return check, names[check["checker_id"]]


async def complete(client: httpx.AsyncClient, check: dict[str, Any], **faults: str) -> httpx.Response:
    errors = [{"item": item, "fault": fault} for item, fault in faults.items()]
    return await client.post(f"{CHECKS}/{check['id']}", json={"errors": errors})


async def tend(database: Database, centre: Centre, draw_id: str) -> None:
    """Do what the daily job does for a draw."""
    async with database.begin(Tenant(centre.tenant_id)) as session:
        act_as(session, Actor("system", None))
        await tend_fault_checks(session, UUID(draw_id))


async def checked_errors(database: Database, centre: Centre, *, counting: bool = True) -> list[dict[str, Any]]:
    """The rows of checked errors, those that count or those that were superseded, by item and evaluation."""
    async with database.begin(Tenant(centre.tenant_id)) as session:
        condition = "superseded_at IS NULL" if counting else "superseded_at IS NOT NULL"
        rows = await session.fetch_all(f"SELECT * FROM checked_errors WHERE {condition} ORDER BY item, evaluation_id")
        return [dict(row) for row in rows]


@asynccontextmanager
async def hired(app: FastAPI, context: AppContext, centre: Centre) -> AsyncIterator[tuple[UUID, httpx.AsyncClient]]:
    """Another verifier, and a client signed in as such."""
    user_id = await hire_verifier(centre)
    async with client_as(app, context, centre.tenant_id, user_id) as client:
        yield user_id, client
