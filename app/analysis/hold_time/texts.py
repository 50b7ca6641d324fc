"""What was read from hold times, and what to do about it, as sentences in English and Russian."""

from collections.abc import Sequence

from app.analysis.name_lists import names_en, names_ru
from app.analysis.sentences import Sentences
from app.statistics.hold_time import MIN_AGENTS, MIN_CALLS, HoldReason, HoldVerdict

_TRAIN = Sentences(
    "Find out what these agents look up while customers wait, and train them on it: {names}. Until then they come back "
    "to the customer within a minute, and offer to call back instead of a third hold.",
    "Выясните, что ищут эти сотрудники, пока клиенты ждут, и обучите их: {names}. До тех пор — возвращаться к клиенту "
    "не позже чем через минуту, а вместо третьего удержания предлагать перезвонить.",
)
_REARRANGE = Sentences(
    "Find out what the agents of the project look up while customers wait, and arrange this information so that "
    "everyone finds it at once.",
    "Выясните, что сотрудники проекта ищут, пока клиенты ждут, и разместите эту информацию так, чтобы каждый находил "
    "её сразу.",
)
_NOTHING = Sentences("Nothing to do.", "Ничего делать не нужно.")
_SEND = Sentences(
    "Have the telephone system send the hold time of each call.",
    "Настройте телефонию так, чтобы она передавала время удержания каждого звонка.",
)
_REASONS = {
    HoldReason.AGENTS_ABOVE_LIMIT: Sentences(
        "Keep customers on hold for longer than the others: {names}.",
        "Держат клиентов на удержании дольше остальных: {names}.",
    ),
    HoldReason.PROJECT_ABOVE_OTHERS: Sentences(
        "The usual hold time of the project is above that of the other projects.",
        "Обычное время удержания в проекте выше, чем в других проектах.",
    ),
    HoldReason.OVER_A_MINUTE_IS_USUAL: Sentences(
        "Customers who are put on hold usually wait for more than a minute.",
        "Клиенты, которых ставят на удержание, обычно ждут больше минуты.",
    ),
    HoldReason.NOTHING_UNUSUAL: Sentences(
        "No agent is above the limit, and nothing shows that the whole project keeps customers on hold for long.",
        "Ни один сотрудник не превышает предел, и ничто не говорит о том, что весь проект долго держит клиентов.",
    ),
    HoldReason.TOO_FEW_AGENTS: Sentences(
        f"Agents cannot be compared: {MIN_AGENTS} agents with {MIN_CALLS} calls of known hold time are needed.",
        f"Сотрудников нельзя сравнить: нужны {MIN_AGENTS} сотрудника, у каждого {MIN_CALLS} звонков с известным "
        "временем удержания.",
    ),
    HoldReason.NO_KNOWN_HOLD: Sentences(
        "The hold time of no call is known.", "Время удержания не известно ни для одного звонка."
    ),
}


def explain(reason: HoldReason, names: Sequence[str]) -> Sentences:
    """The reason as a sentence. names: the agents above their limit, highest first."""
    return _with_names(_REASONS[reason], names)


def recommend(verdict: HoldVerdict, reasons: Sequence[HoldReason], names: Sequence[str]) -> Sentences:
    """The action that follows. names: the agents above their limit, highest first; some if they are the verdict."""
    if HoldReason.NO_KNOWN_HOLD in reasons:
        return _SEND
    match verdict:
        case HoldVerdict.NONE:
            return _NOTHING
        case HoldVerdict.AGENT:
            return _with_names(_TRAIN, names)
        case HoldVerdict.PROCESS:
            return _REARRANGE
        case HoldVerdict.MIXED:
            train = _with_names(_TRAIN, names)
            return Sentences(f"{_REARRANGE.en} {train.en}", f"{_REARRANGE.ru} {train.ru}")


def _with_names(sentences: Sentences, names: Sequence[str]) -> Sentences:
    """The names in place of `{names}`: they may hold braces of their own."""
    if not names:
        return sentences
    return Sentences(sentences.en.replace("{names}", names_en(names)), sentences.ru.replace("{names}", names_ru(names)))
