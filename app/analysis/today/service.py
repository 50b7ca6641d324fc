"""The report of today."""

from datetime import timedelta

from app.analysis.coverage.service import coverage_report
from app.analysis.errors.service import error_sources_report
from app.analysis.today import entries, repository
from app.analysis.today.links import Links
from app.analysis.today.types import EntryKind, TodayReport
from app.analysis.types import Filters
from app.identity import Principal
from app.platform import clock
from app.platform.clock import Period, start_of_day
from app.platform.database import Session

FAILURES = timedelta(days=1)


async def today_report(session: Session, principal: Principal, filters: Filters) -> TodayReport:
    """What a leader looks at in the morning: what falls short, what failed, and what waits for whom.

    Coverage and errors are those of their reports, over the same 28 days. Sessions are those of the present day in the
    time zone of the project.
    """
    now = clock.now()
    coverage = await coverage_report(session, filters)
    errors = await error_sources_report(session, filters)
    weights = await repository.item_weights(session, {item.scorecard_id for item in errors.by_item})
    since, day = now - FAILURES, _day_of(coverage.period)
    happenings = await repository.happenings(session, filters, since=since, now=now, day=day)
    work = await repository.open_work(session, filters, now)
    links = Links(filters, administers=principal.may("admin:read"))
    found = [
        entries.plans_that_fall_short(coverage, links),
        entries.agents_not_evaluated(coverage, links),
        entries.agents_outside_limits(errors, links),
        entries.process_faults(errors, weights, links),
        *entries.happening_entries(happenings, links),
        *(entries.open_work_entry(kind, work, links) for kind in (EntryKind.BACKLOG, EntryKind.FAULT_CHECKS)),
    ]
    order = list(EntryKind)
    return TodayReport(
        at=now,
        period=coverage.period,
        failures_since=since,
        tally=coverage.tally,
        entries=tuple(sorted(found, key=lambda entry: order.index(entry.kind))),
    )


def _day_of(period: Period) -> Period:
    """The day in which the period ends."""
    today = period.until.astimezone(period.zone).date()
    return Period(start_of_day(today, period.zone), start_of_day(today + timedelta(days=1), period.zone), period.zone)
