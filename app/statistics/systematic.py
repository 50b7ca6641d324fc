"""Systematic selection in a random order, from a seed.

Goodman and Kish (1950), Hartley and Rao (1962). Randomness comes from SHA-256 of the seed, so that the same seed gives
the same selection in every language and on every machine.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from uuid import UUID

from app.statistics.fixed_point import TRILLION

SEED_BYTES = 32


def systematic_indices(start: int, inclusion_probs_e12: Iterable[int]) -> Iterator[int]:
    """The indices at which the running sum of inclusion probabilities, begun at `start`, passes a whole number."""
    reached = start
    for index, probability in enumerate(inclusion_probs_e12):
        before, reached = reached, reached + probability
        if reached // TRILLION > before // TRILLION:
            yield index


def systematic_start(seed: bytes, label: bytes) -> int:
    """A random start in 0 … 10¹² − 1; with 256 bits of a hash the bias of the modulo is below 2⁻²¹⁶."""
    return int.from_bytes(sha256(require_seed(seed) + label).digest(), "big") % TRILLION


def keyed_hash(seed: bytes, label: bytes, identifier: UUID) -> bytes:
    """SHA-256(seed ‖ label ‖ id): a random rank that cannot be predicted without the seed."""
    return sha256(require_seed(seed) + label + identifier.bytes).digest()


def require_seed(seed: bytes) -> bytes:
    """The seed; ValueError where it does not have 32 bytes."""
    if len(seed) != SEED_BYTES:
        raise ValueError(f"a seed has {SEED_BYTES} bytes, not {len(seed)}")
    return seed
