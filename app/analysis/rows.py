"""Drawn calls and the answers to them as they travel from the database: packed rows and codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from app.statistics import IntArray

# A drawn call. `draw`, `agent` and `verifier` are indexes into lists of ids; −1 is no verifier. Probabilities are in
# trillionths, sizes in millionths, instants in microseconds after the beginning of 2000, and scores in hundredths of a
# point; −1 is no score. A kind is a hash of project and version; 0 if the call is not evaluated.
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


@dataclass(frozen=True, slots=True, eq=False)
class DrawnCalls:
    """Rows, and the answers to them where they were asked for."""

    rows: Rows
    answers: AnswerCodes


def join(parts: Sequence[DrawnCalls]) -> DrawnCalls:
    """All of these as one, in their order."""
    numbers: dict[AnswerKind, int] = {}
    codes, rows, offset = [], [], 0
    for part in parts:
        renumbered = [numbers.setdefault(kind, len(numbers)) for kind in part.answers.kinds]
        codes.append(np.array(renumbered, dtype=np.int64)[part.answers.codes])
        rows.append(part.answers.rows + offset)
        offset += part.rows.size
    nothing = np.zeros(0, dtype=np.int64)
    answers = AnswerCodes(list(numbers), np.concatenate([nothing, *codes]), np.concatenate([nothing, *rows]))
    return DrawnCalls(np.concatenate([np.zeros(0, dtype=ROW), *(part.rows for part in parts)]), answers)


def reorder(drawn: DrawnCalls, order: IntArray) -> DrawnCalls:
    """The same with its rows in another order."""
    places = np.empty(order.size, dtype=np.int64)
    places[order] = np.arange(order.size)
    answers = drawn.answers
    return DrawnCalls(drawn.rows[order], AnswerCodes(answers.kinds, answers.codes, places[answers.rows]))
