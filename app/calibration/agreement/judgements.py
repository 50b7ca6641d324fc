"""From answers to the matrices that coefficients of agreement are computed from.

A rater's answer to an item of a call is one judgement. Judgements on one item form a matrix of calls by raters. Over
several items, each item of each call is a unit, and calls are the clusters: the items of one call are not independent.

Where the items of a pool take different answers, the answers are compared as what all of them have in common: no
error, error, not applicable.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from app.evaluations.types import Answer
from app.scorecards.types import NA, AnswerType, AnswerValue, Definition, Item
from app.statistics.agreement import MISSING, Ratings

# What answers to items that take different answers are compared as.
NO_ERROR, ERROR, NOT_APPLICABLE = "no error", "error", "not applicable"


class Judgement(NamedTuple):
    """One rater's answer to one item of one call. `weight`: the design weight of the call."""

    call: Hashable
    rater: Hashable
    item: str
    value: AnswerValue
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Pool:
    """Judgements as a matrix, with what its codes and columns stand for.

    `categories`: one for each code. `raters`: one for each column. `numbers`: the same matrix without the judgements
    that are no number, with the numbers; None where the item is no scale. `compares_verdicts`: the items take
    different answers, which are therefore compared as error, no error or not applicable.
    """

    ratings: Ratings
    categories: tuple[AnswerValue, ...]
    raters: tuple[Hashable, ...]
    numbers: Ratings | None = None
    compares_verdicts: bool = False


def judgements_of(call: Hashable, rater: Hashable, answers: Iterable[Answer], weight: float = 1.0) -> list[Judgement]:
    return [Judgement(call, rater, answer.item, answer.value, weight) for answer in answers]


def pool(judgements: Sequence[Judgement], items: Sequence[Item], raters: Sequence[Hashable]) -> Pool:
    """The judgements on the items as one matrix, with a column for each of the raters.

    Where everybody says of everything that it does not apply, nobody has judged anything: the matrix is empty.
    """
    wanted = {item.key: item for item in items}
    kept = [judgement for judgement in judgements if judgement.item in wanted]
    if all(judgement.value == NA for judgement in kept):
        kept = []
    if _take_the_same_answers(items):
        only = items[0]
        ratings, categories = _matrix(kept, raters, lambda judgement: judgement.value, one_item=len(items) == 1)
        return Pool(ratings, categories, tuple(raters), _numbers(kept, only, raters, one_item=len(items) == 1))
    ratings, categories = _matrix(kept, raters, lambda one: _verdict(wanted[one.item], one.value), one_item=False)
    return Pool(ratings, categories, tuple(raters), compares_verdicts=True)


def by_item(definition: Definition, judgements: Sequence[Judgement], raters: Sequence[Hashable]) -> dict[str, Pool]:
    """A matrix for each item, under its key."""
    of_item: dict[str, list[Judgement]] = {item.key: [] for item in definition.items}
    for judgement in judgements:
        if judgement.item in of_item:
            of_item[judgement.item].append(judgement)
    return {item.key: pool(of_item[item.key], [item], raters) for item in definition.items}


def _take_the_same_answers(items: Collection[Item]) -> bool:
    kinds = {(item.answer_type, tuple(item.values)) for item in items}
    return len(kinds) == 1


def _verdict(item: Item, value: AnswerValue) -> str:
    if value == NA:
        return NOT_APPLICABLE
    return ERROR if item.is_error(value) else NO_ERROR


def _numbers(
    judgements: Sequence[Judgement], item: Item, raters: Sequence[Hashable], *, one_item: bool
) -> Ratings | None:
    """The judgements on a scale with their numbers. "Not applicable" has no place on a scale: it is left out."""
    if item.answer_type is not AnswerType.SCALE:
        return None
    numbered = [judgement for judgement in judgements if judgement.value != NA]
    ratings, categories = _matrix(numbered, raters, lambda judgement: judgement.value, one_item=one_item)
    values = np.array([float(value) for value in categories])
    return Ratings(ratings.codes, values, ratings.weights, ratings.clusters)


def _matrix(
    judgements: Sequence[Judgement],
    raters: Sequence[Hashable],
    category_of: Callable[[Judgement], AnswerValue],
    *,
    one_item: bool,
) -> tuple[Ratings, tuple[AnswerValue, ...]]:
    """The ratings and the category of each code. Numbers come in their order, other categories as they appear."""
    units = _numbered((judgement.call, judgement.item) for judgement in judgements)
    calls = _numbered(judgement.call for judgement in judgements)
    column = {rater: place for place, rater in enumerate(raters)}
    chosen = [category_of(judgement) for judgement in judgements]
    categories = sorted(set(chosen), key=lambda value: (isinstance(value, str), value))
    code_of = {category: code for code, category in enumerate(categories)}
    codes = np.full((len(units), len(raters)), MISSING, dtype=np.int64)
    weights = np.ones(len(units))
    clusters = np.zeros(len(units), dtype=np.int64)
    for judgement, category in zip(judgements, chosen, strict=True):
        unit = units[judgement.call, judgement.item]
        codes[unit, column[judgement.rater]] = code_of[category]
        weights[unit], clusters[unit] = judgement.weight, calls[judgement.call]
    # With one item every call is a unit; with one call its items are all the units that there are.
    clustered = not one_item and len(calls) > 1
    return Ratings(codes, None, weights, clusters if clustered else None), tuple(categories)


def _numbered(keys: Iterable[Hashable]) -> Mapping[Hashable, int]:
    numbers: dict[Hashable, int] = {}
    for key in keys:
        numbers.setdefault(key, len(numbers))
    return numbers
