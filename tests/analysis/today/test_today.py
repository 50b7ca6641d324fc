"""The report of today over HTTP: every entry from what really happened, and every link leads to something."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert

from app.api.context import AppContext
from app.jobs.models import JobModel
from app.notifications.models import EmailModel
from app.platform import clock
from app.platform.clock import FixedClock, use_clock
from app.platform.ids import new_id
from app.sampling.models import DrawModel
from tests.analysis.factories import NOON, DrawnCall, GivenAnswer, SampleFactory, committed_draw
from tests.assignments.factories import both_verifiers, drawn
from tests.calibration.checks.factories import DOUBLES, SOLUTION_BAD, adjudicate, one_check, scored_twice
from tests.calibration.sessions.factories import good, holding
from tests.people import Centre, make_centre
from tests.queries import QueryRecorder, run
from tests.sampling.tenant_factories import items_of, working_in
from tests.scorecards.factories import binary, one_section

TODAY = "/v1/reports/today"
NOW = datetime(2026, 11, 10, 9, tzinfo=UTC)
ENTRIES = [
    *("coverage", "agents_not_evaluated", "failed_draws", "failed_jobs", "failed_emails", "backlog"),
    *("agents_outside_limits", "process_faults", "sessions_today", "results_waiting", "fault_checks", "double_scores"),
]


async def today(client: httpx.AsyncClient, at: datetime | None = NOW, **params: str) -> Any:
    """The report at this time; None: at the time of the machine."""
    with use_clock(FixedClock(at or clock.now())):
        answer = await client.get(TODAY, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def store(context: AppContext, centre: Centre, model: Any, **values: Any) -> UUID:
    row = {"tenant_id": centre.tenant_id, "id": new_id()} | values
    async with working_in(context.database, centre) as session:
        await run(session, insert(model).values(**row))
    stored: UUID = row["id"]
    return stored


def only(report: Any, entry: str) -> Any:
    """The one item of the entry."""
    assert report[entry]["count"] == 1, report[entry]
    (item,) = report[entry]["items"]
    return item


async def test_where_nothing_happened_there_is_nothing_to_do(centre: Centre) -> None:
    report = await today(centre.leader)
    counts = {entry: report[entry]["count"] for entry in ENTRIES}
    assert counts == dict.fromkeys(ENTRIES, 0) | {"agents_not_evaluated": 2}
    assert (report["selected"], report["evaluated"], report["response_rate"]) == (0, 0, None)


async def test_the_periods_are_those_that_the_method_names(centre: Centre) -> None:
    report = await today(centre.leader)
    assert report["at"] == report["to"] == "2026-11-10T09:00:00Z"
    assert (report["from"], report["failures_since"]) == ("2026-10-13T09:00:00Z", "2026-11-09T09:00:00Z")


class TestCoverage:
    @pytest.fixture
    async def short(self, centre: Centre, factory: SampleFactory) -> Centre:
        """Of three drawn calls one is evaluated, one is overdue, and one is open."""
        plan = await factory.plan()
        late, fresh = NOON - timedelta(days=3), NOON
        await factory.draw(plan, DrawnCall(at=NOON), DrawnCall(at=late, evaluated=False, agent=1))
        await factory.draw(plan, DrawnCall(at=fresh, evaluated=False), day=NOON.date() + timedelta(days=1))
        return centre

    async def test_a_plan_with_overdue_calls_falls_short_and_says_why(self, short: Centre) -> None:
        report = await today(short.leader, at=NOON + timedelta(days=6))
        item = only(report, "coverage")
        assert (item["name"], item["count"]) == ("Daily", 2)
        assert item["text_en"] == (
            "Evaluated: 1 of 3 drawn calls; open: 2, overdue: 1, skipped: 0. Windows not drawn: 0."
        )
        assert item["text_ru"].startswith("Оценено звонков: 1 из 3 отобранных")
        assert (report["selected"], report["evaluated"], report["response_rate"]) == (3, 1, pytest.approx(1 / 3))

    async def test_calls_that_are_not_due_yet_are_no_shortfall(self, short: Centre) -> None:
        assert (await today(short.leader, at=NOON + timedelta(days=1)))["coverage"]["count"] == 0

    async def test_agents_without_an_evaluation_are_named_with_the_reason(self, short: Centre) -> None:
        """One of the agent's two calls was drawn, with probability 1/2, and it is open."""
        item = only(await today(short.leader), "agents_not_evaluated")
        assert (item["name"], item["id"], item["count"]) == ("Agent a-2", str(short.agent_ids[1]), 2)
        assert item["text_en"] == "The drawn calls are open or were skipped."
        assert item["text_ru"] == "Отобранные звонки ждут оценки или пропущены."

    async def test_windows_that_could_not_be_drawn_are_a_shortfall_and_a_failure(
        self, centre: Centre, context: AppContext, factory: SampleFactory
    ) -> None:
        plan = await factory.plan()
        for number, hours in enumerate((2, 30)):
            at = NOW - timedelta(hours=hours)
            refusal = {"refused_at": at, "failure_reason": "no calls", "refused_version": 1}
            row = committed_draw(centre, plan.id, number, at, **refusal)
            await store(context, centre, DrawModel, **row)
        report = await today(centre.leader)
        assert only(report, "coverage")["text_en"].endswith("Windows not drawn: 2.")
        item = only(report, "failed_draws")
        assert (item["name"], item["text_en"]) == ("Daily", "Window of 2026-12-01: no calls")
        assert item["at"] == "2026-11-10T07:00:00Z"


