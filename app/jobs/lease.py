"""Renews a job's lease while its work goes on, and ends the work when it has to end."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

import structlog

from app.jobs.context import JobContext
from app.jobs.errors import AttemptStopped, LeaseLost

log = structlog.get_logger()


async def run_with_lease_renewal(context: JobContext, work: Coroutine[Any, Any, None], *, grace_s: float) -> None:
    """Do the work and renew the lease meanwhile.

    Raises LeaseLost when another worker has taken the job, AttemptStopped when the worker stops and the work was not
    done within `grace_s`; the work has been cancelled then. Raises whatever the work raises.
    """
    job, renewal = asyncio.create_task(work), asyncio.create_task(_renew_until_over(context, grace_s))
    try:
        await asyncio.wait({job, renewal}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        context.ended = True
        job.cancel()
        renewal.cancel()
        await asyncio.wait({job, renewal})
    if job.cancelled() and not renewal.cancelled():
        raise renewal.result()
    job.result()


async def _renew_until_over(context: JobContext, grace_s: float) -> Exception:
    """Renew the lease until there is a reason to end the work; that reason."""
    interval = min(2.0, context.lease_s / 3)
    while not await _set_within(context.stopping, interval):
        try:
            await context.renew()
        except LeaseLost as lost:
            if not context.finished:
                return lost
        except Exception as error:
            # The database cannot be reached. If that lasts, the lease runs out and what the job writes is refused.
            log.warning("job lease not renewed", error=str(error))
    await asyncio.sleep(grace_s)
    return AttemptStopped()


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()
