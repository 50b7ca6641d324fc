"""The report with a control chart over HTTP: points, limits, signals, changes and marks."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.analysis import Metric
from app.analysis.control.titles import RULES
from app.statistics.control import Rule
from tests.analysis.charts.reading import read_file, read_report
from tests.analysis.factories import DEFINITION, NOON, NOVEMBER, DrawnCall, GivenAnswer, Plan, SampleFactory
from tests.people import Centre
from tests.sampling.tenant_factories import plan_body, published

FINE = (GivenAnswer("greeting"), GivenAnswer("solution"))
BAD_GREETING = (GivenAnswer("greeting", "agent"), GivenAnswer("solution"))
BOTH_BAD = (GivenAnswer("greeting", "agent"), GivenAnswer("solution", "process"))


async def chart(client: httpx.AsyncClient, **params: Any) -> Any:
    return await read_report(client, "control-chart", **params)


def call(answers: Sequence[GivenAnswer] = FINE, **details: Any) -> DrawnCall:
    return DrawnCall(answers=tuple(answers), **details)


async def draw_days(factory: SampleFactory, plan: Plan, *days: Sequence[DrawnCall]) -> None:
    """A draw for each day, from 2 November on, of these calls at noon."""
    for number, calls in enumerate(days):
        at = NOON + timedelta(days=number)
        await factory.draw(plan, *(replace(one, at=at) for one in calls), day=at.date())


def shares(*errors: int, of: int = 10) -> list[list[DrawnCall]]:
    """Days with this many calls with an error among `of`."""
    return [[call(BAD_GREETING)] * bad + [call()] * (of - bad) for bad in errors]


async def test_points_are_weighted_estimates_with_limits(centre: Centre, factory: SampleFactory) -> None:
    await draw_days(
        factory,
        await factory.plan(),
        [call(BAD_GREETING, inclusion="0.5"), call(inclusion="0.1")],
        [call(inclusion="0.5"), call(inclusion="0.5")],
    )
    report = await chart(centre.leader)
    first, second = report["points"]
    assert (first["start"], second["start"]) == ("2026-11-02", "2026-11-03")
    assert (first["value"], second["value"]) == (pytest.approx(2 / 12, abs=1e-6), 0)
    assert report["centre"] == pytest.approx(2 / 16)
    # By the definition of the effective size: (Σw)²/Σw²·c(1 − c)/σ², σ² = Σw²(y − c)²/Σw².
    centre_line = 2 / 16
    square = (4 * (1 - centre_line) ** 2 + (100 + 4 + 4) * centre_line**2) / (4 + 100 + 4 + 4)
    assert first["effective_n"] == pytest.approx(144 / 104 * centre_line * (1 - centre_line) / square, abs=0.06)
    error = (centre_line * (1 - centre_line) / first["effective_n"]) ** 0.5
    assert first["upper"] == pytest.approx(min(centre_line + 3 * report["sigma_z"] * error, 1), abs=1e-3)
    assert (first["lower"], first["n"], report["n"], report["evaluations"]) == (0, 2, 4, 4)
    assert (report["chart"], report["value_unit"], report["response_rate"]) == ("p", "share", 1)


async def test_points_are_those_of_the_quality_report(centre: Centre, factory: SampleFactory) -> None:
    scores = [["90", "60"], ["75", "80"], ["100", "20"]]
    plan = await factory.plan()
    for week, pair in enumerate(scores):
        at = NOON + timedelta(weeks=week)
        calls = [DrawnCall(score, inclusion, at=at) for score, inclusion in zip(pair, ("0.5", "0.1"), strict=True)]
        await factory.draw(plan, *calls, day=at.date())
    report = await chart(centre.leader, metric="score", interval="week")
    quality = await centre.leader.get("/v1/reports/quality", params=NOVEMBER | {"by": "week"})
    expected = [item["estimate"]["value"] for item in quality.json()["items"]]
    assert [point["value"] for point in report["points"]] == pytest.approx(expected)
    assert report["centre"] == pytest.approx(quality.json()["total"]["estimate"]["value"])
    assert (report["chart"], report["value_unit"]) == ("mean", "points")
    # By default the agent score of the factory is the score.
    agents = await chart(centre.leader, metric="agent_score", interval="week")
    assert (agents["points"], agents["chart"]) == (report["points"], "mean")
    assert all(point["upper"] <= 100 for point in report["points"])


async def test_a_day_far_out_is_a_signal_with_its_name(centre: Centre, factory: SampleFactory) -> None:
    await draw_days(factory, await factory.plan(), *shares(1, 1, 1, 1, 1, 1, 1, 1, 1, 10, of=12))
    report = await chart(centre.leader)
    *others, last = report["points"]
    assert {signal["rule"] for signal in last["signals"]} >= {"beyond_3_sigma"}
    named = next(signal for signal in last["signals"] if signal["rule"] == "beyond_3_sigma")
    assert named["title_en"] == "One point beyond the control limits"
    assert named["title_ru"] == "Точка за контрольными границами"
    assert last["value"] > last["upper"]
    assert not any(signal["rule"] == "beyond_3_sigma" for point in others for signal in point["signals"])


def test_every_rule_has_a_name_in_both_languages() -> None:
    assert set(RULES) == set(Rule)
    assert all(any("а" <= letter <= "я" for letter in titles.ru) for titles in RULES.values())


async def test_the_tests_of_nelson_are_there_on_request(centre: Centre, factory: SampleFactory) -> None:
    await draw_days(factory, await factory.plan(), *shares(0, 1, 2, 3, 4, 5, 6))
    found = {
        rules: {
            signal["rule"]
            for point in (await chart(centre.leader, rules=rules))["points"]
            for signal in point["signals"]
        }
        for rules in ("western_electric", "nelson")
    }
    assert "six_trending" in found["nelson"] - found["western_electric"]


async def test_a_change_of_the_level_is_dated_and_shows_what_was_changed_then(
    centre: Centre, factory: SampleFactory
) -> None:
    """The factory publishes the scorecard on 2 November; a second version comes on the day of the change."""
    plan = await factory.plan()
    await draw_days(factory, plan, *shares(1, 0, 1, 0, 1, 0, 6, 7, 6, 7, 6, 7))
    newer = await factory.second_version(plan, DEFINITION, published_at=NOON + timedelta(days=6))
    report = await chart(centre.leader)
    (change,) = report["changes"]
    assert change["start"] == "2026-11-08"
    assert (change["before"], change["after"]) == (pytest.approx(3 / 60), pytest.approx(39 / 60))
    assert change["p_value"] < 0.05
    (mark,) = change["marks"]
    assert mark["title_en"] == "Version 2 of the scorecard Support was published"
    assert mark["title_ru"] == "Опубликована версия 2 оценочного листа «Support»"
    assert (mark["kind"], mark["subject_id"]) == ("scorecard_published", str(newer.scorecard_id))
    assert [one["title_en"][:9] for one in report["marks"]] == ["Version 1", "Version 2"]


async def test_a_changed_plan_is_marked_with_the_changed_fields(centre: Centre) -> None:
    now = datetime.now().astimezone()
    period = {"from": (now - timedelta(days=1)).isoformat(), "to": (now + timedelta(days=1)).isoformat()}
    body = plan_body(centre, await published(centre))
    made = await centre.leader.post("/v1/sampling-plans", json=body)
    plan = made.json()
    changed = await centre.leader.patch(
        f"/v1/sampling-plans/{plan['id']}",
        json={"floor_per_agent": 3, "due_days": 5},
        headers={"If-Match": made.headers["etag"]},
    )
    assert changed.status_code == 200, changed.text
    report = await chart(centre.leader, **period)
    marks = [mark for mark in report["marks"] if mark["kind"] == "sampling_plan_changed"]
    assert [mark["title_en"] for mark in marks] == [
        "The sampling plan Everything was changed: due_days, floor_per_agent"
    ]
    assert marks[0]["subject_id"] == plan["id"]
    other = {"scorecard_id": await published(centre)}
    assert [mark["kind"] for mark in (await chart(centre.leader, **period, **other))["marks"]] == []


async def test_errors_per_call_are_a_u_chart(centre: Centre, factory: SampleFactory) -> None:
    await draw_days(factory, await factory.plan(), [call(BOTH_BAD), call()], [call(BAD_GREETING), call(BOTH_BAD)])
    report = await chart(centre.leader, metric="errors_per_call")
    assert [point["value"] for point in report["points"]] == [1, 1.5]
    assert (report["chart"], report["value_unit"], report["centre"]) == ("u", "errors", 1.25)


async def test_the_rate_of_one_item_is_of_the_calls_that_it_applied_to(centre: Centre, factory: SampleFactory) -> None:
    await draw_days(
        factory,
        await factory.plan(),
        [call(BOTH_BAD), call(BAD_GREETING), call((GivenAnswer("greeting"), GivenAnswer("solution", applies=False)))],
    )
    (point,) = (await chart(centre.leader, item="solution"))["points"]
    assert (point["value"], point["n"]) == (0.5, 2)


async def test_the_process_share_is_of_errors(centre: Centre, factory: SampleFactory) -> None:
    await draw_days(factory, await factory.plan(), [call(BOTH_BAD), call(BAD_GREETING), call()])
    (point,) = (await chart(centre.leader, metric="process_share"))["points"]
    assert (point["value"], point["n"]) == (pytest.approx(1 / 3, abs=1e-6), 2)
    (of_item,) = (await chart(centre.leader, metric="process_share", item="solution"))["points"]
    assert (of_item["value"], of_item["n"]) == (1, 1)


async def test_critical_errors_are_of_one_family_or_of_any(centre: Centre, factory: SampleFactory) -> None:
    await draw_days(
        factory,
        await factory.plan(),
        [
            call(families={"customer": False, "business": True}),
            call(families={"customer": True}),
            call(families={"compliance": False}),
            call(),
        ],
    )
    (any_family,) = (await chart(centre.leader, metric="critical_error_rate"))["points"]
    assert (any_family["value"], any_family["n"]) == (pytest.approx(2 / 3, abs=1e-6), 3)
    (customer,) = (await chart(centre.leader, metric="critical_error_rate", family="customer"))["points"]
    assert (customer["value"], customer["n"]) == (0.5, 2)


async def test_a_day_that_nobody_evaluated_has_no_figure(centre: Centre, factory: SampleFactory) -> None:
    await draw_days(
        factory, await factory.plan(), [call(BAD_GREETING), call()], [call(evaluated=False)], [call(), call()]
    )
    report = await chart(centre.leader)
    assert [point["value"] for point in report["points"]] == [0.5, None, 0]
    assert (report["points"][1]["n"], report["points"][1]["upper"]) == (0, None)
    assert report["response_rate"] == pytest.approx(4 / 5)


async def test_days_and_weeks_are_those_of_the_projects_zone(centre: Centre, factory: SampleFactory) -> None:
    """The centre is in Moscow: 21:30 UTC on Sunday the 8th is Monday there."""
    late = datetime.fromisoformat("2026-11-08T21:30:00+00:00")
    await factory.draw(await factory.plan(), call(at=late), day=date(2026, 11, 8))
    for interval, start in (("day", "2026-11-09"), ("week", "2026-11-09"), ("month", "2026-11-01")):
        (point,) = (await chart(centre.leader, interval=interval))["points"]
        assert point["start"] == start


async def test_cautions_say_what_the_chart_cannot(centre: Centre, factory: SampleFactory) -> None:
    assert (await chart(centre.leader))["cautions"] == ["no_points"]
    plan = await factory.plan()
    await draw_days(factory, plan, [call(score="80")])
    assert (await chart(centre.leader, metric="score"))["cautions"] == ["few_points", "no_variance"]
    assert (await chart(centre.leader))["cautions"] == ["few_points", "no_variation"]
    await factory.draw(plan, call(BAD_GREETING), call(), day=date(2026, 11, 9))
    assert (await chart(centre.leader))["cautions"] == ["few_points", "small_points"]


async def test_an_empty_period_is_an_empty_chart(centre: Centre) -> None:
    report = await chart(centre.leader)
    assert (report["points"], report["changes"], report["marks"]) == ([], [], [])
    assert (report["centre"], report["sigma_z"], report["n"], report["response_rate"]) == (None, None, 0, None)
    for metric in Metric:
        assert (await chart(centre.leader, metric=metric))["points"] == []


async def test_items_of_two_scorecards_are_not_mixed(centre: Centre, factory: SampleFactory) -> None:
    first, second = await factory.plan(), await factory.plan()
    await factory.draw(first, call(BAD_GREETING))
    await factory.draw(second, call())
    answer = await centre.leader.get("/v1/reports/control-chart", params=NOVEMBER | {"item": "greeting"})
    assert answer.status_code == 422
    assert "several scorecards" in answer.json()["errors"][0]["detail"]
    (point,) = (await chart(centre.leader, item="greeting", scorecard_id=first.scorecard_id))["points"]
    assert point["value"] == 1


async def test_an_item_that_is_not_there_is_not_found(centre: Centre, factory: SampleFactory) -> None:
    plan = await factory.plan()
    answer = await centre.leader.get("/v1/reports/control-chart", params=NOVEMBER | {"item": "smile"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    empty = await chart(centre.leader, item="greeting", scorecard_id=plan.scorecard_id)
    assert empty["points"] == []


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"metric": "score", "item": "greeting"}, "item"),
        ({"metric": "error_rate", "family": "customer"}, "family"),
    ],
)
async def test_a_question_that_does_not_fit_the_metric_is_refused(
    centre: Centre, params: dict[str, str], pointer: str
) -> None:
    answer = await centre.leader.get("/v1/reports/control-chart", params=params)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize("params", [{"metric": "luck"}, {"interval": "hour"}, {"rules": "gut"}, {"family": "none"}])
async def test_unknown_choices_are_refused(centre: Centre, params: dict[str, str]) -> None:
    answer = await centre.leader.get("/v1/reports/control-chart", params=params)
    assert answer.status_code == 422


async def test_the_table_has_a_row_for_each_point(centre: Centre, factory: SampleFactory) -> None:
    await draw_days(factory, await factory.plan(), *shares(1, 1, 1, 1, 1, 1, 1, 1, 1, 10, of=12))
    rows = await read_file(centre.leader, "control-chart")
    assert (rows[0]["start"], rows[0]["signals"], len(rows)) == ("2026-11-02", "", 10)
    assert "beyond_3_sigma" in rows[-1]["signals"].split("; ")


async def test_agents_and_guests_do_not_read_charts(centre: Centre) -> None:
    for client in (centre.agent_user, centre.guest):
        assert (await client.get("/v1/reports/control-chart")).status_code == 403
