"""The report on error sources over HTTP."""

import csv
import io
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest

from app.scorecards import ErrorReason
from app.statistics import wilson_interval
from tests.analysis.factories import DEFINITION, NOON, NOVEMBER, DrawnCall, GivenAnswer, SampleFactory
from tests.people import Centre
from tests.queries import QueryRecorder
from tests.scorecards.factories import binary, one_section

FINE = GivenAnswer("greeting")
FORGOT = GivenAnswer("greeting", "agent", "forgot")
NO_ARTICLE = GivenAnswer("solution", "process", "no_article")


async def sources(client: httpx.AsyncClient, **params: Any) -> Any:
    answer = await client.get("/v1/reports/error-sources", params=NOVEMBER | params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def by_item(report: Any) -> dict[str, Any]:
    return {item["item"]: item for item in report["by_item"]}


def evaluated(*answers: GivenAnswer, **details: Any) -> DrawnCall:
    return DrawnCall(answers=answers, **details)


async def test_shares_are_about_all_calls(centre: Centre, factory: SampleFactory) -> None:
    """One error of the process represents 20 calls, one of the agent 2."""
    await factory.draw(
        await factory.plan(), evaluated(NO_ARTICLE, inclusion="0.05"), evaluated(FORGOT, inclusion="0.5")
    )
    report = await sources(centre.leader)
    assert (report["errors"], report["evaluations"], report["response_rate"]) == (2, 2, 1)
    assert report["process_share"]["value"] == pytest.approx(20 / 22)
    assert report["marked_process_share"] == report["process_share"]["value"]
    share = report["process_share"]
    assert (share["method"], share["checked_errors"], share["reason"]) == ("provisional", 0, "few_checks")
    assert share["checks_needed"] == 30


async def test_the_weight_of_calls_that_are_not_evaluated_goes_to_their_stratum(
    centre: Centre, factory: SampleFactory
) -> None:
    await factory.draw(
        await factory.plan(),
        evaluated(NO_ARTICLE),
        DrawnCall(evaluated=False),
        evaluated(replace(FORGOT, reason=None), agent=1),
    )
    report = await sources(centre.leader)
    assert report["process_share"]["value"] == pytest.approx(2 / 3)
    assert report["response_rate"] == pytest.approx(2 / 3)


async def test_an_item_has_its_figures_and_the_action(centre: Centre, factory: SampleFactory) -> None:
    plan = await factory.plan()
    calls = [evaluated(NO_ARTICLE) for _ in range(9)] + [evaluated(GivenAnswer("solution", "agent", "forgot"))]
    calls += [evaluated(GivenAnswer("solution")) for _ in range(20)]
    await factory.draw(plan, *calls)
    item = by_item(await sources(centre.leader))["solution"]
    assert (item["scorecard_id"], item["title"], item["section"]) == (
        str(plan.scorecard_id),
        "Item solution",
        "Section 0",
    )
    assert (item["answers"], item["errors"]) == (30, 10)
    low, high = wilson_interval(1 / 3, 29)
    assert item["error_rate"] == pytest.approx({"value": 1 / 3, "low": low, "high": high}, abs=1e-6)
    assert item["p_process"] == item["process_share"]["value"] == pytest.approx(0.9)
    assert item["verdict"] == "process"
    assert item["reasons"] == [
        {"reason": "no_article", "label": "Not in knowledge base", "count": 9, "share": 0.9},
        {"reason": "forgot", "label": "Forgot", "count": 1, "share": 0.1},
    ]
    assert (item["spread"], item["standout_agents"]) == (0, [])
    assert item["action"] == "Change the process behind the main reason: Not in knowledge base."


async def test_an_agent_who_stands_out_is_named_with_the_figures(centre: Centre, factory: SampleFactory) -> None:
    calls = [evaluated(FORGOT) for _ in range(8)] + [evaluated(FINE) for _ in range(2)]
    calls += [evaluated(FINE, agent=1) for _ in range(40)]
    await factory.draw(await factory.plan(), *calls)
    report = await sources(centre.leader)
    item = by_item(report)["greeting"]
    assert item["verdict"] == "agent"
    assert item["spread"] == 0.5
    standout = {"agent_id": str(centre.agent_ids[0]), "name": "Agent a-1", "errors": 8, "error_rate": 0.8}
    assert item["standout_agents"] == [standout]
    assert item["action"] == "Give feedback and coaching to Agent a-1."
    (overall,) = report["standout_agents"]
    assert (overall["agent_id"], overall["errors"]) == (standout["agent_id"], 8)


async def test_reasons_and_teams_have_their_own_shares(centre: Centre, factory: SampleFactory) -> None:
    plan = await factory.plan()
    await factory.draw(
        plan, evaluated(FORGOT, NO_ARTICLE), evaluated(NO_ARTICLE), evaluated(GivenAnswer("greeting", "unclear"))
    )
    report = await sources(centre.leader)
    reasons = [(reason["label"], reason["errors"], reason["process_share"]["value"]) for reason in report["by_reason"]]
    assert reasons == [("Not in knowledge base", 2, 1), ("Forgot", 1, 0)]
    (team,) = report["by_team"]
    assert (team["team_id"], team["name"], team["errors"]) == (str(centre.team_id), "Team A", 4)
    assert team["process_share"]["value"] == pytest.approx(0.5)


async def test_weeks_have_their_own_shares(centre: Centre, factory: SampleFactory) -> None:
    plan = await factory.plan()
    later = NOON.replace(day=10)
    await factory.draw(plan, evaluated(FORGOT), evaluated(NO_ARTICLE, at=later), evaluated(FINE, at=later), days=14)
    report = await sources(centre.leader)
    weeks = [(week["week"], week["errors"], week["process_share"]["value"]) for week in report["trend"]]
    assert weeks == [("2026-W45", 1, 0), ("2026-W46", 1, 1)]


async def test_items_of_two_scorecards_are_two_items(centre: Centre, factory: SampleFactory) -> None:
    support = await factory.plan()
    sales = await factory.plan(definition=one_section(binary("greeting", weight="100")))
    await factory.draw(support, evaluated(FORGOT), evaluated(FORGOT))
    await factory.draw(sales, evaluated(FINE))
    items = {item["scorecard_id"]: item["errors"] for item in (await sources(centre.leader))["by_item"]}
    assert items == {str(support.scorecard_id): 2, str(sales.scorecard_id): 0}
    only = await sources(centre.leader, scorecard_id=str(sales.scorecard_id))
    assert (only["errors"], [item["scorecard_id"] for item in only["by_item"]]) == (0, [str(sales.scorecard_id)])


async def test_the_latest_revision_counts(centre: Centre, factory: SampleFactory) -> None:
    (evaluation_id,) = await factory.draw(await factory.plan(), evaluated(FORGOT, NO_ARTICLE))
    assert (await sources(centre.leader))["process_share"]["value"] == pytest.approx(0.5)
    await factory.revise(evaluation_id, "50", FINE, NO_ARTICLE)
    report = await sources(centre.leader)
    assert (report["errors"], report["process_share"]["value"]) == (1, 1)


async def test_answers_that_do_not_apply_are_no_answers(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), evaluated(FORGOT), evaluated(replace(FINE, applies=False)))
    item = by_item(await sources(centre.leader))["greeting"]
    assert (item["answers"], item["error_rate"]["value"]) == (1, 1)


