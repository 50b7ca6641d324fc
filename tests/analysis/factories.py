"""Draws and their evaluations, written straight into the tables: tests choose every probability and score."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from app import events
from app.api.context import AppContext
from app.assignments.models import AssignmentModel, AssignmentPoolModel
from app.calls.models import CallModel
from app.evaluations.models import AnswerModel, EvaluationModel, EvaluationRevisionModel
from app.platform.actor import Actor
from app.platform.database import Session
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.platform.ids import new_id
from app.sampling.draws.design import design_frame
from app.sampling.draws.selection import frame_classes
from app.sampling.draws.types import SizedCall
from app.sampling.models import DrawModel, DrawStratumModel, FrameClassModel, SamplingPlanModel, SelectionModel
from app.scorecards import Criticality, Definition, definition_to_document
from app.scorecards.models import ScorecardModel, ScorecardVersionModel
from app.statistics.fixed_point import MILLION, TRILLION
from tests.journal import RowsPrepared
from tests.people import Centre
from tests.queries import run
from tests.sampling.factories import quota_plan
from tests.scorecards.factories import REASONS, binary, one_section

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
SAME = "same"
NOVEMBER = {"from": "2026-11-01", "to": "2026-12-01"}
FAMILIES = [family.value for family in Criticality if family is not Criticality.NONE]


@dataclass(frozen=True)
class GivenAnswer:
    """An answer; with a fault it is an error."""

    item: str
    fault: str | None = None
    reason: str | None = None
    applies: bool = True


@dataclass(frozen=True)
class DrawnCall:
    """A selection and, if `evaluated`, its submitted evaluation. In the pool it has no verifier yet.

    second: the score of a second scoring, by the second verifier. double: the probability that it was drawn for one.
    families: whether each critical family was passed; a family that is not there has no item that applied.
    agent_score: of the latest revision; the score by default, None where only errors of others count.
    """

    score: str | None = "80"
    inclusion: str = "0.5"
    agent: int = 0
    at: datetime = NOON
    evaluated: bool = True
    verifier: str = "verifier"
    pooled: bool = False
    second: str | None = None
    double: str = "0"
    size: int = 1
    answers: tuple[GivenAnswer, ...] = ()
    signals: tuple[dict[str, Any], ...] = ()
    families: Mapping[str, bool] = field(default_factory=dict)
    agent_score: str | None = SAME
    process_loss: str = "0"


@dataclass(frozen=True)
class Plan:
    id: UUID
    project_id: UUID
    scorecard_id: UUID
    version_id: UUID


DEFINITION = one_section(binary("greeting", error_reasons=REASONS), binary("solution", error_reasons=REASONS))


@dataclass(frozen=True)
class SampleFactory:
    """Makes plans, draws and evaluations of one tenant."""

    context: AppContext
    centre: Centre

    async def plan(self, project_id: UUID | None = None, definition: Definition = DEFINITION) -> Plan:
        """A plan with its own scorecard; the default project is the centre's."""
        plan = Plan(new_id(), project_id or self.centre.project_id, new_id(), new_id())
        async with self.begin() as session:
            await _insert(session, ScorecardModel, id=plan.scorecard_id, name="Support", project_id=None)
            await _insert(session, ScorecardVersionModel, **_version(plan, 1, definition))
            await _insert_plan(session, plan)
        return plan

    async def second_plan(self, plan: Plan) -> Plan:
        """Another plan of the same project, with the same scorecard."""
        second = replace(plan, id=new_id())
        async with self.begin() as session:
            await _insert_plan(session, second)
        return second

    async def second_version(self, plan: Plan, definition: Definition, published_at: datetime = NOON) -> Plan:
        """The plan with the second version of its scorecard."""
        newer = replace(plan, version_id=new_id())
        version = _version(newer, 2, definition) | {"published_at": published_at}
        async with self.begin() as session:
            await _insert(session, ScorecardVersionModel, **version)
        return newer

    async def draw(
        self,
        plan: Plan,
        *calls: DrawnCall,
        day: date = NOON.date(),
        days: int = 1,
        part: int = 0,
        not_drawn: Mapping[int, tuple[int, str]] = MappingProxyType({}),
        fault_check_rate: str | None = None,
    ) -> list[UUID]:
        """A draw of these calls. Returns the ids of their evaluations, in order.

        not_drawn: agents without a drawn call, each with the number of calls and the expected number of drawn ones.
        fault_check_rate: None for a draw without fault checks.
        """
        async with self.begin() as session:
            draw_id = new_id()
            start = datetime.combine(day, time(), tzinfo=UTC)
            drawn = _draw(draw_id, plan, start, timedelta(days=days), len(calls), part)
            await _insert(session, DrawModel, **drawn | _fault_checks(fault_check_rate))
            for agent, (size, expected) in {**_strata(calls), **not_drawn}.items():
                selected = sum(call.agent == agent for call in calls)
                await _insert(
                    session,
                    DrawStratumModel,
                    draw_id=draw_id,
                    agent_id=self.centre.agent_ids[agent],
                    calls=size,
                    size_e6=size,
                    expected_n_e12=int(Decimal(expected) * TRILLION),
                    selected=selected,
                )
            evaluation_ids = [
                await self._selection(session, plan, draw_id, place, call, await self._call(session, plan, call))
                for place, call in enumerate(calls)
            ]
        return [evaluation_id for evaluation_id in evaluation_ids if evaluation_id]

    async def calls(self, plan: Plan, *calls: DrawnCall) -> list[UUID]:
        """Calls that several draws can have in their frames."""
        async with self.begin() as session:
            return [await self._call(session, plan, call) for call in calls]

    async def draw_from(
        self, plan: Plan, quota: int, frame: Mapping[UUID, DrawnCall], *selected: UUID, days: int = 1
    ) -> dict[UUID, float]:
        """A draw of some calls of a frame, by their ids. Returns the inclusion probabilities of all calls of the frame.

        quota: the expected number of each agent.
        """
        agents = self.centre.agent_ids
        sized = [SizedCall(call_id, agents[call.agent], call.size * MILLION) for call_id, call in frame.items()]
        design = design_frame(quota_plan(quota), sized)
        inclusions = {one.call.call_id: one.inclusion_prob_e12 for one in design.calls}
        drawn = {one: replace(frame[one], inclusion=str(Decimal(inclusions[one]) / TRILLION)) for one in selected}
        async with self.begin() as session:
            draw_id, start = new_id(), datetime.combine(NOON.date(), time(), tzinfo=UTC)
            await _insert(session, DrawModel, **_draw(draw_id, plan, start, timedelta(days=days), len(selected), 0))
            for stratum in design.strata:
                counted = sum(agents[call.agent] == stratum.agent_id for call in drawn.values())
                await _insert(session, DrawStratumModel, draw_id=draw_id, selected=counted, **asdict(stratum))
            for size_class in frame_classes(sized):
                fields = size_class._asdict() | {"call_ids": list(size_class.call_ids)}
                await _insert(session, FrameClassModel, draw_id=draw_id, **fields)
            for place, (call_id, call) in enumerate(drawn.items()):
                await self._selection(session, plan, draw_id, place, call, call_id)
        return {call_id: inclusion / TRILLION for call_id, inclusion in inclusions.items()}

    async def hand_picked(self, plan: Plan, call: DrawnCall) -> UUID:
        """An evaluation of a call that no draw selected."""
        async with self.begin() as session:
            return await self._evaluation(session, plan, await self._call(session, plan, call), None, call)

    async def revise(
        self,
        evaluation_id: UUID,
        score: str,
        *answers: GivenAnswer,
        number: int = 2,
        author: str = "verifier",
        kind: str | None = None,
    ) -> None:
        call = DrawnCall(score, answers=answers, verifier=author)
        await self.revise_scores(evaluation_id, call, number, kind)

    async def revise_scores(
        self, evaluation_id: UUID, call: DrawnCall, number: int = 2, kind: str | None = None
    ) -> None:
        """A revision with the scores and answers of the call, by its verifier."""
        async with self.begin() as session:
            await self._revision(session, evaluation_id, number, call, kind)

    async def _selection(
        self, session: Session, plan: Plan, draw_id: UUID, place: int, call: DrawnCall, call_id: UUID
    ) -> UUID | None:
        selection_id, assignment_id = new_id(), new_id()
        agent_id = self.centre.agent_ids[call.agent]
        drawn = {
            "draw_id": draw_id,
            "call_id": call_id,
            "agent_id": agent_id,
            "size_e6": call.size * 1_000_000,
            "inclusion_prob_e12": int(Decimal(call.inclusion) * TRILLION),
            "started_at": call.at,
        }
        await _insert(session, SelectionModel, id=selection_id, position=place + 1, signals=list(call.signals), **drawn)
        assigned = {
            "pool_id": plan.id,
            "project_id": plan.project_id,
            "batch_id": draw_id,
            "subject_id": selection_id,
            "double_inclusion_prob_e12": int(Decimal(call.double) * TRILLION),
            "agent_id": agent_id,
            "call_id": call_id,
            "scorecard_id": plan.scorecard_id,
            "due_at": call.at + timedelta(days=7),
        }
        verifier_id = None if call.pooled else self.centre.user_ids[call.verifier]
        first = assigned | {"id": assignment_id, "verifier_id": verifier_id, "scoring_round": 1}
        await _insert(session, AssignmentModel, **first)
        if call.second is not None:
            await self._second_scoring(session, plan, assigned, call)
        if not call.evaluated:
            return None
        return await self._evaluation(session, plan, call_id, assignment_id, call)

    async def _second_scoring(self, session: Session, plan: Plan, assigned: dict[str, Any], call: DrawnCall) -> None:
        second = replace(call, score=call.second, verifier="second_verifier")
        verifier_id, assignment_id = self.centre.user_ids[second.verifier], new_id()
        await _insert(session, AssignmentModel, id=assignment_id, verifier_id=verifier_id, scoring_round=2, **assigned)
        await self._evaluation(session, plan, assigned["call_id"], assignment_id, second)

    async def _call(self, session: Session, plan: Plan, call: DrawnCall) -> UUID:
        call_id = new_id()
        await _insert(
            session,
            CallModel,
            id=call_id,
            source="test",
            external_id=str(call_id),
            project_id=plan.project_id,
            agent_id=self.centre.agent_ids[call.agent],
            started_at=call.at,
            duration_s=100,
            direction="inbound",
        )
        return call_id

    async def _evaluation(
        self, session: Session, plan: Plan, call_id: UUID, assignment_id: UUID | None, call: DrawnCall
    ) -> UUID:
        evaluation_id = new_id()
        await _insert(
            session,
            EvaluationModel,
            id=evaluation_id,
            call_id=call_id,
            project_id=plan.project_id,
            agent_id=self.centre.agent_ids[call.agent],
            scorecard_id=plan.scorecard_id,
            scorecard_version_id=plan.version_id,
            assignment_id=assignment_id,
            verifier_id=self.centre.user_ids[call.verifier],
            status="submitted",
            submitted_at=call.at,
        )
        await self._revision(session, evaluation_id, 1, call)
        return evaluation_id

    async def _revision(
        self, session: Session, evaluation_id: UUID, number: int, call: DrawnCall, kind: str | None = None
    ) -> None:
        revision_id = new_id()
        await _insert(
            session,
            EvaluationRevisionModel,
            id=revision_id,
            evaluation_id=evaluation_id,
            number=number,
            author_id=self.centre.user_ids[call.verifier],
            kind=kind,
            **_scores(call),
            sections=[],
            families=dict.fromkeys(FAMILIES) | dict(call.families),
            fatal_items=[],
            applicable_count=sum(given.applies for given in call.answers),
            error_count=sum(given.fault is not None for given in call.answers),
        )
        for position, given in enumerate(call.answers):
            await _insert(session, AnswerModel, revision_id=revision_id, position=position, **_answer(given))

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Session]:
        async with self.context.database.begin(Tenant(self.centre.tenant_id)) as session:
            act_as(session, Actor("system", None))
            yield session
            await events.record(session, RowsPrepared(subject_id=None))