class TestFailures:
    async def failed_job(self, context: AppContext, centre: Centre, hours: float, **changes: Any) -> UUID:
        finished_at = NOW - timedelta(hours=hours)
        values: dict[str, Any] = {"kind": "transcribe", "payload": {}, "state": "failed", "error": "no model"}
        values |= {"finished_at": finished_at}
        return await store(context, centre, JobModel, **(values | changes))

    async def test_jobs_that_were_given_up_in_the_last_day(self, centre: Centre, context: AppContext) -> None:
        job_id = await self.failed_job(context, centre, 1)
        await self.failed_job(context, centre, 25)
        await self.failed_job(context, centre, 1, state="succeeded")
        item = only(await today(centre.leader), "failed_jobs")
        assert (item["id"], item["name"], item["text_en"]) == (str(job_id), "transcribe", "no model")
        assert item["link"] == f"/v1/jobs/{job_id}"

    async def test_the_newest_five_are_shown_and_all_are_counted(self, centre: Centre, context: AppContext) -> None:
        ids = [await self.failed_job(context, centre, hours) for hours in range(1, 8)]
        entry = (await today(centre.leader))["failed_jobs"]
        assert (entry["count"], [item["id"] for item in entry["items"]]) == (7, [str(one) for one in ids[:5]])

    async def test_emails_that_were_given_up_in_the_last_day(self, centre: Centre, context: AppContext) -> None:
        """An e-mail is tried for days: what counts is when it was given up."""
        email: dict[str, Any] = {
            "to_name": "Ann",
            "to_email": "ann@example.com",
            "subject": "You are invited",
            "text": "Three calls.",
        }
        email |= {"attachments": [], "state": "failed", "attempts": 9, "error": "no such box"}
        email |= {"created_at": NOW - timedelta(days=3)}
        await store(context, centre, EmailModel, **email, job_id=await self.failed_job(context, centre, 1))
        await store(context, centre, EmailModel, **email, job_id=await self.failed_job(context, centre, 30))
        item = only(await today(centre.admin), "failed_emails")
        assert (item["name"], item["text_en"]) == ("You are invited", "To Ann: no such box")
        assert item["link"] == "/v1/emails?state=failed"
        assert only(await today(centre.leader), "failed_emails")["link"] is None


