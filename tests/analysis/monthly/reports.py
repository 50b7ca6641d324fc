"""Monthly reports made by hand, without a database."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from app.analysis.coverage.types import AgentCoverage, AgentRow, CoverageReport, Tally
from app.analysis.errors.report import ErrorSourcesReport, ItemReport, ReasonShare, StandoutAgent, WeekReport
from app.analysis.monthly.types import MonthlyReport
from app.analysis.populations import Population
from app.analysis.quality.adjusting import NO_SCORE
from app.analysis.quality.figures import Figure
from app.analysis.types import ReportPeriod
from app.calibration import Language
from app.statistics import Estimate
from app.statistics.attribution import Method, ProcessShare, Verdict

MONTH = date(2026, 11, 1)
NOBODY = UUID(int=0)
LOSS = Estimate(6.1, 5.2, 7.0)


def figure(estimate: Estimate | None, key: str | None = None, n: int = 40) -> Figure:
    return Figure(
        key, key or "total", estimate, n, Population(900.0, True, 0.0), 1.2, 80.0, n, 1.0, NO_SCORE, estimate, LOSS
    )


def item(title: str, errors: int, process: float | None, standouts: Sequence[str] = (), action: str = "") -> ItemReport:
    share = None if process is None else Estimate(process, max(process - 0.1, 0), min(process + 0.1, 1))
    verdicts = {True: Verdict.PROCESS, False: Verdict.AGENT}
    return ItemReport(
        scorecard_id=NOBODY,
        item=title[:20],
        title=title,
        section="Section",
        answers=120,
        population=2000.0,
        errors=errors,
        error_rate=Estimate(errors / 120, 0.0, 1.0),
        process_share=share,
        verdict=None if process is None else verdicts.get(process > 0.5),
        mixed_reason=None,
        spread=0.1,
        agent_sd=0.02,
        standout_agents=tuple(StandoutAgent(UUID(int=hash(name) % 2**64), name, 7, 0.37) for name in standouts),
        reasons=(ReasonShare("no_article", "Not in the knowledge base", 3, 0.5),),
        action=action or "Change the process behind the main reason: Not in the knowledge base.",
        action_ru=action or "Измените процесс, из-за которого возникает главная причина: нет в базе знаний.",
    )


def sources(*items: ItemReport, share: Estimate | None = None) -> ErrorSourcesReport:
    return ErrorSourcesReport(
        period=period(),
        evaluations=120,
        response_rate=0.9,
        population=Population(2345.0, True, 0.0),
        errors=sum(one.errors for one in items),
        process_share=ProcessShare(share, Method.PROVISIONAL, 0, None, None),
        marked_process_share=share,
        by_item=items,
        by_reason=(),
        by_team=(),
        trend=(),
        standout_agents=(),
    )


def period(project: str | None = None) -> ReportPeriod:
    return ReportPeriod(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC), UTC, project)


def coverage(calls: int, selected: int, evaluated: int, agents: int) -> CoverageReport:
    tally = Tally(calls=calls, selected=selected, evaluated=evaluated)
    people = tuple(
        AgentCoverage(
            AgentRow(UUID(int=number), str(number), f"Agent {number}", None, None, [], None),
            Tally(calls=10, selected=1, evaluated=number % 5 > 0),
            None,
            None,
        )
        for number in range(agents)
    )
    return CoverageReport(period(), tally, people, (), ())


def monthly(
    language: Language,
    *items: ItemReport,
    quality: Estimate | None = None,
    share: Estimate | None = None,
    weeks: Sequence[tuple[str, Estimate | None]] = (),
    shares: Sequence[tuple[str, Estimate]] = (),
    project: str | None = None,
    covered: CoverageReport | None = None,
    complete: bool = True,
) -> MonthlyReport:
    return MonthlyReport(
        month=MONTH,
        complete=complete,
        period=period(project),
        language=language,
        quality=figure(quality),
        quality_before=figure(quality and Estimate(quality.value - 1, quality.value - 3, quality.value + 1)),
        weeks=tuple(figure(estimate, week) for week, estimate in weeks),
        sources=sources(*items, share=share),
        process_share_before=share,
        trend=tuple(WeekReport(week, 30, one) for week, one in shares),
        coverage=covered or coverage(0, 0, 0, 0),
    )
