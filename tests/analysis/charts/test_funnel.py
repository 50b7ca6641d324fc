"""The report with the funnel of agents over HTTP: figures, limits, who is outside, over-dispersion."""

from dataclasses import replace
from typing import Any

import pytest

from app.analysis import Metric
from app.api.context import AppContext
from app.statistics.control.funnel import MIN_AGENTS, binomial_limits
from tests.analysis.charts.reading import read_file, read_report
from tests.analysis.factories import DrawnCall, GivenAnswer, SampleFactory
from tests.people import Centre
from tests.sampling.tenant_factories import hire
from tests.statistics.control.test_charts import numbers

FINE = (GivenAnswer("greeting"), GivenAnswer("solution"))
BAD = (GivenAnswer("greeting", "agent"), GivenAnswer("solution"))
BOTH_BAD = (GivenAnswer("greeting", "agent"), GivenAnswer("solution", "process"))


def calls_of(agent: int, bad: int, of: int, **details: Any) -> list[DrawnCall]:
    """Calls of one agent, so many of them with an error."""
    return [DrawnCall(answers=BAD if number < bad else FINE, agent=agent, **details) for number in range(of)]


async def funnel(centre: Centre, **params: Any) -> Any:
    return await read_report(centre.leader, "funnel", **params)


@pytest.fixture
async def agents(context: AppContext, factory: SampleFactory) -> SampleFactory:
    """The factory of a centre with three times as many agents as over-dispersion needs."""
    hired = await hire(context.database, factory.centre, 3 * MIN_AGENTS)
    return replace(factory, centre=replace(factory.centre, agent_ids=tuple(hired)))


async def test_agents_are_shown_against_their_number_of_calls(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), *calls_of(0, 2, 20), *calls_of(1, 7, 10))
    report = await funnel(centre)
    worst, best = report["items"]
    assert (worst["agent_id"], worst["name"]) == (str(centre.agent_ids[1]), "Agent a-2")
    assert (worst["value"], worst["n"], worst["side"]) == (pytest.approx(0.7), 10, "above")
    assert (best["value"], best["n"], best["side"]) == (pytest.approx(0.1), 20, "below")
    assert report["centre"] == pytest.approx(9 / 30)
    # All weights are equal, so that the effective number of calls is the number of calls.
    assert (worst["effective_n"], best["effective_n"]) == (pytest.approx(10), pytest.approx(20))
    _, (upper,) = binomial_limits(0.025, numbers(10), 9 / 30)
    (lower,), _ = binomial_limits(0.001, numbers(20), 9 / 30)
    assert worst["limits"]["upper_95"] == pytest.approx(upper, abs=1e-4)
    assert best["limits"]["lower_99_8"] == pytest.approx(lower, abs=1e-4)
    assert (worst["outside"], best["outside"], report["outside"]) == ("95", "none", 0)
    assert (report["dispersion"], report["dispersion_applied"]) == (None, 1)
    assert (report["metric"], report["value_unit"], report["higher_is_worse"]) == ("error_rate", "share", True)


async def test_an_agent_far_out_is_outside_of_the_wide_limits(centre: Centre, agents: SampleFactory) -> None:
    ordinary = [one for agent in range(1, 12) for one in calls_of(agent, 2, 20)]
    await agents.draw(await agents.plan(), *calls_of(0, 16, 20), *ordinary)
    report = await funnel(centre)
    assert report["outside"] == 1
    assert [row["outside"] for row in report["items"]][:2] == ["99.8", "none"]
    assert report["items"][0]["agent_id"] == str(agents.centre.agent_ids[0])
    assert report["dispersion"] < 1
    assert report["dispersion_applied"] == 1


async def test_the_same_rate_of_few_calls_is_inside(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), *calls_of(0, 1, 2), *calls_of(1, 3, 60))
    rows = {row["agent_id"]: row for row in (await funnel(centre))["items"]}
    assert rows[str(centre.agent_ids[0])]["outside"] == "none"


async def test_weights_decide_and_make_the_effective_number_smaller(centre: Centre, factory: SampleFactory) -> None:
    """One call without an error represents 20, nine with one represent 1 each."""
    await factory.draw(
        await factory.plan(),
        DrawnCall(answers=FINE, inclusion="0.05"),
        *[DrawnCall(answers=BAD, inclusion="1") for _ in range(9)],
        *calls_of(1, 5, 10),
    )
    rows = {row["agent_id"]: row for row in (await funnel(centre))["items"]}
    biased = rows[str(centre.agent_ids[0])]
    assert biased["value"] == pytest.approx(9 / 29, abs=1e-6)
    assert (biased["n"], biased["effective_n"] < 5) == (10, True)


async def test_agents_who_all_differ_widen_the_limits(centre: Centre, agents: SampleFactory) -> None:
    calls = [one for agent in range(20) for one in calls_of(agent, 1 if agent % 2 else 13, 20)]
    await agents.draw(await agents.plan(), *calls)
    report = await funnel(centre)
    assert report["dispersion_applied"] == report["dispersion"] > 2
    assert report["outside"] == 0
    widest = report["items"][0]["limits"]
    _, (plain,) = binomial_limits(0.025, numbers(report["items"][0]["effective_n"]), report["centre"])
    expected = report["centre"] + report["dispersion"] ** 0.5 * (plain - report["centre"])
    assert widest["upper_95"] == pytest.approx(min(expected, 1), abs=1e-4)


