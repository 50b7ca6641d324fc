"""A tenant in which something of everything exists, for what must hold of every operation of the contract."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import insert

from app import notifications
from app.api.context import AppContext
from app.notifications import NewNotification
from app.platform.ids import new_id
from app.transcription.models import TranscriptSegmentModel
from tests.analysis.bonus.factories import set_rule
from tests.calibration.agreement.factories import SUGGESTIONS, divided, scorecard_id, want_agreement
from tests.calibration.checks.factories import CHECKS, DOUBLES, SOLUTION_BAD, hired, submitted
from tests.calls.factories import recorded_call
from tests.contract import Operation
from tests.evaluations.factories import draft, good_answers, submit
from tests.exports.factories import exported
from tests.identity.factories import post_agent, post_key
from tests.people import AGENTS, Centre, make_centre
from tests.queries import run
from tests.reporting.factories import SCHEDULES, create
from tests.running import deliver_events
from tests.sampling.tenant_factories import DAY, a_call, create_plan, draw, items_of, store_calls, working_in
from tests.scorecards.factories import REASONS, binary, one_section, publish_scorecard
from tests.tenancy.sessions import OF_ONESELF, hold_sessions

# What the documented example of an evaluation answers.
DEFINITION = one_section(binary("introduced", error_reasons=REASONS), binary("solved", error_reasons=REASONS))


VERIFIERS = ("verifier", "second_verifier")
# These work on a draft, and it is its verifier who may.
ON_A_DRAFT = {"changeEvaluation", "submitEvaluation"}
ON_A_SCHEDULE = ("changeReportSchedule", "deleteReportSchedule", "sendReportNow")


@dataclass(frozen=True)
class World:
    """`ids` says for every name that the contract gives to an id what exists in this tenant under that name.

    `special`: operation → other ids, where it needs a thing of another kind or in another state. `clients`: operation →
    who may do it, where the administrator may not.
    """

    centre: Centre
    ids: dict[str, str]
    special: Mapping[str, dict[str, str]]
    clients: Mapping[str, httpx.AsyncClient]

    def ids_for(self, operation_id: str) -> dict[str, str]:
        return self.ids | self.special.get(operation_id, {})

    def url(self, operation: Operation, **others: str) -> str:
        """The operation on what exists here, but for the others that are named."""
        return operation.url(self.ids_for(operation.id) | others)

    def client(self, operation: Operation) -> httpx.AsyncClient:
        """Of somebody who may do it."""
        return self.clients.get(operation.id, self.centre.admin)

    def known(self, operation_id: str, value: Any) -> Any:
        """The value with ids that exist in place of made-up ones, so that more than the look-up is reached."""
        return _known(self.ids_for(operation_id), value)


def _known(ids: Mapping[str, str], value: Any) -> Any:
    if isinstance(value, list):
        return [_known(ids, item) for item in value]
    if isinstance(value, dict):
        return {name: _known_id(ids, name, inner) for name, inner in value.items()}
    return value


def _known_id(ids: Mapping[str, str], name: str, value: Any) -> Any:
    existing = ids.get(name.removesuffix("s"))
    if existing is None:
        return _known(ids, value)
    if isinstance(value, list):
        return [existing if _is_id(item) else item for item in value]
    return existing if _is_id(value) else value


def _is_id(value: Any) -> bool:
    try:
        return bool(UUID(value))
    except (ValueError, TypeError, AttributeError):
        return False


@asynccontextmanager
async def make_world(app: FastAPI, context: AppContext) -> AsyncIterator[World]:
    async with make_centre(app, context) as centre, hired(app, context, centre) as third:
        # Whom the documented examples are about.
        _made(await post_agent(centre.admin, external_id="a-17"))
        await set_rule(centre)
        scorecard = await publish_scorecard(centre.leader, DEFINITION)
        _made(await centre.leader.post(f"/v1/scorecards/{scorecard['id']}/new-draft"))
        call = await recorded_call(centre)
        subject = {"call_id": call["id"], "scorecard_id": scorecard["id"]}
        submitted = await submit(centre.second_verifier, subject, good_answers(DEFINITION))
        drafted = await draft(centre.verifier, subject, good_answers(DEFINITION))
        sample = await _sample(context, centre, *third)
        ids = {
            **_directory(centre),
            **sample.ids,
            **await _transcript(context, centre, call["id"]),
            **await _notification(context, centre),
            **await _export(context, centre),
            **await _suggestion(centre),
            "schedule_id": await _report_schedule(centre),
            **subject,
            "number": "1",
            "item": "introduced",
            "evaluation_id": submitted["id"],
            "subject_id": submitted["id"],
            "key_id": _made(await post_key(centre.admin, "calls:write"))["id"],
            "from_draw": sample.ids["draw_id"],
            "reference_user_id": str(centre.user_ids["verifier"]),
            "reference_evaluation_id": submitted["id"],
        }
        sessions = await hold_sessions(centre, subject)
        # Who is sent reports may read them.
        reader = {"user_id": str(centre.user_ids["leader"])}
        special = {
            **{name: {"evaluation_id": drafted["id"]} for name in ON_A_DRAFT},
            **sample.special,
            **sessions.special,
            # One that is active and one that is sent are others than the one that is deleted.
            **{name: reader | {"schedule_id": await _report_schedule(centre)} for name in ON_A_SCHEDULE},
            "createReportSchedule": reader,
        }
        clients = {
            **dict.fromkeys(ON_A_DRAFT | OF_ONESELF, centre.verifier),
            "completeFaultCheck": sample.checker,
        }
        yield World(centre, ids | sessions.revealed, special, clients)


def _directory(centre: Centre) -> dict[str, str]:
    return {
        "project_id": str(centre.project_id),
        "team_id": str(centre.team_id),
        "agent_id": str(centre.agent_ids[0]),
        "external_id": AGENTS[0],
        "user_id": str(centre.user_ids["agent"]),
        "leader_id": str(centre.user_ids["leader"]),
        "owner_id": str(centre.user_ids["leader"]),
        "supervisor_id": str(centre.user_ids["leader"]),
    }


@dataclass(frozen=True)
class _Sample:
    """`special`: operation → the ids that it needs instead of `ids`. `checker` is the client of the fault check's."""

    ids: dict[str, str]
    special: dict[str, dict[str, str]]
    checker: httpx.AsyncClient


