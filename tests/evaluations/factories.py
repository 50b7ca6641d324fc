"""Evaluations to test with."""

from typing import Any

import httpx

from app.scorecards import GOOD, AnswerType, Definition
from tests.calls.factories import push_call
from tests.people import Centre
from tests.scorecards.factories import publish_scorecard


def good_answers(definition: Definition, **errors: dict[str, Any]) -> list[dict[str, Any]]:
    """The best answer to every item, but for the items given as keywords: `solved={"value": "bad", …}`.

    An error is the agent's fault unless it says otherwise.
    """
    return [_answer(item.key, best_value(definition, item.key), errors.get(item.key)) for item in definition.items]


def best_value(definition: Definition, key: str) -> str | int:
    item = definition.item_by_key[key]
    match item.answer_type:
        case AnswerType.BINARY:
            return GOOD
        case AnswerType.SCALE:
            return item.scale_max or 0
        case AnswerType.CHOICE:
            return next(option.key for option in item.options if option.credit == 1)


def _answer(key: str, best: str | int, error: dict[str, Any] | None) -> dict[str, Any]:
    if error is None:
        return {"item": key, "value": best}
    return {"item": key, "fault": "agent", **error}


async def make_subject(centre: Centre, definition: Definition, **call: Any) -> dict[str, str]:
    """The subject of an evaluation: a new call and a newly published scorecard."""
    scorecard = await publish_scorecard(centre.leader, definition)
    pushed = await push_call(centre.admin, centre.project_id, **call)
    return {"call_id": pushed["id"], "scorecard_id": scorecard["id"]}


async def draft(client: httpx.AsyncClient, subject: dict[str, str], answers: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer to a new draft."""
    return await _evaluate(client, {**subject, "answers": answers, "submit": False})


async def submit(
    client: httpx.AsyncClient, subject: dict[str, str], answers: list[dict[str, Any]], **fields: Any
) -> dict[str, Any]:
    """The answer to a submitted evaluation."""
    return await _evaluate(client, {**subject, "answers": answers, "submit": True, **fields})


async def _evaluate(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    created = await client.post("/v1/evaluations", json=body)
    assert created.status_code == 201, created.text
    evaluation: dict[str, Any] = created.json()
    return evaluation