async def test_scores_are_around_the_mean_with_normal_limits(centre: Centre, factory: SampleFactory) -> None:
    scores = {0: ("50", "60", "70"), 1: ("80", "90", "100", "90")}
    calls = [DrawnCall(score, agent=agent) for agent, theirs in scores.items() for score in theirs]
    await factory.draw(await factory.plan(), *calls)
    report = await funnel(centre, metric="score")
    worst, best = report["items"]
    assert (worst["value"], best["value"], report["centre"]) == pytest.approx((60, 90, 540 / 7), abs=1e-4)
    # Within the agents the squares are 200 and 200 of 7 calls and 2 means.
    error = (400 / 5 / 3) ** 0.5
    assert worst["limits"]["lower_95"] == pytest.approx(540 / 7 - 1.959964 * error, abs=1e-3)
    assert (worst["side"], worst["outside"], best["side"]) == ("below", "99.8", "above")
    assert best["limits"]["upper_99_8"] <= 100
    assert (report["higher_is_worse"], report["value_unit"]) == (False, "points")


async def test_errors_per_call_and_critical_errors_have_funnels_too(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(
        await factory.plan(),
        DrawnCall(answers=BOTH_BAD, families={"customer": False}),
        DrawnCall(answers=BAD, agent=1, families={"customer": True}),
        DrawnCall(answers=FINE, agent=1),
    )
    errors = {row["name"]: row["value"] for row in (await funnel(centre, metric="errors_per_call"))["items"]}
    assert errors == {"Agent a-1": 2, "Agent a-2": 0.5}
    critical = await funnel(centre, metric="critical_error_rate", family="customer")
    assert {row["name"]: (row["value"], row["n"]) for row in critical["items"]} == {
        "Agent a-1": (1, 1),
        "Agent a-2": (0, 1),
    }
    share = await funnel(centre, metric="process_share")
    assert {row["name"]: row["value"] for row in share["items"]} == {"Agent a-1": 0.5, "Agent a-2": 0}
    assert share["higher_is_worse"] is None


async def test_the_agent_score_is_without_the_errors_of_others(centre: Centre, factory: SampleFactory) -> None:
    """The first agent lost 40 points to the process; the second one has no score of the own."""
    await factory.draw(
        await factory.plan(),
        DrawnCall("60", agent_score="100", process_loss="40"),
        DrawnCall("80", agent_score="90"),
        DrawnCall("0", agent_score=None, agent=1),
    )
    found = {
        metric: {row["name"]: (row["value"], row["n"]) for row in (await funnel(centre, metric=metric))["items"]}
        for metric in ("score", "agent_score")
    }
    assert found == {
        "score": {"Agent a-1": (70, 2), "Agent a-2": (0, 1)},
        "agent_score": {"Agent a-1": (95, 2)},
    }


async def test_one_evaluation_has_no_limits_of_scores(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), DrawnCall("80"))
    report = await funnel(centre, metric="score")
    (row,) = report["items"]
    assert (row["value"], row["limits"], row["outside"], row["side"]) == (80, None, None, "at_centre")
    assert report["dispersion_applied"] is None


@pytest.mark.parametrize("bad", [0, 10])
async def test_no_errors_and_all_errors_have_limits_without_width(
    centre: Centre, factory: SampleFactory, bad: int
) -> None:
    await factory.draw(await factory.plan(), *calls_of(0, bad, 10))
    (row,) = (await funnel(centre))["items"]
    assert set(row["limits"].values()) == {bad / 10}
    assert row["outside"] == "none"


async def test_agents_without_an_evaluated_call_are_not_there(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), *calls_of(0, 1, 2), DrawnCall(agent=1, evaluated=False))
    report = await funnel(centre)
    assert [row["name"] for row in report["items"]] == ["Agent a-1"]
    assert report["response_rate"] == pytest.approx(2 / 3, abs=1e-6)


@pytest.mark.parametrize("metric", [*Metric])
async def test_an_empty_period_is_an_empty_funnel(centre: Centre, metric: str) -> None:
    report = await funnel(centre, metric=metric)
    assert (report["items"], report["centre"], report["dispersion"], report["outside"]) == ([], None, None, 0)
    assert (report["evaluations"], report["response_rate"]) == (0, None)


async def test_the_table_has_a_row_for_each_agent(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), *calls_of(0, 2, 20), *calls_of(1, 7, 10))
    rows = await read_file(centre.leader, "funnel")
    assert [(row["name"], row["n"], row["outside"]) for row in rows] == [
        ("Agent a-2", "10", "95"),
        ("Agent a-1", "20", "none"),
    ]
    assert float(rows[0]["upper_95"]) == (await funnel(centre))["items"][0]["limits"]["upper_95"]


async def test_a_question_that_does_not_fit_is_refused(centre: Centre) -> None:
    answer = await centre.leader.get("/v1/reports/funnel", params={"metric": "score", "item": "greeting"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "item")


async def test_agents_and_guests_do_not_read_it(centre: Centre) -> None:
    for client in (centre.agent_user, centre.guest):
        assert (await client.get("/v1/reports/funnel")).status_code == 403
