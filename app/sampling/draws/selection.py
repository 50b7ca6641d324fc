"""Randomised systematic selection from a seed, and the digests that let anyone check it.

Goodman and Kish (1950), Hartley and Rao (1962). From a 32-byte seed and a frame with inclusion
probabilities π in trillionths (‖ joins bytes; an id is its 16 bytes, big-endian as printed):

1. strata are ordered by SHA-256(seed ‖ agent id), the calls of a stratum by SHA-256(seed ‖ call id);
2. the start r is SHA-256(seed ‖ "start"), read as a big-endian number, modulo 10¹²;
3. with c the running sum of π, a call is taken when ⌊(c + r) / 10¹²⌋ is greater after the call than before.

Each call has exactly the promised probability, each stratum its expected count rounded up or down, and the
sample Σπ calls: exactly, where Σπ is whole, and rounded up or down where it is not. It is displayed in the order of
SHA-256(seed ‖ "order" ‖ call id).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from app.sampling.draws.types import DesignedCall, DrawnStratum, FrameClass, Selection, SizedCall, Stratum
from app.statistics.fixed_point import TRILLION
from app.statistics.systematic import keyed_hash, systematic_indices, systematic_start


def frame_classes(calls: Iterable[SizedCall]) -> list[FrameClass]:
    """The calls of a frame by agent id, size and call id, those of one agent and size together."""
    ordered = sorted(calls, key=lambda call: (call.agent_id.bytes, call.size_e6, call.call_id.bytes))
    return [
        FrameClass(agent_id, size_e6, tuple(call.call_id for call in group))
        for (agent_id, size_e6), group in groupby(ordered, key=attrgetter("agent_id", "size_e6"))
    ]


def frame_digest(classes: Iterable[FrameClass]) -> bytes:
    """SHA-256 over the classes of a frame in the order of agent id and size, without separators.

    Each adds its agent's id (16 bytes), its size in millionths (8 bytes, big-endian) and SHA-256 of its call
    ids in ascending order (16 bytes each). `classes` come in that order, as `frame_classes` gives them.
    """
    digest = sha256()
    for agent_id, size_e6, call_ids in classes:
        ids = sha256(b"".join(call_id.bytes for call_id in call_ids))
        digest.update(agent_id.bytes + size_e6.to_bytes(8, "big") + ids.digest())
    return digest.digest()


def select(seed: bytes, calls: Iterable[DesignedCall]) -> tuple[Selection, ...]:
    """The sample in its display order. The order of the input does not matter.

    Raises ValueError where the seed has not 32 bytes.
    """
    return in_display_order(seed, systematic(systematic_start(seed, b"start"), selection_order(seed, calls)))


def in_display_order(seed: bytes, taken: Iterable[DesignedCall]) -> tuple[Selection, ...]:
    """The selected calls in the random order in which the sample is displayed."""
    ordered = sorted(taken, key=lambda designed: keyed_hash(seed, b"order", designed.call.call_id))
    return tuple(
        Selection(designed.call, designed.inclusion_prob_e12, position) for position, designed in enumerate(ordered, 1)
    )


def stratum_offsets(seed: bytes, strata: Iterable[Stratum]) -> dict[UUID, int]:
    """By agent, the running sum modulo 10¹² at the beginning of the agent's stratum.

    `systematic` begun there selects the same calls of the stratum as `select` does from the whole frame.
    """
    reached = systematic_start(seed, b"start")
    offsets = {}
    for stratum in sorted(strata, key=lambda stratum: keyed_hash(seed, b"", stratum.agent_id)):
        offsets[stratum.agent_id] = reached % TRILLION
        reached += stratum.expected_n_e12
    return offsets


def selection_order(seed: bytes, calls: Iterable[DesignedCall]) -> list[DesignedCall]:
    """Strata in random order, each with its calls in random order."""
    frame = list(calls)
    stratum_order = {
        agent_id: keyed_hash(seed, b"", agent_id) for agent_id in {designed.call.agent_id for designed in frame}
    }
    return sorted(
        frame,
        key=lambda designed: (
            stratum_order[designed.call.agent_id],
            keyed_hash(seed, b"", designed.call.call_id),
        ),
    )


def systematic(start: int, calls: Iterable[DesignedCall]) -> Iterator[DesignedCall]:
    """The calls at which the running sum of inclusion probabilities, begun at `start`, passes a whole number."""
    ordered = list(calls)
    for index in systematic_indices(start, (call.inclusion_prob_e12 for call in ordered)):
        yield ordered[index]


def drawn_strata(strata: Sequence[Stratum], selections: Sequence[Selection]) -> list[DrawnStratum]:
    """The strata with the numbers of their selections."""
    selected = Counter(selection.call.agent_id for selection in selections)
    return [DrawnStratum(s.agent_id, s.calls, s.size_e6, s.expected_n_e12, selected[s.agent_id]) for s in strata]
