"""Alignment with a reference: how near the points of a scorer come to those of the reference scorer."""

import numpy as np
import numpy.typing as npt

from app.statistics.sample import FloatArray


def alignment(
    scores: FloatArray,
    reference: FloatArray,
    ranges: npt.ArrayLike,
    weights: FloatArray | None = None,
) -> float | None:
    """Mean of 1 − |score − reference| / range over the items, weighted by the weights of the items.

    scores, reference: the points of each item; NaN where an item is not applicable. Such an item is left out.
    ranges: the greatest possible difference, above 0, of each item or of all. 10 against 7 of 15 points gives 0.8.
    weights: of each item, 0 or more; None means equal weights.

    None if no item is left. Raises ValueError if shapes differ or a number is out of range.
    """
    spans = np.broadcast_to(np.asarray(ranges, dtype=np.float64), scores.shape)
    items = np.ones(scores.shape) if weights is None else weights
    if not scores.shape == reference.shape == items.shape:
        raise ValueError("scores, reference and weights must have one entry for each item")
    difference = np.abs(scores - reference)
    answered = ~np.isnan(difference)
    _require_possible(difference[answered], spans[answered], items)
    total = float(items[answered].sum())
    if total == 0:
        return None
    return float(items[answered] @ (1 - difference[answered] / spans[answered]) / total)


def _require_possible(difference: FloatArray, spans: FloatArray, weights: FloatArray) -> None:
    if not np.all((spans > 0) & np.isfinite(spans)):
        raise ValueError("ranges must be finite and above 0")
    if not np.all(difference <= spans):
        raise ValueError("a score and its reference may differ by the range at most")
    if not np.all((weights >= 0) & np.isfinite(weights)):
        raise ValueError("weights must be finite and 0 or more")
