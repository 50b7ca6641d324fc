"""The words of result tables and pictures, in English and Russian."""

from app.calibration.results.sentences import Language
from app.calibration.results.types import Scorer

_WORDS = {
    "agreement": ("Agreement", "Согласие"),
    "answers": ("Answers", "Ответы"),
    "deviations": ("Deviations", "Отклонения"),
    "scope": ("Of", "О чём"),
    "all_items": ("All items", "Все пункты"),
    "section": ("Section", "Блок"),
    "item": ("Item", "Пункт"),
    "coefficient": ("Coefficient", "Коэффициент"),
    "level": ("Level", "Шкала"),
    "value": ("Value", "Значение"),
    "low": ("95 % from", "95 % от"),
    "high": ("95 % to", "95 % до"),
    "bootstrap": ("Bootstrap", "Бутстреп"),
    "bootstrap_low": ("Bootstrap from", "Бутстреп от"),
    "bootstrap_high": ("Bootstrap to", "Бутстреп до"),
    "stderror": ("Standard error", "Ст. ошибка"),
    "n_units": ("Units", "Единиц"),
    "n_raters": ("Raters", "Участников"),
    "note": ("Note", "Примечание"),
    "call": ("Call", "Звонок"),
    "participant": ("Participant", "Участник"),
    "fault": ("Fault", "Чья ошибка"),
    "reason": ("Reason", "Причина"),
    "comment": ("Comment", "Комментарий"),
    "score": ("Score", "Оценка"),
    "scores": ("Scores", "Оценки"),
    "reference": ("Reference", "Эталон"),
    "faults": ("Whose fault errors were", "Чья ошибка"),
    "consensus": ("Consensus", "Решение группы"),
    "points": ("Points from the reference, or from the others", "Баллов от эталона или от остальных"),
    "calls": ("Calls", "Звонков"),
    "alignment": ("Alignment", "Совпадение с эталоном"),
    "everyones_answers": (
        "Everyone's answers, the items that split the group first",
        "Ответы всех; сначала пункты, разделившие группу",
    ),
    "split_by_call": ("How far the group is split, by call", "Насколько разошлись оценки, по звонкам"),
    "credit": ("Credit of the answer", "Доля балла за ответ"),
    "disagreement": ("Share of pairs that differ", "Доля несовпавших пар"),
}
# Answers that every scorecard knows; others are shown by their keys.
_ANSWERS = {"good": ("good", "хор."), "bad": ("bad", "плохо"), "na": ("n/a", "н/п")}


def word(key: str, language: Language) -> str:
    english, russian = _WORDS[key]
    return english if language is Language.ENGLISH else russian


def answer_word(value: str, language: Language) -> str:
    english, russian = _ANSWERS.get(value, (value, value))
    return english if language is Language.ENGLISH else russian


def short_name(scorer: Scorer) -> str:
    """A name that fits above a narrow column."""
    name = printable(scorer.name)
    return name if len(name) <= 18 else f"{name[:17]}…"


def printable(text: str) -> str:
    """The text without control characters: a picture cannot show them, and some are forbidden in SVG."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
