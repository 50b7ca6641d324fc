"""Randomised systematic selection from a seed, and the digests that let anyone check it.

Goodman and Kish (1950), Hartley and Rao (1962). From a 32-byte seed and a frame with inclusion
probabilities π in trillionths (‖ joins bytes; an id is its 16 bytes, big-endian as printed):

1. strata are ordered by SHA-256(seed ‖ agent id), the calls of a stratum by SHA-256(seed ‖ call id);
2. the start r is SHA-256(seed ‖ "start"), read as a big-endian number, modulo 10¹²;
3. with c the running sum of π, a call is taken when ⌊(c + r) / 10¹²⌋ is greater after the call than before.

Since Σπ is whole, the sample has exactly Σπ calls; each has exactly the promised probability, and each
stratum its expected count rounded up or down. The sample is shown in the order of SHA-256(seed ‖ "order" ‖
call id).
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from uuid import UUID

from app.sampling.fixed_point import TRILLION
from app.sampling.types import DesignedCall, Selection, SizedCall

SEED_BYTES = 32


def seed_commitment(seed: bytes) -> bytes:
    """SHA-256 of the seed, published before the window so that the seed cannot be chosen afterwards."""
    return sha256(_checked(seed)).digest()


def frame_digest(calls: Iterable[SizedCall]) -> bytes:
    """SHA-256 over the calls of a frame in the order of their ids, without separators.

    Each adds its id (16 bytes), its agent's id (16 bytes) and its size in millionths (8 bytes, big-endian):
    `sha256(string_agg(uuid_send(call_id) || uuid_send(agent_id) || int8send(size), '' ORDER BY call_id))`.
    """
    digest = sha256()
    for call in sorted(calls, key=lambda call: call.call_id.bytes):
        digest.update(call.call_id.bytes + call.agent_id.bytes + call.size.to_bytes(8, "big"))
    return digest.digest()


def select(seed: bytes, calls: Iterable[DesignedCall]) -> tuple[Selection, ...]:
    """The sample, in the order in which it is shown. The order of the input does not matter.

    Raises ValueError where the seed has not 32 bytes or the probabilities do not sum to whole calls.
    """
    taken = list(systematic(systematic_start(seed, b"start"), selection_order(seed, calls)))
    taken.sort(key=lambda designed: keyed_hash(seed, b"order", designed.call.call_id))
    return tuple(Selection(designed.call, designed.inclusion, position) for position, designed in enumerate(taken, 1))


def selection_order(seed: bytes, calls: Iterable[DesignedCall]) -> list[DesignedCall]:
    """Strata in random order, each with its calls in random order."""
    frame = list(calls)
    if sum(designed.inclusion for designed in frame) % TRILLION:
        raise ValueError("the inclusion probabilities do not sum to a whole number of calls")
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
