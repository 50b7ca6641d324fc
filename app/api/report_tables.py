"""Reports as tables of one row a line, for files."""

from collections.abc import Iterator
from typing import Final

from fastapi.responses import Response

from app.api.schemas.reports import (
    AgentCoverageOut,
    CoverageOut,
    ErrorItemOut,
    ErrorSourcesOut,
    QualityFigureOut,
    QualityOut,
)
from app.api.tables import Cell, csv_response

_QUALITY: Final = (
    *("key", "name", "value", "low", "high"),
    *("n", "population", "design_effect", "naive_mean", "selected", "response_rate"),
)
_ITEMS: Final = (
    *("scorecard_id", "item", "title", "section", "answers", "population", "errors"),
    *("error_rate", "error_rate_low", "error_rate_high"),
    *("p_process", "p_process_low", "p_process_high", "verdict"),
    *("spread", "standout_agents", "reasons", "action"),
)
_AGENTS: Final = (
    *("agent_id", "external_id", "name", "team", "calls", "expected", "selected", "realised_rate"),
    *("evaluated", "skipped", "open", "overdue", "response_rate", "last_heard_at", "reason", "explanation"),
)


def quality_csv(report: QualityOut) -> Response:
    """A row for each group, and one without a key for all of them."""
    return csv_response("quality", _QUALITY, _quality_rows(report))


def error_items_csv(report: ErrorSourcesOut) -> Response:
    """A row for each item."""
    return csv_response("error-sources", _ITEMS, map(_item_row, report.by_item))


def coverage_csv(report: CoverageOut) -> Response:
    """A row for each agent."""
    return csv_response("sampling-coverage", _AGENTS, map(_agent_row, report.agents))


def _quality_rows(report: QualityOut) -> Iterator[tuple[Cell, ...]]:
    for item in report.items:
        yield item.key, item.name, *_figure_cells(item)
    if report.total is not None:
        yield None, "total", *_figure_cells(report.total)


def _figure_cells(figure: QualityFigureOut) -> tuple[Cell, ...]:
    estimate = figure.estimate
    return (
        *((None, None, None) if estimate is None else (estimate.value, estimate.low, estimate.high)),
        figure.n,
        figure.population,
        figure.design_effect,
        figure.naive_mean,
        figure.selected,
        figure.response_rate,
    )


def _item_row(item: ErrorItemOut) -> tuple[Cell, ...]:
    rate, share = item.error_rate, item.process_share
    return (
        str(item.scorecard_id),
        item.item,
        item.title,
        item.section,
        item.answers,
        item.population,
        item.errors,
        *(rate.value, rate.low, rate.high),
        *((None, None, None) if share is None else (share.value, share.low, share.high)),
        item.verdict,
        item.spread,
        "; ".join(f"{agent.name} ({agent.errors})" for agent in item.standout_agents),
        "; ".join(f"{reason.label} ({reason.count})" for reason in item.reasons),
        item.action,
    )


def _agent_row(agent: AgentCoverageOut) -> tuple[Cell, ...]:
    return (
        *(str(agent.agent_id), agent.external_id, agent.name, agent.team),
        *(agent.calls, agent.expected, agent.selected, agent.realised_rate),
        *(agent.evaluated, agent.skipped, agent.open, agent.overdue, agent.response_rate),
        None if agent.last_heard_at is None else agent.last_heard_at.isoformat(),
        agent.reason,
        agent.explanation,
    )
