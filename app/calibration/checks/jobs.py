"""The job of fault checks: once a day it tends the draws whose seed is not revealed yet, tenant by tenant."""

from datetime import datetime, timedelta

from app.calibration.checks.fault_check_draws import LIFETIME, tend_fault_checks
from app.calibration.checks.repository import fault_checks as repository
from app.jobs import DueJob, JobContext, JobSchedule
from app.platform import clock
from app.platform.database import Session

# A draw is revealed after its lifetime at the latest; what is longer allows for a time without workers.
_LOOKED_FOR = LIFETIME + timedelta(days=300)


async def find_tenants(session: Session) -> list[DueJob]:
    """The tenants with draws that have fault checks."""
    return [DueJob(tenant_id) for tenant_id in await repository.tenants_with_fault_checks(session, _since())]


async def tend(context: JobContext) -> None:
    """Tend each draw in a transaction of its own: one that fails keeps nothing of the others."""
    async with context.begin() as session:
        draw_ids = await repository.draws_with_secret_seed(session, _since())
    for draw_id in draw_ids:
        async with context.begin() as session:
            await tend_fault_checks(session, draw_id)
    async with context.finishing():
        pass


def _since() -> datetime:
    return clock.now() - _LOOKED_FOR


FAULT_CHECKS = JobSchedule("calibration.fault_checks", "23 4 * * *", find_tenants, tend)
