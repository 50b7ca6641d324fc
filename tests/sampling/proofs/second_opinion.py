"""A draw done again from its proof: written from docs/proofs.md alone, without any code of the service."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Any
from uuid import UUID

ONE = 10**12


def redo(proof: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """The sample in order: call id, agent id, size and inclusion of each."""
    seed, strata = bytes.fromhex(proof["seed"]), proof["strata"]
    sizes = [[int(c["size"]) for c in s["classes"] for _ in c["call_ids"]] for s in strata]
    ids = [[i for c in s["classes"] for i in c["call_ids"]] for s in strata]
    counts = [len(stratum) for stratum in ids]
    total, least = planned(proof["parameters"], counts)
    expected = above(counts, total, [sum(s) for s in sizes], least, [n * ONE for n in counts])
    probabilities = [
        above([1] * len(s), e, s, [0] * len(s), [ONE] * len(s)) for s, e in zip(sizes, expected, strict=True)
    ]
    reached, taken = int(hashed(seed, b"start"), 16) % ONE, []
    for h in sorted(range(len(strata)), key=lambda h: hashed(seed, UUID(strata[h]["agent_id"]).bytes)):
        for i in sorted(range(counts[h]), key=lambda i: hashed(seed, UUID(ids[h][i]).bytes)):
            if (reached + probabilities[h][i]) // ONE > reached // ONE:
                taken.append((ids[h][i], strata[h]["agent_id"], str(sizes[h][i]), str(probabilities[h][i])))
            reached += probabilities[h][i]
    return sorted(taken, key=lambda call: hashed(seed, b"order" + UUID(call[0]).bytes))


def hashed(seed: bytes, rest: bytes) -> str:
    return sha256(seed + rest).hexdigest()


def half_up(value: Fraction) -> int:
    return int(value + Fraction(1, 2))


def planned(parameters: dict[str, Any], counts: list[int]) -> tuple[int, list[int]]:
    """How many calls are to be drawn, and at least how many of each agent, in trillionths."""
    if parameters["mode"] == "quota":
        least = [min(parameters["quota_per_agent"], n) * ONE for n in counts]
        return sum(least), least
    wanted = Fraction(Decimal(parameters["rate"])) * sum(counts)
    if parameters["supplementary"]:
        return max(sum(counts), half_up(wanted * ONE)), [0] * len(counts)
    return max(min(sum(counts), 1), half_up(wanted)) * ONE, [
        min(parameters["floor_per_agent"], n) * ONE for n in counts
    ]


def above(lowest: list[int], total: int, weights: list[int], least: list[int], most: list[int]) -> list[int]:
    shares = list(split(total, weights, least, most))
    too_low = any(share < low for share, low in zip(shares, lowest, strict=True))
    return list(split(total, weights, list(map(max, least, lowest)), most)) if too_low else shares


def split(total: int, weights: list[int], least: list[int], most: list[int]) -> Iterator[int]:
    free = set(range(len(weights)))
    while True:
        spare = total - sum(least[i] if i in free else most[i] for i in range(len(weights)))
        weight = sum(weights[i] for i in free)
        full = {i for i in free if spare * weights[i] > (most[i] - least[i]) * weight}
        if not full:
            break
        free -= full
    exact = {i: Fraction(spare * weights[i], weight) for i in free}
    whole = {i: int(share) for i, share in exact.items()}
    gaining = sorted(free, key=lambda i: (whole[i] - exact[i], i))[: spare - sum(whole.values())]
    return ((least[i] + whole[i] + (i in gaining) if i in free else most[i]) for i in range(len(weights)))
