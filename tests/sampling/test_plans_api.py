"""Sampling plans over HTTP."""

from typing import Any

import pytest

from app.identity.types import Role
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.ids import new_id
from tests.people import Centre
from tests.queries import QueryRecorder
from tests.sampling.tenant_factories import create_plan, items_of, plan_body, published
from tests.scorecards.factories import binary, draft_scorecard, one_section, publish_scorecard

SIZE = {
    "new_agent": {"tenure_days": 60, "multiplier": 3.0},
    "erring_agent": {"lookback_days": 30, "max_multiplier": 4.0},
    "complaint": 4.0,
    "low_csat": {"at_most": 2, "multiplier": 3.0},
    "long_hold": {"over_s": 180, "multiplier": 1.5},
}
NOBODYS = "00000000-0000-7000-8000-000000000000"
USUAL = {"rate": 0.03, "rate_override_reason": None}
QUOTA = {"mode": "quota", "rate": None, "rate_override_reason": None, "quota_per_agent": 10}


async def faults_of(centre: Centre, **changes: Any) -> list[str]:
    """The pointers of the faults for which a plan is refused."""
    refused = await centre.leader.post("/v1/sampling-plans", json=plan_body(centre, await published(centre), **changes))
    assert refused.status_code == 422, refused.text
    return [fault["pointer"] for fault in refused.json()["errors"]]


async def test_a_plan_is_read_back_as_it_was_created(centre: Centre) -> None:
    body = plan_body(
        centre,
        await published(centre),
        **USUAL,
        window="week",
        timezone="Asia/Yekaterinburg",
        floor_per_agent=2,
        eligibility={"min_duration_s": 20, "require_recording": True},
        size=SIZE,
        double_score_rate=0.1,
        fault_check_rate=0.05,
        verifier_daily_capacity=40,
        active=False,
    )
    created = await centre.leader.post("/v1/sampling-plans", json=body)
    assert created.status_code == 201
    assert {name: created.json()[name] for name in body} == body | {"verifier_ids": sorted(body["verifier_ids"])}
    read = await centre.verifier.get(f"/v1/sampling-plans/{created.json()['id']}")
    assert read.json() == created.json()
    assert read.headers["ETag"] == created.headers["ETag"] == '"1"'


async def test_a_plan_without_a_time_zone_has_that_of_its_project(centre: Centre) -> None:
    assert (await create_plan(centre))["timezone"] == "Europe/Moscow"


async def test_a_verifier_named_twice_counts_once(centre: Centre) -> None:
    verifier = str(centre.user_ids["verifier"])
    assert (await create_plan(centre, verifier_ids=[verifier, verifier]))["verifier_ids"] == [verifier]


@pytest.mark.parametrize("rate", [0.0199, 0.051, 1])
async def test_an_unusual_rate_needs_a_reason(centre: Centre, rate: float) -> None:
    assert await faults_of(centre, rate=rate, rate_override_reason=None) == ["/rate"]


@pytest.mark.parametrize("rate", [0.02, 0.05])
async def test_the_bounds_of_the_usual_rates_need_none(centre: Centre, rate: float) -> None:
    assert (await create_plan(centre, rate=rate, rate_override_reason=None))["rate"] == rate


async def test_the_reason_for_an_unusual_rate_is_in_the_journal(centre: Centre, database: Database) -> None:
    plan = await create_plan(centre, rate=0.2, rate_override_reason="a pilot")
    async with database.begin(Tenant(centre.tenant_id)) as session:
        after = await session.fetch_value("SELECT after FROM events WHERE subject_id = :id", id=plan["id"])
    assert (after["rate"], after["rate_override_reason"]) == ("0.2", "a pilot")


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"rate": 0}, ["/rate"]),
        ({"rate": 1.01}, ["/rate"]),
        ({"rate": None}, ["/rate"]),
        ({"quota_per_agent": 10}, ["/quota_per_agent"]),
        (QUOTA | {"quota_per_agent": None}, ["/quota_per_agent"]),
        (QUOTA | {"rate": 0.03}, ["/rate"]),
        ({"floor_per_agent": -1}, ["/floor_per_agent"]),
        ({"window": "year"}, ["/window"]),
        ({"timezone": "Mars/Olympus"}, ["/timezone"]),
        ({"size": {"complaint": 0.5}}, ["/size/complaint"]),
        ({"size": {"new_agent": {"tenure_days": 0, "multiplier": 3}}}, ["/size/new_agent/tenure_days"]),
        ({"size": {"rude_agent": 3}}, ["/size/rude_agent"]),
        ({"double_score_rate": 1.5}, ["/double_score_rate"]),
        ({"fault_check_rate": 1.5}, ["/fault_check_rate"]),
        ({"verifier_ids": []}, ["/verifier_ids"]),
        ({"project_id": NOBODYS}, ["/project_id"]),
        ({"scorecard_id": NOBODYS}, ["/scorecard_id"]),
    ],
    ids=str,
)
async def test_a_faulty_plan_is_refused_and_the_fault_named(
    centre: Centre, changes: dict[str, Any], pointers: list[str]
) -> None:
    assert await faults_of(centre, **changes) == pointers


