"""The sentences of the monthly report, from its figures."""

from dataclasses import dataclass

from app.analysis.monthly.figure_sentences import process_sentences, quality_sentences
from app.analysis.monthly.list_sentences import ItemErrors, agent_sentences, coverage_sentences, item_sentences
from app.analysis.monthly.types import MonthlyReport
from app.analysis.pictures import short

# So many letters of a title stand in a sentence.
_TITLE = 120


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
    items = [ItemErrors(short(item.title, _TITLE, 1), item.all_errors, item.verdict) for item in report.sources.by_item]
    return Told(
        quality=quality_sentences(report.quality_compared, report.week_levels, language),
        process=process_sentences(report.process_compared, language, provisional=report.provisional),
        items=item_sentences(items, language),
        agents=agent_sentences([str(line.agent_id) for line in report.agents], language),
        coverage=coverage_sentences(report.coverage_counts, language),
    )
