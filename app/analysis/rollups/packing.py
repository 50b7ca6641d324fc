"""The content of a roll-up: the calls of one draw and the answers to them, as bytes and lists.

Rows are as in `app.analysis.rows`, in the order of positions; agents and verifiers are indexes into the roll-up's own
lists. Of each applicable answer there is the code of its kind, in the order of rows, and how many answers a row has.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np
import numpy.typing as npt

from app.analysis.rows import ROW, AnswerCodes, AnswerKind, DrawnCalls, Rows, kind_order
from app.platform.database import dumps
from app.statistics import IntArray

_CODE: Final = np.dtype("<u2")
_COUNT: Final = np.dtype("<u2")
COLUMNS: Final = ("rows", "agent_ids", "verifier_ids", "answers", "answer_kinds", "digest")
_MAX_KINDS: Final = np.iinfo(_CODE).max + 1


@dataclass(frozen=True, slots=True)
class Rollup:
    """`agent_ids`, `verifier_ids`: ascending, 16 bytes each. `answers`: for each row the number of its answers, then
    the codes of all. `answer_kinds`: lists of fields.
    """

    rows: bytes
    agent_ids: bytes
    verifier_ids: bytes
    answers: bytes
    answer_kinds: list[list[Any]]

    @property
    def columns(self) -> dict[str, Any]:
        """The values of the columns of its row."""
        return {name: getattr(self, name) for name in COLUMNS}

    @property
    def digest(self) -> bytes:
        """SHA-256 of everything that a report can read in it."""
        parts = (self.rows, self.agent_ids, self.verifier_ids, self.answers, dumps(self.answer_kinds).encode())
        lengths = repr([len(part) for part in parts]).encode()
        return hashlib.sha256(b"".join((lengths, *parts))).digest()


def pack(drawn: DrawnCalls, agent_ids: Sequence[UUID], user_ids: Sequence[UUID]) -> Rollup | None:
    """The roll-up of the calls of one draw; None if there are more kinds of answers than a roll-up can hold."""
    if len(drawn.answers.kinds) > _MAX_KINDS:
        return None
    rows = drawn.rows.copy()
    agents = _renumber(rows, "agent")
    verifiers = _renumber(rows, "verifier")
    kinds, codes = _sorted_kinds(drawn.answers)
    order = np.lexsort((codes, drawn.answers.rows))
    counts = np.bincount(drawn.answers.rows, minlength=rows.size)
    return Rollup(
        rows=rows.tobytes(),
        agent_ids=as_bytes(agent_ids[one] for one in agents),
        verifier_ids=as_bytes(user_ids[one] for one in verifiers),
        answers=counts.astype(_COUNT).tobytes() + codes[order].astype(_CODE).tobytes(),
        answer_kinds=[[str(kind.scorecard_id), str(kind.version_id), *kind[2:]] for kind in kinds],
    )


def _renumber(rows: Rows, name: str) -> list[int]:
    """Number the ids of a field anew, from 0 and without gaps, and leave −1; the former indexes in order."""
    used = np.unique(rows[name][rows[name] >= 0])
    rows[name] = np.where(rows[name] >= 0, np.searchsorted(used, rows[name]), -1)
    indexes: list[int] = used.tolist()
    return indexes


def _sorted_kinds(answers: AnswerCodes) -> tuple[list[AnswerKind], IntArray]:
    """The kinds in an order of their own, and the codes by it: equal answers give equal bytes."""
    order = sorted(range(len(answers.kinds)), key=lambda code: kind_order(answers.kinds[code]))
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(len(order))
    return [answers.kinds[code] for code in order], places[answers.codes]


def as_bytes(ids: Iterable[UUID]) -> bytes:
    return b"".join(one.bytes for one in ids)


def unpack(stored: Any, draw: int, agent_ids: bytes, user_ids: bytes) -> DrawnCalls:
    """The calls of a roll-up, with indexes into these ascending ids. Answers are read where they were fetched."""
    rows = np.frombuffer(stored.rows, dtype=ROW).copy()
    rows["draw"] = draw
    for name, own, of_report in (("agent", stored.agent_ids, agent_ids), ("verifier", stored.verifier_ids, user_ids)):
        numbers = np.searchsorted(_ids(of_report), _ids(own))
        # The last number stands for −1.
        rows[name] = np.append(numbers, -1)[rows[name]]
    return DrawnCalls(rows, _answers(stored, rows.size))


def _ids(ids: bytes) -> npt.NDArray[np.bytes_]:
    """Ids that numpy compares as PostgreSQL does."""
    return np.frombuffer(ids, dtype="S16")


def _answers(stored: Any, n_rows: int) -> AnswerCodes:
    if stored.answers is None:
        return AnswerCodes.none()
    counts = np.frombuffer(stored.answers, dtype=_COUNT, count=n_rows)
    codes = np.frombuffer(stored.answers, dtype=_CODE, offset=counts.nbytes)
    kinds = [AnswerKind(UUID(card), UUID(version), *rest) for card, version, *rest in stored.answer_kinds]
    return AnswerCodes(kinds, codes.astype(np.int64), np.repeat(np.arange(n_rows), counts))
