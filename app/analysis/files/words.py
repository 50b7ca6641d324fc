"""The words of workbooks, in English and Russian."""

from app.calibration import Language

_WORDS = {
    "about": ("About", "О расчёте"),
    "chart": ("Chart", "График"),
    "chart_data": ("What the chart shows", "Данные графика"),
    "columns": ("Columns", "Столбцы"),
    "filters": ("Filters", "Фильтры"),
    "method": ("Method", "Метод"),
    "no_filters": ("none", "нет"),
    "no_period": ("see the rows", "см. строки"),
    "period": ("Period", "Период"),
    "project": ("project", "проект"),
    "rows": ("Report", "Отчёт"),
    "scorecard": ("scorecard", "лист оценки"),
    "see_about": ("The whole of it is on the last sheet.", "Полностью – на последнем листе."),
    "team": ("team", "команда"),
    "group": ("Group", "Группа"),
    "low": ("95 % interval from", "95 %-интервал от"),
    "high": ("95 % interval to", "95 %-интервал до"),
}


def word(key: str, language: Language) -> str:
    english, russian = _WORDS[key]
    return russian if language is Language.RUSSIAN else english
