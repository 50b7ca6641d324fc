"""The two pages of the printed monthly report: what stands on them, as texts and pictures."""

from collections.abc import Callable, Sequence
from typing import Any

from app.analysis.files.about import caption
from app.analysis.monthly.columns import METHOD
from app.analysis.monthly.pictures import errors_by_item, process_share_by_week, quality_by_week
from app.analysis.monthly.tables import DASH, table_of_agents, table_of_items
from app.analysis.monthly.telling import told
from app.analysis.monthly.types import MOST_AGENTS, MonthlyReport
from app.analysis.pictures import Pareto, Picture, draw, is_empty
from app.analysis.wording import day_text, month_text, number_text, percent_text, say
from app.platform import clock
from app.platform.columns import RUSSIAN
from app.statistics import Estimate

# In inches; the width is that of the text on the page.
_OVER_TIME, _BARS, _NO_DATA = (7.1, 3.0), (7.1, 2.9), (7.1, 0.8)
_METHOD_RU = (
    "Показатели отчётов о качестве, об источниках ошибок и об охвате выборки – за звонки месяца в часовом поясе "
    "проекта. Они относятся ко всем звонкам разыгранных интервалов и оценены по отобранным и оценённым звонкам: вес "
    "звонка обратен вероятности его отбора. Охват посчитан по всем интервалам, которые пересекаются с месяцем. Два "
    "показателя различаются видимо, если их 95 %-интервалы не пересекаются. Показатель держится на своём уровне с "
    "первой из последних идущих подряд недель, интервалы которых пересекаются с интервалом за месяц."
)


def pages(report: MonthlyReport) -> dict[str, Any]:
    """What the template of the report shows. All of it is plain text, but for the pictures, which are SVG."""
    language = report.language
    return {
        "language": language.value,
        "title": f"{_say(report, 'Quality of calls', 'Качество звонков')}: {month_text(report.month, language)}",
        "subtitle": _subtitle(report),
        "cards": _cards(report),
        "first": _first_page(report),
        "second": _second_page(report),
        "method": f"{_say(report, 'Method', 'Метод')}. {_METHOD_RU if language == RUSSIAN else METHOD}",
        "page": _say(report, "page", "страница"),
    }


def _first_page(report: MonthlyReport) -> list[dict[str, Any]]:
    sentences = told(report)
    return [
        _picture(
            report,
            _say(report, "How good are the calls, and since when?", "Как хороши звонки и с каких пор?"),
            sentences.quality,
            quality_by_week(report),
            _say(report, "Mean score by week", "Средняя оценка по неделям"),
        ),
        _picture(
            report,
            _say(report, "Agent or process?", "Оператор или процесс?"),
            sentences.process,
            process_share_by_week(report),
            _say(report, "Share of errors that the process causes", "Доля ошибок, вызванных процессом"),
        ),
        {
            "title": _say(report, "What does this rest on?", "На чём это основано?"),
            "sentences": sentences.coverage,
        },
    ]


def _second_page(report: MonthlyReport) -> list[dict[str, Any]]:
    sentences = told(report)
    items = _picture(
        report,
        _say(report, "Which items, and what to do?", "Какие пункты и что делать?"),
        sentences.items,
        errors_by_item(report),
        _say(report, "Errors by item and source", "Ошибки по пунктам и источникам"),
    )
    return [
        items | {"table": table_of_items(report)},
        {
            "title": _say(report, "Which agents are outside their limits?", "Какие операторы за границами?"),
            "sentences": sentences.agents,
            "table": table_of_agents(report),
            "note": _more_agents(report),
        },
    ]


def _subtitle(report: MonthlyReport) -> str:
    language = report.language
    written = day_text(clock.now().astimezone(report.period.zone).date(), language)
    parts = [caption(report.period, language), f"{_say(report, 'written on', 'составлен')} {written}"]
    if not report.complete:
        parts.append(
            _say(report, "the month is not over: the figures will change", "месяц не окончен: будут изменения")
        )
    return " · ".join(parts)


def _cards(report: MonthlyReport) -> list[dict[str, str]]:
    """The few figures that are read first."""
    language, counts = report.language, report.coverage_counts

    def points(value: float) -> str:
        return number_text(value, 1, language)

    def percent(value: float) -> str:
        return percent_text(value, language)

    return [
        _estimate_card(
            report, _say(report, "Mean score, points", "Средняя оценка, баллы"), report.quality_compared.now, points
        ),
        _estimate_card(
            report,
            _say(report, "Errors caused by the process", "Ошибок вызвано процессом"),
            report.process_compared.now,
            percent,
        ),
        _estimate_card(
            report, _say(report, "Points lost to the process", "Потери на процессе, баллы"), report.process_loss, points
        ),
        {
            "label": _say(report, "Agents outside their limits", "Операторов за границами"),
            "value": number_text(len({line.agent_id for line in report.agents}), 0, language),
            "note": f"{_say(report, 'of', 'из')} {number_text(counts.agents, 0, language)}",
        },
        {
            "label": _say(report, "Evaluated calls", "Оценено звонков"),
            "value": number_text(counts.evaluated, 0, language),
            "note": f"{_say(report, 'of', 'из')} {number_text(counts.calls, 0, language)}",
        },
    ]


def _estimate_card(
    report: MonthlyReport, label: str, estimate: Estimate | None, write: Callable[[float], str]
) -> dict[str, str]:
    if estimate is None:
        return {"label": label, "value": DASH, "note": ""}
    note = _say(report, "no interval", "интервала нет")
    if estimate.low is not None and estimate.high is not None:
        note = f"95\u00a0%: {write(estimate.low)} {DASH} {write(estimate.high)}"
    return {"label": label, "value": write(estimate.value), "note": note}


def _picture(
    report: MonthlyReport, title: str, sentences: Sequence[str], picture: Picture, what: str
) -> dict[str, Any]:
    """A picture with its sentences, which are also what a screen reader reads."""
    size = _NO_DATA if is_empty(picture) else _BARS if isinstance(picture, Pareto) else _OVER_TIME
    svg = draw(picture, report.language, "svg", size).decode()
    return {"title": title, "sentences": sentences, "svg": svg, "alt": f"{what}. {' '.join(sentences)}"}


def _more_agents(report: MonthlyReport) -> str:
    more = len(report.agents) - MOST_AGENTS
    if more <= 0:
        return ""
    return _say(
        report,
        f"{more} more in the report on the sources of errors",
        f"ещё {more} – в отчёте об источниках ошибок",
    )


def _say(report: MonthlyReport, english: str, russian: str) -> str:
    return say(report.language, english, russian)
