"""How many SQL statements a request costs: no more for twenty rows than for one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.calibration.checks.fault_check_draws import LIFETIME
from app.platform.clock import FixedClock, use_clock
from app.scorecards import service as scorecards_service
from tests.analysis.bonus.factories import set_rule
from tests.calibration.checks.factories import adjudicate, tend
from tests.calibration.sessions.factories import CLIENT, create, invite, soon
from tests.calls.factories import call_body, push_call, recorded_call
from tests.contract import Operation, operations
from tests.evaluations.factories import good_answers, submit
from tests.exports.factories import exported
from tests.identity.factories import post_agent, post_key, post_user
from tests.people import Centre, make_centre
from tests.queries import QueryRecorder
from tests.reporting.factories import create as create_schedule
from tests.reporting.factories import tick
from tests.running import deliver_events
from tests.sampling.tenant_factories import DAY, a_call, draw, items_of, plan_body, store_calls
from tests.scorecards.factories import draft_scorecard, publish_scorecard, thirty_items

ROWS = 20
ANSWERS = good_answers(thirty_items(), i0={"value": "bad"})
# What every request begins with: the scope of its tenant, and who asks.
BEFOREHAND = 2
# One statement reads what is asked for, but for these.
STATEMENTS = {
    "getMe": 0,
    "getEvaluation": 2,  # the answers
    "listEvaluationRevisions": 3,  # the evaluation, and the answers of all revisions
    "getTranscript": 2,  # the call
    "getDraw": 2,  # the strata
    "getDrawProof": 7,  # the draw, its selections, strata and classes, in three transactions with a scope each
    "listSelections": 2,  # the draw
    "getAssignment": 2,  # the signals of its selection
    "listAssignments": 2,  # the signals of their selections
    # Quality and sources of errors of the month, of the month before and of the last weeks; coverage.
    "getMonthlyReport": 91,
    # Reports begin a transaction of their own; those that read a sample ask which roll-ups are stale, and for these.
    "getSamplingCoverageReport": 10,  # how to join, the period, plans, frames, agents, signals, refusals, silence
    "getHoldTimeReport": 5,  # the period's time zone, the totals, the medians, the names
    "getBonusReport": 14,  # the filters, projects, then of each project: how to join, scope, sample, frames, people
    # The reports on coverage and on sources of errors; weights, what failed or waits, what people have to do.
    "getTodayReport": 25,
    "getQualityReport": 14,  # how to join, the period's time zone, the scope, the frames, further scores, names
    # How to join, the period's time zone, the scope, the frames, further scores, what each has done, agreement with
    # scorecards.
    "getVerifiersReport": 18,
    # Its own transaction; what the filters name, how to join, the scorings, scorecards.
    "getPooledAgreement": 6,
    # Its own transaction; projects, how to join, the scorings, scorecards, draws.
    "getCalibrationSuggestions": 8,
    # How to join, the period's time zone, the scope, the sample, its frames, what is of each call, marks or names.
    "getControlChartReport": 11,
    "getParetoReport": 13,  # the versions of scorecards are cached
    "getFunnelReport": 11,
    "getCriticalErrorsReport": 11,
    "getErrorSourcesReport": 16,  # how to join, the zone, the frames, the answers, their checks, the kept figure, names
    "getDoubleScore": 4,  # both submissions with their answers, and the decisions
    "listFaultChecks": 4,  # the submissions with their answers, and the verdicts
    "getFaultCheck": 4,
    "getFaultCheckProof": 5,  # the draw with its strata, its seed, and whether it is revealed
    "listReportDeliveries": 3,  # the schedule, and the states of the e-mails
    "listPrecedents": 3,  # whether there is such an item, and names
    "listTimeOptions": 4,  # the session, who asks in it, the votes
    "getCalendarFile": 5,  # the session, who asks in it, the project and the organizer, the calls, the proposed times
    "getSessionCall": 3,  # the session, who asks in it
    "getSessionTranscript": 5,  # the session, who asks in it, whether it has the call, the call
    "getOwnScore": 3,  # the session, who asks in it
    "getRecording": 2,  # the scope of its second transaction, which ends before the audio is sent
    "getSessionRecording": 5,  # the scope, the session, who asks in it, whether it has the call
    "getSessionResults": 7,  # the scope, the session, who asks in it, the participants, consensus, the calls
    "downloadExport": 3,  # the scope of its second transaction, in which the download is journalled
    "verifyEvents": 7,  # the batches, their entries, what is pending, the head and the counts
}
# What it costs to follow a session depends on how long one follows it, and on what happens meanwhile.
READING = [one for one in operations() if one.method == "get" and one.permission and one.id != "followSession"]
LISTS = [one for one in READING if any(parameter["name"] == "cursor" for parameter in one.spec.get("parameters", ()))]


@dataclass(frozen=True)
class Busy:
    """A tenant with at least twenty rows in every list."""

    centre: Centre
    ids: dict[str, str]

    async def read(self, operation: Operation, **query: Any) -> httpx.Response:
        when = {"from": DAY.isoformat(), "to": (DAY + timedelta(days=1)).isoformat(), "month": f"{DAY:%Y-%m}"}
        if operation.id.endswith("Report"):
            query |= {name: value for name, value in when.items() if name in operation.query}
        answer = await self.centre.admin.get(operation.url(self.ids), params=query)
        assert answer.status_code == 200, answer.text
        return answer


@pytest.fixture(scope="module")
async def busy(app: FastAPI, context: AppContext) -> AsyncIterator[Busy]:
    async with make_centre(app, context) as centre:
        yield Busy(centre, {**await _directory(centre), **await _work(context, centre)})


async def _directory(centre: Centre) -> dict[str, str]:
    admin = centre.admin
    for number in range(ROWS):
        project = {"name": f"Project {number}", "timezone": "UTC", "language": "en"}
        made = [
            await admin.post("/v1/projects", json=project),
            await admin.post("/v1/teams", json={"name": f"Team {number}"}),
            await post_user(admin),
            await post_agent(admin, project_ids=[str(centre.project_id)]),
            await post_key(admin, "calls:write"),
        ]
        assert {answer.status_code for answer in made} == {201}
    return {
        "project_id": str(centre.project_id),
        "team_id": str(centre.team_id),
        "user_id": str(centre.user_ids["agent"]),
        "agent_id": str(centre.agent_ids[0]),
    }


async def _work(context: AppContext, centre: Centre) -> dict[str, str]:
    await set_rule(centre)
    scorecard = await publish_scorecard(centre.leader, thirty_items())
    for _ in range(ROWS):
        await draft_scorecard(centre.leader, thirty_items())
    call = await recorded_call(centre)
    await deliver_events(context.database, centre.tenant_id)
    transcript = (await centre.admin.get(f"/v1/calls/{call['id']}/transcript")).json()
    return {
        **await _sample(context, centre, scorecard["id"]),
        **await _checks(context, centre, scorecard["id"]),
        **await _sessions(centre, scorecard["id"], call["id"]),
        **await _report_schedules(context, centre),
        "scorecard_id": scorecard["id"],
        "number": "1",
        "call_id": call["id"],
        "job_id": transcript["job_id"],
        **await _exports(context, centre),
    }


async def _exports(context: AppContext, centre: Centre) -> dict[str, str]:
    """Twenty finished exports."""
    made = [await exported(context, centre, what=["teams"]) for _ in range(ROWS)]
    return {"export_id": made[0].export["id"]}


async def _sample(context: AppContext, centre: Centre, scorecard_id: str) -> dict[str, str]:
    """Twenty plans; twenty draws by one of them, the first one of twenty calls, all of them evaluated."""
    await store_calls(context.database, centre, [a_call(centre) for _ in range(ROWS)])
    body = plan_body(centre, scorecard_id, verifier_ids=[str(centre.user_ids["verifier"])])
    plans = [(await centre.leader.post("/v1/sampling-plans", json=body)).json() for _ in range(ROWS)]
    draws = [await draw(centre, plans[0], DAY + timedelta(days=day)) for day in range(ROWS)]
    assignments = await items_of(centre.leader, "/v1/assignments")
    evaluations = [
        await submit(
            centre.verifier,
            {"call_id": assignment["call_id"], "scorecard_id": scorecard_id, "assignment_id": assignment["id"]},
            ANSWERS,
        )
        for assignment in assignments
    ]
    revision = {"answers": ANSWERS, "why": "Listened again"}
    for _ in range(ROWS):
        revised = await centre.leader.post(f"/v1/evaluations/{evaluations[0]['id']}/revisions", json=revision)
        assert revised.status_code == 201, revised.text
    return {
        "plan_id": plans[0]["id"],
        "draw_id": draws[0]["id"],
        "assignment_id": assignments[0]["id"],
        "evaluation_id": evaluations[0]["id"],
    }


async def _checks(context: AppContext, centre: Centre, scorecard_id: str) -> dict[str, str]:
    """A draw of twenty calls, scored twice, decided, and drawn for fault checks, whose seed is revealed."""
    day = DAY + timedelta(days=2 * ROWS)
    await store_calls(context.database, centre, [a_call(centre, started_at=noon(day)) for _ in range(ROWS)])
    body = plan_body(centre, scorecard_id, double_score_rate=1, fault_check_rate=1)
    made = await draw(centre, (await centre.leader.post("/v1/sampling-plans", json=body)).json(), day)
    clients = {str(centre.user_ids[name]): centre.client(name) for name in ("verifier", "second_verifier")}
    for assignment in await items_of(centre.leader, "/v1/assignments", draw_id=made["id"]):
        subject = {name: assignment[name] for name in ("call_id", "scorecard_id")}
        await submit(clients[assignment["verifier_id"]], subject, ANSWERS, assignment_id=assignment["id"])
    await deliver_events(context.database, centre.tenant_id)
    double_scores = await items_of(centre.leader, "/v1/double-scores", draw_id=made["id"])
    for double_score in double_scores:
        decision = {"item": "i0", "value": "bad", "fault": "process", "comment": "The script has no greeting"}
        assert (await adjudicate(centre.leader, double_score, decision)).status_code == 200
    with use_clock(FixedClock(datetime.now(UTC) + LIFETIME)):
        await tend(context.database, centre, made["id"])
    (check, *_) = await items_of(centre.leader, "/v1/fault-checks")
    return {
        "draw_id": made["id"],
        "item": "i0",
        "double_score_id": double_scores[0]["id"],
        "fault_check_id": check["id"],
    }


async def _report_schedules(context: AppContext, centre: Centre) -> dict[str, str]:
    """Twenty schedules; twenty due times of the first one, nineteen of them missed."""
    made = [await create_schedule(centre) for _ in range(ROWS)]
    first_due = datetime.fromisoformat(made[0]["next_due_at"])
    await tick(context, centre, first_due + timedelta(days=ROWS - 1))
    return {"schedule_id": made[0]["id"]}


async def _sessions(centre: Centre, scorecard_id: str, call_id: str) -> dict[str, str]:
    """Twenty sessions; in the first one twenty guests and two users, who have scored the first of twenty calls."""
    users = [{"user_id": str(centre.user_ids[name])} for name in ("admin", "verifier")]
    body = {"name": "December", "scorecard_id": scorecard_id, "call_ids": [call_id], "participants": users}
    for _ in range(1, ROWS):
        await invite(await create(centre, body))
    pushed = [await push_call(centre.admin, centre.project_id) for _ in range(1, ROWS)]
    guests = [CLIENT | {"email": f"guest-{number}@client.example"} for number in range(ROWS)]
    more = {"call_ids": [call_id, *(call["id"] for call in pushed)], "participants": [*users, *guests]}
    held = await create(centre, body | more | {"scheduled_at": soon()})
    held.people["admin"] = centre.admin
    await invite(held)
    options = await held.post("time-options", {"options": [{"starts_at": soon(hours)} for hours in range(1, ROWS + 1)]})
    for option in options.json()["items"]:
        url = f"{held.url}/time-options/{option['id']}/vote"
        assert (await centre.admin.put(url, json={"answer": "yes"})).status_code == 200
    await held.move("open")
    for person in ("admin", "verifier"):
        assert (await held.score(person, ANSWERS)).status_code == 200
    await held.move("reveal")
    return {"session_id": held.id}


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


@pytest.mark.parametrize("operation", READING, ids=str)
async def test_reading_costs_a_fixed_number_of_statements(
    operation: Operation, busy: Busy, queries: QueryRecorder
) -> None:
    await busy.read(operation)
    queries.clear()
    await busy.read(operation)
    assert len(queries) == BEFOREHAND + STATEMENTS.get(operation.id, 1), queries.statements


@pytest.mark.parametrize("operation", LISTS, ids=str)
async def test_a_list_of_twenty_costs_no_more_than_a_list_of_one(
    operation: Operation, busy: Busy, queries: QueryRecorder
) -> None:
    counts = []
    for limit in (1, ROWS):
        queries.clear()
        answer = await busy.read(operation, limit=limit)
        assert len(answer.json()["items"]) == limit
        counts.append(len(queries))
    assert counts[0] == counts[1], queries.statements


async def test_the_page_of_a_session_costs_fewer_than_five_statements(
    busy: Busy, queries: QueryRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the process has not read the version of the scorecard yet."""
    monkeypatch.setattr(scorecards_service, "_kept", {})
    (operation,) = (one for one in READING if one.id == "getCalibrationSession")
    session = (await busy.read(operation)).json()
    assert len(session["scorecard"]["sections"][0]["items"]) > 0
    assert session["calls"][0]["call_id"] == busy.ids["call_id"]
    assert len(queries) < 5, queries.statements


async def test_pushing_a_call_costs_six_statements(busy: Busy, queries: QueryRecorder) -> None:
    pushed = await busy.centre.admin.post("/v1/calls", json=call_body(busy.centre.project_id))
    assert pushed.status_code == 201
    assert len(queries) == 6, queries.statements


async def test_submitting_thirty_answers_costs_five_statements(busy: Busy, queries: QueryRecorder) -> None:
    subject = {"call_id": busy.ids["call_id"], "scorecard_id": busy.ids["scorecard_id"]}
    await submit(busy.centre.verifier, subject, ANSWERS)
    assert len(queries) == 5, queries.statements
