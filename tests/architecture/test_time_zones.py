"""Time zones are computed in one place, by Python: the zones of PostgreSQL, which may lack some, are not asked."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import app
from app.platform.database import Database
from tests.calls.factories import push_call
from tests.people import Centre
from tests.sampling.tenant_factories import draw, items_of, published

_ZONE_ARITHMETIC = re.compile(
    r"AT TIME ZONE|\bdate_trunc\b|\btimezone\(|::timestamp\b|\bcurrent_date\b|\blocaltimestamp\b",
    re.IGNORECASE,
)


def test_no_statement_does_time_zone_arithmetic() -> None:
    files = sorted(Path(app.__file__).parent.rglob("*.py"))
    assert len(files) > 200
    found = [file.name for file in files if _ZONE_ARITHMETIC.search(file.read_text(encoding="utf-8"))]
    assert found == []


async def test_the_database_works_in_utc(database: Database) -> None:
    async with database.connection() as connection:
        assert await connection.fetchval("SHOW timezone") == "UTC"


@pytest.mark.parametrize("zone", ["Europe/Kiev", "Asia/Calcutta", "US/Eastern", "Atlantic/Azores"])
async def test_zones_work_under_their_old_names_too(centre: Centre, zone: str) -> None:
    project = await post(centre, "/v1/projects", name="Old", timezone=zone, language="uk")
    await push_call(centre.admin, project["id"], started_at="2026-03-02T12:00:00Z")
    plan = await post(
        centre,
        "/v1/sampling-plans",
        name="Everything",
        project_id=project["id"],
        scorecard_id=await published(centre),
        window="day",
        mode="rate",
        rate=1,
        rate_override_reason="a test draws every call",
        verifier_ids=[str(centre.user_ids["verifier"])],
    )
    assert plan["timezone"] == zone
    drawn = await draw(centre, plan, date(2026, 3, 2))
    assert drawn["frame_size"] == 1
    period = {"from": "2026-03-01", "to": "2026-03-08", "project_id": project["id"]}
    for report in ("quality", "sampling-coverage", "error-sources"):
        answer = await centre.leader.get(f"/v1/reports/{report}", params=period)
        assert answer.status_code == 200, answer.text
    weeks = await centre.leader.get("/v1/reports/quality", params=period | {"by": "week"})
    assert weeks.status_code == 200, weeks.text
    assert await items_of(centre.verifier, "/v1/assignments", verifier_id="me")


async def post(centre: Centre, path: str, **body: Any) -> dict[str, Any]:
    answer = await centre.admin.post(path, json=body)
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created