class TestErrors:
    @pytest.fixture
    async def faulty(self, centre: Centre, factory: SampleFactory) -> Centre:
        """The process fails at the greeting in two calls of five, and at the solution in one."""
        plan = await factory.plan()
        greeting, solution = GivenAnswer("greeting"), GivenAnswer("solution")
        bad_greeting, bad_solution = GivenAnswer("greeting", "process"), GivenAnswer("solution", "process")
        marks = [(bad_greeting, solution)] * 2 + [(greeting, bad_solution)] + [(greeting, solution)] * 2
        await factory.draw(plan, *(DrawnCall("50", "0.1", answers=answers) for answers in marks))
        return centre

    async def test_the_faults_that_cost_most_come_first(self, faulty: Centre) -> None:
        entry = (await today(faulty.leader))["process_faults"]
        assert [(item["name"], item["count"]) for item in entry["items"]] == [
            ("Item greeting", 20),
            ("Item solution", 10),
        ]
        assert "weight of the item: 50 %" in entry["items"][0]["text_en"]
        assert entry["link"] == "/v1/reports/error-sources"

    async def test_the_weight_of_the_item_counts(self, centre: Centre, factory: SampleFactory) -> None:
        """A rare error at an item that weighs much before a frequent one at an item that weighs little."""
        plan = await factory.plan(definition=one_section(binary("greeting", "10"), binary("solution", "90")))
        greeting, solution = GivenAnswer("greeting", "process"), GivenAnswer("solution", "process")
        marks = [(greeting, GivenAnswer("solution"))] * 3 + [(GivenAnswer("greeting"), solution)]
        await factory.draw(plan, *(DrawnCall("50", answers=answers) for answers in marks))
        entry = (await today(centre.leader))["process_faults"]
        assert [item["name"] for item in entry["items"]] == ["Item solution", "Item greeting"]

    async def test_errors_of_agents_are_no_faults_of_the_process(self, centre: Centre, factory: SampleFactory) -> None:
        await factory.draw(await factory.plan(), DrawnCall("50", answers=(GivenAnswer("greeting", "agent"),)))
        assert (await today(centre.leader))["process_faults"]["count"] == 0

    async def test_agents_outside_their_limits_are_those_of_the_report_on_errors(
        self, centre: Centre, factory: SampleFactory
    ) -> None:
        """The second agent errs in every call, and the first one never."""
        plan = await factory.plan()
        good = [DrawnCall("100", answers=(GivenAnswer("greeting"),)) for _ in range(60)]
        bad = [DrawnCall("0", agent=1, answers=(GivenAnswer("greeting", "agent"),)) for _ in range(12)]
        await factory.draw(plan, *good, *bad)
        with use_clock(FixedClock(NOW)):
            errors = (await centre.leader.get("/v1/reports/error-sources")).json()
        (standout,) = errors["by_item"][0]["standout_agents"]
        item = only(await today(centre.leader), "agents_outside_limits")
        assert (item["id"], item["name"], item["count"]) == (standout["agent_id"], "Agent a-2", 1)
        assert item["text_en"] == "Above the limit at: Item greeting."
        assert item["text_ru"] == "Выше предела по критериям: Item greeting."