async def test_every_verifier_who_is_none_is_named_by_place(centre: Centre) -> None:
    ids = [centre.user_ids["verifier"], centre.user_ids["leader"], new_id()]
    assert await faults_of(centre, verifier_ids=[str(user_id) for user_id in ids]) == [
        "/verifier_ids/1",
        "/verifier_ids/2",
    ]


async def test_a_verifier_who_has_left_is_none(centre: Centre) -> None:
    url = f"/v1/users/{centre.user_ids['verifier']}"
    left = await centre.admin.patch(url, json={"active": False}, headers={"If-Match": '"1"'})
    assert left.status_code == 200
    assert await faults_of(centre, verifier_ids=[str(centre.user_ids["verifier"])]) == ["/verifier_ids/0"]


async def test_a_scorecard_that_was_never_published_cannot_be_planned_with(centre: Centre) -> None:
    draft = await draft_scorecard(centre.admin, one_section(binary("a"), binary("b")))
    assert await faults_of(centre, scorecard_id=draft["id"]) == ["/scorecard_id"]


async def test_a_scorecard_of_another_project_cannot_be_planned_with(centre: Centre) -> None:
    project = {"name": "Loans", "timezone": "Europe/Moscow", "language": "ru"}
    other = (await centre.admin.post("/v1/projects", json=project)).json()
    scorecard = await publish_scorecard(centre.admin, one_section(binary("a"), binary("b")), project_id=other["id"])
    assert await faults_of(centre, scorecard_id=scorecard["id"]) == ["/scorecard_id"]


async def test_a_change_replaces_what_is_given_and_nothing_else(centre: Centre) -> None:
    plan = await create_plan(centre, size=SIZE)
    change = {"name": "Complaints", "size": {"complaint": 2.0}}
    changed = await centre.leader.patch(f"/v1/sampling-plans/{plan['id']}", json=change, headers={"If-Match": '"1"'})
    nothing = dict.fromkeys(SIZE)
    assert changed.json() == plan | change | {"size": nothing | {"complaint": 2.0}}
    assert changed.headers["ETag"] == '"2"'
    assert (await centre.leader.get(f"/v1/sampling-plans/{plan['id']}")).json() == changed.json()


async def test_a_change_from_rate_to_quota_needs_both_fields(centre: Centre) -> None:
    plan = await create_plan(centre)
    url, headers = f"/v1/sampling-plans/{plan['id']}", {"If-Match": '"1"'}
    half = await centre.leader.patch(url, json={"mode": "quota"}, headers=headers)
    assert {fault["pointer"] for fault in half.json()["errors"]} == {"/rate", "/quota_per_agent"}
    whole = await centre.leader.patch(url, json=QUOTA, headers=headers)
    assert (whole.status_code, whole.json()["quota_per_agent"], whole.json()["rate"]) == (200, 10, None)


async def test_the_verifiers_of_a_plan_are_replaced(centre: Centre) -> None:
    plan = await create_plan(centre)
    only = [str(centre.user_ids["second_verifier"])]
    url = f"/v1/sampling-plans/{plan['id']}"
    await centre.leader.patch(url, json={"verifier_ids": only}, headers={"If-Match": '"1"'})
    assert (await centre.leader.get(url)).json()["verifier_ids"] == only


async def test_a_change_needs_the_etag_that_was_read(centre: Centre) -> None:
    url = f"/v1/sampling-plans/{(await create_plan(centre))['id']}"
    assert (await centre.leader.patch(url, json={"active": False})).status_code == 428
    stale = await centre.leader.patch(url, json={"active": False}, headers={"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")


async def test_a_plan_stays_with_its_project(centre: Centre) -> None:
    url = f"/v1/sampling-plans/{(await create_plan(centre))['id']}"
    refused = await centre.leader.patch(url, json={"project_id": str(centre.project_id)}, headers={"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/project_id")


async def test_plans_are_listed_by_project(centre: Centre) -> None:
    plan = await create_plan(centre)
    url = "/v1/sampling-plans"
    assert await items_of(centre.verifier, url, project_id=str(centre.project_id)) == [plan]
    assert await items_of(centre.verifier, url, project_id=str(new_id())) == []


async def test_a_list_of_plans_takes_one_statement(centre: Centre, queries: QueryRecorder) -> None:
    for _ in range(3):
        await create_plan(centre)
    queries.clear()
    await items_of(centre.leader, "/v1/sampling-plans")
    assert sum("sampling_plans" in statement for statement in queries.statements) == 1


@pytest.mark.parametrize(("role", "read"), [(Role.VERIFIER, 404), (Role.AGENT, 403)])
async def test_who_may_not_plan(centre: Centre, role: Role, read: int) -> None:
    client = centre.client(role)
    assert (await client.post("/v1/sampling-plans", json={})).status_code == 403
    assert (await client.get(f"/v1/sampling-plans/{new_id()}")).status_code == read
