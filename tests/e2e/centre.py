"""The call centre of the tests: its staff, a week of calls, the plan that draws from it, and the answers."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from app.demo.scorecard import scorecard_body
from app.demo.simulator import parse_items
from app.demo.spoken import SpokenCall
from tests.e2e.company import Company, Json, Person, json_of

AGENTS = [f"a-{number}" for number in range(1, 7)]
CALLS_PER_AGENT = 10
ITEMS = parse_items(scorecard_body())


@dataclass(frozen=True)
class Staff:
    admin: Person
    leader: Person
    verifiers: Sequence[Person]
    # The account of the first agent.
    agent: Person


@dataclass(frozen=True)
class Organisation:
    """A project, and the ids of its agents by external id."""

    project_id: str
    agent_ids: Mapping[str, str]


async def create_staff(company: Company) -> Staff:
    admin = await company.sign_in("admin")
    leader, vera, victor, anna = await asyncio.gather(
        company.add_user(admin, "lena", "leader"),
        company.add_user(admin, "vera", "verifier"),
        company.add_user(admin, "victor", "verifier"),
        company.add_user(admin, "anna", "agent"),
    )
    return Staff(admin, leader, (vera, victor), anna)


async def create_organisation(staff: Staff) -> Organisation:
    """A project and a team of six agents."""
    project = {"name": "Subscriber support", "timezone": "Europe/Moscow", "language": "en"}
    project_id = json_of(await staff.admin.http.post("/projects", json=project), 201)["id"]
    team = {"name": "Evening", "leader_id": staff.leader.id}
    team_id = json_of(await staff.admin.http.post("/teams", json=team), 201)["id"]
    agent_ids = {}
    for external_id in AGENTS:
        body = {
            "external_id": external_id,
            "full_name": f"Agent {external_id}",
            "team_id": team_id,
            "project_ids": [project_id],
            "user_id": staff.agent.id if external_id == AGENTS[0] else None,
        }
        agent_ids[external_id] = json_of(await staff.admin.http.post("/agents", json=body), 201)["id"]
    return Organisation(project_id, agent_ids)


def last_monday(now: datetime) -> date:
    """The Monday of the last week that is over in every time zone."""
    over = (now - timedelta(hours=12)).date()
    return over - timedelta(days=over.weekday() + 7)


def week_of_calls(organisation: Organisation, monday: date) -> list[Json]:
    """Sixty calls, ten a head; each agent has two unhappy callers."""
    return [
        {
            "source": "crm",
            "external_id": f"{agent}/{number}",
            "project_id": organisation.project_id,
            "agent_external_id": agent,
            "started_at": at(monday, number),
            "duration_s": 60 + 7 * number,
            "csat": (1, 2, 5, 4, None)[number % 5],
            "customer_ref": f"customer {number}",
        }
        for agent in AGENTS
        for number in range(CALLS_PER_AGENT)
    ]


def at(monday: date, number: int) -> str:
    """A time in the first days of that week, ten a day."""
    return (datetime.combine(monday, time(9), UTC) + timedelta(hours=2.4 * number)).isoformat()


def spoken_call(organisation: Organisation, monday: date, spoken: SpokenCall) -> Json:
    """The call of the first agent that ended in a complaint and has a recording."""
    return {
        "source": "crm",
        "external_id": spoken.name,
        "project_id": organisation.project_id,
        "agent_external_id": AGENTS[0],
        "started_at": at(monday, 11),
        "duration_s": spoken.duration_s,
        "language": spoken.language,
        "complaint": True,
        "channel_roles": spoken.channel_roles,
    }


def weekly_plan(staff: Staff, organisation: Organisation, scorecard_id: str) -> Json:
    """Three calls of ten; more of unhappy callers, and every complaint, as its π is 1."""
    return {
        "name": "Weekly",
        "project_id": organisation.project_id,
        "scorecard_id": scorecard_id,
        "window": "week",
        "mode": "rate",
        "rate": 0.3,
        "rate_override_reason": "A small centre in its first week",
        "floor_per_agent": 1,
        "size": {"complaint": 20, "low_csat": {"at_most": 2, "multiplier": 3}},
        "double_score_rate": 0.2,
        "verifier_ids": [verifier.id for verifier in staff.verifiers],
    }


def answers(errors: Mapping[str, Json]) -> list[Json]:
    """The best answer to every visible item, and a bad one to the given items."""
    given: dict[str, Any] = {}
    for item in ITEMS:
        if item.visible_if is None or given.get(ITEMS[item.visible_if[0]].key) in item.visible_if[1]:
            given[item.key] = "bad" if item.key in errors else item.values[0]
    return [{"item": key, "value": value, **errors.get(key, {})} for key, value in given.items()]


def planted_errors(place: int) -> dict[str, Json]:
    """The errors of the call at this place of the sample: none to three."""
    wrong: dict[int, tuple[str, Json]] = {
        3: ("information_correct", {"fault": "process", "reason": "outdated_article", "at_s": 12.5}),
        4: ("introduced", {"fault": "agent", "reason": "forgot", "comment": "No name was given"}),
        5: ("listened", {"fault": "customer", "reason": "provoked"}),
    }
    return dict(error for every, error in wrong.items() if place % every == 0)


def expected_score(errors: Mapping[str, Json]) -> float:
    """The score of a call with these errors: the weight of the right items among the visible ones."""
    weights: dict[str, float] = {
        item["key"]: item["weight"] for section in scorecard_body()["sections"] for item in section["items"]
    }
    visible = [answer["item"] for answer in answers(errors)]
    right = sum(weights[key] for key in visible if key not in errors)
    return round(100 * right / sum(weights[key] for key in visible), 2)
