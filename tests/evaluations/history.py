"""Evaluated calls as rows, for tests that need an agent's history of errors."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from app.calls.models import CallModel
from app.evaluations.models import EvaluationModel, EvaluationRevisionModel
from app.platform.database import Session
from app.platform.ids import new_id
from app.scorecards.models import ScorecardModel, ScorecardVersionModel
from tests.people import Centre
from tests.queries import run


async def store_evaluated_call(
    session: Session, centre: Centre, agent_id: UUID, at: datetime, *, errors: int, applicable: int
) -> None:
    """A call of the agent, too short for any plan, and its evaluation with that many errors."""
    scorecard_id, version_id, call_id, evaluation_id = (new_id() for _ in range(4))
    verifier_id = centre.user_ids["verifier"]
    rows: list[tuple[Any, dict[str, Any]]] = [
        (ScorecardModel, {"id": scorecard_id, "name": "History"}),
        (
            ScorecardVersionModel,
            {
                "id": version_id,
                "scorecard_id": scorecard_id,
                "number": 1,
                "status": "published",
                "passing_score": 80,
                "definition": {"sections": []},
                "published_at": at,
            },
        ),
        (
            CallModel,
            {
                "id": call_id,
                "source": "history",
                "external_id": call_id.hex,
                "project_id": centre.project_id,
                "agent_id": agent_id,
                "started_at": at,
                "duration_s": Decimal(1),
                "direction": "inbound",
                "complaint": False,
                "tags": [],
                "attributes": {},
            },
        ),
        (
            EvaluationModel,
            {
                "id": evaluation_id,
                "call_id": call_id,
                "project_id": centre.project_id,
                "agent_id": agent_id,
                "scorecard_id": scorecard_id,
                "scorecard_version_id": version_id,
                "verifier_id": verifier_id,
                "status": "submitted",
                "submitted_at": at,
            },
        ),
        (
            EvaluationRevisionModel,
            {
                "id": new_id(),
                "evaluation_id": evaluation_id,
                "number": 1,
                "author_id": verifier_id,
                "sections": [],
                "families": {},
                "fatal_items": [],
                "applicable_count": applicable,
                "error_count": errors,
            },
        ),
    ]
    for model, row in rows:
        await run(session, insert(model).values(tenant_id=centre.tenant_id, **row))
