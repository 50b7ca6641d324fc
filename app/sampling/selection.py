"""Randomised systematic selection from a seed, and the digests that let anyone check it.

Goodman and Kish (1950), Hartley and Rao (1962). From a 32-byte seed and a frame with inclusion
probabilities π in trillionths (‖ joins bytes; an id is its 16 bytes, big-endian as printed):

1. strata are ordered by SHA-256(seed ‖ agent id), the calls of a stratum by SHA-256(seed ‖ call id);
2. the start r is SHA-256(seed ‖ "start"), read as a big-endian number, modulo 10¹²;
3. with c the running sum of π, a call is taken when ⌊(c + r) / 10¹²⌋ is greater after the call than before.

Each call has exactly the promised probability, each stratum its expected count rounded up or down, and the
sample Σπ calls: exactly, where Σπ is whole, and rounded up or down where it is not. It is shown in the order of
SHA-256(seed ‖ "order" ‖ call id).
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from app.sampling.fixed_point import TRILLION
from app.sampling.types import DesignedCall, FrameClass, Selection, SizedCall, Stratum

SEED_BYTES = 32


def seed_commitment(seed: bytes) -> bytes:
    """SHA-256 of the seed, published before the window so that the seed cannot be chosen afterwards."""
    return sha256(_checked(seed)).digest()


def frame_classes(calls: Iterable[SizedCall]) -> list[FrameClass]:
    """The calls of a frame by agent id, size and call id, those of one agent and size together."""
    ordered = sorted(calls, key=lambda call: (call.agent_id.bytes, call.size, call.call_id.bytes))
    return [
        FrameClass(agent_id, size, tuple(call.call_id for call in alike))
        for (agent_id, size), alike in groupby(ordered, key=attrgetter("agent_id", "size"))
    ]


def frame_digest(classes: Iterable[FrameClass]) -> bytes:
    """SHA-256 over the classes of a frame in the order of agent id and size, without separators.

    Each adds its agent's id (16 bytes), its size in millionths (8 bytes, big-endian) and SHA-256 of its call
    ids in ascending order (16 bytes each). `classes` come in that order, as `frame_classes` gives them.
    """
    digest = sha256()
    for agent_id, size, call_ids in classes:
        ids = sha256(b"".join(call_id.bytes for call_id in call_ids))
        digest.update(agent_id.bytes + size.to_bytes(8, "big") + ids.digest())
    return digest.digest()


def select(seed: bytes, calls: Iterable[DesignedCall]) -> tuple[Selection, ...]:
    """The sample, in the order in which it is shown. The order of the input does not matter.

    Raises ValueError where the seed has not 32 bytes.
    """
    return shown(seed, systematic(systematic_start(seed, b"start"), selection_order(seed, calls)))


def shown(seed: bytes, taken: Iterable[DesignedCall]) -> tuple[Selection, ...]:
    """The calls that were taken, in the random order in which the sample is shown."""
    ordered = sorted(taken, key=lambda designed: keyed_hash(seed, b"order", designed.call.call_id))
    return tuple(Selection(designed.call, designed.inclusion, position) for position, designed in enumerate(ordered, 1))


def stratum_offsets(seed: bytes, strata: Iterable[Stratum]) -> dict[UUID, int]:
    """By agent: where the running sum stands, modulo 10¹², when the agent's stratum begins.

    `systematic` begun there selects from the stratum by itself what `select` does from the whole frame.
    """
    reached = systematic_start(seed, b"start")
    offsets = {}
    for stratum in sorted(strata, key=lambda stratum: keyed_hash(seed, b"", stratum.agent_id)):
        offsets[stratum.agent_id] = reached % TRILLION
        reached += stratum.expected
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
    """The calls at which the running sum of probabilities, begun at `start`, passes a whole number."""
    reached = start
    for designed in calls:
        before, reached = reached, reached + designed.inclusion
        if reached // TRILLION > before // TRILLION:
            yield designed


def systematic_start(seed: bytes, label: bytes) -> int:
    """A start in 0 … 10¹² − 1; the 256 bits of the hash make the modulo's bias immaterial (under 2⁻²¹⁶)."""
    return int.from_bytes(sha256(_checked(seed) + label).digest(), "big") % TRILLION


def keyed_hash(seed: bytes, label: bytes, identifier: UUID) -> bytes:
    """SHA-256(seed ‖ label ‖ id): a random rank that nobody without the seed can foresee."""
    return sha256(_checked(seed) + label + identifier.bytes).digest()


def _checked(seed: bytes) -> bytes:
    if len(seed) != SEED_BYTES:
        raise ValueError(f"a seed has {SEED_BYTES} bytes, not {len(seed)}")
    return seed
