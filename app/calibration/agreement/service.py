"""Reading what pooled agreement is computed from. The computing is slow: it is for a thread, without a transaction."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from app.calibration.agreement import repository
from app.calibration.agreement.figures import ac1_of
from app.calibration.agreement.pooling import typed_answers
from app.calibration.agreement.rows import verifier_rows
from app.calibration.agreement.types import AgreementFilter, PooledScorings
from app.platform import clock
from app.platform.clock import Period, period_between
from app.platform.database import Session
from app.platform.errors import require_found
from app.platform.threads import REPORTS
from app.scorecards import published_version
from app.statistics.agreement import Agreement

DEFAULT_PERIOD: Final = timedelta(days=90)


async def read_pooled(session: Session, filters: AgreementFilter) -> tuple[Period, PooledScorings]:
    """What was scored by several people in the period. NotFound if a filter names what does not exist."""
    found = await repository.filtered_by(session, filters)
    if filters.project_id:
        require_found(found.timezone, "project", filters.project_id)
    if filters.scorecard_id:
        require_found(found.scorecard_id, "scorecard", filters.scorecard_id)
    zone = ZoneInfo(found.timezone or "UTC")
    period = period_between(filters.since, filters.until, zone, clock.now(), default=DEFAULT_PERIOD)
    return period, await pooled_scorings(session, filters, period)


async def pooled_scorings(
    session: Session, filters: AgreementFilter, period: Period, project_ids: Collection[UUID] | None = None
) -> PooledScorings:
    """The scorings, with the versions by which they were made. There are a handful, and the process caches them."""
    rows = await repository.scorings(session, filters, period, project_ids)
    scorecards = await repository.scorecards(session, {row.scoring.scorecard_id for row in rows})
    version_ids = {row.scoring.version_id for row in rows} | {one.version_id for one in scorecards}
    versions = {version_id: await published_version(session, version_id) for version_id in sorted(version_ids)}
    scorings = [row.scoring for row in rows]
    return PooledScorings(
        scorings=[replace(one, answers=typed_answers(one.answers, versions[one.version_id])) for one in scorings],
        raters={row.rater.key: row.rater for row in rows},
        scorecards={one.id: one.name for one in scorecards},
        versions=versions,
    )


async def verifier_agreements(
    session: Session, period: Period, project_id: UUID | None, scorecard_id: UUID | None, team_id: UUID | None
) -> Mapping[UUID, Agreement]:
    """AC1 of each user with the others, over all that was scored by several people in the period."""
    filters = AgreementFilter(project_id=project_id, scorecard_id=scorecard_id, team_id=team_id)
    pooled = await pooled_scorings(session, filters, period)
    rows = await REPORTS.run(verifier_rows, pooled)
    ids = ((row.raters[0].user_id, ac1_of(row.coefficients)) for row in rows)
    return {user_id: agreement for user_id, agreement in ids if user_id is not None}
