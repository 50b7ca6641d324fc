"""From the calls that were drawn to the sample: why each of them has its size, and what its strata have come to."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.sampling.records import DrawnStratum
from app.sampling.sizes import Sizing, size_call
from app.sampling.types import Assignment, FrameCall, SelectedCall, Selection, Stratum


class CallChanged(Exception):
    """A call is no longer what it was when the frame was frozen, a moment ago."""


class Facts(Protocol):
    """What a call's size depends on, and when it began."""

    started_at: datetime
    tenure_days: int | None
    complaint: bool
    csat: int | None
    hold_s: int | None


@dataclass(frozen=True, slots=True)
class DrawnSample:
    """What a draw is made of, besides its frame. `started_at` are the moments at which the selected calls began."""

    strata: Sequence[DrawnStratum]
    selections: Sequence[Selection]
    started_at: Mapping[UUID, datetime]
    assignments: Sequence[Assignment]


def explained(selected: Sequence[SelectedCall], facts: Mapping[UUID, Facts], sizing: Sizing) -> Iterator[Selection]:
    """The selections with the signals that gave them their sizes; CallChanged where these are others by now."""
    for position, drawn in enumerate(selected, 1):
        fact = facts[drawn.call_id]
        known = FrameCall(drawn.call_id, drawn.agent_id, fact.tenure_days, fact.complaint, fact.csat, fact.hold_s)
        call = size_call(sizing.rules, known, sizing.erring.get(drawn.agent_id))
        if call.size != drawn.size:
            raise CallChanged(f"the call {drawn.call_id} was changed while it was drawn")
        yield Selection(call, drawn.inclusion, position)


def drawn_strata(strata: Sequence[Stratum], selections: Sequence[Selection]) -> list[DrawnStratum]:
    counts = Counter(selection.call.agent_id for selection in selections)
    return [DrawnStratum(s.agent_id, s.calls, s.size, s.expected, counts[s.agent_id]) for s in strata]
