"""The report on verifiers."""

from app import calibration
from app.analysis.reading.samples import drawn_sample
from app.analysis.report_period import report_period
from app.analysis.repository import scope
from app.analysis.repository.further import further_scores
from app.analysis.scorings import scored_severities
from app.analysis.types import Filters
from app.analysis.verifiers import repository
from app.analysis.verifiers.report import VerifiersReport, report_on_verifiers
from app.platform.database import Session
from app.platform.threads import REPORTS


async def verifiers_report(session: Session, filters: Filters) -> VerifiersReport:
    """The severity of each verifier, the agreement with the others, and what verifiers did."""
    period = await report_period(session, filters)
    async with session.without_nested_loops():
        of = await scope.report_scope(session, filters, period)
        further = await further_scores(session, filters, period, of)
    sample = await drawn_sample(session, period, of)
    scored = await REPORTS.run(scored_severities, sample, further)
    user_ids = [of.user_ids[user] for user in scored.verifiers.tolist()]
    work = await repository.work(session, filters, period, user_ids)
    agreements = await calibration.verifier_agreements(
        session, period, filters.project_id, filters.scorecard_id, filters.team_id
    )
    return report_on_verifiers(period, scored, user_ids, work, agreements)
