"""The agreement of each verifier in the report on verifiers."""

import csv
import io
from typing import Any

import pytest

from app.platform.database import Database
from tests.calibration.agreement.factories import doubled, pooled, row_of, session_of
from tests.people import Centre
from tests.sampling.tenant_factories import DAY, items_of

REPORT = "/v1/reports/verifiers"
ERRORS = [(True, False), (True, True), (False, False), (False, False)]


async def rows_of(centre: Centre, **query: Any) -> list[dict[str, Any]]:
    answer = await centre.leader.get(REPORT, params={"from": DAY.isoformat(), **query})
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["verifiers"]
    return rows


async def test_it_is_ac1_with_the_others_over_the_period(centre: Centre, database: Database) -> None:
    await doubled(centre, database, ERRORS)
    for row in await rows_of(centre):
        found = row_of(await pooled(centre, "verifier", **{"from": DAY.isoformat()}), row["name"])
        ac1 = next(one for one in found["coefficients"] if one["name"] == "ac1")
        assert row["agreement"] == pytest.approx({name: ac1[name] for name in ("value", "low", "high")}, abs=1e-6)
    file = await centre.leader.get(REPORT, params={"from": DAY.isoformat(), "format": "csv"})
    for cells in csv.DictReader(io.StringIO(file.text)):
        assert float(cells["agreement_low"]) < float(cells["agreement"]) < float(cells["agreement_high"])


async def test_it_keeps_to_the_filters(centre: Centre, database: Database) -> None:
    await doubled(centre, database, ERRORS)
    (plan,) = await items_of(centre.leader, "/v1/sampling-plans")
    (before, *_) = await rows_of(centre)
    greeting = {"item": "greeting", "value": "good"}
    answers: dict[str, list[dict[str, Any]]] = {
        "verifier": [greeting, {"item": "solution", "value": "bad", "fault": "agent"}],
        "second_verifier": [greeting, {"item": "solution", "value": "good"}],
    }
    await session_of(centre, plan["scorecard_id"], *[answers] * 3)
    (after, *_) = await rows_of(centre)
    assert after["agreement"]["value"] < before["agreement"]["value"]
    (of_team, *_) = await rows_of(centre, team_id=str(centre.team_id), scorecard_id=plan["scorecard_id"])
    assert of_team["agreement"] == after["agreement"]
    # The calls are not those of agents of this team.
    team = (await centre.admin.post("/v1/teams", json={"name": "Team B"})).json()
    assert {row["agreement"] is None for row in await rows_of(centre, team_id=team["id"])} <= {True}
    early = {"from": "2026-03-01", "to": "2026-03-31"}
    assert {row["agreement"] is None for row in await rows_of(centre, **early)} == {True}


async def test_without_anyone_to_compare_with_there_is_none(centre: Centre, database: Database) -> None:
    await doubled(centre, database, [(False, False)])
    # All answers are the same: agreement and chance cannot be told apart.
    assert [row["agreement"] for row in await rows_of(centre)] == [None, None]
