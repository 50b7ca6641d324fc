"""What the mean score and the process share of a month say, in two sentences each; in English and Russian."""

from collections.abc import Sequence

from app.analysis.monthly.comparing import Change, Compared, Since, WeekLevel, change, level_since
from app.analysis.wording import in_month_text, number_text, percent_text, say
from app.calibration.results.sentences import Language
from app.statistics import Estimate

HALF = 0.5


def quality_sentences(compared: Compared, weeks: Sequence[WeekLevel], language: Language) -> list[str]:
    """What the mean score is; whether it changed, and since when it is so. weeks: in order."""
    now, month = compared.now, in_month_text(compared.month, language)
    if now is None:
        return [
            say(
                language,
                f"There is no mean score {month}: no drawn call has one yet.",
                f"Средней оценки {month} нет: ни один отобранный звонок ещё не оценён.",
            ),
            _nothing(language),
        ]
    value = _points(now.value, language)
    first = say(
        language,
        f"The mean score of all calls {month} is {value}{_interval_of_points(now, language)}.",
        f"Средняя оценка всех звонков {month} – {value}{_interval_of_points(now, language)}.",
    )
    return [first, f"{_quality_change(compared, now, language)}{_since(level_since(weeks, now), language)}."]


def _interval_of_points(estimate: Estimate, language: Language) -> str:
    if estimate.low is None or estimate.high is None:
        return say(language, "; one evaluation gives no interval", "; по одной оценке интервала нет")
    low, high = number_text(estimate.low, 1, language), number_text(estimate.high, 1, language)
    return say(language, f" (95\u00a0% interval {low} to {high})", f" (95\u00a0%-интервал от {low} до {high})")


def _quality_change(compared: Compared, now: Estimate, language: Language) -> str:
    how = change(now, compared.before)
    if how not in {Change.MORE, Change.LESS} or compared.before is None:
        old = None if compared.before is None else _points(compared.before.value, language)
        return _not_visible(how, compared, old, language)
    month, old = in_month_text(compared.month_before, language), _points(compared.before.value, language)
    difference = _points(abs(now.value - compared.before.value), language)
    more = how is Change.MORE
    return say(
        language,
        f"That is {difference} {'higher' if more else 'lower'} than {month} ({old}), and the intervals do not overlap",
        f"Это на {difference} {'выше' if more else 'ниже'}, чем {month} ({old}), и интервалы не пересекаются",
    )


def _since(since: Since | None, language: Language) -> str:
    if since is None:
        return ""
    if since.at_least:
        return say(
            language,
            f"; it has been at this level since week {since.week} at least",
            f"; на этом уровне она по крайней мере с недели {since.week}",
        )
    return say(
        language,
        f"; it has been at this level since week {since.week}",
        f"; на этом уровне она с недели {since.week}",
    )


def process_sentences(compared: Compared, language: Language, *, provisional: bool) -> list[str]:
    """What share of the errors the process causes and whose most are; and whether the share changed.

    provisional: whether the share rests on the verifiers' marks, because too few errors were checked.
    """
    now, month = compared.now, in_month_text(compared.month, language)
    if now is None:
        none = say(language, f"No error was found {month}.", f"Ошибок {month} не найдено.")
        return [none, _nothing(language)]
    value, interval = percent_text(now.value, language), _interval_of_shares(now, language)
    marks = say(language, ", as the verifiers marked them", ", по отметкам верификаторов") if provisional else ""
    first = say(
        language,
        f"The process caused {value} of all errors {month}{interval}{marks}: {_whose(now, language)}.",
        f"Процесс вызвал {value} всех ошибок {month}{interval}{marks}: {_whose(now, language)}.",
    )
    return [first, f"{_share_change(compared, now, language)}."]


def _interval_of_shares(share: Estimate, language: Language) -> str:
    if share.low is None or share.high is None:
        return ""
    low, high = percent_text(share.low, language), percent_text(share.high, language)
    return say(language, f" (95\u00a0% interval {low} to {high})", f" (95\u00a0%-интервал от {low} до {high})")


def _whose(share: Estimate, language: Language) -> str:
    """Whose errors most are, if the interval says so."""
    if share.low is not None and share.low > HALF:
        return say(language, "most of them are the process's", "большинство – ошибки процесса")
    if share.high is not None and share.high < HALF:
        return say(language, "most of them are not the process's", "большинство – не ошибки процесса")
    return say(language, "it is not clear yet whose most of them are", "пока неясно, чьих ошибок большинство")


def _share_change(compared: Compared, now: Estimate, language: Language) -> str:
    how = change(now, compared.before)
    old = None if compared.before is None else percent_text(compared.before.value, language)
    if how not in {Change.MORE, Change.LESS}:
        return _not_visible(how, compared, old, language)
    month = in_month_text(compared.month_before, language)
    more = how is Change.MORE
    return say(
        language,
        f"The share is {'larger' if more else 'smaller'} than {month} ({old}), and the intervals do not overlap",
        f"Эта доля {'больше' if more else 'меньше'}, чем {month} ({old}), и интервалы не пересекаются",
    )


def _not_visible(how: Change, compared: Compared, old: str | None, language: Language) -> str:
    """Why no change is told of. old: the figure of the month before, as text."""
    month = in_month_text(compared.month_before, language)
    match how:
        case Change.NO_FIGURE_BEFORE:
            return say(
                language,
                f"There is no such figure {month}, so nothing to compare with",
                f"Сравнить не с чем: {month} такого показателя нет",
            )
        case Change.NO_INTERVAL:
            return say(
                language,
                f"Whether it differs from the figure {month} ({old}) cannot be said: one of the two has no interval",
                f"Отличается ли она от показателя {month} ({old}), сказать нельзя: у одного из двух нет интервала",
            )
        case _:
            return say(
                language,
                f"There is no visible difference from the figure {month} ({old}): the intervals overlap",
                f"Видимой разницы с показателем {month} ({old}) нет: интервалы пересекаются",
            )


def _points(value: float, language: Language) -> str:
    """With a decimal, the Russian noun is in the genitive singular: 82,5 балла, 80,0 балла."""
    return f"{number_text(value, 1, language)}\u00a0{say(language, 'points', 'балла')}"


def _nothing(language: Language) -> str:
    return say(language, "So there is nothing to compare.", "Сравнивать нечего.")
