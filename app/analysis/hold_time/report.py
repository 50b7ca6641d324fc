"""The report on hold time from the calls of agents: their figures, their limits, and whose the hold time is."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from app.analysis.hold_time.texts import explain, recommend
from app.analysis.hold_time.types import (
    AgentHold,
    HoldFigures,
    HoldRow,
    MedianRow,
    NotComparedReason,
    ProjectReport,
    ReasonText,
)
from app.analysis.samples import factorize_objects
from app.analysis.types import Person
from app.statistics import FloatArray
from app.statistics.hold_time import MIN_CALLS, HoldReading, HoldTotals, ProjectHold, read_hold_time


@dataclass(frozen=True, slots=True)
class HoldData:
    """The calls of all projects, by project, and the median holds. `names` are those of agents and projects."""

    rows: Sequence[HoldRow]
    medians: Sequence[MedianRow]
    names: Mapping[UUID, Person]


def hold_reading(rows: Sequence[HoldRow]) -> HoldReading:
    """The reading of the rows; its entries are in their order, and its projects in the order of first appearance."""
    projects, _ = factorize_objects(row.project_id for row in rows)
    return read_hold_time(
        HoldTotals(
            projects=projects,
            compared=np.array([row.agent_id is not None for row in rows], dtype=np.bool_),
            known=_column(row.known for row in rows),
            held=_column(row.held for row in rows),
            over_minute=_column(row.over_minute for row in rows),
            sum1=_column(row.sum1 for row in rows),
            sum2=_column(row.sum2 for row in rows),
            sum3=_column(row.sum3 for row in rows),
        )
    )


def agent_holds(data: HoldData, reading: HoldReading, shown: Collection[int]) -> tuple[AgentHold, ...]:
    """The rows of agents at these places, longest hold first within each project."""
    medians = {(row.agent_id, row.project_id): row.median_s for row in data.medians if not row.of_project}
    holds = [_agent(data, reading, place, medians) for place in shown if data.rows[place].agent_id is not None]
    return tuple(sorted(holds, key=lambda hold: (hold.project, -(hold.figures.mean_s or 0), hold.person.name)))


def project_reports(data: HoldData, reading: HoldReading, shown: Collection[UUID]) -> tuple[ProjectReport, ...]:
    """These projects, by name."""
    medians = {row.project_id: row.median_s for row in data.medians if row.of_project}
    _, project_ids = factorize_objects(row.project_id for row in data.rows)
    reports = [
        _project(data, reading, read, project_id, medians.get(project_id))
        for read, project_id in zip(reading.projects, project_ids, strict=True)
        if project_id in shown
    ]
    return tuple(sorted(reports, key=lambda report: (report.name, report.project_id)))


def _column(values: Iterable[float]) -> FloatArray:
    return np.array(list(values), dtype=np.float64)


def _agent(
    data: HoldData, reading: HoldReading, place: int, medians: Mapping[tuple[UUID | None, UUID], float]
) -> AgentHold:
    row = data.rows[place]
    assert row.agent_id is not None
    limit = float(reading.limits[place])
    compared = not np.isnan(limit)
    few_calls = row.known < MIN_CALLS
    reason = NotComparedReason.TOO_FEW_CALLS if few_calls else NotComparedReason.TOO_FEW_AGENTS
    return AgentHold(
        person=data.names[row.agent_id],
        project_id=row.project_id,
        project=data.names[row.project_id].name,
        figures=_figures([row], medians.get((row.agent_id, row.project_id))),
        compared_s=float(reading.means[place]) if compared else None,
        limit_s=limit if compared else None,
        above_limit=bool(reading.above[place]),
        reason=None if compared else reason,
    )


def _project(
    data: HoldData, reading: HoldReading, read: ProjectHold, project_id: UUID, median: float | None
) -> ProjectReport:
    places = [place for place, row in enumerate(data.rows) if row.project_id == project_id]
    names = _names_above(data, reading, places)
    reasons = tuple(ReasonText(reason.value, *explain(reason, names)) for reason in read.reasons)
    action = recommend(read.verdict, read.reasons, names)
    return ProjectReport(
        project_id=project_id,
        name=data.names[project_id].name,
        figures=_figures([data.rows[place] for place in places], median),
        agents_compared=read.agents_compared,
        agents_above=read.agents_above,
        usual_s=read.usual,
        sd_between_agents_s=read.sd_between,
        over_minute_of_held=read.over_minute_of_held,
        verdict=read.verdict,
        reasons=reasons,
        action_en=action.en,
        action_ru=action.ru,
    )


def _names_above(data: HoldData, reading: HoldReading, places: Sequence[int]) -> list[str]:
    """The agents above their limit, highest mean first."""
    above = sorted((place for place in places if reading.above[place]), key=lambda place: -reading.means[place])
    agent_ids = (data.rows[place].agent_id for place in above)
    return [data.names[agent_id].name for agent_id in agent_ids if agent_id is not None]


def _figures(rows: Sequence[HoldRow], median: float | None) -> HoldFigures:
    return HoldFigures(
        calls=sum(row.calls for row in rows),
        known=sum(row.known for row in rows),
        held=sum(row.held for row in rows),
        over_minute=sum(row.over_minute for row in rows),
        one_over_minute=sum(row.one_over_minute for row in rows),
        counted=sum(row.counted for row in rows),
        third_hold=sum(row.third_hold for row in rows),
        hold_s=sum(row.hold_s for row in rows),
        median_s=median,
    )
