"""Keeping a job's lease while its work goes on, and ending the work when it may not go on."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

import structlog

from app.jobs.context import JobContext
from app.jobs.types import HandedBack, LeaseLost

log = structlog.get_logger()


async def attend(context: JobContext, work: Coroutine[Any, Any, None], *, grace_s: float) -> None:
    """Do the work under a lease that is renewed.

    Raises LeaseLost when another worker has taken the job, HandedBack when the worker stops and the work was not
    done within `grace_s`; the work has been cancelled then. Raises whatever the work raises.
    """
    job, watch = asyncio.create_task(work), asyncio.create_task(_watch(context, grace_s))
    try:
        await asyncio.wait({job, watch}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        context.ended = True
        job.cancel()
        watch.cancel()
        await asyncio.wait({job, watch})
    if job.cancelled() and not watch.cancelled():
        raise watch.result()
    job.result()


async def _watch(context: JobContext, grace_s: float) -> Exception:
    """Renew the lease until there is a reason to end the work; return that."""
    interval = min(2.0, context.lease_s / 3)
    while not await _set_within(context.stopping, interval):
        try:
            await context.renew()
        except LeaseLost as lost:
            if not context.finished:
                return lost
        except Exception as error:
            # The database is out of reach. Should that last, the lease runs out and what is written is refused.
            log.warning("lease not renewed", error=str(error))
    await asyncio.sleep(grace_s)
    return HandedBack()


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()
