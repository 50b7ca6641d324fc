"""The content of a roll-up: the calls of one draw and the answers to them, as bytes and lists.

Rows are as in `app.analysis.repository.rows`, by position; agents and verifiers are indexes into the roll-up's own
lists. Answers are, for each row, how many it has, and then the codes of the kinds of all in the order of rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np
import numpy.typing as npt

from app.analysis.repository.rows import ROW, AnswerCodes, AnswerKind, DrawnCalls, Rows, before_checks, kind_order
from app.statistics import IntArray

COLUMNS: Final = ("rows", "agent_ids", "verifier_ids", "answers", "uncorrected_answers", "answer_kinds")
_CODE: Final = np.dtype("<u2")
_COUNT: Final = np.dtype("<u2")
_MAX_KINDS: Final = np.iinfo(_CODE).max + 1


@dataclass(frozen=True, slots=True)
class Rollup:
    """The columns of a roll-up that are bytes, and the kinds of answers as lists of their fields.

    agent_ids, verifier_ids: ascending, 16 bytes each. uncorrected_answers: those before a check corrected them, of the
    rows where one has.
    """

    rows: bytes
    agent_ids: bytes
    verifier_ids: bytes
    answers: bytes
    uncorrected_answers: bytes
    answer_kinds: list[list[Any]]

    @property
    def columns(self) -> dict[str, Any]:
        """The values of the columns of its row."""
        return {name: getattr(self, name) for name in COLUMNS}


def pack(
    drawn: DrawnCalls, uncorrected: AnswerCodes, agent_ids: Sequence[UUID], user_ids: Sequence[UUID]
) -> Rollup | None:
    """The roll-up of the calls of one draw; None if there are more kinds of answers than a roll-up can hold.

    uncorrected: the answers before checks to the rows that a check corrected.
    """
    kinds = sorted({*drawn.answers.kinds, *uncorrected.kinds}, key=kind_order)
    if len(kinds) > _MAX_KINDS:
        return None
    rows = drawn.rows.copy()
    agents, verifiers = _renumber(rows, "agent"), _renumber(rows, "verifier")
    numbers = {kind: number for number, kind in enumerate(kinds)}
    return Rollup(
        rows=rows.tobytes(),
        agent_ids=as_bytes(agent_ids[one] for one in agents),
        verifier_ids=as_bytes(user_ids[one] for one in verifiers),
        answers=_packed(drawn.answers, numbers, rows.size),
        uncorrected_answers=_packed(uncorrected, numbers, rows.size),
        answer_kinds=[[str(kind.scorecard_id), str(kind.version_id), *kind[2:]] for kind in kinds],
    )


def _renumber(rows: Rows, name: str) -> list[int]:
    """Number the ids of a field anew, from 0 and without gaps, and leave −1; the former indexes in order."""
    used = np.unique(rows[name][rows[name] >= 0])
    rows[name] = np.where(rows[name] >= 0, np.searchsorted(used, rows[name]), -1)
    indexes: list[int] = used.tolist()
    return indexes


def _packed(answers: AnswerCodes, numbers: dict[AnswerKind, int], n_rows: int) -> bytes:
    codes = np.array([numbers[kind] for kind in answers.kinds], dtype=np.int64)[answers.codes]
    order = np.lexsort((codes, answers.rows))
    counts = np.bincount(answers.rows, minlength=n_rows)
    return counts.astype(_COUNT).tobytes() + codes[order].astype(_CODE).tobytes()


def as_bytes(ids: Iterable[UUID]) -> bytes:
    return b"".join(one.bytes for one in ids)


def unpack(stored: Any, draw: int, agent_ids: bytes, user_ids: bytes, *, uncorrected: bool = False) -> DrawnCalls:
    """The calls of a roll-up, with indexes into these ascending ids, and the answers where they were fetched.

    uncorrected: as they were before the corrections that checks led to.
    """
    rows = np.frombuffer(stored.rows, dtype=ROW).copy()
    rows["draw"] = draw
    for name, own, of_report in (("agent", stored.agent_ids, agent_ids), ("verifier", stored.verifier_ids, user_ids)):
        numbers = np.searchsorted(_ids(of_report), _ids(own))
        # The last number stands for −1.
        rows[name] = np.append(numbers, -1)[rows[name]]
    if stored.answers is None:
        return DrawnCalls(rows, AnswerCodes.none())
    kinds = [AnswerKind(UUID(card), UUID(version), *rest) for card, version, *rest in stored.answer_kinds]
    answers = _unpacked(stored.answers, kinds, rows.size)
    if uncorrected:
        answers = before_checks(answers, _unpacked(stored.uncorrected_answers, kinds, rows.size), rows)
    return DrawnCalls(rows, answers)


def _unpacked(packed: bytes, kinds: Sequence[AnswerKind], n_rows: int) -> AnswerCodes:
    counts = np.frombuffer(packed, dtype=_COUNT, count=n_rows)
    codes: IntArray = np.frombuffer(packed, dtype=_CODE, offset=counts.nbytes).astype(np.int64)
    return AnswerCodes(kinds, codes, np.repeat(np.arange(n_rows), counts))


def _ids(ids: bytes) -> npt.NDArray[np.bytes_]:
    """Ids that numpy compares as PostgreSQL does."""
    return np.frombuffer(ids, dtype="S16")
