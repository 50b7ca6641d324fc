"""What the picture of the report on sources of errors shows: the errors of each item by their source."""

from app.analysis.errors.report import ErrorSourcesReport, ItemReport
from app.analysis.files.about import caption
from app.analysis.pictures import Pareto
from app.calibration import Language
from app.statistics import Verdict

_TITLE = ("Items with the most errors, and whose they are", "Пункты с наибольшим числом ошибок и чьи это ошибки")
_VERDICTS_RU = {Verdict.PROCESS: "процесс", Verdict.AGENT: "оператор", Verdict.MIXED: "неясно"}


def verdict_ru(item: ItemReport) -> str | None:
    return None if item.verdict is None else _VERDICTS_RU[item.verdict]


def error_picture(report: ErrorSourcesReport, language: Language) -> Pareto:
    """The errors in all calls, as the sample estimates them."""
    process = [_errors(item) * (item.p_process or 0.0) for item in report.by_item]
    # The verifiers' marks tell the process from all others, and say no more of an item.
    others = [_errors(item) - of_process for item, of_process in zip(report.by_item, process, strict=True)]
    return Pareto(
        title=_TITLE[language is Language.RUSSIAN],
        caption=caption(report.period, language),
        labels=[item.title for item in report.by_item],
        process=process,
        agent=None,
        other=others,
    )


def _errors(item: ItemReport) -> float:
    return item.population * item.error_rate.value
