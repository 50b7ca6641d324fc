"""The words and numbers of pictures, in English and Russian."""

from collections.abc import Callable

from app.analysis.pictures.types import Quantity
from app.calibration.results.sentences import Language

_WORDS = {
    "agent": ("Agents' errors", "Ошибки операторов"),
    "calls_behind": ("in brackets: evaluated calls", "в скобках: оценено звонков"),
    "centre": ("Centre", "Среднее"),
    "changed": ("Change", "Изменение"),
    "cumulative": ("Cumulative share", "Накопленная доля"),
    "errors": ("Errors in all calls (estimate)", "Ошибок во всех звонках (оценка)"),
    "ewma": ("Moving average (EWMA)", "Скользящее среднее (EWMA)"),
    "figure": ("Estimate", "Оценка"),
    "inside": ("Agents within the limits", "Операторы в пределах"),
    "interval": ("95 % interval", "95 %-интервал"),
    "limit": ("Control limits", "Контрольные границы"),
    "limit_95": ("95 % limits", "Границы 95 %"),
    "limit_998": ("99.8 % limits", "Границы 99,8 %"),
    "no_data": ("No data for this period and these filters", "За этот период с этими фильтрами данных нет"),
    "other": ("Customer's or unclear", "Ошибки клиента или неясно чьи"),
    "others": ("{count} more with fewer errors", "ещё {count} – с меньшим числом ошибок"),
    "outside": ("Agents outside the 99.8 % limits", "Операторы за границами 99,8 %"),
    "point": ("Observed", "Наблюдение"),
    "process": ("Errors of the process", "Ошибки процесса"),
    "rest": ("Agents', customers' or unclear", "Ошибки операторов, клиентов или неясно чьи"),
    "signal": ("Signal", "Сигнал"),
    "size": ("Effective number of evaluated calls", "Эффективное число оценённых звонков"),
    "some_shown": (
        "{shown} of {count} groups: those with the lowest and the highest estimates",
        "Показано групп: {shown} из {count}, с самыми низкими и самыми высокими оценками",
    ),
    "some_named": ("{shown} of {count} outside the limits are named", "подписано за границами: {shown} из {count}"),
    "total": ("All groups", "Все группы"),
}
_QUANTITIES = {
    Quantity.POINTS: ("Mean score, points", "Средняя оценка, баллы"),
    Quantity.SHARE: ("Share, %", "Доля, %"),
    Quantity.PER_CALL: ("Errors per call", "Ошибок на звонок"),
}


def word(key: str, language: Language, **values: object) -> str:
    english, russian = _WORDS[key]
    return (russian if language is Language.RUSSIAN else english).format(**values)


def axis_name(quantity: Quantity, language: Language) -> str:
    english, russian = _QUANTITIES[quantity]
    return russian if language is Language.RUSSIAN else english


def axis_number(quantity: Quantity, language: Language) -> Callable[..., str]:
    """Writes a number of an axis: shares in percent, and decimals as the language has them."""
    scale = 100 if quantity is Quantity.SHARE else 1

    def write(value: float, _place: int | None = None) -> str:
        text = f"{value * scale:.4g}"
        return text.replace(".", ",") if language is Language.RUSSIAN else text

    return write