def _strata(calls: Sequence[DrawnCall]) -> dict[int, tuple[int, str]]:
    """The strata of the agents of these calls, with as many calls as they stand for."""
    by_agent = {agent: [call for call in calls if call.agent == agent] for agent in {call.agent for call in calls}}
    return {
        agent: (
            round(sum(1 / Decimal(call.inclusion) for call in theirs)),
            str(sum(Decimal(call.inclusion) for call in theirs)),
        )
        for agent, theirs in by_agent.items()
    }


async def _insert_plan(session: Session, plan: Plan) -> None:
    await _insert(session, SamplingPlanModel, **_plan(plan))
    await _insert(session, AssignmentPoolModel, id=plan.id, project_id=plan.project_id, name="Pool")


async def _insert(session: Session, model: Any, **values: Any) -> None:
    await run(session, insert(model).values(tenant_id=session.tenant_id, **values))


def _version(plan: Plan, number: int, definition: Definition) -> dict[str, Any]:
    return {
        "id": plan.version_id,
        "scorecard_id": plan.scorecard_id,
        "number": number,
        "status": "published",
        "passing_score": 80,
        "definition": definition_to_document(definition),
        "published_at": NOON,
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "id": plan.id,
        "name": "Daily",
        "project_id": plan.project_id,
        "scorecard_id": plan.scorecard_id,
        "window_kind": "day",
        "timezone": "UTC",
        "mode": "rate",
        "rate": Decimal("0.03"),
        "floor_per_agent": 1,
        "eligibility": {},
        "size": {},
        "double_score_rate": 0,
        "active": False,
        "draw_delay_min": 0,
        "due_days": 7,
    }


