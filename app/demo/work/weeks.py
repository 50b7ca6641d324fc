"""The demo's eight weeks of work: calls come in, samples are drawn, verifiers score them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zlib import crc32

import numpy as np

from app.demo.client import Api
from app.demo.people import Directory
from app.demo.simulator import Centre
from app.demo.spoken import SpokenCall, spoken_calls
from app.demo.types import Call
from app.platform.actor import Actor
from app.platform.clock import FixedClock, use_clock
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.sampling import get_plan, keep_committed

_BATCH = 10_000
# Shares of the assignments: skipped by verifiers, and still open when the next window is drawn.
_SKIPPED, _LATE = 0.03, 0.04
# Shorter calls are not eligible.
_LEAST_S = 20
SKIP_REASONS = ("The recording breaks off", "The caller dialled a wrong number", "Another language is spoken")


async def send_calls(api: Api, directory: Directory, calls: Iterable[Call]) -> None:
    bodies = [call.body(directory.projects[call.project_key]) for call in calls]
    for start in range(0, len(bodies), _BATCH):
        answer = await api.post(directory.admin_id, "/calls/batch", bodies[start : start + _BATCH])
        if answer["rejected"]:
            raise RuntimeError(f"{answer['rejected']} calls of the demo were rejected")


async def send_spoken_calls(api: Api, centre: Centre, directory: Directory, day: date) -> None:
    """The calls with recordings, in the last week. Their transcripts follow in the background."""
    agents = {project.key: [a for a in centre.agents if a.project_key == project.key] for project in centre.projects}
    # The latest first: lists begin with it, so its transcript is read first.
    for number, spoken in reversed(list(enumerate(spoken_calls()))):
        staff = agents[spoken.project]
        body = _spoken_body(spoken, directory, staff[number % len(staff)].external_id, _minutes_into(day, 11 * number))
        call = await api.post(directory.admin_id, "/calls", body)
        content = spoken.path.read_bytes()
        await api.call(directory.admin_id, "PUT", f"/calls/{call['id']}/recording", content=content)


def _minutes_into(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time(14), UTC) + timedelta(minutes=minutes)


def _spoken_body(spoken: SpokenCall, directory: Directory, agent: str, at: datetime) -> dict[str, Any]:
    return {
        "source": "demo-recordings",
        "external_id": spoken.name,
        "project_id": directory.projects[spoken.project],
        "agent_external_id": agent,
        "started_at": at.isoformat(),
        "duration_s": round(spoken.duration_s, 3),
        "direction": "inbound",
        "language": spoken.language,
        "hold_s": spoken.hold_s,
        "hold_count": spoken.hold_count,
        "csat": spoken.csat,
        "complaint": spoken.complaint,
        "tags": [spoken.topic, "recorded"],
        "attributes": {"queue": spoken.topic, "story": spoken.story},
        "channel_roles": list(spoken.channel_roles),
    }


async def publish_scorecard(api: Api, centre: Centre, directory: Directory) -> str:
    scorecard = await api.post(directory.leader_id, "/scorecards", centre.scorecard)
    await api.post(directory.leader_id, f"/scorecards/{scorecard['id']}/publish", None)
    return str(scorecard["id"])


def is_late(centre: Centre, call: Call) -> bool:
    """Whether the call arrives only after its week was drawn: a few, in the last two weeks."""
    last_weeks = centre.settings.first_day + timedelta(weeks=centre.settings.weeks - 2)
    if call.started_at.date() < last_weeks or call.duration_s < _LEAST_S:
        return False
    return crc32(call.external_id.encode()) % 50 == 0


async def make_plans(api: Api, centre: Centre, directory: Directory, scorecard_id: str) -> list[str]:
    """A weekly plan for each project: three per cent, with more calls of new and erring agents and unhappy customers.

    Made when the first week begins, so that the draws of all later weeks are committed to before those weeks begin.
    """
    with use_clock(FixedClock(datetime.combine(centre.settings.first_day, time(12), UTC))):
        return await _make_plans(api, centre, directory, scorecard_id)


async def _make_plans(api: Api, centre: Centre, directory: Directory, scorecard_id: str) -> list[str]:
    verifiers = [directory.users[verifier.key] for verifier in centre.verifiers]
    plans = []
    for project in centre.projects:
        body = {
            "name": f"Weekly 3 % of {project.name}",
            "project_id": directory.projects[project.key],
            "scorecard_id": scorecard_id,
            "window": "week",
            "timezone": project.timezone,
            "mode": "rate",
            "rate": 0.03,
            "floor_per_agent": 1,
            "eligibility": {"min_duration_s": _LEAST_S, "require_recording": False},
            "size": {
                "new_agent": {"tenure_days": 60, "multiplier": 3},
                "erring_agent": {"lookback_days": 30, "max_multiplier": 4},
                "complaint": 4,
                "low_csat": {"at_most": 2, "multiplier": 3},
                "long_hold": {"over_s": 180, "multiplier": 1.5},
            },
            "double_score_rate": 0.1,
            "fault_check_rate": 0.1,
            "verifier_ids": verifiers,
            "verifier_daily_capacity": 40,
            "active": True,
        }
        plans.append(str((await api.post(directory.leader_id, "/sampling-plans", body))["id"]))
    return plans


class Week:
    """One week that is over: drawn on the Monday after it, and scored in the days after that until now."""

    def __init__(self, api: Api, database: Database, centre: Centre, directory: Directory, monday: date) -> None:
        self.api, self.database, self.centre, self.directory = api, database, centre, directory
        self.first_day = monday
        self.drawn_at = datetime.combine(monday + timedelta(days=7), time(12), UTC)
        self.calls = {call.external_id: call for call in centre.calls}
        self.scorers = {directory.users[verifier.key]: verifier for verifier in centre.verifiers}

    async def simulate(self, plans: list[str], rng: np.random.Generator, now: datetime) -> None:
        with use_clock(FixedClock(self.drawn_at)) as clock:
            await self._commit(plans)
            assigned = []
            for plan_id in plans:
                assigned += await self._draw(plan_id, late=False)
            if late := self._late_calls():
                clock.at = self.drawn_at + timedelta(hours=1)
                await send_calls(self.api, self.directory, late)
                projects = {call.project_key for call in late}
                for project, plan_id in zip(self.centre.projects, plans, strict=True):
                    if project.key in projects:
                        assigned += await self._draw(plan_id, late=True)
            for assignment in assigned:
                clock.at = self.drawn_at + timedelta(hours=float(rng.uniform(1, 100)))
                if clock.at < now:
                    await self._process(assignment, float(rng.random()))

    async def _commit(self, plans: list[str]) -> None:
        """Commit to the coming windows, as the workers do every minute; no worker runs yet."""
        async with self.database.begin(Tenant(self.api.tenant_id)) as session:
            act_as(session, Actor("system", None))
            for plan_id in plans:
                await keep_committed(session, await get_plan(session, UUID(plan_id)))

    async def _draw(self, plan_id: str, *, late: bool) -> list[dict[str, Any]]:
        """Draw from the week, or from its late calls; the new assignments."""
        leader, body = self.directory.leader_id, {"window_start": self.first_day.isoformat(), "supplementary": late}
        draw = await self.api.post(leader, f"/sampling-plans/{plan_id}/draws", body)
        found = await self.api.pages(leader, "/assignments", draw_id=draw["id"], state="open", limit=500)
        return [assignment for assignment in found if assignment["verifier_id"] is not None]

    def _late_calls(self) -> list[Call]:
        days = range(self.first_day.toordinal(), self.first_day.toordinal() + 7)
        return [
            call
            for call in self.centre.calls
            if call.started_at.date().toordinal() in days and is_late(self.centre, call)
        ]

    async def _process(self, assignment: dict[str, Any], chance: float) -> None:
        call = self.calls.get(assignment["call"]["external_id"])
        if chance < _SKIPPED:
            reason = SKIP_REASONS[int(chance / _SKIPPED * len(SKIP_REASONS))]
            path = f"/assignments/{assignment['id']}/skip"
            await self.api.post(assignment["verifier_id"], path, {"reason": reason})
        elif call is not None and chance < 1 - _LATE:
            await self._score(assignment, call)

    async def _score(self, assignment: dict[str, Any], call: Call) -> None:
        verifier = self.scorers[assignment["verifier_id"]]
        body = {
            "call_id": assignment["call"]["id"],
            "scorecard_id": assignment["scorecard_id"],
            "assignment_id": assignment["id"],
            "answers": [answer.body() for answer in self.centre.verdict(verifier, call)],
            "submit": True,
        }
        await self.api.post(assignment["verifier_id"], "/evaluations", body)
