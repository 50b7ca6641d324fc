"""What the entries of today say, as sentences in English and Russian."""

from collections.abc import Sequence
from datetime import date

from app.analysis.name_lists import names_en, names_ru
from app.analysis.sentences import Sentences

NOT_EVALUATED = {
    "no_plan": Sentences("No sampling plan of the agent's projects is active.", "Нет действующего плана выборки."),
    "window_not_drawn": Sentences("No window is drawn yet.", "Ни одно окно ещё не отобрано."),
    "no_calls": Sentences("No calls in the drawn windows.", "Нет звонков в отобранных окнах."),
    "no_eligible_calls": Sentences(
        "All calls are too short or have no recording.", "Все звонки слишком короткие или без записи."
    ),
    "calls_came_late": Sentences("All calls came after the draw.", "Все звонки поступили после отбора."),
    "not_selected": Sentences("No call was drawn, by chance.", "Ни один звонок не отобран, это случайность."),
    "selected_not_evaluated": Sentences(
        "The drawn calls are open or were skipped.", "Отобранные звонки ждут оценки или пропущены."
    ),
}
SESSION = {
    "arranging": Sentences("Not opened yet.", "Ещё не открыта."),
    "open": Sentences("Open for scores.", "Открыта для оценок."),
    "revealed": Sentences(
        "The results are revealed; the session is not closed.", "Результаты открыты, калибровка не закрыта."
    ),
    "over": Sentences("Its time is over; the results are not revealed.", "Её время прошло, результаты ещё не открыты."),
}
TO_DECIDE = Sentences(
    "Both scorings are submitted; a third person decides.", "Обе оценки поданы; решает третий человек."
)


def plan_text(*, evaluated: int, selected: int, still_open: int, overdue: int, skipped: int, windows: int) -> Sentences:
    """Why a plan falls short. windows: those that are over and not drawn."""
    return Sentences(
        f"Evaluated: {evaluated} of {selected} drawn calls; open: {still_open}, overdue: {overdue}, "
        f"skipped: {skipped}. Windows not drawn: {windows}.",
        f"Оценено звонков: {evaluated} из {selected} отобранных; открыто: {still_open}, просрочено: {overdue}, "
        f"пропущено: {skipped}. Окон не отобрано: {windows}.",
    )


def refused_text(window: str, reason: str) -> Sentences:
    return Sentences(f"Window of {window}: {reason}", f"Окно {window}: {reason}")


def email_text(recipient: str, reason: str) -> Sentences:
    return Sentences(f"To {recipient}: {reason}", f"Кому: {recipient}. {reason}")


def message_text(message: str) -> Sentences:
    """A message that exists in one language only."""
    return Sentences(message, message)


def backlog_text(still_open: int, overdue: int, oldest: date) -> Sentences:
    return Sentences(
        f"Open: {still_open}, overdue: {overdue}; the first is due on {oldest}.",
        f"Открыто: {still_open}, просрочено: {overdue}; ближайший срок: {oldest}.",
    )


def fault_checks_text(still_open: int, oldest: date) -> Sentences:
    return Sentences(
        f"To check: {still_open}; the oldest is of {oldest}.", f"Проверить: {still_open}; самая старая от {oldest}."
    )


def outside_limits_text(items: Sequence[str]) -> Sentences:
    return Sentences(f"Above the limit at: {names_en(items)}.", f"Выше предела по критериям: {names_ru(items)}.")


def process_fault_text(calls: int, weight: float, reason: str | None) -> Sentences:
    main_en, main_ru = ("", "") if reason is None else (f" Main reason: {reason}.", f" Главная причина: {reason}.")
    return Sentences(
        f"Calls with an error of the process here, estimated: {calls}; weight of the item: {weight:g} %.{main_en}",
        f"Звонков с ошибкой процесса по оценке: {calls}; вес критерия: {weight:g} %.{main_ru}",
    )
