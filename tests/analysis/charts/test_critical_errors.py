"""The report on critical-error accuracy over HTTP: families, groups, weights, what does not exist."""

from datetime import timedelta
from typing import Any

import pytest

from app.api.context import AppContext
from app.scorecards import Criticality
from tests.analysis.charts.reading import read_file, read_report
from tests.analysis.factories import NOON, DrawnCall, SampleFactory
from tests.evaluations.factories import good_answers, submit
from tests.people import Centre
from tests.sampling.tenant_factories import DAY, a_call, draw, items_of, plan_body, store_calls
from tests.scorecards.factories import binary, one_section, publish_scorecard


def call(inclusion: str = "0.5", /, *, agent: int = 0, at: Any = NOON, **families: bool) -> DrawnCall:
    """An evaluated call; the families that are named applied to it, and it passed them or not."""
    return DrawnCall(inclusion=inclusion, agent=agent, at=at, families=families)


async def critical(centre: Centre, **params: Any) -> Any:
    return await read_report(centre.leader, "critical-errors", **params)


async def test_accuracy_is_of_the_calls_that_a_family_applied_to(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(
        await factory.plan(),
        call(customer=False, business=True),
        call(customer=True),
        call(customer=True, business=True),
        call(),
    )
    total = (await critical(centre))["total"]
    assert total["customer"]["value"] == pytest.approx(2 / 3)
    assert (total["customer"]["n"], total["customer"]["failed"]) == (3, 1)
    assert total["customer"]["low"] < 2 / 3 < total["customer"]["high"]
    assert (total["business"]["value"], total["business"]["n"], total["business"]["failed"]) == (1, 2, 0)
    assert 0 < total["business"]["low"] < total["business"]["high"] == 1
    assert (total["evaluations"], total["selected"], total["response_rate"]) == (4, 4, 1)


async def test_a_family_without_applicable_items_is_null_and_never_full(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), call(customer=True), call())
    report = await critical(centre)
    for row in (report["total"], report["items"][0]):
        assert (row["business"], row["compliance"]) == (None, None)
        assert row["customer"]["value"] == row["all_families"]["value"] == 1
    (_, total) = await read_file(centre.leader, "critical-errors")
    assert (total["compliance"], total["compliance_n"], total["customer"]) == ("", "", "1.0")


async def test_calls_are_weighted(centre: Centre, factory: SampleFactory) -> None:
    """The call that fails represents 20, the one that passes 2."""
    await factory.draw(await factory.plan(), call("0.05", compliance=False), call("0.5", compliance=True))
    accuracy = (await critical(centre))["total"]["compliance"]
    assert accuracy["value"] == pytest.approx(2 / 22)
    assert accuracy["population"] == pytest.approx(22)


async def test_all_families_fail_together(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(
        await factory.plan(),
        call(customer=False, business=False),
        call(business=True, compliance=False),
        call(customer=True),
        call(),
    )
    every = (await critical(centre))["total"]["all_families"]
    assert (every["value"], every["n"], every["failed"]) == (pytest.approx(1 / 3), 3, 2)


async def test_agents_are_domains_of_the_whole_sample(centre: Centre, factory: SampleFactory) -> None:
    calls = [call(customer=number > 0) for number in range(4)] + [call(agent=1, customer=True)]
    await factory.draw(await factory.plan(), *calls)
    report = await critical(centre, by="agent")
    assert [(row["name"], row["customer"]["value"], row["evaluations"]) for row in report["items"]] == [
        ("Agent a-1", pytest.approx(0.75), 4),
        ("Agent a-2", 1, 1),
    ]
    assert report["total"]["customer"]["value"] == pytest.approx(0.8)


async def test_groups_are_projects_teams_and_weeks(centre: Centre, factory: SampleFactory) -> None:
    plan, later = await factory.plan(), NOON + timedelta(days=7)
    await factory.draw(plan, call(customer=False))
    await factory.draw(plan, call(at=later, customer=True), day=later.date())
    weeks = (await critical(centre, by="week"))["items"]
    assert [(week["key"], week["name"], week["customer"]["value"]) for week in weeks] == [
        ("2026-W45", "2026-W45", 0),
        ("2026-W46", "2026-W46", 1),
    ]
    for by, key in (("project", centre.project_id), ("team", centre.team_id)):
        report = await critical(centre, by=by)
        (row,) = report["items"]
        assert (report["by"], row["key"], row["customer"]["value"]) == (by, str(key), pytest.approx(0.5))


async def test_the_families_are_those_of_submitted_evaluations(centre: Centre, context: AppContext) -> None:
    """From the scorecard's items to the report, with nothing written by hand."""
    definition = one_section(
        binary("identity", criticality=Criticality.COMPLIANCE),
        binary("price", criticality=Criticality.CUSTOMER, allow_na=True),
    )
    scorecard = await publish_scorecard(centre.leader, definition)
    await store_calls(context.database, centre, [a_call(centre) for _ in range(3)])
    plan = await centre.leader.post("/v1/sampling-plans", json=plan_body(centre, scorecard["id"]))
    await draw(centre, plan.json())
    clients = {str(centre.user_ids[name]): centre.client(name) for name in ("verifier", "second_verifier")}
    given: list[dict[str, Any]] = [{}, {"identity": {"value": "bad"}}, {"price": {"value": "na", "fault": None}}]
    for assignment, errors in zip(await items_of(centre.leader, "/v1/assignments"), given, strict=True):
        subject = {name: assignment[name] for name in ("call_id", "scorecard_id")} | {"assignment_id": assignment["id"]}
        await submit(clients[assignment["verifier_id"]], subject, good_answers(definition, **errors))
    period = {"from": DAY.isoformat(), "to": (DAY + timedelta(days=1)).isoformat()}
    total = (await critical(centre, **period))["total"]
    assert (total["compliance"]["value"], total["compliance"]["n"]) == (pytest.approx(2 / 3), 3)
    assert (total["customer"]["value"], total["customer"]["n"], total["business"]) == (1, 2, None)
    # Every call was drawn and evaluated.
    assert (total["compliance"]["low"], total["compliance"]["high"]) == pytest.approx((2 / 3, 2 / 3))


async def test_calls_that_are_not_evaluated_are_nonresponse(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), call(customer=True), DrawnCall(evaluated=False))
    total = (await critical(centre))["total"]
    assert (total["evaluations"], total["selected"], total["response_rate"]) == (1, 2, 0.5)
    assert total["customer"] == {
        "value": 1,
        "low": None,
        "high": None,
        "n": 1,
        "failed": 0,
        "population": pytest.approx(4),
    }


async def test_a_group_without_an_evaluated_call_has_no_accuracy(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), call(customer=True), DrawnCall(agent=1, evaluated=False))
    (_, second) = (await critical(centre, by="agent"))["items"]
    assert (second["name"], second["selected"], second["evaluations"], second["customer"], second["all_families"]) == (
        "Agent a-2",
        1,
        0,
        None,
        None,
    )


@pytest.mark.parametrize("by", ["project", "team", "agent", "week"])
async def test_an_empty_period_is_an_empty_report(centre: Centre, by: str) -> None:
    report = await critical(centre, by=by)
    assert (report["items"], report["total"]) == ([], None)


async def test_an_unknown_grouping_is_refused(centre: Centre) -> None:
    for by in ("verifier", "mood"):
        assert (await centre.leader.get("/v1/reports/critical-errors", params={"by": by})).status_code == 422


async def test_agents_and_guests_do_not_read_it(centre: Centre) -> None:
    for client in (centre.agent_user, centre.guest):
        assert (await client.get("/v1/reports/critical-errors")).status_code == 403
