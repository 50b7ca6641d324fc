"""What the figures of agreement say, in a sentence beside them; in English and Russian."""

from collections.abc import Iterator
from enum import StrEnum

from app.calibration.agreement.figures import PoolFigures
from app.calibration.agreement.types import Suggestion, SuggestionKind
from app.statistics.agreement import Coefficient, Reason


class Language(StrEnum):
    ENGLISH = "en"
    RUSSIAN = "ru"


_PARADOX = {
    Language.ENGLISH: "The participants agree in {percent} of all comparisons, and kappa, {kappa}, is far below "
    "AC1, {ac1}: {share} of the answers are “{answer}”, and kappa takes much of the agreement on so frequent an answer "
    "for chance. AC1 does not; go by it here.",
    Language.RUSSIAN: "Участники согласны в {percent} сравнений, а каппа ({kappa}) намного ниже AC1 ({ac1}): "
    "{share} ответов – «{answer}», и каппа считает большую часть согласия при таком частом ответе случайной. AC1 так "
    "не делает: здесь ориентируйтесь на него.",
}
_CHANCE = {
    Language.ENGLISH: "These answers do not show whether the participants agree more than by chance: the interval of "
    "AC1 reaches 0.",
    Language.RUSSIAN: "По этим ответам не видно, больше ли согласие случайного: интервал AC1 доходит до 0.",
}
_VERDICTS = {
    Language.ENGLISH: "The items take different answers, so these are compared as error, no error and not applicable.",
    Language.RUSSIAN: "У пунктов разные ответы, поэтому они сравниваются как ошибка, нет ошибки и неприменимо.",
}
_REASONS = {
    Reason.NO_RATINGS: "Никто не ответил.",
    Reason.ONE_RATER: "Ответил только один участник. Для согласия нужны двое.",
    Reason.NO_PAIRS: "Ни одну единицу не оценили двое.",
    Reason.NOT_TWO_RATERS: "Каппа Коэна сравнивает двоих, а ответили больше участников.",
    Reason.NO_VARIATION: "Все ответы одинаковы, поэтому согласие нельзя отличить от случайного.",
    Reason.ONE_UNIT: "Единица или группа единиц только одна. Для интервала нужны две.",
    Reason.NO_SPREAD: "Все единицы согласованы одинаково, поэтому ошибку выборки не оценить.",
    Reason.UNDEFINED_RESAMPLES: "Больше чем в каждой десятой подвыборке коэффициента нет.",
    Reason.NOT_RESAMPLED: "Для этого коэффициента бутстреп не считается; интервал – по стандартной ошибке.",
}
_SUGGESTED = {
    SuggestionKind.ITEM: {
        Language.ENGLISH: "Those who scored the same calls agree on “{subject}” ({scorecard}) with AC1 "
        "{value}{interval} over {calls} calls of the last 90 days; the project wants {threshold} or more.",
        Language.RUSSIAN: "Оценивавшие одни и те же звонки согласны по пункту «{subject}» ({scorecard}) с AC1 "
        "{value}{interval}: звонков за последние 90 дней – {calls}. Порог проекта – {threshold}.",
    },
    SuggestionKind.VERIFIER: {
        Language.ENGLISH: "{subject} agrees with the others who scored the same calls with AC1 {value}{interval} over "
        "{calls} calls of the last 90 days; the project wants {threshold} or more.",
        Language.RUSSIAN: "{subject}: согласие с другими, оценивавшими те же звонки, – AC1 {value}{interval}; звонков "
        "за последние 90 дней – {calls}. Порог проекта – {threshold}.",
    },
}
_INTERVAL = {
    Language.ENGLISH: " (95 % interval {low} to {high})",
    Language.RUSSIAN: " (95 %-интервал от {low} до {high})",
}


def suggestion_text(suggestion: Suggestion, language: Language) -> str:
    """Why a session is suggested."""
    agreement, interval = suggestion.agreement, ""
    if agreement.low is not None:
        bounds = {"low": _coefficient(agreement.low), "high": _coefficient(agreement.high)}
        interval = _INTERVAL[language].format(**bounds)
    return _SUGGESTED[suggestion.kind][language].format(
        subject=suggestion.subject,
        scorecard=suggestion.scorecard_name,
        value=_coefficient(agreement.value),
        interval=interval,
        calls=suggestion.shared.total,
        threshold=f"{suggestion.threshold.value:.2f}",
    )


def sentences(figures: PoolFigures, language: Language) -> list[str]:
    """What a reader should know about the figures of a pool before going by them."""
    return list(_sentences(figures, language))


def reason_text(reason: Reason, language: Language) -> str:
    """Why a coefficient or its interval does not exist."""
    return reason.text if language is Language.ENGLISH else _REASONS[reason]


def _sentences(figures: PoolFigures, language: Language) -> Iterator[str]:
    if figures.paradox:
        yield _PARADOX[language].format(
            percent=_percent(figures.value_of(Coefficient.PERCENT)),
            kappa=_coefficient(figures.value_of(Coefficient.FLEISS_KAPPA)),
            ac1=_coefficient(figures.value_of(Coefficient.GWET_AC)),
            share=_percent(figures.prevalence),
            answer=figures.most_frequent,
        )
    ac1 = next(one.agreement for one in figures.figures if one.agreement.name is Coefficient.GWET_AC)
    # Where all agree the interval is wide because there are few answers, and not because they differ.
    if figures.n_split and ac1.low is not None and ac1.low <= 0:
        yield _CHANCE[language]
    if figures.compares_verdicts:
        yield _VERDICTS[language]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _coefficient(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
