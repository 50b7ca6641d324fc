"""Drawn calls and the answers to them as they travel from the database: packed rows and codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from app.statistics import BoolArray, IntArray

# A drawn call. `draw`, `agent` and `verifier` are indexes into lists of ids; −1 is no verifier. Probabilities are in
# trillionths, sizes in millionths, instants in microseconds after the beginning of 2000, and scores in hundredths of a
# point; −1 is no score. A kind is a hash of project and version; 0 if the call is not evaluated. `by_other`: whether
# somebody other than the verifier wrote the latest revision; `by_check`: whether a check led to it.
ROW: Final = np.dtype(
    [
        ("draw", "<i4"),
        ("agent", "<i4"),
        ("verifier", "<i4"),
        ("position", "<i4"),
        ("started_at", "<i8"),
        ("inclusion", "<i8"),
        ("size", "<i8"),
        ("kind", "<i8"),
        ("score", "<i2"),
        ("agent_score", "<i2"),
        ("process_loss", "<i2"),
        ("first_score", "<i2"),
        ("evaluated", "?"),
        ("by_other", "?"),
        ("by_check", "?"),
    ]
)
Rows = npt.NDArray[np.void]


class AnswerKind(NamedTuple):
    """What equal answers to one item of a version have in common."""

    scorecard_id: UUID
    version_id: UUID
    item: str
    is_error: bool
    fault: str | None
    reason: str | None


def kind_order(kind: AnswerKind) -> tuple[Any, ...]:
    """By scorecard, version and item; errors last, and nothing before something."""
    return (*kind[:4], kind.fault or "", kind.reason is not None, kind.reason or "")


@dataclass(frozen=True, slots=True, eq=False)
class AnswerCodes:
    """The applicable answers to the calls of some rows. `codes`: indexes into `kinds`. `rows`: indexes of the rows."""

    kinds: Sequence[AnswerKind]
    codes: IntArray
    rows: IntArray

    @staticmethod
    def none() -> "AnswerCodes":
        nothing = np.zeros(0, dtype=np.int64)
        return AnswerCodes((), nothing, nothing)


class AnswersOfKind(NamedTuple):
    """Equal answers to one item of a version. `calls` are the indexes of their calls in the sample."""

    scorecard_id: UUID
    version_id: UUID
    item: str
    is_error: bool
    fault: str | None
    reason: str | None
    calls: IntArray

    @classmethod
    def of(cls, kind: AnswerKind, calls: IntArray) -> "AnswersOfKind":
        return cls(kind.scorecard_id, kind.version_id, kind.item, kind.is_error, kind.fault, kind.reason, calls)

    @property
    def kind(self) -> AnswerKind:
        return AnswerKind(self.scorecard_id, self.version_id, self.item, self.is_error, self.fault, self.reason)


def answers_of_kinds(answers: AnswerCodes, counts: BoolArray, *, errors_only: bool = False) -> list[AnswersOfKind]:
    """The answers to the calls that count, equal ones together, always in the same order."""
    wanted = counts[answers.rows]
    if errors_only:
        wanted &= np.array([kind.is_error for kind in answers.kinds], dtype=np.bool_)[answers.codes]
    codes, calls = answers.codes[wanted], answers.rows[wanted]
    order = np.argsort(codes, kind="stable")
    codes, calls = codes[order], calls[order]
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    groups = np.split(calls, starts[1:]) if starts.size else []
    found = [(answers.kinds[codes[start]], group) for start, group in zip(starts, groups, strict=True)]
    return [AnswersOfKind.of(kind, group) for kind, group in sorted(found, key=lambda one: kind_order(one[0]))]


def before_checks(latest: AnswerCodes, corrected: AnswerCodes, rows: Rows) -> AnswerCodes:
    """The answers before the corrections that checks led to. `corrected`: those of the rows that a check corrected."""
    kept = ~rows["by_check"][latest.rows]
    return _joined([AnswerCodes(latest.kinds, latest.codes[kept], latest.rows[kept]), corrected])


@dataclass(frozen=True, slots=True, eq=False)
class DrawnCalls:
    """Rows, and the answers to them where they were asked for."""

    rows: Rows
    answers: AnswerCodes


def join(parts: Sequence[DrawnCalls]) -> DrawnCalls:
    """All of these as one, in their order."""
    answers, offset = [], 0
    for part in parts:
        answers.append(AnswerCodes(part.answers.kinds, part.answers.codes, part.answers.rows + offset))
        offset += part.rows.size
    return DrawnCalls(np.concatenate([np.zeros(0, dtype=ROW), *(part.rows for part in parts)]), _joined(answers))


def _joined(parts: Sequence[AnswerCodes]) -> AnswerCodes:
    """The answers of all parts, with one code for each kind."""
    numbers: dict[AnswerKind, int] = {}
    codes = [np.zeros(0, dtype=np.int64)]
    for part in parts:
        renumbered = [numbers.setdefault(kind, len(numbers)) for kind in part.kinds]
        codes.append(np.array(renumbered, dtype=np.int64)[part.codes])
    rows = [np.zeros(0, dtype=np.int64), *(part.rows for part in parts)]
    return AnswerCodes(list(numbers), np.concatenate(codes), np.concatenate(rows))


def reorder(drawn: DrawnCalls, order: IntArray) -> DrawnCalls:
    """The same with its rows in another order."""
    places = np.empty(order.size, dtype=np.int64)
    places[order] = np.arange(order.size)
    answers = drawn.answers
    return DrawnCalls(drawn.rows[order], AnswerCodes(answers.kinds, answers.codes, places[answers.rows]))
