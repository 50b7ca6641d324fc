"""Draws and what they are committed to: the records that plans, draws and proofs share."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from app.sampling.windows import Window
from app.statistics.systematic import require_seed


class DrawState(StrEnum):
    """Derived from the columns of a draw, not stored."""

    COMMITTED = "committed"
    DRAWN = "drawn"
    REFUSED = "refused"  # it was due and could not be made
    VOID = "void"  # the windows of the plan changed before it was made


class CommitmentTime(StrEnum):
    """When the seed was committed to. What a draw proves depends on it."""

    BEFORE_WINDOW = "before_window"
    IN_WINDOW = "in_window"
    AFTER_WINDOW = "after_window"

    @classmethod
    def of(cls, window: Window, committed_at: datetime) -> "CommitmentTime":
        if committed_at < window.starts_at:
            return cls.BEFORE_WINDOW
        return cls.IN_WINDOW if committed_at < window.ends_at else cls.AFTER_WINDOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """The draw of a window. Until it is made, only its seed is committed to, and its results are None.

    `supplement_no` is 0 for the window's own draw, and 1, 2 … for supplementary draws of calls that came late.
    `parameters` are the plan's parameters, the verifiers and their conflicts of interest when it was made.
    `fault_check_commitment` is the hash of the seed by which its evaluations are drawn for fault checks; None where the
    plan has none. `failure_reason` says why it could not be made when it was due.
    """

    id: UUID
    plan_id: UUID
    supplement_no: int
    window: Window
    seed_commitment: bytes
    committed_at: datetime
    frame_size: int | None = None
    sample_size: int | None = None
    frame_digest: bytes | None = None
    seed: bytes | None = None
    parameters: dict[str, Any] | None = None
    drawn_at: datetime | None = None
    fault_check_commitment: bytes | None = None
    refused_at: datetime | None = None
    failure_reason: str | None = None
    voided_at: datetime | None = None

    @property
    def state(self) -> DrawState:
        if self.drawn_at is not None:
            return DrawState.DRAWN
        if self.voided_at is not None:
            return DrawState.VOID
        return DrawState.COMMITTED if self.refused_at is None else DrawState.REFUSED

    @property
    def committed(self) -> CommitmentTime:
        return CommitmentTime.of(self.window, self.committed_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultCheckDraw:
    """By what the evaluations of a draw are drawn for fault checks: a seed, and a probability in trillionths.

    The text of the record does not show the seed, so that no log does.
    """

    draw_id: UUID
    plan_id: UUID
    commitment: bytes
    committed_at: datetime
    seed: bytes = field(repr=False)
    inclusion_prob_e12: int


class Seeds(NamedTuple):
    """`selection` is published with the draw, so that anyone can check it; `assignment` stays secret for ever."""

    selection: bytes
    assignment: bytes


def seed_commitment(seed: bytes) -> bytes:
    """SHA-256 of the seed, published before the window so that the seed cannot be chosen afterwards."""
    return sha256(require_seed(seed)).digest()
