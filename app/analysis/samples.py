"""Drawn calls as the arrays that estimators take."""

from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple, TypeVar
from uuid import UUID

import numpy as np

from app.analysis.types import BoolArray
from app.sampling.estimation import FloatArray, IntArray, Sample
from app.sampling.fixed_point import TRILLION

H = TypeVar("H", bound=Hashable)


class DrawnCall(NamedTuple):
    """A selection of a draw, and the submitted evaluation of record where there is one.

    `key` is the group that the report puts it in; `inclusion` is in trillionths. `counts` says whether the call
    is one that the report speaks about; the others of its draw only help to tell how certain that is.
    `scorecard_id`, `version_id` and `revision_id` are None where it was not evaluated; `score` also where no
    item applied.
    """

    key: str | None
    agent_id: UUID
    draw_id: UUID
    inclusion: int
    counts: bool
    scorecard_id: UUID | None
    version_id: UUID | None
    revision_id: UUID | None
    score: float | None


def sample_of(drawn: Sequence[DrawnCall], values: FloatArray) -> Sample:
    """The sample of these values, for calls that are in the order of their windows."""
    agents, _ = coded(call.agent_id for call in drawn)
    windows, draw_ids = coded(call.draw_id for call in drawn)
    # By agent first and window second, as collapsing wants it.
    strata = agents * max(len(draw_ids), 1) + windows
    inclusion = np.array([call.inclusion for call in drawn], dtype=np.float64)
    return Sample(values, inclusion / TRILLION, strata, windows)


def evaluated(drawn: Iterable[DrawnCall]) -> BoolArray:
    return np.array([call.revision_id is not None for call in drawn], dtype=np.bool_)


def counting(drawn: Iterable[DrawnCall]) -> BoolArray:
    return np.array([call.counts for call in drawn], dtype=np.bool_)


def coded(things: Iterable[H]) -> tuple[IntArray, list[H]]:
    """Each thing's number in the order of first appearance, and the things by number."""
    numbers: dict[H, int] = {}
    codes = [numbers.setdefault(thing, len(numbers)) for thing in things]
    return np.array(codes, dtype=np.int64), list(numbers)


def coded_or_none(things: Iterable[H | None]) -> tuple[IntArray, list[H]]:
    """As `coded`, but None has no number: its code is −1."""
    numbers: dict[H, int] = {}
    codes = [-1 if thing is None else numbers.setdefault(thing, len(numbers)) for thing in things]
    return np.array(codes, dtype=np.int64), list(numbers)
