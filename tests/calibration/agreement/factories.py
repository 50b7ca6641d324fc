"""Scorings to pool: sessions and double scorings over HTTP, and coefficients of them by plain loops."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import combinations
from typing import Any

from app.platform.database import Database
from app.scorecards import Definition
from tests.calibration.checks.factories import SOLUTION_BAD, client_of, submitted
from tests.calibration.sessions.factories import DEFINITION, Held, create, good
from tests.calls.factories import push_call
from tests.people import Centre
from tests.sampling.tenant_factories import DAY, a_call, create_plan, draw, items_of, store_calls
from tests.scorecards.factories import publish_scorecard

AGREEMENT, SUGGESTIONS = "/v1/calibration/agreement", "/v1/calibration/suggestions"
PEOPLE = ("verifier", "second_verifier", "leader")


@dataclass
class Unit:
    """A call, or an item of a call: each rater's answer, and its weight."""

    answers: dict[str, Any]
    weight: float = 1.0


async def scorecard_id(centre: Centre, definition: Definition = DEFINITION) -> str:
    return str((await publish_scorecard(centre.leader, definition))["id"])


async def session_of(
    centre: Centre, scorecard: str, *calls: Mapping[str, Sequence[dict[str, Any]]], reveal: bool = True
) -> Held:
    """A session with a call for each mapping from people to their answers about it."""
    pushed = [await push_call(centre.admin, centre.project_id) for _ in calls]
    people = [{"user_id": str(centre.user_ids[name])} for name in PEOPLE]
    held = await create(
        centre,
        {
            "name": "Pooled",
            "scorecard_id": scorecard,
            "call_ids": [call["id"] for call in pushed],
            "participants": people,
        },
    )
    held.people |= {name: centre.client(name) for name in PEOPLE}
    await held.move("open")
    for number, call in enumerate(calls):
        for person, answers in call.items():
            assert (await held.score(person, answers, call=number)).status_code == 200
    if reveal:
        await held.move("reveal")
    return held


async def divided(centre: Centre, scorecard: str, calls: int = 10) -> Held:
    """A revealed session in which both verifiers differ about `solved` in two calls of three, and in nothing else."""
    return await session_of(
        centre,
        scorecard,
        *(
            {"verifier": good(), "second_verifier": good(solved="bad" if number % 3 else "good")}
            for number in range(calls)
        ),
    )


async def doubled(
    centre: Centre, database: Database, errors: list[tuple[bool, bool]], day: date = DAY, **plan: Any
) -> list[Unit]:
    """Double scorings of a day with so many calls: whether the first and the second scoring find `solution` bad.

    The raters of a unit are ids of users.
    """
    noon = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    await store_calls(database, centre, [a_call(centre, started_at=noon) for _ in errors])
    made = await draw(centre, await create_plan(centre, double_score_rate=1, **plan), day)
    assignments: dict[str, list[dict[str, Any]]] = {}
    for one in await items_of(centre.leader, "/v1/assignments", draw_id=made["id"]):
        assignments.setdefault(one["call_id"], []).append(one)
    units = []
    for pair, found in zip(assignments.values(), errors, strict=False):
        unit = Unit({})
        for assignment, is_bad in zip(sorted(pair, key=lambda one: str(one["place"])), found, strict=True):
            await submitted(client_of(centre, assignment), assignment, *([SOLUTION_BAD] if is_bad else []))
            unit.answers[assignment["verifier_id"]] = "bad" if is_bad else "good"
        units.append(unit)
    return units


async def want_agreement(centre: Centre, threshold: float | None) -> None:
    url = f"/v1/projects/{centre.project_id}"
    headers = {"If-Match": (await centre.admin.get(url)).headers["ETag"]}
    changed = await centre.admin.patch(url, json={"agreement_threshold": threshold}, headers=headers)
    assert changed.status_code == 200, changed.text


async def pooled(centre: Centre, by: str = "item", **query: Any) -> list[dict[str, Any]]:
    answer = await centre.leader.get(AGREEMENT, params={"by": by, **query})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def suggestions(centre: Centre, **query: Any) -> list[dict[str, Any]]:
    answer = await centre.leader.get(SUGGESTIONS, params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def row_of(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The row with this name."""
    (found,) = [row for row in rows if row["name"] == name]
    return found


def value(row: dict[str, Any], name: str, level: str = "nominal") -> float | None:
    found = next(one for one in row["coefficients"] if (one["name"], one["level"]) == (name, level))
    number: float | None = found["value"]
    return number


@dataclass
class Coefficients:
    percent: float
    ac1: float
    fleiss_kappa: float


def by_loops(units: Sequence[Unit]) -> Coefficients:
    """Gwet (2014), equations 2.7 to 2.12, with weights, in plain loops."""
    paired = [unit for unit in units if len(unit.answers) > 1]
    agreed = sum(unit.weight * _agreeing(unit) for unit in paired) / sum(unit.weight for unit in paired)
    shares: dict[Any, float] = defaultdict(float)
    for unit in units:
        for answer in unit.answers.values():
            shares[answer] += unit.weight / len(unit.answers) / sum(one.weight for one in units)
    by_chance = sum(share * (1 - share) for share in shares.values()) / (len(shares) - 1)
    squares = sum(share**2 for share in shares.values())
    return Coefficients(agreed, (agreed - by_chance) / (1 - by_chance), (agreed - squares) / (1 - squares))


def against_others(units: Sequence[Unit], rater: str) -> float:
    """The share of agreement of one rater with the others, weighted, in plain loops."""
    shared = [unit for unit in units if rater in unit.answers and len(unit.answers) > 1]
    agreed = 0.0
    for unit in shared:
        others = [answer for key, answer in unit.answers.items() if key != rater]
        agreed += unit.weight * sum(answer == unit.answers[rater] for answer in others) / len(others)
    return agreed / sum(unit.weight for unit in shared)


def _agreeing(unit: Unit) -> float:
    same = [bool(first == second) for first, second in combinations(unit.answers.values(), 2)]
    return sum(same) / len(same)
