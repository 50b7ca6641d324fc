"""Plans, agents and calls in a real tenant, for the tests of sampling over HTTP and on the service."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import insert

from app import events
from app.calls.models import CallModel
from app.identity.models import AgentModel
from app.platform.actor import Actor
from app.platform.database import Database, Session
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.platform.ids import new_id
from tests.journal import RowsPrepared
from tests.people import Centre
from tests.queries import run
from tests.scorecards.factories import binary, one_section, publish_scorecard

# A Monday, long over; the tenants of the tests live in Moscow, three hours ahead of UTC.
DAY = date(2026, 3, 2)
WINDOW = {"window_start": DAY.isoformat()}


@asynccontextmanager
async def working_in(database: Database, centre: Centre) -> AsyncIterator[Session]:
    """A unit of work in the centre's tenant that counts as journalled."""
    async with database.begin(Tenant(centre.tenant_id)) as session:
        act_as(session, Actor("system", None))
        yield session
        await events.record(session, RowsPrepared(subject_id=None))


def plan_body(centre: Centre, scorecard_id: str, /, **changes: Any) -> dict[str, Any]:
    """A daily plan without any bias that hears every agent's every call in small tests: rate 1."""
    return {
        "name": "Everything",
        "project_id": str(centre.project_id),
        "scorecard_id": scorecard_id,
        "window": "day",
        "mode": "rate",
        "rate": 1,
        "rate_override_reason": "a test hears every call",
        "verifier_ids": [str(centre.user_ids["verifier"]), str(centre.user_ids["second_verifier"])],
    } | changes


async def published(centre: Centre) -> str:
    """The id of a scorecard of two items with a published version."""
    scorecard = await publish_scorecard(centre.admin, one_section(binary("greeting"), binary("solution")))
    return str(scorecard["id"])


async def create_plan(centre: Centre, **changes: Any) -> dict[str, Any]:
    body = plan_body(centre, await published(centre), **changes)
    created = await centre.leader.post("/v1/sampling-plans", json=body)
    assert created.status_code == 201, created.text
    plan: dict[str, Any] = created.json()
    return plan


async def draw(centre: Centre, plan: dict[str, Any], day: date = DAY, *, supplementary: bool = False) -> dict[str, Any]:
    body = {"window_start": day.isoformat(), "supplementary": supplementary}
    made = await centre.leader.post(f"/v1/sampling-plans/{plan['id']}/draws", json=body)
    assert made.status_code == 201, made.text
    drawn: dict[str, Any] = made.json()
    return drawn


async def items_of(client: httpx.AsyncClient, url: str, **params: Any) -> list[dict[str, Any]]:
    """The items of one page that is large enough for all of them."""
    answer = await client.get(url, params={"limit": 500, **params})
    assert answer.status_code == 200, answer.text
    assert answer.json()["next_cursor"] is None
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def hire(database: Database, centre: Centre, count: int, **fields: Any) -> list[UUID]:
    ids = [new_id() for _ in range(count)]
    rows = [
        {"tenant_id": centre.tenant_id, "id": agent_id, "external_id": agent_id.hex, "full_name": "Agent"} | fields
        for agent_id in ids
    ]
    async with working_in(database, centre) as session:
        await run(session, insert(AgentModel).values(rows))
    return ids


def a_call(centre: Centre, **changes: Any) -> dict[str, Any]:
    """A row of an eligible call of the first agent at noon of the day."""
    call_id = new_id()
    return {
        "tenant_id": centre.tenant_id,
        "id": call_id,
        "source": "test",
        "external_id": call_id.hex,
        "project_id": centre.project_id,
        "agent_id": centre.agent_ids[0],
        "started_at": datetime(DAY.year, DAY.month, DAY.day, 9, tzinfo=UTC),
        "duration_s": Decimal(120),
        "direction": "inbound",
        "hold_s": None,
        "csat": None,
        "complaint": False,
        "tags": [],
        "attributes": {},
    } | changes


async def store_calls(database: Database, centre: Centre, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Store the rows and return their ids as the API writes them."""
    async with working_in(database, centre) as session:
        await run(session, insert(CallModel).values(list(rows)))
    return [str(row["id"]) for row in rows]


async def calls_of(database: Database, centre: Centre, agent_ids: Sequence[UUID], each: int) -> list[str]:
    """A number of calls of each agent, spread over the day, some of them with complaints, ratings and holds."""
    opening = datetime(DAY.year, DAY.month, DAY.day, 6, tzinfo=UTC)
    rows = [
        a_call(
            centre,
            agent_id=agent_id,
            started_at=opening + timedelta(seconds=30 * number),
            complaint=number % 10 == 0,
            csat=1 + number % 5 if number % 7 == 0 else None,
            hold_s=Decimal(number % 400),
        )
        for agent_id in agent_ids
        for number in range(each)
    ]
    return await store_calls(database, centre, rows)