class TestWaiting:
    async def test_the_backlog_is_of_each_verifier_with_the_overdue_first(
        self, centre: Centre, factory: SampleFactory
    ) -> None:
        plan, old = await factory.plan(), NOON - timedelta(days=5)
        waiting: dict[str, Any] = {"evaluated": False}
        await factory.draw(
            plan,
            *(DrawnCall(**waiting) for _ in range(3)),
            DrawnCall(at=old, verifier="second_verifier", **waiting),
            DrawnCall(pooled=True, **waiting),
        )
        entry = (await today(centre.leader, at=NOON + timedelta(days=3)))["backlog"]
        assert entry["count"] == 5
        assert [(item["name"], item["count"]) for item in entry["items"]] == [
            ("Second Verifier", 1),
            ("Verifier", 3),
            ("(none)", 1),
        ]
        first = entry["items"][0]
        assert first["text_en"] == "Open: 1, overdue: 1; the first is due on 2026-11-04."
        assert first["link"] == f"/v1/assignments?state=open&verifier_id={centre.user_ids['second_verifier']}"

    async def test_fault_checks_are_of_each_checker_until_they_are_done(
        self, centre: Centre, context: AppContext
    ) -> None:
        check, checker = await one_check(centre, context.database)
        item = only(await today(centre.leader, at=None), "fault_checks")
        assert (item["id"], item["count"]) == (check["checker_id"], 1)
        assert item["text_en"].startswith("To check: 1; the oldest is of ")
        assert [one["id"] for one in await items_of(centre.leader, item["link"])] == [check["id"]]
        errors = [{"item": "solution", "fault": "process"}]
        done = await centre.client(checker).post(f"/v1/fault-checks/{check['id']}", json={"errors": errors})
        assert done.status_code == 200, done.text
        assert (await today(centre.leader, at=None))["fault_checks"]["count"] == 0

    async def test_double_scorings_wait_until_they_are_decided(self, centre: Centre, context: AppContext) -> None:
        await drawn(centre, context.database, 1, double_score_rate=1, **both_verifiers(centre))
        assignments = await items_of(centre.leader, "/v1/assignments")
        assert (await today(centre.leader, at=None))["double_scores"]["count"] == 0
        double_score = await scored_twice(centre, assignments, [SOLUTION_BAD], [])
        item = only(await today(centre.leader, at=None), "double_scores")
        assert (item["id"], item["link"]) == (double_score["id"], f"{DOUBLES}/{double_score['id']}")
        decided = await adjudicate(centre.leader, double_score, SOLUTION_BAD | {"comment": None})
        assert decided.status_code == 200, decided.text
        assert (await today(centre.leader, at=None))["double_scores"]["count"] == 0


class TestSessions:
    async def scheduled(self, context: AppContext, centre: Centre, held_id: str, at: datetime) -> None:
        async with working_in(context.database, centre) as session:
            statement = "UPDATE calibration_sessions SET scheduled_at = :at WHERE id = :id"
            await session.execute(statement, at=at, id=UUID(held_id))

    async def test_those_of_today(self, app: FastAPI, centre: Centre, context: AppContext) -> None:
        async with holding(app, centre) as held:
            await self.scheduled(context, centre, held.id, NOW + timedelta(hours=2))
            item = only(await today(centre.leader), "sessions_today")
            assert (item["id"], item["name"], item["at"]) == (held.id, "December", "2026-11-10T11:00:00Z")
            assert (item["text_en"], item["text_ru"]) == ("Not opened yet.", "Ещё не открыта.")
            assert (await today(centre.leader, at=NOW - timedelta(days=1)))["sessions_today"]["count"] == 0

    async def test_the_day_is_that_of_the_projects_time_zone(
        self, app: FastAPI, centre: Centre, context: AppContext
    ) -> None:
        """Ten in the evening in UTC is one in the morning of the next day in Moscow."""
        async with holding(app, centre) as held:
            await self.scheduled(context, centre, held.id, datetime(2026, 11, 10, 22, tzinfo=UTC))
            assert (await today(centre.leader))["sessions_today"]["count"] == 1
            of_project = await today(centre.leader, project_id=str(centre.project_id))
            assert of_project["sessions_today"]["count"] == 0

    async def test_results_wait_from_the_reveal_until_the_close(
        self, app: FastAPI, centre: Centre, context: AppContext
    ) -> None:
        async with holding(app, centre, "open") as held:
            assert (await held.score("verifier", good())).status_code == 200
            assert (await today(centre.leader, at=None))["results_waiting"]["count"] == 0
            await held.move("reveal")
            item = only(await today(centre.leader, at=None), "results_waiting")
            assert item["text_en"] == "The results are revealed; the session is not closed."
            await held.move("close")
            assert (await today(centre.leader, at=None))["results_waiting"]["count"] == 0

    async def test_a_session_that_is_over_without_its_reveal_waits_too(
        self, app: FastAPI, centre: Centre, context: AppContext
    ) -> None:
        async with holding(app, centre, "open", duration_min=60) as held:
            await self.scheduled(context, centre, held.id, NOW - timedelta(minutes=61))
            item = only(await today(centre.leader), "results_waiting")
            assert item["text_ru"] == "Её время прошло, результаты ещё не открыты."
            await self.scheduled(context, centre, held.id, NOW - timedelta(minutes=59))
            assert (await today(centre.leader))["results_waiting"]["count"] == 0


