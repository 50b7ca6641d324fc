"""What to do about the errors at an item, as sentences."""

from collections.abc import Sequence

from app.analysis.name_lists import names_en
from app.statistics.attribution import Verdict


def recommend(verdict: Verdict | None, standouts: Sequence[str], reason: str | None) -> str:
    """The action that follows from the source of the errors, the agents who stand out, and the main reason given.

    standouts: the names of the agents, highest error rate first.
    """
    match verdict:
        case None:
            return "Nothing to do: no error was found."
        case Verdict.PROCESS:
            return _change_process(reason)
        case Verdict.AGENT:
            return f"Give feedback and coaching to {names_en(standouts)}." if standouts else _train(reason)
        case Verdict.MIXED:
            return _check_more(standouts)


def _change_process(reason: str | None) -> str:
    if reason is None:
        return "Find out and change what in the process leads to these errors; have verifiers give reasons for them."
    return f"Change the process behind the main reason: {reason}."


def _train(reason: str | None) -> str:
    training = "Train the whole group on this item: the errors are the agents' and no agent stands out"
    return f"{training}." if reason is None else f"{training}. The main reason is: {reason}."


def _check_more(standouts: Sequence[str]) -> str:
    check = "Check more of these errors before acting: it is not clear yet whose they are"
    return f"{check}. Meanwhile, talk to {names_en(standouts)}." if standouts else f"{check}."
