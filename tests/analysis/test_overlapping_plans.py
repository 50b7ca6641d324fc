"""Two plans over the same calls: every call counts once in the reports."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.analysis.arrays import Call, sample_of, scored
from tests.analysis.factories import NOVEMBER, DrawnCall, GivenAnswer, Plan, SampleFactory
from tests.people import Centre
from tests.queries import QueryRecorder
from tests.statistics.factories import codes

SCORES = [40, 55, 70, 85, 100, 60, 75, 90, 95, 65, 80, 50]
# Twelve calls of one agent, and the first eight of them as the second plan sees them: it prefers the first two.
INNER, LARGE = 8, 2
FORGOT, FINE = GivenAnswer("greeting", "agent", "forgot"), GivenAnswer("greeting")


async def report_on(client: httpx.AsyncClient, name: str = "quality", **params: Any) -> Any:
    answer = await client.get(f"/v1/reports/{name}", params=NOVEMBER | params)
    assert answer.status_code == 200, answer.text
    return answer.json()


class TwoDraws:
    """The first plan selects calls 0, 5 and 11 with π = 1/4; the second 0, 1, 2 and 5 with π = 1, 1, 1/3, 1/3."""

    def __init__(self, first: dict[UUID, float], second: dict[UUID, float], calls: list[UUID]) -> None:
        self.selected = [(first, calls[0]), (first, calls[5]), (first, calls[11])]
        self.selected += [(second, calls[number]) for number in (0, 1, 2, 5)]
        self.scores = [SCORES[number] for number in (0, 5, 11, 0, 1, 2, 5)]
        self.both = [first.get(call, 0) + second.get(call, 0) for _, call in self.selected]
        self.own = [probabilities[call] for probabilities, call in self.selected]
        self.n_frames = [1 + (call in second) for _, call in self.selected]

    def mean(self, weights: list[float]) -> float:
        return sum(w * score for w, score in zip(weights, self.scores, strict=True)) / sum(weights)


async def two_draws(factory: SampleFactory, first: Plan, second: Plan) -> TwoDraws:
    drawn = [DrawnCall(str(score), answers=(FORGOT if score < 58 else FINE,)) for score in SCORES]
    calls = await factory.calls(first, *drawn)
    outer = dict(zip(calls, drawn, strict=True))
    # One person does not evaluate a call twice by the same scorecard.
    others = (replace(one, verifier="second_verifier") for one in drawn[:INNER])
    large = [replace(one, size=4 if number < LARGE else 1) for number, one in enumerate(others)]
    inner = dict(zip(calls[:INNER], large, strict=True))
    of_first = await factory.draw_from(first, 3, outer, calls[0], calls[5], calls[11])
    of_second = await factory.draw_from(second, 4, inner, *(calls[number] for number in (0, 1, 2, 5)), days=28)
    assert (of_first[calls[0]], of_second[calls[0]], of_second[calls[5]]) == pytest.approx((1 / 4, 1, 1 / 3))
    return TwoDraws(of_first, of_second, calls)


async def test_a_call_in_two_frames_counts_once(centre: Centre, factory: SampleFactory) -> None:
    first = await factory.plan()
    draws = await two_draws(factory, first, await factory.second_plan(first))
    total = (await report_on(centre.leader))["total"]
    assert (total["population"], total["population_exact"], total["unrepresented"]) == (12, True, 0)
    assert (total["selected"], total["n"]) == (7, 7)
    assert total["estimate"]["value"] == pytest.approx(draws.mean([1 / both for both in draws.both]), abs=1e-4)


async def test_groups_count_it_once_too(centre: Centre, factory: SampleFactory) -> None:
    """A verifier's number of calls is estimated by the weights."""
    first = await factory.plan()
    draws = await two_draws(factory, first, await factory.second_plan(first))
    (agent,) = (await report_on(centre.leader, by="agent"))["items"]
    assert (agent["population"], agent["population_exact"]) == (12, True)
    second, verifier = (await report_on(centre.leader, by="verifier"))["items"]
    weights = [1 / both for both in draws.both]
    numbers = [sum(weights[:3]), sum(weights[3:])]
    assert [verifier["population"], second["population"]] == pytest.approx(numbers, abs=0.05)
    assert (verifier["population_exact"], second["population_exact"]) == (False, False)


async def test_errors_count_it_once(centre: Centre, factory: SampleFactory) -> None:
    first = await factory.plan()
    draws = await two_draws(factory, first, await factory.second_plan(first))
    (item,) = (await report_on(centre.leader, "error-sources"))["by_item"]
    weights = [1 / both for both in draws.both]
    errors = sum(w for w, score in zip(weights, draws.scores, strict=True) if score < 58)
    assert item["population"] == pytest.approx(sum(weights), abs=0.05)
    assert item["error_rate"]["value"] == pytest.approx(errors / sum(weights), abs=1e-6)


async def test_with_two_scorecards_it_counts_for_each_in_equal_parts(centre: Centre, factory: SampleFactory) -> None:
    draws = await two_draws(factory, await factory.plan(), await factory.plan())
    total = (await report_on(centre.leader))["total"]
    assert (total["population"], total["population_exact"]) == (12, True)
    weights = [1 / (n * own) for n, own in zip(draws.n_frames, draws.own, strict=True)]
    assert total["estimate"]["value"] == pytest.approx(draws.mean(weights), abs=1e-4)


async def test_items_of_two_scorecards_are_about_all_calls_of_each(centre: Centre, factory: SampleFactory) -> None:
    first, second = await factory.plan(), await factory.plan()
    draws = await two_draws(factory, first, second)
    items = {one["scorecard_id"]: one for one in (await report_on(centre.leader, "error-sources"))["by_item"]}
    numbers = [items[str(plan.scorecard_id)]["population"] for plan in (first, second)]
    weights = [1 / own for own in draws.own]
    assert numbers == pytest.approx([sum(weights[:3]), sum(weights[3:])], abs=0.05)
    only = await report_on(centre.leader, scorecard_id=str(second.scorecard_id))
    assert (only["total"]["population"], only["total"]["population_exact"]) == (INNER, True)


async def test_a_window_that_the_period_cuts_has_an_estimated_number(centre: Centre, factory: SampleFactory) -> None:
    """Only the first plan's window of one day is whole."""
    first = await factory.plan()
    await two_draws(factory, first, await factory.second_plan(first))
    days = {"from": "2026-11-02", "to": "2026-11-03"}
    assert not (await report_on(centre.leader, **days))["total"]["population_exact"]


async def test_overlapping_plans_take_two_more_statements(
    centre: Centre, factory: SampleFactory, queries: QueryRecorder
) -> None:
    first = await factory.plan()
    await two_draws(factory, first, await factory.second_plan(first))
    queries.clear()
    await report_on(centre.leader, by="agent")
    assert len([statement for statement in queries.statements if "FROM" in statement]) == 11


def test_two_evaluations_of_a_call_by_one_scorecard_are_two_scorings_of_it() -> None:
    """Severities are compared within them, as within a double scoring."""
    sample = replace(sample_of(Call(60), Call(80), Call(70, draw=1, verifier=1)), calls=codes([3, 5, 3]))
    calls = scored(sample).evaluations.calls
    assert calls is not None
    assert calls[0] == calls[2] != calls[1]
