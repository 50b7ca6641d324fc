"""The tables of the printed monthly report, as texts that fit into their cells."""

from textwrap import wrap
from typing import Any

from app.analysis.monthly.types import MOST_AGENTS, MonthlyReport
from app.analysis.pictures import short
from app.analysis.wording import number_text, percent_text, say
from app.calibration import Language
from app.statistics.attribution import Verdict

DASH, _BREAK = "–", "\u200b"
# So many letters of a name or a text fit into the lines that a cell of a table may have.
_NAME, _TITLE, _ACTION = 40, 70, 150
# A longer word, such as an address, is broken after so many letters.
_WORD = 20
_VERDICTS = {
    Verdict.PROCESS: ("process", "процесс"),
    Verdict.AGENT: ("agent", "оператор"),
    Verdict.MIXED: ("not clear", "неясно"),
}


def table_of_items(report: MonthlyReport) -> dict[str, Any]:
    language = report.language
    header = [
        say(language, "Item", "Пункт"),
        say(language, "Errors in all calls", "Ошибок во всех звонках"),
        say(language, "By the process", "Из них процесса"),
        say(language, "Whose", "Чьи"),
        say(language, "What to do", "Что делать"),
    ]
    rows = [
        [
            _cell(item.title, _TITLE),
            number_text(item.all_errors, 0, language),
            DASH if item.p_process is None else percent_text(item.p_process, language),
            DASH if item.verdict is None else _VERDICTS[item.verdict][language is Language.RUSSIAN],
            _cell(line.action, _ACTION),
        ]
        for line in report.items
        for item in (line.report,)
    ]
    return {"header": header, "rows": rows, "widths": [24, 11, 11, 10, 44], "numbers": [1, 2]}


def table_of_agents(report: MonthlyReport) -> dict[str, Any]:
    language = report.language
    header = [
        say(language, "Agent", "Оператор"),
        say(language, "Item", "Пункт"),
        say(language, "Errors", "Ошибок"),
        say(language, "Error rate", "Доля ошибок"),
    ]
    rows = [
        [
            _cell(line.name, _NAME),
            _cell(line.title, _TITLE),
            number_text(line.errors, 0, language),
            percent_text(line.error_rate, language),
        ]
        for line in report.agents[:MOST_AGENTS]
    ]
    return {"header": header, "rows": rows, "widths": [32, 44, 11, 13], "numbers": [2, 3]}


def _cell(text: str, letters: int) -> str:
    """The text as it fits into a cell, whose width no word can exceed."""
    words = short(text, letters, 1).split(" ")
    return " ".join(_BREAK.join(wrap(word, _WORD)) for word in words)
