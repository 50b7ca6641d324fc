"""The report on verifiers over HTTP, and quality adjusted for severity: computed again from the rows."""

import csv
import io
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import numpy as np
import pytest
from scipy.stats import t as student

from app.api.context import AppContext
from app.platform.ids import new_id
from tests.analysis.factories import NOON, NOVEMBER, DrawnCall, GivenAnswer, Plan, SampleFactory
from tests.people import Centre, make_centre

# Scores of agent 0 and 1 by the two verifiers; the second one is about ten points stricter.
SCORES = {
    (0, "verifier"): (90, 84, 92, 88, 95, 81),
    (0, "second_verifier"): (80, 72, 85, 77, 74, 79),
    (1, "verifier"): (75, 70, 78, 81, 69, 77),
    (1, "second_verifier"): (66, 58, 71, 60, 64, 69),
}
CALLS = [
    DrawnCall(str(score), inclusion, agent=agent, verifier=verifier)
    for (agent, verifier), scores in SCORES.items()
    for score, inclusion in zip(scores, ("0.5", "0.1", "0.2", "0.4", "0.05", "0.5"), strict=True)
]


async def report(client: httpx.AsyncClient, name: str = "verifiers", **params: Any) -> Any:
    answer = await client.get(f"/v1/reports/{name}", params=NOVEMBER | params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def rows(client: httpx.AsyncClient, **params: Any) -> dict[str, Any]:
    return {row["name"]: row for row in (await report(client, **params))["verifiers"]}


@pytest.fixture
async def plan(factory: SampleFactory) -> Plan:
    plan = await factory.plan()
    await factory.draw(plan, *CALLS)
    return plan


def least_squares() -> tuple[float, float]:
    """Half the difference between the verifiers within agents, and its margin: two verifiers are not shrunk."""
    scores = np.array([float(call.score or 0) for call in CALLS])
    agents = np.array([call.agent for call in CALLS])
    strict = np.array([0.5 if call.verifier == "second_verifier" else -0.5 for call in CALLS])
    columns = np.column_stack((agents == 0, agents == 1, -strict))
    coefficients, (squares,), *_ = np.linalg.lstsq(columns, scores, rcond=None)
    df = scores.size - 3
    error = np.sqrt(squares / df * np.linalg.inv(columns.T @ columns)[2, 2])
    return coefficients[2] / 2, error / 2 * student.ppf(0.975, df)


@pytest.mark.usefixtures("plan")
class TestSeverity:
    async def test_it_is_the_difference_within_agents_and_positive_for_the_stricter(self, centre: Centre) -> None:
        found, (value, margin) = await rows(centre.leader), least_squares()
        assert value > 4
        for name, sign in (("Second Verifier", 1), ("Verifier", -1)):
            severity = found[name]["severity"]
            # A standard deviation of 50 points between verifiers is assumed at most: it shrinks by about 0.1 %.
            assert severity["value"] == pytest.approx(sign * value, rel=2e-3)
            assert severity["high"] - severity["low"] == pytest.approx(2 * margin, rel=2e-3)
            assert (found[name]["severity_reason"], found[name]["comparable_group"]) == (None, 0)
            assert found[name]["shared_agents"] == 2

    async def test_a_row_has_the_plain_figures(self, centre: Centre) -> None:
        row = (await rows(centre.leader))["Verifier"]
        given = [score for (_, verifier), scores in SCORES.items() if verifier == "verifier" for score in scores]
        assert row["key"] == str(centre.user_ids["verifier"])
        assert (row["n"], row["mean_score"]) == (12, pytest.approx(np.mean(given)))
        assert (row["submitted"], row["double_scorings"], row["open_assignments"]) == (12, 0, 12)

    async def test_the_head_names_the_period_and_how_much_scores_differ(self, centre: Centre) -> None:
        found = await report(centre.leader)
        assert (found["from"], found["to"]) == ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")
        assert "positive means stricter" in found["method"]
        assert found["evaluations"] == 24
        deviations = found["deviations"]
        assert deviations["calls"] is None
        assert min(deviations["agents"], deviations["verifiers"], deviations["scorings"]) > 1

    async def test_the_file_has_the_figures_of_the_report(self, centre: Centre) -> None:
        answer = await centre.leader.get("/v1/reports/verifiers", params=NOVEMBER | {"format": "csv"})
        first = next(csv.DictReader(io.StringIO(answer.text, newline="")))
        row = (await report(centre.leader))["verifiers"][0]
        cells = [float(first[name]) for name in ("severity", "severity_low", "severity_high")]
        assert (first["name"], cells) == (row["name"], list(row["severity"].values()))

    async def test_a_repeated_report_is_the_same_to_the_last_digit(self, centre: Centre) -> None:
        assert await report(centre.leader) == await report(centre.leader)

    async def test_a_filter_leaves_out_evaluations(self, centre: Centre, factory: SampleFactory, plan: Plan) -> None:
        other = await factory.plan()
        await factory.draw(other, DrawnCall("50"))
        found = await rows(centre.leader, scorecard_id=str(plan.scorecard_id))
        assert found["Verifier"]["n"] == 12
        alone = await rows(centre.leader, scorecard_id=str(other.scorecard_id))
        assert (alone["Verifier"]["n"], alone["Verifier"]["severity"]) == (1, None)
        assert alone["Verifier"]["severity_reason"] == "one_verifier"

    async def test_calls_outside_the_period_do_not_count(self, centre: Centre) -> None:
        found = await report(centre.leader, **{"from": "2026-11-03"})
        assert (found["evaluations"], found["deviations"]) == (0, None)


class TestWork:
    async def test_second_scorings_count_as_evaluations_of_the_same_call(
        self, centre: Centre, factory: SampleFactory
    ) -> None:
        given = GivenAnswer("greeting"), GivenAnswer("solution")
        calls = [replace(call, second="60", answers=given) for call in CALLS if call.verifier == "verifier"]
        await factory.draw(await factory.plan(), *calls)
        found = await rows(centre.leader)
        assert [(row["n"], row["double_scorings"]) for row in found.values()] == [(12, 12), (12, 12)]
        assert found["Second Verifier"]["mean_score"] == 60
        assert (await report(centre.leader))["deviations"]["calls"] is not None

    async def test_hand_picked_calls_count(self, centre: Centre, factory: SampleFactory) -> None:
        plan = await factory.plan()
        await factory.hand_picked(plan, DrawnCall("60"))
        row = (await rows(centre.leader))["Verifier"]
        assert (row["n"], row["mean_score"], row["submitted"]) == (1, 60, 1)

    async def test_an_evaluation_without_a_score_is_work_and_says_nothing_of_severity(
        self, centre: Centre, factory: SampleFactory
    ) -> None:
        await factory.draw(await factory.plan(), DrawnCall(None))
        row = (await rows(centre.leader))["Verifier"]
        assert (row["n"], row["mean_score"], row["submitted"]) == (0, None, 1)
        assert row["severity_reason"] == "too_few_evaluations"

    async def test_the_first_submission_counts_and_corrections_are_counted(
        self, centre: Centre, factory: SampleFactory
    ) -> None:
        first, second = await factory.draw(await factory.plan(), DrawnCall("60"), DrawnCall("80"))
        await factory.revise(first, "70")
        await factory.revise(second, "90", author="leader")
        await factory.revise(second, "100", number=3, author="leader")
        row = (await rows(centre.leader))["Verifier"]
        assert (row["mean_score"], row["own_corrections"], row["corrections_by_others"]) == (70, 1, 2)

    async def test_of_second_scorings_and_hand_picked_calls_the_first_submission_counts_too(
        self, centre: Centre, factory: SampleFactory
    ) -> None:
        picked = await factory.hand_picked(await factory.plan(), DrawnCall("60"))
        await factory.revise(picked, "90", author="leader")
        assert (await rows(centre.leader))["Verifier"]["mean_score"] == 60

    async def test_output_is_what_was_submitted_in_the_period(self, centre: Centre, factory: SampleFactory) -> None:
        """The factory submits an evaluation when the call starts."""
        october = NOON - timedelta(days=20)
        plan = await factory.plan()
        await factory.draw(plan, DrawnCall("60", at=october), day=october.date())
        await factory.draw(plan, DrawnCall("80"), day=date(2026, 11, 2))
        assert (await rows(centre.leader))["Verifier"]["submitted"] == 1

    async def test_open_assignments_are_those_of_now(self, centre: Centre, factory: SampleFactory) -> None:
        await factory.draw(await factory.plan(), DrawnCall(evaluated=False), DrawnCall(evaluated=False, pooled=True))
        found = await rows(centre.leader)
        assert {name: row["open_assignments"] for name, row in found.items()} == {"Verifier": 1}
        assert found["Verifier"]["severity_reason"] == "too_few_evaluations"


@pytest.mark.usefixtures("plan")
class TestAdjustedQuality:
    async def test_it_is_the_weighted_mean_of_scores_plus_severities(self, centre: Centre) -> None:
        severities = {name: row["severity"]["value"] for name, row in (await rows(centre.leader)).items()}
        items = (await report(centre.leader, "quality", by="agent"))["items"]
        for agent, item in enumerate(items):
            calls = [call for call in CALLS if call.agent == agent]
            weights = [1 / float(call.inclusion) for call in calls]
            adjusted = [float(call.score or 0) + severities[call.verifier.replace("_", " ").title()] for call in calls]
            assert item["adjusted_estimate"]["value"] == pytest.approx(np.average(adjusted, weights=weights))
            assert item["adjusted_reason"] is None

    async def test_the_interval_includes_what_is_not_known_of_severities(
        self, centre: Centre, factory: SampleFactory, plan: Plan
    ) -> None:
        """If one verifier scores every call of a team's agent, the severity is not averaged out."""
        await factory.draw(plan, *[replace(call, inclusion="1") for call in CALLS[:6]], day=date(2026, 11, 9), part=0)
        census = (await report(centre.leader, "quality", by="agent"))["items"][0]
        value, margin = least_squares()
        assert census["adjusted_estimate"]["low"] < census["adjusted_estimate"]["value"] - 0.1 * margin
        assert value > 0

    @pytest.mark.parametrize("by", ["project", "team", "week"])
    async def test_other_groups_are_adjusted_too(self, centre: Centre, by: str) -> None:
        found = await report(centre.leader, "quality", by=by)
        assert found["items"][0]["adjusted_estimate"] == pytest.approx(found["total"]["adjusted_estimate"])

    async def test_verifiers_are_not_adjusted_for_themselves(self, centre: Centre) -> None:
        found = await report(centre.leader, "quality", by="verifier")
        assert {(item["adjusted_estimate"], item["adjusted_reason"]) for item in found["items"]} == {
            (None, "by_verifier")
        }
        assert found["total"]["adjusted_estimate"] is not None


class TestCorrectedQuality:
    """The strict verifier's evaluations of agent 0 are corrected; each then has 90 points."""

    @pytest.fixture
    async def strict_ones(self, factory: SampleFactory) -> list[UUID]:
        evaluation_ids = await factory.draw(await factory.plan(), *CALLS)
        return [
            evaluation_id
            for evaluation_id, call in zip(evaluation_ids, CALLS, strict=True)
            if (call.agent, call.verifier) == (0, "second_verifier")
        ]

    @pytest.fixture
    async def severities(self, centre: Centre, strict_ones: list[UUID]) -> dict[str, Any]:
        assert strict_ones
        return {name: row["severity"] for name, row in (await rows(centre.leader)).items()}

    async def test_the_strict_verifier_stays_strict(
        self, centre: Centre, factory: SampleFactory, strict_ones: list[UUID], severities: dict[str, Any]
    ) -> None:
        for evaluation_id in strict_ones:
            await factory.revise(evaluation_id, "90", author="leader")
        found = await rows(centre.leader)
        assert {name: row["severity"] for name, row in found.items()} == severities
        assert found["Second Verifier"]["corrections_by_others"] == 6

    @pytest.mark.parametrize(("author", "is_adjusted"), [("leader", False), ("second_verifier", True)])
    async def test_a_score_is_adjusted_if_it_is_the_verifiers_own(
        self,
        centre: Centre,
        factory: SampleFactory,
        strict_ones: list[UUID],
        severities: dict[str, Any],
        author: str,
        is_adjusted: bool,
    ) -> None:
        for evaluation_id in strict_ones:
            await factory.revise(evaluation_id, "90", author=author)
        item = (await report(centre.leader, "quality", by="agent"))["items"][0]
        calls = [call for call in CALLS if call.agent == 0]
        strict = 90 + is_adjusted * severities["Second Verifier"]["value"]
        lenient = severities["Verifier"]["value"]
        scores = [float(call.score or 0) + lenient if call.verifier == "verifier" else strict for call in calls]
        weights = [1 / float(call.inclusion) for call in calls]
        assert item["adjusted_estimate"]["value"] == pytest.approx(np.average(scores, weights=weights))


@pytest.mark.usefixtures("plan")
async def test_groups_of_verifiers_that_cannot_be_compared_have_no_adjusted_means(
    centre: Centre, factory: SampleFactory
) -> None:
    """Leader and admin score by a scorecard of their own: whether they or the scorecard are strict cannot be said."""
    apart = {"verifier": "leader", "second_verifier": "admin"}
    other = await factory.plan()
    await factory.draw(other, *(replace(call, verifier=apart[call.verifier]) for call in CALLS))
    assert [row["comparable_group"] for row in (await rows(centre.leader)).values()] == [0, 0, 1, 1]
    found = await report(centre.leader, "quality", by="agent")
    assert {(row["adjusted_estimate"], row["adjusted_reason"]) for row in [*found["items"], found["total"]]} == {
        (None, "several_groups")
    }
    one_group = await report(centre.leader, "quality", by="agent", scorecard_id=str(other.scorecard_id))
    assert [row["adjusted_reason"] for row in [*one_group["items"], one_group["total"]]] == [None] * 3


async def test_without_severity_there_is_no_adjusted_mean(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), DrawnCall("60"), DrawnCall("80"), DrawnCall(agent=1, evaluated=False))
    items = (await report(centre.leader, "quality", by="agent"))["items"]
    assert [(item["adjusted_estimate"], item["adjusted_reason"]) for item in items] == [
        (None, "no_severity"),
        (None, "no_score"),
    ]