def _draw(draw_id: UUID, plan: Plan, start: datetime, length: timedelta, calls: int, part: int) -> dict[str, Any]:
    return {
        "id": draw_id,
        "plan_id": plan.id,
        "supplement_no": part,
        "window_kind": "day",
        "timezone": "UTC",
        "window_start": start.date(),
        "starts_at": start,
        "ends_at": start + length,
        "frame_size": calls,
        "sample_size": calls,
        "frame_digest": bytes(32),
        "seed_commitment": bytes(32),
        "seed": bytes(32),
        "assignment_seed": bytes(32),
        "parameters": {},
        "committed_at": start,
        "drawn_at": start + length,
    }


def _fault_checks(rate: str | None) -> dict[str, Any]:
    if rate is None:
        return {}
    seed = {"fault_check_seed": bytes(32), "fault_check_commitment": bytes(32)}
    return {"parameters": {"fault_check_rate": rate}, **seed}


def _scores(call: DrawnCall) -> dict[str, Decimal | None]:
    if call.score is None:
        return {"score": None, "agent_score": None, "process_loss": None}
    agent_score = call.score if call.agent_score == SAME else call.agent_score
    return {
        "score": Decimal(call.score),
        "agent_score": None if agent_score is None else Decimal(agent_score),
        "process_loss": Decimal(call.process_loss),
    }


def _answer(given: GivenAnswer) -> dict[str, Any]:
    is_error = given.fault is not None
    return {
        "item": given.item,
        "value": ("bad" if is_error else "good") if given.applies else "na",
        "credit": (0 if is_error else 1) if given.applies else None,
        "is_error": is_error,
        "fault": given.fault,
        "reason": given.reason,
    }


def committed_draw(centre: Centre, plan_id: UUID, number: int, ends_at: datetime, **more: Any) -> dict[str, Any]:
    """The row of a window that is not drawn yet."""
    return {
        "tenant_id": centre.tenant_id,
        "id": new_id(),
        "plan_id": plan_id,
        "window_kind": "day",
        "timezone": "UTC",
        "window_start": datetime(2026, 12, 1 + number, tzinfo=UTC).date(),
        "supplement_no": 0,
        # The windows of a plan begin at different times.
        "starts_at": ends_at - timedelta(days=1, seconds=number),
        "ends_at": ends_at,
        "seed_commitment": bytes(32),
        "seed": bytes(32),
        "assignment_seed": bytes(32),
        "committed_at": ends_at - timedelta(days=1),
    } | more