async def _sample(context: AppContext, centre: Centre, third_id: UUID, third: httpx.AsyncClient) -> _Sample:
    """A plan and its draw of two calls, both scored twice: one has open assignments, the other one a fault check."""
    clients = {str(third_id): third} | {str(centre.user_ids[name]): centre.client(name) for name in VERIFIERS}
    await store_calls(context.database, centre, [a_call(centre), a_call(centre)])
    plan = await create_plan(centre, double_score_rate=1, fault_check_rate=1, verifier_ids=sorted(clients))
    drawn = await draw(centre, plan, DAY)
    assignments = await items_of(centre.leader, "/v1/assignments")
    open_one = assignments[0]
    for assignment in assignments:
        if assignment["call_id"] != open_one["call_id"]:
            await submitted(clients[assignment["verifier_id"]], assignment, SOLUTION_BAD)
    await deliver_events(context.database, centre.tenant_id)
    check, _ = await items_of(centre.leader, CHECKS)
    waiting, to_decide = [await items_of(centre.leader, DOUBLES, state=state) for state in ("waiting", "open")]
    ids = {
        "plan_id": plan["id"],
        "draw_id": drawn["id"],
        "assignment_id": open_one["id"],
        "verifier_id": open_one["verifier_id"],
        "double_score_id": waiting[0]["id"],
        "fault_check_id": check["id"],
        "checker_id": check["checker_id"],
    }
    special = {
        "adjudicateDoubleScore": {"double_score_id": to_decide[0]["id"]},
        # Not the plan of the draw, whose verifiers it would take away.
        "changeSamplingPlan": {"plan_id": (await create_plan(centre))["id"]},
    }
    return _Sample(ids, special, clients[check["checker_id"]])


async def _transcript(context: AppContext, centre: Centre, call_id: str) -> dict[str, str]:
    """The job that is to transcribe the call, and a segment without waiting for it."""
    await deliver_events(context.database, centre.tenant_id)
    job_id = (await centre.admin.get(f"/v1/calls/{call_id}/transcript")).json()["job_id"]
    segment = {"position": 0, "channel": 0, "speaker": "agent", "start_s": 0, "end_s": 1, "text": "Good morning."}
    segment_id = new_id()
    async with working_in(context.database, centre) as session:
        of_call = "SELECT id FROM transcripts WHERE call_id = :call_id"
        transcript_id = await session.fetch_value(of_call, call_id=UUID(call_id))
        identity = {"tenant_id": centre.tenant_id, "id": segment_id, "transcript_id": transcript_id}
        await run(session, insert(TranscriptSegmentModel).values(**identity, **segment))
    return {"job_id": job_id, "segment_id": str(segment_id)}


async def _notification(context: AppContext, centre: Centre) -> dict[str, str]:
    """A notification of the administrator, and its e-mail."""
    new = NewNotification(user_id=centre.user_ids["admin"], kind="test", title="You are invited", text="Three calls.")
    async with working_in(context.database, centre) as session:
        notification = await notifications.notify(session, new)
        email_id = await session.fetch_value("SELECT id FROM emails")
    return {"notification_id": str(notification.id), "email_id": str(email_id)}


async def _export(context: AppContext, centre: Centre) -> dict[str, str]:
    """A finished export."""
    return {"export_id": (await exported(context, centre, what=["teams"])).export["id"]}


async def _report_schedule(centre: Centre) -> str:
    """A schedule of the administrator's, with a delivery that is queued."""
    made = await create(centre, centre.admin)
    _accepted(await centre.admin.post(f"{SCHEDULES}/{made['id']}/send"))
    return str(made["id"])


async def _suggestion(centre: Centre) -> dict[str, str]:
    """A suggested session: on an item that two verifiers answer differently."""
    await divided(centre, await scorecard_id(centre))
    await want_agreement(centre, 0.5)
    suggested = (await centre.leader.get(SUGGESTIONS)).json()["items"]
    return {"suggestion_id": suggested[0]["id"]}


def _accepted(answer: httpx.Response) -> None:
    assert answer.status_code == 202, answer.text


def _made(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body
