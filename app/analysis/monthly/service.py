"""The monthly report: figures of the other reports, for a month, the month before and the last weeks."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from app.analysis.coverage.service import coverage_report
from app.analysis.errors.service import error_sources_report
from app.analysis.monthly.types import MonthlyReport
from app.analysis.quality.service import quality_report
from app.analysis.report_period import report_period
from app.analysis.types import Filters, GroupBy
from app.calibration import Language
from app.identity import Principal
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import invalid

# Of the month before and of the weeks before it there must be a calendar.
FIRST_MONTH = date(2000, 1, 1)
# The weeks that a picture shows, the last one that of the month's last day.
WEEKS = 13


@dataclass(frozen=True, slots=True)
class WantedMonth:
    """month: its first day; None is the last month that has ended. None of the ids does not filter."""

    month: date | None = None
    project_id: UUID | None = None
    team_id: UUID | None = None
    language: Language = Language.ENGLISH


async def monthly_report(session: Session, principal: Principal, wanted: WantedMonth) -> MonthlyReport:
    """The month in the time zone of the project. NotFound if the project or the team does not exist, Invalid if
    the month has not begun."""
    filters = Filters(project_id=wanted.project_id, team_id=wanted.team_id)
    zone = (await report_period(session, filters)).zone
    now = clock.now().astimezone(zone)
    month = _month_before(now.date()) if wanted.month is None else _begun(wanted.month, now.date())
    end = _month_after(month)
    of_month = replace(filters, since=month, until=end)
    before = replace(filters, since=_month_before(month), until=month)
    lately = replace(filters, since=_first_monday(end), until=end)
    quality = await quality_report(session, principal, of_month, GroupBy.PROJECT)
    weeks = await quality_report(session, principal, lately, GroupBy.WEEK)
    sources = await error_sources_report(session, of_month)
    return MonthlyReport(
        month=month,
        complete=now >= datetime(end.year, end.month, end.day, tzinfo=zone),
        period=quality.period,
        language=wanted.language,
        quality=quality.total,
        quality_before=(await quality_report(session, principal, before, GroupBy.PROJECT)).total,
        weeks=weeks.items,
        sources=sources,
        process_share_before=(await error_sources_report(session, before)).process_share.estimate,
        trend=(await error_sources_report(session, lately)).trend,
        coverage=await coverage_report(session, of_month),
    )


def _begun(month: date, today: date) -> date:
    if not FIRST_MONTH <= month <= today:
        raise invalid("month", f"must lie between {FIRST_MONTH:%Y-%m} and the present month, {today:%Y-%m}")
    return month


def _month_after(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def _month_before(day: date) -> date:
    """The first day of the month before that of the day."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def _first_monday(end: date) -> date:
    last = end - timedelta(days=1)
    return last - timedelta(days=last.weekday(), weeks=WEEKS - 1)
