"""A tenant in which something of everything exists, for what must hold of every operation of the contract."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import insert

from app.api.context import AppContext
from app.platform.ids import new_id
from app.scorecards.definition import Definition
from app.transcription.models import TranscriptSegmentModel
from tests.calls.building import recorded_call
from tests.evaluations.building import draft, good_answers, submit
from tests.identity.building import post_key
from tests.people import AGENTS, Centre, make_centre
from tests.sampling.building import DAY, a_call, create_plan, draw, items_of, store_calls, working_in
from tests.scorecards.building import binary, one_section, publish_scorecard

DEFINITION = one_section(binary("greeting"), binary("solution"))


@dataclass(frozen=True)
class World:
    """`ids` says for every name that the contract gives to an id what exists in this tenant under that name."""

    centre: Centre
    ids: dict[str, str]


@asynccontextmanager
async def make_world(app: FastAPI, context: AppContext) -> AsyncIterator[World]:
    async with make_centre(app, context) as centre:
        yield World(centre, _people(centre) | await _work(context, centre))


def _people(centre: Centre) -> dict[str, str]:
    return {
        "project_id": str(centre.project_id),
        "team_id": str(centre.team_id),
        "agent_id": str(centre.agent_ids[0]),
        "external_id": AGENTS[0],
        # An agent's account is a user with the role agent, whoever leads or supervises has another one.
        "user_id": str(centre.user_ids["agent"]),
        "leader_id": str(centre.user_ids["leader"]),
        "supervisor_id": str(centre.user_ids["leader"]),
        "verifier_id": str(centre.user_ids["verifier"]),
    }


async def _work(context: AppContext, centre: Centre) -> dict[str, str]:
    scorecard = await publish_scorecard(centre.leader, DEFINITION)
    made(await centre.leader.post(f"/v1/scorecards/{scorecard['id']}/new-draft"))
    call = await recorded_call(centre)
    subject = {"call_id": call["id"], "scorecard_id": scorecard["id"]}
    submitted = await submit(centre.verifier, subject, good_answers(DEFINITION))
    await draft(centre.second_verifier, subject, good_answers(DEFINITION))
    transcript = (await centre.admin.get(f"/v1/calls/{call['id']}/transcript")).json()
    return {
        **subject,
        **await _sample(context, centre),
        "number": "1",
        "evaluation_id": submitted["id"],
        "subject_id": submitted["id"],
        "job_id": transcript["job_id"],
        "segment_id": await _segment(context, centre, call["id"]),
        "key_id": made(await post_key(centre.admin, "calls:write"))["id"],
    }


async def _sample(context: AppContext, centre: Centre) -> dict[str, str]:
    """A plan, its draw of one call, and that call's assignment."""
    await store_calls(context.database, centre, [a_call(centre)])
    plan = await create_plan(centre)
    drawn = await draw(centre, plan, DAY)
    (assignment,) = await items_of(centre.leader, "/v1/assignments")
    return {"plan_id": plan["id"], "draw_id": drawn["id"], "assignment_id": assignment["id"]}


async def _segment(context: AppContext, centre: Centre, call_id: str) -> str:
    """A segment of the call's transcript, without the minutes that speech recognition takes."""
    segment = {"position": 0, "channel": 0, "speaker": "agent", "start_s": 0, "end_s": 1, "text": "Good morning."}
    identity = {"tenant_id": centre.tenant_id, "id": new_id()}
    async with working_in(context.database, centre) as session:
        transcript_id = await session.scalar(_TRANSCRIPT_OF, {"call_id": UUID(call_id)})
        await session.execute(
            insert(TranscriptSegmentModel).values(**identity, transcript_id=transcript_id, **segment)
        )
    return str(identity["id"])


def made(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body
