"""What a running job may do: work in its tenant under its lease, report progress, and finish once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.jobs import repository
from app.jobs.errors import AttemptStopped
from app.jobs.types import JobState, Progress
from app.platform.actor import Actor
from app.platform.database import Database, Session
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as


@dataclass
class JobContext:
    """One attempt at a job. `resources` holds what the worker loaded once: settings, object store, speech engine."""

    database: Database
    tenant_id: UUID
    job_id: UUID
    payload: dict[str, Any]
    attempt: int
    lease_token: UUID
    lease_s: int
    resources: dict[str, Any]
    stopping: asyncio.Event
    # Whether the row of the job stays after its success, so that its result can be read.
    keep_result: bool = True
    # The job has succeeded, and its lease ended with that.
    finished: bool = False
    # The attempt is over. A thread that still works for it learns so from `progress`.
    ended: bool = False
    _progress: Progress | None = field(default=None)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Session]:
        """A transaction that commits only while the lease is ours."""
        async with self.database.begin(Tenant(self.tenant_id)) as session:
            act_as(session, Actor("job", self.job_id))
            await repository.lock_lease(session, self.job_id, self.lease_token)
            yield session

    @asynccontextmanager
    async def finishing(self, result: dict[str, Any] | None = None) -> AsyncIterator[Session]:
        """The last transaction: what is written in it and the job's success commit together or not at all."""
        try:
            async with self.begin() as session:
                yield session
                await self._succeed(session, result)
                # Before the commit: a renewal that waits for it would otherwise find the lease lost.
                self.finished = True
        except BaseException:
            self.finished = False
            raise

    def progress(self, done: float, total: float, unit: str) -> None:
        """Note progress; safe to call from a thread, at any rate. The next renewal of the lease writes it.

        Raises AttemptStopped when the attempt has to end.
        """
        if self.ended or self.stopping.is_set():
            raise AttemptStopped
        self._progress = (done, total, unit)

    async def renew(self) -> None:
        async with self.database.begin(Tenant(self.tenant_id)) as session:
            await repository.renew(session, self.job_id, self.lease_token, self.lease_s, self._progress)

    async def _succeed(self, session: Session, result: dict[str, Any] | None) -> None:
        job_id, token = self.job_id, self.lease_token
        if self.keep_result:
            await repository.finish(session, job_id, token, JobState.SUCCEEDED, result=result, progress=self._progress)
        else:
            await repository.remove(session, job_id, token)
