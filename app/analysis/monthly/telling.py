"""The sentences of the monthly report, from its figures."""

from dataclasses import dataclass

from app.analysis.monthly.figure_sentences import process_sentences, quality_sentences
from app.analysis.monthly.list_sentences import ItemErrors, agent_sentences, coverage_sentences, item_sentences
from app.analysis.monthly.types import MonthlyReport


@dataclass(frozen=True, slots=True)
class Told:
    """Two sentences on each subject."""

    quality: list[str]
    process: list[str]
    items: list[str]
    agents: list[str]
    coverage: list[str]


def told(report: MonthlyReport) -> Told:
    """What the figures say, in the language of the report."""
    language = report.language
    return Told(
        quality=quality_sentences(report.quality_compared, report.week_levels, language),
        process=process_sentences(report.process_compared, language, provisional=report.provisional),
        items=item_sentences(
            [ItemErrors(item.title, item.all_errors, item.verdict) for item in report.sources.by_item], language
        ),
        agents=agent_sentences([str(line.agent_id) for line in report.agents], language),
        coverage=coverage_sentences(report.coverage_counts, language),
    )
