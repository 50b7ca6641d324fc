"""Routes of scheduled reports."""

from uuid import UUID

from fastapi import Response

from app import reporting
from app.api.deps import IfMatchDep, PageDep, PrincipalDep, SessionDep, set_etag
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.common import PageOf
from app.api.schemas.report_schedules import (
    ReportDeliveryOut,
    ReportScheduleIn,
    ReportScheduleOut,
    ReportSchedulePatch,
)
from app.platform.errors import NotFound, PreconditionRequired, StaleVersion
from app.reporting import DeliveryRunning, NotScheduleOwner, OutsideRecipient, OwnerMayNotRead, ReportSchedule

router = private_router("/report-schedules", "reports")

WRITE = requires_permission("reports:write")
READ = requires_permission("reports:read")


@router.post(
    "",
    operation_id="createReportSchedule",
    status_code=201,
    responses=problem_responses(OutsideRecipient, OwnerMayNotRead),
    openapi_extra=WRITE,
)
async def create_schedule(
    body: ReportScheduleIn, session: SessionDep, principal: PrincipalDep, response: Response
) -> ReportScheduleOut:
    """Send a report by the clock, as a file by e-mail, to users and, where an administrator says so, to others.

    The schedule belongs to the user who creates it. The report shows what this user may read at the time of sending.
    """
    return _answer(await reporting.create_schedule(session, principal, **body.fields()), response)


@router.get("", operation_id="listReportSchedules", openapi_extra=READ)
async def list_schedules(session: SessionDep, page: PageDep) -> PageOf[ReportScheduleOut]:
    """The schedules of the tenant."""
    found = (await reporting.list_schedules(session, page)).map(ReportScheduleOut.of)
    return PageOf(items=found.items, next_cursor=found.next_cursor)


@router.get(
    "/{schedule_id}", operation_id="getReportSchedule", responses=problem_responses(NotFound), openapi_extra=READ
)
async def get_schedule(schedule_id: UUID, session: SessionDep, response: Response) -> ReportScheduleOut:
    """One schedule."""
    return _answer(await reporting.get_schedule(session, schedule_id), response)


@router.patch(
    "/{schedule_id}",
    operation_id="changeReportSchedule",
    responses=problem_responses(
        NotFound, StaleVersion, PreconditionRequired, NotScheduleOwner, OutsideRecipient, OwnerMayNotRead
    ),
    openapi_extra=WRITE,
)
async def change_schedule(
    schedule_id: UUID,
    body: ReportSchedulePatch,
    *,
    version: IfMatchDep,
    session: SessionDep,
    principal: PrincipalDep,
    response: Response,
) -> ReportScheduleOut:
    """Change the given fields; `filters`, `when` and `recipients` as a whole. For its owner and administrators."""
    changed = await reporting.change_schedule(session, principal, schedule_id, version, body.changes())
    return _answer(changed, response)


@router.delete(
    "/{schedule_id}",
    operation_id="deleteReportSchedule",
    status_code=204,
    responses=problem_responses(NotFound, NotScheduleOwner),
    openapi_extra=WRITE,
)
async def delete_schedule(schedule_id: UUID, session: SessionDep, principal: PrincipalDep) -> None:
    """Delete a schedule and the list of what was sent. The journal keeps both."""
    await reporting.delete_schedule(session, principal, schedule_id)


@router.post(
    "/{schedule_id}/send",
    operation_id="sendReportNow",
    status_code=202,
    responses=problem_responses(NotFound, NotScheduleOwner, OwnerMayNotRead, DeliveryRunning),
    openapi_extra=WRITE,
)
async def send_now(schedule_id: UUID, session: SessionDep, principal: PrincipalDep) -> ReportDeliveryOut:
    """Send the report of the period before now to all recipients; a job does it."""
    return ReportDeliveryOut.of(await reporting.send_now(session, principal, schedule_id), {})


@router.get(
    "/{schedule_id}/deliveries",
    operation_id="listReportDeliveries",
    responses=problem_responses(NotFound),
    openapi_extra=READ,
)
async def list_deliveries(schedule_id: UUID, session: SessionDep, page: PageDep) -> PageOf[ReportDeliveryOut]:
    """What was sent to whom, the newest first, and what was not sent and why."""
    found, states = await reporting.list_deliveries(session, schedule_id, page)
    items = [ReportDeliveryOut.of(one, states) for one in found.items]
    return PageOf(items=items, next_cursor=found.next_cursor)


def _answer(schedule: ReportSchedule, response: Response) -> ReportScheduleOut:
    set_etag(response, schedule.version)
    return ReportScheduleOut.of(schedule)
