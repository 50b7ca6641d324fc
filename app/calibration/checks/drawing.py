"""Which evaluations are drawn for a fault check, and who checks them: by chance, from a seed that was committed to.

Bernoulli sampling (Särndal, Swensson and Wretman 1992, section 3.2): every evaluation is drawn or not by itself, so
that this can be decided when it is submitted, whatever is submitted later.
"""

from collections.abc import Mapping
from hashlib import sha256
from uuid import UUID

from app.statistics.fixed_point import TRILLION
from app.statistics.systematic import keyed_hash, require_seed


def is_drawn(seed: bytes, evaluation_id: UUID, inclusion_prob_e12: int) -> bool:
    """Whether SHA-256(seed ‖ evaluation id), as a number modulo 10¹², is below the probability in trillionths.

    With 256 bits of a hash the bias of the modulo is below 2⁻²¹⁶. ValueError where the seed does not have 32 bytes.
    """
    number = int.from_bytes(sha256(require_seed(seed) + evaluation_id.bytes).digest(), "big")
    return number % TRILLION < inclusion_prob_e12


def choose_checker(seed: bytes, evaluation_id: UUID, open_checks: Mapping[UUID, int]) -> UUID | None:
    """The candidate with the fewest open checks; among equals one is chosen at random. None without candidates.

    `open_checks`: how many each candidate has.
    """
    if not open_checks:
        return None
    least = min(open_checks.values())
    equals = [candidate for candidate, count in open_checks.items() if count == least]
    return min(equals, key=lambda candidate: keyed_hash(seed, evaluation_id.bytes, candidate))
