"""What to do about the errors at an item, as sentences in English and Russian."""

from collections.abc import Sequence

from app.analysis.name_lists import names_en, names_ru
from app.calibration.results.sentences import Language
from app.statistics.attribution import Verdict

_TEXTS = {
    "nothing": ("Nothing to do: no error was found.", "Ничего не нужно: ошибок не найдено."),
    "find_out": (
        "Find out and change what in the process leads to these errors; have verifiers give reasons for them.",
        "Выясните и измените то, что в процессе ведёт к этим ошибкам; пусть верификаторы указывают их причины.",
    ),
    "change": (
        "Change the process behind the main reason: {reason}.",
        "Измените процесс, из-за которого возникает главная причина: {reason}.",
    ),
    "coach": ("Give feedback and coaching to {names}.", "Дайте обратную связь и проведите коучинг: {names}."),
    "train": (
        "Train the whole group on this item: the errors are the agents' and no agent stands out.",
        "Обучите этому пункту всю группу: ошибки операторов, и никто из них не выделяется.",
    ),
    "main_reason": ("The main reason is: {reason}.", "Главная причина: {reason}."),
    "check": (
        "Check more of these errors before acting: it is not clear yet whose they are.",
        "Сначала проверьте больше таких ошибок: пока неясно, чьи они.",
    ),
    "meanwhile": ("Meanwhile, talk to {names}.", "А пока поговорите: {names}."),
}


def recommend(
    verdict: Verdict | None, standouts: Sequence[str], reason: str | None, language: Language = Language.ENGLISH
) -> str:
    """The action that follows from the source of the errors, the agents who stand out, and the main reason given.

    standouts: the names of the agents, highest error rate first.
    """
    match verdict:
        case None:
            return _text("nothing", language)
        case Verdict.PROCESS:
            return _text("find_out", language) if reason is None else _text("change", language, reason=reason)
        case Verdict.AGENT:
            return _coach(standouts, language) if standouts else _train(reason, language)
        case Verdict.MIXED:
            return _check_more(standouts, language)


def _coach(standouts: Sequence[str], language: Language) -> str:
    return _text("coach", language, names=_named(standouts, language))


def _train(reason: str | None, language: Language) -> str:
    training = _text("train", language)
    return training if reason is None else f"{training} {_text('main_reason', language, reason=reason)}"


def _check_more(standouts: Sequence[str], language: Language) -> str:
    check = _text("check", language)
    if not standouts:
        return check
    return f"{check} {_text('meanwhile', language, names=_named(standouts, language))}"


def _text(key: str, language: Language, **values: str) -> str:
    # The values are put in last: a brace in a reason or a name means nothing.
    english, russian = _TEXTS[key]
    return (russian if language is Language.RUSSIAN else english).format(**values)


def _named(names: Sequence[str], language: Language) -> str:
    return names_ru(names) if language is Language.RUSSIAN else names_en(names)
