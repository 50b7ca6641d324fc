"""Errors by agent, project and day: a roll-up that a job keeps in step with the evaluations.

The job counts one agent's day anew from the latest revisions, so that it may run twice, late or out of order.
"""

from datetime import date
from uuid import UUID

from app import jobs
from app.evaluations import tally_repository as repository
from app.evaluations.types import Evaluation
from app.platform.database import Session

JOB = "evaluations.tally"


async def enqueue(session: Session, evaluation: Evaluation) -> None:
    """Have the day of the evaluation's call counted again, once this transaction commits."""
    if evaluation.agent_id is not None:
        await jobs.enqueue(session, JOB, {"evaluation_id": evaluation.id})


async def run(context: jobs.JobContext) -> None:
    async with context.finishing() as session:
        await tally(session, UUID(context.payload["evaluation_id"]))


async def tally(session: Session, evaluation_id: UUID) -> None:
    """Count the errors of the evaluation's agent on the day of its call, in the project's time zone."""
    day = await repository.hold_day(session, evaluation_id)
    await repository.count_day(session, day)


async def error_history(
    session: Session, project_id: UUID, from_day: date, to_day: date
) -> dict[UUID, tuple[int, int]]:
    """Errors and applicable answers of every agent evaluated in the project, for calls of from_day <= day < to_day.

    An error is an answer with less than full credit, whoever was at fault; N/A is not applicable. Days are the
    project's own. Agents without an evaluated call are missing.
    """
    return await repository.history(session, project_id, from_day, to_day)