class TestFilters:
    @pytest.fixture
    async def two_projects(self, centre: Centre, factory: SampleFactory) -> str:
        """An open assignment in each of two projects, of an agent each; the second agent is in no team."""
        body = {"name": "Loans", "timezone": "UTC", "language": "en"}
        loans = (await centre.admin.post("/v1/projects", json=body)).json()["id"]
        await factory.draw(await factory.plan(), DrawnCall(evaluated=False))
        await factory.draw(await factory.plan(UUID(loans)), DrawnCall(evaluated=False, agent=1))
        agent = f"/v1/agents/{centre.agent_ids[1]}"
        assert (await centre.admin.patch(agent, json={"team_id": None}, headers={"If-Match": '"1"'})).status_code == 200
        return str(loans)

    async def test_a_project_sees_its_own(self, two_projects: str, centre: Centre) -> None:
        assert (await today(centre.leader))["backlog"]["count"] == 2
        report = await today(centre.leader, project_id=two_projects)
        assert (report["backlog"]["count"], report["selected"]) == (1, 1)
        assert report["backlog"]["link"] == f"/v1/assignments?state=open&project_id={two_projects}"

    async def test_a_team_sees_its_own(self, two_projects: str, centre: Centre) -> None:
        report = await today(centre.leader, team_id=str(centre.team_id))
        assert report["backlog"]["count"] == 1
        assert only(report, "agents_not_evaluated")["name"] == "Agent a-1"

    async def test_what_does_not_exist_is_not_found(self, centre: Centre) -> None:
        assert (await centre.leader.get(TODAY, params={"project_id": str(new_id())})).status_code == 404


async def test_much_to_do_costs_no_more_statements_than_little(
    centre: Centre, context: AppContext, factory: SampleFactory, queries: QueryRecorder
) -> None:
    async def statements() -> int:
        await today(centre.leader)
        queries.clear()
        await today(centre.leader)
        return len(queries)

    answers = (GivenAnswer("greeting", "process"),)
    # Two plans, whose frames are compared.
    for _ in range(2):
        await factory.draw(await factory.plan(), DrawnCall("50", answers=answers), DrawnCall(evaluated=False))
    little = await statements()
    for number in range(3):
        await factory.draw(await factory.plan(), *[DrawnCall("50", answers=answers), DrawnCall(evaluated=False)] * 3)
        await TestFailures().failed_job(context, centre, number)
    assert await statements() == little


async def test_every_link_leads_to_something_that_the_leader_may_read(
    app: FastAPI, centre: Centre, context: AppContext
) -> None:
    await one_check(centre, context.database)
    await TestFailures().failed_job(context, centre, 1, finished_at=clock.now())
    async with holding(app, centre, "open") as held:
        await TestSessions().scheduled(context, centre, held.id, clock.now())
        report = await today(centre.leader, at=None)
        shown = {entry for entry in ENTRIES if report[entry]["items"]}
        links = [one["link"] for entry in ENTRIES for one in (report[entry], *report[entry]["items"])]
        for link in filter(None, links):
            assert (await centre.leader.get(link)).status_code == 200, link
    assert {"fault_checks", "failed_jobs", "sessions_today", "agents_not_evaluated"} <= shown


async def test_the_file_has_a_row_for_each_item(centre: Centre) -> None:
    answer = await centre.leader.get(TODAY, params={"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["kind"], row["total"], row["name"]) for row in rows] == [
        ("agents_not_evaluated", "2", "Agent a-1"),
        ("agents_not_evaluated", "2", "Agent a-2"),
    ]


async def test_another_tenants_failures_are_not_seen(centre: Centre, app: FastAPI, context: AppContext) -> None:
    async with make_centre(app, context) as elsewhere:
        await TestFailures().failed_job(context, elsewhere, 1)
        assert (await today(centre.leader))["failed_jobs"]["count"] == 0
