"""Asking after long work."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from app import jobs
from app.api.deps import SessionDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.common import ProgressOut
from app.jobs import JobState
from app.platform.errors import NotFound

router = private_router("/jobs", "jobs")


class JobOut(BaseModel):
    id: UUID
    kind: str = Field(examples=["transcription.run"])
    state: JobState
    attempts: int
    progress: ProgressOut | None
    error: str | None
    result: dict[str, Any] | None
    created_at: datetime
    finished_at: datetime | None


class JobAccepted(BaseModel):
    """The answer to a request for long work."""

    job_id: UUID


@router.get(
    "/{job_id}",
    operation_id="getJob",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("jobs:read"),
)
async def get_job(job_id: UUID, session: SessionDep) -> JobOut:
    """The state and progress of a job."""
    return _out(await jobs.get_job(session, job_id))


def _out(job: jobs.Job) -> JobOut:
    progress = None
    if job.total is not None and job.done is not None:
        progress = ProgressOut(done=job.done, total=job.total, unit=job.unit or "")
    return JobOut(
        id=job.id,
        kind=job.kind,
        state=job.state,
        attempts=job.attempts,
        progress=progress,
        error=job.error,
        result=job.result,
        created_at=job.created_at,
        finished_at=job.finished_at,
    )
