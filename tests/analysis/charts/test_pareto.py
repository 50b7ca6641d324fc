"""The report with the Pareto of errors over HTTP: estimates, order, shares, whose errors they are."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.scorecards import ErrorReason
from tests.analysis.charts.reading import read_file, read_report
from tests.analysis.factories import DEFINITION, NOON, DrawnCall, GivenAnswer, SampleFactory
from tests.people import Centre
from tests.scorecards.factories import REASONS, binary, one_section, sections

FORGOT = GivenAnswer("greeting", "agent", "forgot")
NO_ARTICLE = GivenAnswer("solution", "process", "no_article")
FINE = GivenAnswer("greeting")


def call(*answers: GivenAnswer, **details: Any) -> DrawnCall:
    return DrawnCall(answers=answers, **details)


async def pareto(centre: Centre, **params: Any) -> Any:
    return await read_report(centre.leader, "pareto", **params)


def by_key(report: Any) -> dict[Any, Any]:
    return {row["key"]: row for row in report["items"]}


async def test_errors_are_estimated_for_all_calls(centre: Centre, factory: SampleFactory) -> None:
    """Three errors of calls that represent 2 are fewer than one of a call that represents 20."""
    await factory.draw(
        await factory.plan(),
        call(NO_ARTICLE, inclusion="0.05"),
        *[call(FORGOT, inclusion="0.5") for _ in range(3)],
        call(FINE, inclusion="0.5"),
    )
    report = await pareto(centre)
    first, second = report["items"]
    assert (first["key"], first["title"], first["section"], first["found"]) == (
        "solution",
        "Item solution",
        "Section 0",
        1,
    )
    assert first["errors"]["value"] == pytest.approx(20)
    assert first["errors"]["low"] < 20 < first["errors"]["high"]
    assert (second["key"], second["found"], second["errors"]["value"]) == ("greeting", 3, pytest.approx(6))
    assert (first["share"], second["share"]) == (pytest.approx(20 / 26, abs=1e-6), pytest.approx(6 / 26, abs=1e-6))
    assert [row["cumulative_share"] for row in report["items"]] == pytest.approx([20 / 26, 1], abs=1e-6)
    assert (report["found"], report["errors"]["value"]) == (4, pytest.approx(26))
    assert (report["evaluations"], report["response_rate"]) == (5, 1)


async def test_totals_agree_with_the_report_on_sources_of_errors(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(
        await factory.plan(),
        call(NO_ARTICLE, GivenAnswer("greeting"), inclusion="0.1"),
        call(GivenAnswer("solution"), FORGOT, inclusion="0.4"),
        call(GivenAnswer("solution"), GivenAnswer("greeting"), inclusion="0.2"),
        DrawnCall(evaluated=False, inclusion="0.3"),
    )
    sources = await read_report(centre.leader, "error-sources")
    expected = {item["item"]: item["population"] * item["error_rate"]["value"] for item in sources["by_item"]}
    found = {key: row["errors"]["value"] for key, row in by_key(await pareto(centre)).items()}
    assert found == pytest.approx(expected, abs=0.06)


async def test_a_census_is_exact(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), call(FORGOT, inclusion="1"), call(FINE, inclusion="1"))
    assert (await pareto(centre))["items"][0]["errors"] == {"value": 1, "low": 1, "high": 1}


async def test_the_vital_few_are_named(centre: Centre, factory: SampleFactory) -> None:
    definition = one_section(*(binary(f"i{number}", weight="25") for number in range(4)))
    counts = (6, 3, 1, 1)
    calls = [call(GivenAnswer(f"i{number}", "agent")) for number, count in enumerate(counts) for _ in range(count)]
    await factory.draw(await factory.plan(definition=definition), *calls)
    report = await pareto(centre)
    assert report["vital_few"] == ["Item i0", "Item i1"]
    assert report["vital_share"] == pytest.approx(9 / 11, abs=1e-6)
    assert [row["vital"] for row in report["items"]] == [True, True, False, False]


async def test_causes_say_whose_the_errors_are(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(
        await factory.plan(),
        *[call(NO_ARTICLE) for _ in range(12)],
        *[call(FORGOT) for _ in range(10)],
        call(GivenAnswer("greeting", "customer")),
        call(GivenAnswer("greeting", "unclear")),
    )
    rows = by_key(await pareto(centre))
    solution, greeting = rows["solution"], rows["greeting"]
    assert (solution["process"], solution["agent"], solution["other"]) == (1, 0, 0)
    assert (greeting["process"], greeting["agent"], greeting["other"]) == pytest.approx((0, 10 / 12, 2 / 12), abs=1e-6)
    assert (solution["verdict"], greeting["verdict"]) == ("process", "agent")


async def test_too_few_errors_are_mixed(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), call(NO_ARTICLE), call(FINE))
    (row,) = (await pareto(centre))["items"]
    assert (row["process"], row["verdict"]) == (1, "mixed")


async def test_reasons_add_up_over_items_and_errors_without_one_are_shown(
    centre: Centre, factory: SampleFactory
) -> None:
    await factory.draw(
        await factory.plan(),
        *[call(NO_ARTICLE, replace(FORGOT, reason="no_article")) for _ in range(2)],
        call(FORGOT),
        *[call(replace(FORGOT, reason=None)) for _ in range(2)],
    )
    report = await pareto(centre, by="reason")
    assert [(row["key"], row["title"], row["found"]) for row in report["items"]] == [
        ("no_article", "Not in knowledge base", 4),
        (None, "(none)", 2),
        ("forgot", "Forgot", 1),
    ]
    assert by_key(report)[None]["scorecard_id"] is None
    assert {row["section"] for row in report["items"]} == {None}


async def test_sections_add_up_their_items(centre: Centre, factory: SampleFactory) -> None:
    definition = sections((binary("greeting", "25"), binary("solution", "25")), (binary("ending"),))
    await factory.draw(
        await factory.plan(definition=definition),
        call(GivenAnswer("greeting", "agent"), GivenAnswer("solution", "agent"), GivenAnswer("ending", "agent")),
        call(GivenAnswer("greeting", "agent"), GivenAnswer("solution"), GivenAnswer("ending")),
    )
    report = await pareto(centre, by="section")
    assert [(row["key"], row["title"], row["found"]) for row in report["items"]] == [
        ("s0", "Section 0", 3),
        ("s1", "Section 1", 1),
    ]


async def test_versions_of_a_scorecard_are_compared_by_key_with_the_newest_title(
    centre: Centre, factory: SampleFactory
) -> None:
    """In the second version the item `solution` is gone, and `greeting` has another title and another section."""
    plan = await factory.plan()
    renamed = replace(binary("greeting", error_reasons=REASONS), title="Opening")
    newer = await factory.second_version(plan, sections((binary("ending"),), (renamed,)))
    await factory.draw(plan, call(FORGOT, NO_ARTICLE))
    later = NOON + timedelta(days=1)
    await factory.draw(newer, call(FORGOT, at=later), day=later.date())
    rows = by_key(await pareto(centre))
    assert {key: (row["title"], row["section"], row["found"]) for key, row in rows.items()} == {
        "greeting": ("Opening", "Section 1", 2),
        "solution": ("Item solution", "Section 0", 1),
    }


async def test_items_of_two_scorecards_are_two_causes(centre: Centre, factory: SampleFactory) -> None:
    first, second = await factory.plan(), await factory.plan(definition=one_section(binary("greeting", "100")))
    await factory.draw(first, call(FORGOT))
    await factory.draw(second, call(GivenAnswer("greeting", "agent")))
    scorecards = [str(plan.scorecard_id) for plan in (first, second)]
    assert sorted(row["scorecard_id"] for row in (await pareto(centre))["items"]) == sorted(scorecards)
    (only,) = (await pareto(centre, scorecard_id=scorecards[1]))["items"]
    assert only["scorecard_id"] == scorecards[1]


async def test_reasons_of_items_have_their_label(centre: Centre, factory: SampleFactory) -> None:
    definition = one_section(binary("greeting", error_reasons=(ErrorReason("late", "Too late"),)), binary("solution"))
    await factory.draw(await factory.plan(definition=definition), call(GivenAnswer("greeting", "agent", "late")))
    (row,) = (await pareto(centre, by="reason"))["items"]
    assert (row["key"], row["title"]) == ("late", "Too late")


async def test_the_latest_revision_counts(centre: Centre, factory: SampleFactory) -> None:
    (evaluation_id,) = await factory.draw(await factory.plan(), call(FORGOT, NO_ARTICLE))
    await factory.revise(evaluation_id, "50", FINE, NO_ARTICLE)
    assert set(by_key(await pareto(centre))) == {"solution"}


async def test_calls_of_another_team_do_not_count(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), call(FORGOT))
    other = await centre.admin.post("/v1/teams", json={"name": "Team B"})
    assert (await pareto(centre, team_id=other.json()["id"]))["items"] == []
    assert len((await pareto(centre, team_id=str(centre.team_id)))["items"]) == 1


@pytest.mark.parametrize("by", ["item", "reason", "section"])
async def test_an_empty_period_is_an_empty_report(centre: Centre, by: str) -> None:
    report = await pareto(centre, by=by)
    assert (report["items"], report["vital_few"], report["found"], report["evaluations"]) == ([], [], 0, 0)
    assert (report["errors"], report["vital_share"], report["response_rate"]) == (None, None, None)


async def test_without_errors_there_are_zero(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), call(FINE), call(FINE))
    report = await pareto(centre)
    assert (report["items"], report["errors"]) == ([], {"value": 0, "low": None, "high": None})


async def test_one_evaluation_has_no_interval(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(definition=DEFINITION), call(FORGOT))
    assert (await pareto(centre))["items"][0]["errors"] == {"value": pytest.approx(2), "low": None, "high": None}


async def test_the_table_has_a_row_for_each_cause(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), call(FORGOT, NO_ARTICLE), call(FORGOT))
    rows = await read_file(centre.leader, "pareto")
    assert [(row["key"], row["errors"], row["vital"]) for row in rows] == [
        ("greeting", "4.0", "true"),
        ("solution", "2.0", "true"),
    ]
    figures = (await pareto(centre))["items"]
    assert [float(row["errors_high"]) for row in rows] == [row["errors"]["high"] for row in figures]


async def test_agents_and_guests_do_not_read_it(centre: Centre) -> None:
    for client in (centre.agent_user, centre.guest):
        assert (await client.get("/v1/reports/pareto")).status_code == 403


async def test_an_unknown_grouping_is_refused(centre: Centre) -> None:
    assert (await centre.leader.get("/v1/reports/pareto", params={"by": "mood"})).status_code == 422
