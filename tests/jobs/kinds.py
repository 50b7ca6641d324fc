"""Kinds of job that do what their payload says. The tests register them, and so do the workers that they start."""

import asyncio
import os
from pathlib import Path

from app import events, jobs
from app.jobs import JobContext, JobKind, PermanentFailure
from app.platform.database import Session
from app.platform.errors import Conflict
from tests.journal import JobDone, JobGivenUp

MAX_ATTEMPTS = 2


def register(queue: str) -> None:
    jobs.register(JobKind(f"{queue}.act", act, queue=queue, max_attempts=MAX_ATTEMPTS, on_failure=record_failure))
    jobs.register(JobKind(f"{queue}.fair", act, queue=queue, fair=True))


async def act(context: JobContext) -> None:
    """Fail, wait and finish as the payload says; a finished job has recorded one event."""
    script = context.payload
    if context.attempt <= script.get("fail", 0):
        raise ConnectionError(f"no luck in attempt {context.attempt}")
    if "permanent" in script:
        raise PermanentFailure(script["permanent"])
    if "conflict" in script:
        raise Conflict(script["conflict"])
    await work_slowly(context)
    async with context.finishing({"attempt": context.attempt, "pid": os.getpid()}) as session:
        await events.record(session, JobDone(subject_id=context.job_id))


async def work_slowly(context: JobContext) -> None:
    """Take as long as the payload says; the worker of the first attempt shows its process id as progress."""
    script = context.payload
    if "first_s" in script and is_first(context):
        context.progress(os.getpid(), os.getpid(), "pid")
        await asyncio.sleep(script["first_s"])
    for step in range(script.get("steps", 0)):
        context.progress(step + 1, script["steps"], "steps")
        await asyncio.sleep(script["step_s"])


def is_first(context: JobContext) -> bool:
    """Whether no attempt was begun before. The number of attempts does not say it: a stopped one does not count."""
    mark: Path = context.resources["settings"].data_dir / f"begun-{context.job_id}"
    begun = mark.exists()
    mark.touch()
    return not begun


async def record_failure(session: Session, payload: dict[str, object], reason: str) -> None:
    await events.record(session, JobGivenUp(subject_id=None, after={"reason": reason}))
