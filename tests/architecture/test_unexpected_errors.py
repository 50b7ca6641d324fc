"""What nobody expected is answered all the same: without its detail, with the id under which it is logged."""

import httpx
from starlette.types import Receive, Scope, Send

from app.api.middleware import RequestMiddleware
from app.api.problems import MAX_FIELD_ERRORS
from tests.people import Centre


async def failing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RuntimeError("a secret detail")


async def test_an_unexpected_error_is_a_problem_with_its_request_id() -> None:
    transport = httpx.ASGITransport(app=RequestMiddleware(failing))
    async with httpx.AsyncClient(transport=transport, base_url="http://qmt.test") as client:
        answer = await client.get("/", headers={"X-Request-Id": "mine-1"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["X-Request-Id"] == "mine-1"
    assert "secret" not in answer.text


async def test_an_answer_names_so_many_faults_and_counts_the_others(centre: Centre) -> None:
    unknown = {f"field_{number}": 0 for number in range(5 * MAX_FIELD_ERRORS)}
    team = {"name": "Night shift"}
    refused = await centre.admin.post("/v1/teams", json=team | unknown)
    assert len(refused.json()["errors"]) == MAX_FIELD_ERRORS
    assert str(5 * MAX_FIELD_ERRORS) in refused.json()["detail"]
