"""What the items, the agents and the sample of a month say, in two sentences each; in English and Russian."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.analysis.wording import counted, number_text, percent_text, plural_ru, say
from app.calibration.results.sentences import Language
from app.statistics.attribution import Verdict

# The share of the errors that the "vital few" items make up (Juran).
MOST_ERRORS = 0.8


@dataclass(frozen=True, slots=True)
class ItemErrors:
    """An item, and the number of its errors in all calls as estimated."""

    title: str
    errors: float
    verdict: Verdict | None


def item_sentences(items: Sequence[ItemErrors], language: Language) -> list[str]:
    """How few items make up most errors; and which has the most, and whose its errors are."""
    ranked = sorted((item for item in items if item.errors > 0), key=lambda item: -item.errors)
    if not ranked:
        return [
            say(language, "No item has an error.", "Ошибок нет ни по одному пункту."),
            say(language, "So there is nothing to do about the items.", "Значит, по пунктам делать нечего."),
        ]
    whole, reached, few = sum(item.errors for item in ranked), 0.0, 0
    # Sums of floats: the last item must not be needed for a missing billionth.
    while few < len(ranked) and reached < MOST_ERRORS * whole * (1 - 1e-9):
        reached += ranked[few].errors
        few += 1
    together, largest = percent_text(reached / whole, language), percent_text(ranked[0].errors / whole, language)
    if len(ranked) == 1:
        return _only_item(ranked[0], language)
    return [_vital_few(few, len(ranked), together, language), _first_item(ranked[0], largest, language)]


def _vital_few(few: int, count: int, together: str, language: Language) -> str:
    of_items = counted(count, language, ("item", "items"), ("пункта", "пунктов", "пунктов"))
    return say(
        language,
        f"{few} of {of_items} with errors {'makes' if few == 1 else 'make'} up {together} of them.",
        f"На {few} из {of_items} с ошибками приходится {together} ошибок.",
    )


def _first_item(item: ItemErrors, share: str, language: Language) -> str:
    told = _whose(item.verdict, language)
    return say(
        language,
        f"“{item.title}” has the most, {share} of all errors; {told}.",
        f"Больше всего – по пункту «{item.title}», {share} всех ошибок; {told}.",
    )


def _only_item(item: ItemErrors, language: Language) -> list[str]:
    told = _whose(item.verdict, language)
    return [
        say(language, f"All errors are at “{item.title}”.", f"Все ошибки – по пункту «{item.title}»."),
        f"{told[:1].upper()}{told[1:]}.",
    ]


def _whose(verdict: Verdict | None, language: Language) -> str:
    whose = {
        Verdict.PROCESS: say(language, "they come from the process", "их причина – процесс"),
        Verdict.AGENT: say(language, "they are the agents'", "это ошибки операторов"),
    }
    unclear = say(language, "it is not clear yet whose they are", "пока неясно, чьи они")
    return unclear if verdict is None else whose.get(verdict, unclear)


def agent_sentences(names: Sequence[str], language: Language) -> list[str]:
    """How many agents are outside their limits, and what follows for the others.

    names: who is outside the limits of an item, once for each item; ids do as well.
    """
    count = len(set(names))
    if not count:
        return [
            say(
                language,
                "No agent is outside the limits of an item.",
                "Ни один оператор не вышел за границы ни по одному пункту.",
            ),
            say(
                language,
                "No agent differs visibly from the others.",
                "Ни один оператор не отличается видимо от остальных.",
            ),
        ]
    agents = counted(count, language, ("agent", "agents"), ("оператор", "оператора", "операторов"))
    return [
        say(
            language,
            f"{agents} {'is' if count == 1 else 'are'} outside the limits: with more errors at an item than by chance.",
            f"За границами {agents}: ошибок по пункту больше, чем бывает случайно.",
        ),
        say(
            language,
            "Feedback and coaching are for them; the others need changes of the process and common training.",
            "Им нужны обратная связь и коучинг, остальным – изменения процесса и общее обучение.",
        ),
    ]


@dataclass(frozen=True, slots=True)
class CoverageCounts:
    """calls: those that could be drawn. agents_heard: the agents with an evaluated drawn call."""

    calls: int
    selected: int
    evaluated: int
    agents: int
    agents_heard: int


def coverage_sentences(counts: CoverageCounts, language: Language) -> list[str]:
    """How many calls were drawn and evaluated, and how many agents have an evaluated call."""
    return [_drawn(counts, language), _agents_heard(counts, language)]


def _drawn(counts: CoverageCounts, language: Language) -> str:
    if not counts.calls:
        return say(
            language,
            "No window of this month is drawn yet.",
            "Ни за один интервал этого месяца выборка ещё не сделана.",
        )
    calls = counted(counts.calls, language, ("call", "calls"), ("звонка", "звонков", "звонков"))
    if not counts.selected:
        return say(language, f"None of {calls} was drawn.", f"Ни один из {calls} не отобран.")
    selected, evaluated = number_text(counts.selected, 0, language), number_text(counts.evaluated, 0, language)
    rate = percent_text(counts.selected / counts.calls, language, 1)
    response = percent_text(counts.evaluated / counts.selected, language)
    was_were, is_are = ("was" if counts.selected == 1 else "were"), ("is" if counts.evaluated == 1 else "are")
    drawn = plural_ru(counts.selected, "отобран", "отобрано", "отобрано")
    scored = plural_ru(counts.evaluated, "оценён", "оценено", "оценено")
    return say(
        language,
        f"Of {calls}, {selected} {was_were} drawn ({rate}), and {evaluated} of them {is_are} evaluated ({response}).",
        f"Из {calls} {drawn} {selected} ({rate}), из них {scored} {evaluated} ({response}).",
    )


def _agents_heard(counts: CoverageCounts, language: Language) -> str:
    if not counts.agents:
        return say(language, "There are no agents.", "Операторов нет.")
    missing = counts.agents - counts.agents_heard
    number = number_text(counts.agents, 0, language)
    if not missing:
        return say(
            language,
            "The only agent has an evaluated call."
            if counts.agents == 1
            else f"All {number} agents have evaluated calls.",
            f"Оценённые звонки есть у всех операторов ({number}).",
        )
    heard, without = number_text(counts.agents_heard, 0, language), number_text(missing, 0, language)
    if not counts.agents_heard:
        return say(
            language,
            f"No agent ({number} in all) has an evaluated call.",
            f"Оценённых звонков нет ни у одного оператора (всего {number}).",
        )
    of_agents = counted(counts.agents, language, ("agent", "agents"), ("оператора", "операторов", "операторов"))
    return say(
        language,
        f"{heard} of {of_agents} {'has an evaluated call' if counts.agents_heard == 1 else 'have evaluated calls'}; "
        f"{without} {'has' if missing == 1 else 'have'} none.",
        f"Оценённые звонки есть у {heard} из {of_agents}; у {without} их нет.",
    )
