"""Checks of errors, written straight into the tables: tests choose every probability and verdict."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from app.calibration.checks.models import CheckedErrorModel, FaultCheckModel
from app.calibration.sessions.models import CalibrationCallModel, CalibrationSessionModel
from app.platform.database import Row, Session
from app.platform.ids import new_id
from app.statistics.fixed_point import TRILLION
from tests.analysis.factories import NOON, SampleFactory
from tests.queries import run

_EVALUATION = """
SELECT e.id, e.call_id, e.project_id, e.scorecard_id, e.scorecard_version_id, e.agent_id, r.id AS revision_id,
    g.batch_id AS draw_id, g.pool_id AS plan_id, g.subject_id
FROM evaluations e
JOIN evaluation_revisions r ON r.evaluation_id = e.id AND r.number = 1
LEFT JOIN assignments g ON g.id = e.assignment_id
WHERE e.id = :id
"""


async def fault_check(
    factory: SampleFactory, evaluation_id: UUID, probability: str = "0.5", *, done: bool = True, **verdicts: str
) -> None:
    """A fault check of an evaluation, with a verdict on each error if it was done."""
    checker_id = factory.centre.user_ids["second_verifier"]
    async with factory.begin() as session:
        evaluation, check_id = await session.fetch_one(_EVALUATION, id=evaluation_id), new_id()
        values = {
            "evaluation_id": evaluation_id,
            "revision_id": evaluation.revision_id,
            "draw_id": evaluation.draw_id,
            "plan_id": evaluation.plan_id,
            "project_id": evaluation.project_id,
            "call_id": evaluation.call_id,
            "agent_ids": [evaluation.agent_id],
            "inclusion_prob_e12": _trillionths(probability),
            "drawn_at": NOON,
            "checker_id": checker_id,
            "given_at": NOON,
            "done_at": NOON if done else None,
        }
        await _insert(session, FaultCheckModel, id=check_id, **values)
        await _verdicts(factory, session, evaluation, "fault_check", check_id, probability, verdicts)


async def adjudication(factory: SampleFactory, evaluation_id: UUID, probability: str | None, **verdicts: str) -> None:
    """A decision about a double scoring; a person chose the call if there is no probability."""
    async with factory.begin() as session:
        evaluation = await session.fetch_one(_EVALUATION, id=evaluation_id)
        await _verdicts(factory, session, evaluation, "double_score", evaluation.subject_id, probability, verdicts)


async def calibration(
    factory: SampleFactory, evaluation_id: UUID, probability: str | None, *, state: str = "closed", **verdicts: str
) -> None:
    """A session about the call of an evaluation, and what it settled on; without a probability a person chose it."""
    async with factory.begin() as session:
        evaluation, session_id = await session.fetch_one(_EVALUATION, id=evaluation_id), new_id()
        values = {
            "name": "Session",
            "project_id": evaluation.project_id,
            "scorecard_id": evaluation.scorecard_id,
            "scorecard_version_id": evaluation.scorecard_version_id,
            "draw_id": None if probability is None else evaluation.draw_id,
            "state": state,
            "duration_min": 60,
            "hide_agent": True,
            "see_others": "after_reveal",
            "sequence": 0,
            "created_by": factory.centre.user_ids["leader"],
            "reopenings": [],
        }
        await _insert(session, CalibrationSessionModel, id=session_id, **values)
        prob_e12 = None if probability is None else _trillionths(probability)
        picked = {"call_id": evaluation.call_id, "position": 1, "inclusion_prob_e12": prob_e12}
        await _insert(session, CalibrationCallModel, session_id=session_id, **picked)
        await _verdicts(factory, session, evaluation, "calibration", new_id(), probability, verdicts)


async def _verdicts(
    factory: SampleFactory,
    session: Session,
    evaluation: Row,
    source: str,
    source_id: UUID,
    probability: str | None,
    verdicts: dict[str, str],
) -> None:
    for item, verdict in verdicts.items():
        await _insert(
            session,
            CheckedErrorModel,
            id=new_id(),
            source=source,
            source_id=source_id,
            call_id=evaluation.call_id,
            scorecard_id=evaluation.scorecard_id,
            scorecard_version_id=evaluation.scorecard_version_id,
            item=item,
            evaluation_id=evaluation.id,
            verdict=verdict,
            by_chance=probability is not None,
            inclusion_prob_e12=None if probability is None else _trillionths(probability),
            decided_by=factory.centre.user_ids["leader"],
            decided_at=NOON,
        )


def _trillionths(probability: str) -> int:
    return int(Decimal(probability) * TRILLION)


async def _insert(session: Session, model: Any, **values: Any) -> None:
    await run(session, insert(model).values(tenant_id=session.tenant_id, **values))
