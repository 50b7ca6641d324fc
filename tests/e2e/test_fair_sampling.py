"""A sample that nobody chose: drawn by the clock, proved without the service, handed out, completed by late calls."""

import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from app.demo.scorecard import scorecard_body
from app.platform.settings import Settings
from tests.e2e.centre import (
    AGENTS,
    Organisation,
    Staff,
    answers,
    at,
    create_organisation,
    create_staff,
    last_monday,
    week_of_calls,
    weekly_plan,
)
from tests.e2e.company import Json, create_company, json_of, list_all, wait_until
from tests.processes import qmt, running_api, running_worker

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Story:
    """Who is there, what the plan is, and the Monday of the week that it draws from."""

    staff: Staff
    organisation: Organisation
    monday: date
    plan: Json
    directory: Path


@pytest.fixture
async def base_url(settings_of_processes: Settings) -> AsyncIterator[str]:
    """An API process and two workers, either of which could draw."""
    async with (
        running_worker(settings_of_processes),
        running_worker(settings_of_processes),
        running_api(settings_of_processes) as url,
    ):
        yield url


async def test_a_sample_is_drawn_by_the_clock_proved_offline_and_worked_off(
    base_url: str, settings_of_processes: Settings, tmp_path: Path
) -> None:
    monday = last_monday(datetime.now(UTC))
    async with create_company(base_url, settings_of_processes) as company:
        staff = await create_staff(company)
        organisation = await create_organisation(staff)
        calls = week_of_calls(organisation, monday)
        assert json_of(await staff.admin.http.post("/calls/batch", json=calls))["created"] == 60
        scorecard = json_of(await staff.leader.http.post("/scorecards", json=scorecard_body()), 201)
        json_of(await staff.leader.http.post(f"/scorecards/{scorecard['id']}/publish"))
        body = weekly_plan(staff, organisation, scorecard["id"]) | {"verifier_daily_capacity": 1, "active": False}
        plan = json_of(await staff.leader.http.post("/sampling-plans", json=body), 201)
        story = Story(staff, organisation, monday, plan, tmp_path)

        await sleep_through_the_week(settings_of_processes, story)
        draw = await drawn_by_the_clock(story)
        await check_what_is_committed_to(story)
        await check_the_proof(story, draw)
        scored, skipped = await work_the_pool(story, draw)
        await supplement(story)
        await check_coverage(story, evaluated=scored["place"] == 1, skipped=skipped["place"] == 1)


async def sleep_through_the_week(settings: Settings, story: Story) -> None:
    """The plan has been active since that Monday, and nobody was there when its week ended."""
    owner = await asyncpg.connect(settings.migration_database_url)
    try:
        began = datetime.combine(story.monday, datetime.min.time(), UTC)
        await owner.execute("ALTER TABLE sampling_plans NO FORCE ROW LEVEL SECURITY")
        await owner.execute(
            "UPDATE sampling_plans SET active = true, active_since = $2 WHERE id = $1", UUID(story.plan["id"]), began
        )
        await owner.execute("ALTER TABLE sampling_plans FORCE ROW LEVEL SECURITY")
    finally:
        await owner.close()


async def drawn_by_the_clock(story: Story) -> Json:
    leader = story.staff.leader.http

    async def look() -> Json:
        return {"draws": await list_all(leader, "/draws", plan_id=story.plan["id"])}

    draw: Json
    (draw,) = (await wait_until(look, lambda seen: bool(seen["draws"]), within_s=150))["draws"]
    assert (draw["window"]["start_on"], draw["frame_size"], draw["sample_size"]) == (story.monday.isoformat(), 60, 18)
    made = [event for event in await list_all(story.staff.admin.http, "/events") if event["type"] == "draw.made"]
    assert [event["subject_id"] for event in made] == [draw["id"]]
    assert made[0]["actor"]["kind"] == "job"
    return draw


async def check_what_is_committed_to(story: Story) -> None:
    """The present week and the next one have their seeds, and only the hashes are told."""
    committed = await list_all(story.staff.leader.http, "/draws", plan_id=story.plan["id"], state="committed")
    assert all(one["seed"] is None and len(one["seed_commitment"]) == 64 for one in committed)
    last = max(committed, key=lambda one: str(one["window"]["start"]))
    assert datetime.fromisoformat(last["window"]["start"]) > datetime.now(UTC)
    assert last["committed"] == "before_window"


async def check_the_proof(story: Story, draw: Json) -> None:
    """Anybody can check it, without an account, a database or a setting; whoever changes it is found out."""
    answer = await story.staff.leader.http.get(f"/draws/{draw['id']}/proof")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="draw-{draw["id"]}-proof.json"'
    proof, nothing = story.directory / "proof.json", {"PATH": os.environ["PATH"]}
    proof.write_bytes(answer.content)
    checked = qmt("verify-draw", str(proof), env=nothing)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.startswith("valid")
    document = answer.json()
    first, second = document["selections"][:2]
    first["call_id"], second["call_id"] = second["call_id"], first["call_id"]
    proof.write_text(json.dumps(document), encoding="utf-8")
    forged = qmt("verify-draw", str(proof), env=nothing)
    assert forged.returncode == 1
    assert forged.stdout.startswith("INVALID")


