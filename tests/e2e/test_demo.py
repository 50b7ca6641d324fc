"""The demo tenant, as it is seeded on the first start; a small one here."""

import json
import stat
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from app import main
from app.demo.client import in_process
from app.demo.seeding import CREDENTIALS, IN_PROGRESS, SLUG, free_slug, last_closed_monday, seed_if_wanted
from app.demo.types import Settings as CentreSettings
from app.identity import USER_ROLES, Role
from app.platform.settings import Settings
from app.sampling.proofs.verify import check_proof_file
from tests.e2e.company import Json, json_of, list_all

pytestmark = pytest.mark.e2e

SMALL = CentreSettings(agents=12, weeks=2)


@dataclass(frozen=True)
class Demo:
    settings: Settings
    http: httpx.AsyncClient

    @property
    def credentials(self) -> Path:
        return self.settings.data_dir / CREDENTIALS

    @property
    def users(self) -> list[Json]:
        users: list[Json] = json.loads(self.credentials.read_text(encoding="utf-8"))["users"]
        return users

    def sign_in(self, role: Role) -> httpx.AsyncClient:
        """The client, with the key of the first user of that role."""
        user = next(user for user in self.users if user["role"] == role)
        self.http.headers["Authorization"] = f"Bearer {user['api_key']}"
        return self.http