async def test_an_item_without_errors_has_no_verdict(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), evaluated(FINE))
    report = await sources(centre.leader)
    item = by_item(report)["greeting"]
    assert (item["p_process"], item["process_share"], item["verdict"]) == (None, None, None)
    assert item["action"] == "Nothing to do: no error was found."
    assert (report["process_share"]["value"], report["marked_process_share"]) == (None, None)


async def test_hand_picked_calls_and_calls_outside_the_period_do_not_count(
    centre: Centre, factory: SampleFactory
) -> None:
    plan = await factory.plan()
    await factory.hand_picked(plan, evaluated(FORGOT))
    await factory.draw(
        plan, evaluated(FORGOT, at=NOON.replace(month=10)), evaluated(FINE), day=date(2026, 10, 1), days=62
    )
    report = await sources(centre.leader)
    assert (report["errors"], report["evaluations"]) == (0, 1)


async def test_the_latest_title_is_shown_and_old_reasons_keep_their_label(
    centre: Centre, factory: SampleFactory
) -> None:
    plan = await factory.plan()
    await factory.draw(plan, evaluated(FORGOT))
    renamed = binary("greeting", error_reasons=(ErrorReason("rushed", "Rushed"),))
    definition = one_section(replace(renamed, title="Greets by name"), DEFINITION.items[1])
    newer = await factory.second_version(plan, definition)
    await factory.draw(newer, evaluated(GivenAnswer("greeting", "agent", "rushed")), day=date(2026, 11, 3))
    item = by_item(await sources(centre.leader))["greeting"]
    assert item["title"] == "Greets by name"
    assert {reason["label"] for reason in item["reasons"]} == {"Forgot", "Rushed"}


async def test_without_draws_the_report_is_empty(centre: Centre) -> None:
    report = await sources(centre.leader)
    assert (report["errors"], report["evaluations"], report["response_rate"]) == (0, 0, None)
    assert (report["by_item"], report["by_reason"], report["by_team"]) == ([], [], [])
    assert (report["trend"], report["standout_agents"]) == ([], [])
    share = {"value": None, "low": None, "high": None, "method": "provisional", "checked_errors": 0}
    assert report["process_share"] == share | {"checks_needed": None, "reason": "no_errors"}


async def test_draws_without_evaluations_give_an_empty_report(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), DrawnCall(evaluated=False))
    report = await sources(centre.leader)
    assert (report["evaluations"], report["response_rate"], report["by_item"]) == (0, 0, [])


async def test_the_table_has_a_row_for_each_item(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(
        await factory.plan(), evaluated(FORGOT, GivenAnswer("solution")), evaluated(FORGOT, GivenAnswer("solution"))
    )
    answer = await centre.leader.get("/v1/reports/error-sources", params=NOVEMBER | {"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    greeting, solution = csv.DictReader(io.StringIO(answer.text, newline=""))
    assert (greeting["item"], greeting["errors"], greeting["p_process"]) == ("greeting", "2", "0.0")
    assert (greeting["reasons"], greeting["verdict"]) == ("Forgot (2)", "mixed")
    assert (solution["item"], solution["errors"], solution["p_process"], solution["verdict"]) == (
        *("solution", "0"),
        *("", ""),
    )


async def test_a_report_takes_a_few_statements_however_long_it_is(
    centre: Centre, factory: SampleFactory, queries: QueryRecorder
) -> None:
    plan = await factory.plan()
    calls = [evaluated(FORGOT, NO_ARTICLE, agent=number % 2) for number in range(6)]
    await factory.draw(plan, *calls)
    await factory.draw(plan, *calls, day=date(2026, 11, 3))
    await sources(centre.leader)
    queries.clear()
    await sources(centre.leader)
    reads = [statement for statement in queries.statements if "FROM" in statement]
    # The reader, the filters, the scope, events, roll-ups, the sample, its frames, answers, their checks, the names.
    assert len(reads) == 10