class TestAccess:
    @pytest.mark.parametrize(
        ("role", "status"), [("admin", 200), ("leader", 200), ("verifier", 403), ("agent_user", 403)]
    )
    async def test_leaders_and_admins_only(self, centre: Centre, role: str, status: int) -> None:
        assert (await getattr(centre, role).get("/v1/reports/verifiers")).status_code == status

    async def test_another_tenants_verifiers_are_not_seen(
        self, centre: Centre, factory: SampleFactory, context: AppContext, app: Any
    ) -> None:
        await factory.draw(await factory.plan(), DrawnCall("60"))
        async with make_centre(app, context) as other:
            assert (await report(other.leader))["verifiers"] == []
            refused = await other.leader.get("/v1/reports/verifiers", params={"project_id": str(centre.project_id)})
            assert refused.status_code == 404

    @pytest.mark.parametrize("parameter", ["project_id", "team_id", "scorecard_id"])
    async def test_a_filter_by_something_that_does_not_exist_is_not_found(self, centre: Centre, parameter: str) -> None:
        missing = await centre.leader.get("/v1/reports/verifiers", params={parameter: str(new_id())})
        assert (missing.status_code, missing.json()["code"]) == (404, "not_found")

    async def test_a_bad_period_is_named(self, centre: Centre) -> None:
        refused = await centre.leader.get("/v1/reports/verifiers", params={"from": "2026-11-02", "to": "2026-11-02"})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "from")