@pytest.fixture(scope="module")
async def demo(settings_of_processes: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    changes = {"demo": True, "data_dir": tmp_path_factory.mktemp("demo")}
    settings = Settings.model_validate(settings_of_processes.model_dump() | changes)
    assert await seed_if_wanted(settings, SMALL)
    async with in_process(main.create(settings)) as http:
        http.base_url = httpx.URL("http://qmt.demo/v1")
        yield Demo(settings, http)


async def test_the_credentials_of_every_role_work_and_are_for_their_owner_alone(demo: Demo) -> None:
    assert stat.S_IMODE(demo.credentials.stat().st_mode) == 0o600
    roles = Counter(user["role"] for user in demo.users)
    assert roles.keys() == set(USER_ROLES)
    assert (roles[Role.ADMIN], roles[Role.VERIFIER], roles[Role.AGENT]) == (1, SMALL.verifiers, 1)
    for user in demo.users:
        form = {"username": user["email"], "password": user["password"], "client_id": SLUG}
        token = json_of(await demo.http.post("/auth/token", data=form))["access_token"]
        for credential in (token, user["api_key"]):
            me = json_of(await demo.http.get("/me", headers={"Authorization": f"Bearer {credential}"}))
            assert me["role"] == user["role"]


async def test_there_are_recordings_to_listen_to(demo: Demo) -> None:
    recorded = await list_all(demo.sign_in(Role.VERIFIER), "/calls", has_recording=True)
    assert len(recorded) >= 12
    for call in recorded:
        assert call["recording"]["channels"] == len(call["channel_roles"]) == 2
    heard = await demo.http.get(f"/calls/{recorded[0]['id']}/recording")
    assert len(heard.content) == recorded[0]["recording"]["size_bytes"]


async def test_every_closed_week_was_drawn_for_every_project(demo: Demo) -> None:
    leader = demo.sign_in(Role.LEADER)
    plans = [plan["id"] for plan in await list_all(leader, "/sampling-plans")]
    last = last_closed_monday(datetime.now(UTC))
    weeks = [last - timedelta(weeks=1), last]
    drawn = [
        (draw["plan_id"], date.fromisoformat(draw["window"]["start_on"]))
        for draw in await list_all(leader, "/draws")
        if draw["part"] == 0
    ]
    assert sorted(drawn) == sorted((plan, week) for plan in plans for week in weeks)
    assert len(plans) == SMALL.projects


async def test_draws_were_committed_to_before_their_weeks_and_late_calls_have_their_own(demo: Demo) -> None:
    draws = await list_all(demo.sign_in(Role.LEADER), "/draws")
    first = min(draw["window"]["start_on"] for draw in draws)
    committed = [draw["committed"] for draw in draws if draw["part"] == 0 and draw["window"]["start_on"] > first]
    assert set(committed) == {"before_window"}
    late = [draw for draw in draws if draw["part"] == 1]
    assert sum(draw["frame_size"] for draw in late) > 5
    assert any(draw["state"] == "committed" for draw in await list_all(demo.http, "/draws", state="committed"))


async def test_the_proof_of_every_draw_is_valid(demo: Demo) -> None:
    for draw in await list_all(demo.sign_in(Role.LEADER), "/draws"):
        proof = await demo.http.get(f"/draws/{draw['id']}/proof")
        checked = check_proof_file(proof.content)
        assert (checked.valid, checked.discrepancy) == (True, None)


async def test_the_evaluations_were_submitted_in_the_days_after_their_draw_and_before_now(demo: Demo) -> None:
    leader = demo.sign_in(Role.LEADER)
    evaluations = await list_all(leader, "/evaluations")
    drawn_at = {draw["id"]: draw["drawn_at"] for draw in await list_all(leader, "/draws")}
    draws = {one["evaluation_id"]: one["draw_id"] for one in await list_all(leader, "/assignments", state="done")}
    assert {one["id"] for one in evaluations} == draws.keys()
    assert len(evaluations) > 20
    for evaluation in evaluations:
        drawn, submitted = drawn_at[draws[evaluation["id"]]], evaluation["submitted_at"]
        assert datetime.fromisoformat(drawn) < datetime.fromisoformat(submitted) < datetime.now(UTC)


async def test_the_reports_have_something_to_say(demo: Demo) -> None:
    leader = demo.sign_in(Role.LEADER)
    total = json_of(await leader.get("/reports/quality"))["total"]
    assert 50 < total["estimate"]["low"] < total["estimate"]["value"] < total["estimate"]["high"] < 100
    assert total["response_rate"] > 0.5
    sources = json_of(await leader.get("/reports/error-sources"))
    assert 0 < sources["process_share"]["value"] < 1
    assert len(sources["by_team"]) == 2


async def test_there_are_sessions_in_every_state_and_a_client_with_a_link(demo: Demo) -> None:
    leader = demo.sign_in(Role.LEADER)
    sessions = {one["state"]: one for one in await list_all(leader, "/calibration-sessions")}
    assert sessions.keys() == {"arranging", "open", "closed"}
    results = json_of(await leader.get(f"/calibration-sessions/{sessions['closed']['id']}/results"))
    assert all(call["consensus"] for call in results["calls"])
    assert results["agreement"]["overall"]["coefficients"][0]["value"] > 0.5
    (guest,) = json.loads(demo.credentials.read_text(encoding="utf-8"))["guests"]
    headers = {"Authorization": f"Bearer {guest['token']}"}
    session = json_of(await demo.http.get(f"/calibration-sessions/{guest['session_id']}", headers=headers))
    for call in session["calls"]:
        heard = await demo.http.get(call["recording_url"].removeprefix("/v1"), headers=headers)
        assert heard.status_code == 200


async def test_double_scorings_are_decided_but_for_a_few(demo: Demo) -> None:
    leader = demo.sign_in(Role.LEADER)
    decided = await list_all(leader, "/double-scores", state="decided")
    waiting = await list_all(leader, "/double-scores", state="open")
    # How many there are is chance: two weeks of a dozen agents have about six.
    assert len(decided) >= min(1, len(decided + waiting))
    assert len(waiting) >= (len(decided + waiting) > 1)


async def test_seeding_again_changes_nothing(demo: Demo) -> None:
    before = demo.credentials.read_bytes()
    events = await list_all(demo.sign_in(Role.ADMIN), "/events")
    assert not await seed_if_wanted(demo.settings, SMALL)
    assert demo.credentials.read_bytes() == before
    assert await list_all(demo.http, "/events") == events


async def test_a_seeding_that_was_cut_short_is_begun_again_as_another_tenant(
    settings_of_processes: Settings, tmp_path: Path
) -> None:
    unasked = settings_of_processes.model_copy(update={"data_dir": tmp_path, "demo": None})
    (tmp_path / IN_PROGRESS).touch()
    assert await seed_if_wanted(unasked, CentreSettings(agents=12, weeks=1))
    assert json.loads((tmp_path / CREDENTIALS).read_text(encoding="utf-8"))["tenant"].startswith(f"{SLUG}-")
    assert not (tmp_path / IN_PROGRESS).exists()
    assert not await seed_if_wanted(unasked)


def test_the_first_free_slug_is_taken() -> None:
    assert free_slug({"other"}) == SLUG
    assert free_slug({SLUG, f"{SLUG}-2"}) == f"{SLUG}-3"
