"""An export holds what an administrator may read, and nothing more."""

from typing import Any

import pytest

from app.api.context import AppContext
from app.platform.database.scope import Tenant
from tests.calibration.agreement.factories import scorecard_id, session_of
from tests.calibration.sessions.factories import good
from tests.calls.factories import push_call
from tests.exports.factories import Downloaded, exported
from tests.identity.factories import post_key, post_user
from tests.people import Centre
from tests.running import deliver_events
from tests.sampling.tenant_factories import DAY, a_call, create_plan, draw, store_calls

EVERY_SECRET = """
SELECT encode(key_hash, 'hex') FROM api_keys UNION ALL SELECT encode(token_hash, 'hex') FROM guests
UNION ALL SELECT password_hash FROM users WHERE password_hash IS NOT NULL
UNION ALL SELECT encode(assignment_seed, 'hex') FROM draws
UNION ALL SELECT encode(fault_check_seed, 'hex') FROM draws WHERE fault_check_seed IS NOT NULL
UNION ALL SELECT encode(seed, 'hex') FROM draws WHERE drawn_at IS NULL
UNION ALL SELECT storage_key FROM exports WHERE storage_key IS NOT NULL
"""


def contents(made: Downloaded) -> bytes:
    return b"".join(made.zip.read(name) for name in made.zip.namelist())


@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
async def test_no_hash_token_or_unrevealed_seed_is_exported(
    context: AppContext, centre: Centre, file_format: str
) -> None:
    assert (await post_user(centre.admin, password="correct horse battery")).status_code == 201
    key = (await post_key(centre.admin, "calls:read")).json()["key"]
    await store_calls(context.database, centre, [a_call(centre)])
    drawn = await draw(centre, await create_plan(centre, fault_check_rate=1), DAY)
    await deliver_events(context.database, centre.tenant_id)
    await exported(context, centre, what=["teams"])
    made = await exported(context, centre, format=file_format)
    async with context.database.begin(Tenant(centre.tenant_id)) as session:
        secrets = [str(secret) for secret in await session.fetch_column(EVERY_SECRET)]
    # One key, a guest, a password, two seeds of the draw and at least one open draw of the plan, the export before.
    assert len(secrets) >= 6
    everything = contents(made)
    assert [secret for secret in (*secrets, key) if secret.encode() in everything] == []
    (row,) = (row for row in made.rows("draws") if row["id"] == drawn["id"])
    assert row["seed"] == drawn["seed"]
    assert not row["fault_check_seed"]
    assert row["fault_check_commitment"]


async def test_blind_answers_are_exported_once_they_are_revealed(context: AppContext, centre: Centre) -> None:
    comment = "blind for now"
    answers: list[dict[str, Any]] = [{**answer, "comment": comment} for answer in good()]
    held = await session_of(centre, await scorecard_id(centre), {"verifier": answers}, reveal=False)
    blind = await exported(context, centre)
    assert blind.rows("calibration_scores") == []
    assert blind.table("calibration_scores")["rows_left_out"]["rows"] == 1
    assert comment.encode() not in contents(blind)
    await held.move("reveal")
    revealed = await exported(context, centre)
    (score,) = revealed.rows("calibration_scores")
    assert [answer["comment"] for answer in score["answers"]] == [comment] * len(answers)
    assert revealed.table("calibration_scores")["rows_left_out"]["rows"] == 0


async def test_drafts_are_exported_because_an_administrator_reads_them(context: AppContext, centre: Centre) -> None:
    call = await push_call(centre.admin, centre.project_id)
    card = await scorecard_id(centre)
    body = {"call_id": call["id"], "scorecard_id": card, "answers": [good()[0] | {"comment": "not done"}]}
    drafted = await centre.verifier.post("/v1/evaluations", json=body)
    assert drafted.status_code == 201, drafted.text
    read = await centre.admin.get(f"/v1/evaluations/{drafted.json()['id']}")
    assert read.json()["answers"][0]["comment"] == "not done"
    (evaluation,) = (await exported(context, centre, what=["evaluations"])).rows("evaluations")
    assert evaluation["status"] == "draft"
    assert evaluation["draft"]["answers"][0]["comment"] == "not done"


async def test_what_is_left_out_is_said(context: AppContext, centre: Centre) -> None:
    made = await exported(context, centre, what=["users", "teams"])
    assert "password_hash" in made.table("users")["columns_left_out"]
    assert "calls" in made.manifest["tables_not_asked_for"]
    assert made.manifest["tables_never_exported"]["jobs"]
    assert "tenant_id" in made.manifest["column_never_exported"]