async def work_the_pool(story: Story, draw: Json) -> tuple[Json, Json]:
    """A verifier takes five a week; what is left over waits until somebody claims it or is given it.

    Answers, as leaders see them, the assignments that were scored and skipped.
    """
    leader, (vera, victor) = story.staff.leader.http, story.staff.verifiers
    all_of_draw = await list_all(leader, "/assignments", draw_id=draw["id"])
    own = [one for one in all_of_draw if one["verifier_id"] == vera.id]
    pool = [one for one in all_of_draw if one["verifier_id"] is None]
    assert len(own) == 5
    assert len(pool) == len(all_of_draw) - 10 >= 8
    assert [one["id"] for one in await list_all(vera.http, "/assignments", state="open")] == [one["id"] for one in own]

    claimed = json_of(await vera.http.post("/assignments/claim", json={"plan_id": story.plan["id"]}))
    assert (claimed["verifier_id"], claimed["state"]) == (vera.id, "open")
    assert claimed["id"] in {one["id"] for one in pool}
    evaluation = {"call_id": claimed["call_id"], "scorecard_id": claimed["scorecard_id"], "answers": answers({})}
    json_of(await vera.http.post("/evaluations", json=evaluation | {"submit": True}), 201)
    assert json_of(await vera.http.get(f"/assignments/{claimed['id']}"))["state"] == "done"

    path = f"/assignments/{own[0]['id']}"
    later = (datetime.now(UTC) + timedelta(days=30)).replace(microsecond=0)
    extended = {"due_at": later.isoformat(), "reason": "The verifier is at a training"}
    assert datetime.fromisoformat(json_of(await leader.post(f"{path}/extend", json=extended))["due_at"]) == later
    assert (await vera.http.post(f"{path}/extend", json=extended)).status_code == 403
    moved = {"verifier_id": None, "reason": "Somebody else shall take it"}
    assert json_of(await leader.post(f"{path}/reassign", json=moved))["verifier_id"] is None
    assert (await victor.http.get(path)).status_code == 404
    json_of(await vera.http.post(f"/assignments/{own[1]['id']}/skip", json={"reason": "The recording is silent"}))
    return next(one for one in pool if one["id"] == claimed["id"]), own[1]


async def supplement(story: Story) -> None:
    """Two calls come in when the week is long drawn: they are a stratum of their own, with a proof of their own."""
    late = [
        {
            "source": "crm",
            "external_id": f"late/{number}",
            "project_id": story.organisation.project_id,
            "agent_external_id": AGENTS[number],
            "started_at": at(story.monday, number),
            "duration_s": 90,
        }
        for number in range(2)
    ]
    leader = story.staff.leader.http
    path, window = f"/sampling-plans/{story.plan['id']}/draws", {"window_start": story.monday.isoformat()}
    assert (await leader.post(path, json=window)).json()["code"] == "window_drawn"
    assert (await leader.post(path, json=window | {"supplementary": True})).json()["code"] == "no_late_calls"
    assert json_of(await story.staff.admin.http.post("/calls/batch", json=late))["created"] == 2
    draw = json_of(await leader.post(path, json=window | {"supplementary": True}), 201)
    assert (draw["part"], draw["frame_size"]) == (1, 2)
    # 0.3 of two calls is 0.6 of a call: sometimes one, sometimes none.
    assert draw["sample_size"] in {0, 1}
    proof = (await leader.get(f"/draws/{draw['id']}/proof")).content
    (story.directory / "late.json").write_bytes(proof)
    assert qmt("verify-draw", str(story.directory / "late.json"), env={"PATH": os.environ["PATH"]}).returncode == 0


async def check_coverage(story: Story, *, evaluated: bool, skipped: bool) -> None:
    """The leader sees what became of the sample: who was heard, how much of it was scored, what it was spent on.

    Only scorings of record count.
    """
    params = {"from": story.monday.isoformat(), "to": (story.monday + timedelta(days=7)).isoformat()}
    query = params | {"project_id": story.organisation.project_id}
    report = json_of(await story.staff.leader.http.get("/reports/sampling-coverage", params=query))
    total = report["total"]
    assert (total["calls"], total["evaluated"], total["skipped"]) == (62, int(evaluated), int(skipped))
    assert [plan["plan_id"] for plan in report["plans"]] == [story.plan["id"]]
    assert report["plans"][0]["planned_rate"] == 0.3
    heard = {agent["agent_id"]: agent for agent in report["agents"]}
    assert heard.keys() == set(story.organisation.agent_ids.values())
    assert sum(agent["selected"] for agent in heard.values()) == total["selected"]
    assert sum(agent["evaluated"] for agent in heard.values()) == int(evaluated)
    assert {signal["signal"] for signal in report["signals"]} >= {"low_csat", "none"}
    table = await story.staff.leader.http.get("/reports/sampling-coverage", params=query | {"format": "csv"})
    assert len(table.text.splitlines()) == 1 + len(AGENTS)
