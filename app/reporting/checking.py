"""Whether a schedule can be kept as it is wanted."""

from collections.abc import Iterator, Sequence

from app.analysis import REPORTS_BY_NAME
from app.identity import canonical_email
from app.notifications import UnusableAddress, mailbox_address
from app.platform.database import Row, Session
from app.platform.errors import FieldError, Invalid
from app.reporting import repository
from app.reporting.due_times import RelativePeriod
from app.reporting.readers import reason_against
from app.reporting.types import MAX_RECIPIENTS, ReportSchedule


async def require_valid(session: Session, schedule: ReportSchedule) -> None:
    """Invalid, with every fault, where the report, its filters, its time or its recipients are not possible."""
    references = await repository.references(session, schedule)
    addresses = [canonical_email(one.email) for one in schedule.recipients if one.email is not None]
    ids = [one.user_id for one in schedule.recipients if one.user_id is not None]
    users = await repository.users(session, ids, addresses)
    faults = (
        *_report_faults(schedule),
        *_filter_faults(schedule, references),
        *_when_faults(schedule),
        *_recipient_faults(schedule, users),
    )
    if faults:
        raise Invalid("; ".join(fault.detail for fault in faults), field_errors=faults)


def _report_faults(schedule: ReportSchedule) -> Iterator[FieldError]:
    kind = REPORTS_BY_NAME.get(schedule.report)
    if kind is None:
        yield FieldError("/report", f"there is no such report; there are: {', '.join(sorted(REPORTS_BY_NAME))}")
        return
    if schedule.format not in kind.formats:
        yield FieldError("/format", f"the report {schedule.report} is written as {', '.join(kind.formats)}")
    if kind.printed and schedule.period is not RelativePeriod.PREVIOUS_MONTH:
        yield FieldError("/period", f"the report {schedule.report} is about a month: previous_month")
    if schedule.by is not None and not kind.grouped:
        yield FieldError("/filters/by", f"the report {schedule.report} has no choice of groups")
    if schedule.scorecard_id is not None and not kind.by_scorecard:
        yield FieldError("/filters/scorecard_id", f"the report {schedule.report} cannot be filtered by scorecard")


def _filter_faults(schedule: ReportSchedule, references: Row) -> Iterator[FieldError]:
    if schedule.project_id is not None and references.timezone is None:
        yield FieldError("/filters/project_id", f"there is no project {schedule.project_id}")
    if schedule.team_id is not None and not references.team:
        yield FieldError("/filters/team_id", f"there is no team {schedule.team_id}")
    if schedule.scorecard_id is not None and not references.scorecard:
        yield FieldError("/filters/scorecard_id", f"there is no scorecard {schedule.scorecard_id}")


def _when_faults(schedule: ReportSchedule) -> Iterator[FieldError]:
    try:
        schedule.when  # noqa: B018 (its making checks it)
    except ValueError as error:
        yield FieldError("/when", str(error))


def _recipient_faults(schedule: ReportSchedule, users: Sequence[Row]) -> Iterator[FieldError]:
    if not 1 <= len(schedule.recipients) <= MAX_RECIPIENTS:
        yield FieldError("/recipients", f"a schedule has 1 to {MAX_RECIPIENTS} recipients")
    by_id = {user.id: user for user in users}
    by_email = {user.email: user for user in users}
    seen: set[object] = set()
    for index, recipient in enumerate(schedule.recipients):
        if (recipient.user_id is None) == (recipient.email is None):
            yield FieldError(f"/recipients/{index}", "give either user_id or email")
            continue
        key = recipient.user_id or canonical_email(recipient.email or "")
        if key in seen:
            yield FieldError(f"/recipients/{index}", "this recipient is named twice")
        seen.add(key)
        if recipient.user_id is not None:
            yield from _user_faults(index, by_id.get(recipient.user_id))
        else:
            yield from _address_faults(index, recipient.email or "", by_email)


def _user_faults(index: int, user: Row | None) -> Iterator[FieldError]:
    if user is None:
        yield FieldError(f"/recipients/{index}/user_id", "there is no such user")
    elif reason_against(user) is not None:
        yield FieldError(f"/recipients/{index}/user_id", "this is no active user who may read reports")


def _address_faults(index: int, address: str, users: dict[str, Row]) -> Iterator[FieldError]:
    try:
        mailbox_address(address)
    except UnusableAddress as error:
        yield FieldError(f"/recipients/{index}/email", str(error))
    if canonical_email(address) in users:
        yield FieldError(f"/recipients/{index}/email", "this is the address of a user: give the user's id")
