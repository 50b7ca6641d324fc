"""Who reads which figures: leaders all of them, an agent the own ones, whatever the request asks for."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.identity import GRANTS, Role
from tests.analysis.bonus.factories import set_rule
from tests.analysis.factories import NOVEMBER, DrawnCall, SampleFactory
from tests.contract import Operation, operations
from tests.identity.factories import bearer, post_key, problem
from tests.people import Centre
from tests.sampling.tenant_factories import a_call, store_calls

# Schedules are not figures: who may do what with them is in tests/reporting.
REPORTS = [
    one
    for one in operations()
    if str(one.permission).startswith("reports:") and not one.path.startswith("/v1/report-schedules")
]
# What a request must say so that an agent gets an answer with the own figures.
ASKED: dict[str, dict[str, str]] = {
    "getQualityReport": NOVEMBER | {"by": "agent"},
    "getHoldTimeReport": NOVEMBER,
    "getBonusReport": {"month": "2026-11"},
}
OWN = [one for one in REPORTS if one.permission == "reports:own"]
EVERY_OWN_REPORT = pytest.mark.parametrize("operation", OWN, ids=str)
FORMATS = pytest.mark.parametrize("table_format", ["json", "csv"])


@pytest.mark.parametrize("operation", REPORTS, ids=str)
def test_a_report_is_for_leaders_alone_or_narrowed_to_the_own_figures(operation: Operation) -> None:
    assert operation.permission in {"reports:read", "reports:own"}
    assert (operation.permission == "reports:own") == (operation.id in ASKED)


def test_agents_read_own_figures_and_verifiers_none() -> None:
    readers = {role: {one for one in ("reports:read", "reports:own") if one in GRANTS[role]} for role in Role}
    assert readers == {
        Role.ADMIN: {"reports:read", "reports:own"},
        Role.LEADER: {"reports:read", "reports:own"},
        Role.VERIFIER: set(),
        Role.AGENT: {"reports:own"},
        Role.CLIENT: set(),
    }


@pytest.fixture
async def figures(centre: Centre, context: AppContext, factory: SampleFactory) -> Centre:
    """Both agents have calls with hold times and evaluations."""
    calls = [DrawnCall("61", agent=0), DrawnCall("62", agent=0), DrawnCall("93", agent=1), DrawnCall("94", agent=1)]
    plan = await factory.plan()
    await factory.draw(plan, *calls)
    await factory.hand_picked(plan, DrawnCall("97", agent=1))
    rows = [
        a_call(centre, agent_id=agent_id, hold_s=hold, started_at=calls[0].at)
        for agent_id, hold in zip(centre.agent_ids, (111, 222), strict=True)
    ]
    await store_calls(context.database, centre, rows)
    await set_rule(centre)
    return centre


async def ask(client: httpx.AsyncClient, operation: Operation, **params: str) -> httpx.Response:
    return await client.get(operation.path, params=ASKED[operation.id] | params)


def mentions(answer: httpx.Response, name: str, agent_id: UUID) -> bool:
    return name in answer.text or str(agent_id) in answer.text


@EVERY_OWN_REPORT
@FORMATS
async def test_an_agent_reads_about_nobody_else(operation: Operation, table_format: str, figures: Centre) -> None:
    own, other = figures.agent_ids
    answer = await ask(figures.agent_user, operation, format=table_format)
    assert answer.status_code == 200, answer.text
    assert mentions(answer, "Agent a-1", own)
    assert not mentions(answer, "Agent a-2", other)
    leaders = await ask(figures.leader, operation, format=table_format)
    assert mentions(leaders, "Agent a-2", other)


@EVERY_OWN_REPORT
async def test_filters_do_not_widen_what_an_agent_reads(operation: Operation, figures: Centre) -> None:
    for filters in ({"team_id": str(figures.team_id)}, {"project_id": str(figures.project_id)}):
        answer = await ask(figures.agent_user, operation, **filters)
        assert answer.status_code == 200, answer.text
        assert not mentions(answer, "Agent a-2", figures.agent_ids[1])


@EVERY_OWN_REPORT
async def test_a_key_that_acts_for_an_agent_reads_no_reports(
    operation: Operation, centre: Centre, app: FastAPI
) -> None:
    """No scope allows it: `reports:read` is for keys of leaders."""
    user_id = str(centre.user_ids["agent"])
    assert (await post_key(centre.admin, "reports:read", user_id=user_id)).status_code == 403
    made = await post_key(centre.admin, "evaluations:read", user_id=user_id)
    async with bearer(app, made.json()["key"]) as client:
        assert problem(await ask(client, operation)) == (403, "forbidden")


@EVERY_OWN_REPORT
async def test_a_user_who_is_linked_to_no_agent_reads_nothing(operation: Operation, figures: Centre) -> None:
    """The first agent now belongs to another user."""
    own, other = figures.agent_ids
    unlinked = await figures.admin.patch(f"/v1/agents/{own}", json={"user_id": None}, headers={"If-Match": '"1"'})
    assert unlinked.status_code == 200, unlinked.text
    answer = await ask(figures.agent_user, operation)
    assert answer.status_code == 200, answer.text
    assert not mentions(answer, "Agent a-1", own)
    assert not mentions(answer, "Agent a-2", other)


class TestQuality:
    async def quality(self, client: httpx.AsyncClient, **params: Any) -> Any:
        answer = await client.get("/v1/reports/quality", params=NOVEMBER | {"by": "agent"} | params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def test_an_agent_reads_the_figure_that_a_leader_reads(self, figures: Centre) -> None:
        """The interval too, which borrows from the variance of the others."""
        leaders, own = await self.quality(figures.leader), await self.quality(figures.agent_user)
        (figure,) = own["items"]
        assert figure == next(item for item in leaders["items"] if item["name"] == "Agent a-1")

    async def test_the_total_is_the_agents_own(self, figures: Centre) -> None:
        own = await self.quality(figures.agent_user)
        assert own["total"]["estimate"] == own["items"][0]["estimate"]
        assert (own["total"]["n"], own["unsampled_evaluations"]) == (2, 0)

    @pytest.mark.parametrize("by", ["project", "team", "verifier", "week"])
    async def test_other_groups_are_not_for_agents(self, by: str, figures: Centre) -> None:
        answer = await figures.agent_user.get("/v1/reports/quality", params=NOVEMBER | {"by": by})
        assert problem(answer) == (403, "forbidden")


@pytest.mark.parametrize("operation", [one for one in REPORTS if one not in OWN], ids=str)
async def test_reports_for_leaders_are_refused_to_agents(operation: Operation, centre: Centre) -> None:
    url = operation.url({"project_id": str(centre.project_id)})
    refused = await centre.agent_user.request(operation.method, url, **operation.body)
    assert problem(refused) == (403, "forbidden")
