"""From answers to the matrices that coefficients of agreement are computed from.

A rater's answer to an item of a call is one judgement. Judgements on one item form a matrix of calls by raters. Over
several items, each item of each call is a unit, and calls are the clusters: the items of one call are not independent.

Where the items of a pool take different answers, the answers are compared as what all of them have in common: no
error, error, not applicable.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from app.evaluations.types import Answer
from app.scorecards.types import NA, AnswerType, AnswerValue, Definition, Item
from app.statistics.agreement import MISSING, RatingList, Ratings

# What answers to items that take different answers are compared as.
NO_ERROR, ERROR, NOT_APPLICABLE = "no error", "error", "not applicable"


class Judgement(NamedTuple):
    """One rater's answer to one item of one call. `item`: its key. `weight`: the design weight of the call."""

    call: Hashable
    rater: Hashable
    item: Hashable
    value: AnswerValue
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Pool:
    """Judgements as a matrix, with what its codes and columns stand for.

    `categories`: one for each code. `raters`: one for each column. `numbers`: the same matrix without the judgements
    that are no number, with the numbers of the scale; None where the item is no scale. `compares_verdicts`: the items
    take different answers, which are therefore compared as error, no error or not applicable.
    """

    ratings: Ratings
    categories: tuple[AnswerValue, ...]
    raters: tuple[Hashable, ...]
    numbers: Ratings | None = None
    compares_verdicts: bool = False


@dataclass(frozen=True, slots=True)
class JudgementList:
    """Judgements one by one, where there are too many raters for a matrix. `raters`: what their numbers stand for."""

    ratings: RatingList
    raters: tuple[Hashable, ...]
    compares_verdicts: bool


def judgements_of(call: Hashable, rater: Hashable, answers: Iterable[Answer], weight: float = 1.0) -> list[Judgement]:
    return [Judgement(call, rater, answer.item, answer.value, weight) for answer in answers]


def pool(judgements: Sequence[Judgement], items: Sequence[Item], raters: Sequence[Hashable]) -> Pool:
    """The judgements on the items as one matrix, with a column for each of the raters.

    Where everybody says of everything that it does not apply, nobody has judged anything: the matrix is empty.
    """
    wanted: dict[Hashable, Item] = {item.key: item for item in items}
    kept = [judgement for judgement in judgements if judgement.item in wanted]
    judged = [wanted[judgement.item] for judgement in kept]
    return _pool(kept, judged, raters, _only_kind(items), one_item=len(items) == 1)


def pool_faults(judgements: Sequence[Judgement], raters: Sequence[Hashable]) -> Pool:
    """Whose fault the raters say that errors were, as one matrix. The value of each judgement is a fault."""
    one_item = len({judgement.item for judgement in judgements}) == 1
    ratings, categories = _matrix(judgements, [one.value for one in judgements], raters, one_item=one_item)
    return Pool(ratings, categories, tuple(raters))


def faults_of(call: Hashable, rater: Hashable, answers: Iterable[Answer]) -> list[Judgement]:
    """Whose fault a rater says that each error was; errors without a fault are left out."""
    return [Judgement(call, rater, one.item, one.fault.value) for one in answers if one.fault is not None]


def pool_versions(judgements: Sequence[Judgement], judged: Sequence[Item], raters: Sequence[Hashable]) -> Pool:
    """All the judgements as one matrix. `judged`: for each of them the item, as the rater's version has it."""
    one_item = len({judgement.item for judgement in judgements}) == 1
    return _pool(judgements, judged, raters, _only_kind(_distinct(judged)), one_item=one_item)


def list_versions(judgements: Sequence[Judgement], judged: Sequence[Item]) -> JudgementList:
    """The judgements as `pool_versions` takes them, one by one."""
    raters = sorted({judgement.rater for judgement in judgements}, key=str)
    kind = _only_kind(_distinct(judged))
    chosen = [one.value if kind else _verdict(item, one.value) for item, one in zip(judged, judgements, strict=True)]
    return JudgementList(_list(judgements, chosen, raters)[0], tuple(raters), compares_verdicts=kind is None)


def by_item(definition: Definition, judgements: Sequence[Judgement], raters: Sequence[Hashable]) -> dict[str, Pool]:
    """A matrix for each item, under its key."""
    of_item: dict[str, list[Judgement]] = {item.key: [] for item in definition.items}
    for judgement in judgements:
        if judgement.item in of_item:
            of_item[judgement.item].append(judgement)
    return {item.key: pool(of_item[item.key], [item], raters) for item in definition.items}


def _distinct(items: Iterable[Item]) -> list[Item]:
    # By identity: there are thousands of judgements on the same few items, and to compare items takes long.
    return list({id(item): item for item in items}.values())


def _only_kind(items: Sequence[Item]) -> Item | None:
    """One of the items, if all of them take the same answers."""
    kinds = {(item.answer_type, tuple(item.values)) for item in items}
    return items[0] if len(kinds) == 1 else None


def _pool(
    judgements: Sequence[Judgement],
    judged: Sequence[Item],
    raters: Sequence[Hashable],
    kind: Item | None,
    *,
    one_item: bool,
) -> Pool:
    if all(judgement.value == NA for judgement in judgements):
        judgements, judged = (), ()
    if kind is not None:
        values = [judgement.value for judgement in judgements]
        ratings, categories = _matrix(judgements, values, raters, one_item=one_item)
        return Pool(ratings, categories, tuple(raters), _numbers(judgements, kind, raters, one_item=one_item))
    verdicts = [_verdict(item, one.value) for item, one in zip(judged, judgements, strict=True)]
    ratings, categories = _matrix(judgements, verdicts, raters, one_item=one_item)
    return Pool(ratings, categories, tuple(raters), compares_verdicts=True)


def _verdict(item: Item, value: AnswerValue) -> str:
    if value == NA:
        return NOT_APPLICABLE
    return ERROR if item.is_error(value) else NO_ERROR


def _numbers(
    judgements: Sequence[Judgement], item: Item, raters: Sequence[Hashable], *, one_item: bool
) -> Ratings | None:
    """The judgements on a scale with its numbers. "Not applicable" has no place on a scale: it is left out.

    The numbers are all that the scale has, chosen or not, for they say how far apart two answers are.
    """
    if item.answer_type is not AnswerType.SCALE:
        return None
    numbered = [judgement for judgement in judgements if judgement.value != NA]
    answers = [judgement.value for judgement in numbered]
    ratings, categories = _matrix(numbered, answers, raters, one_item=one_item, scale=item.values)
    values = np.array([float(value) for value in categories])
    return Ratings(ratings.codes, values, ratings.weights, ratings.clusters)


def _matrix(
    judgements: Sequence[Judgement],
    chosen: Sequence[AnswerValue],
    raters: Sequence[Hashable],
    *,
    one_item: bool,
    scale: Sequence[AnswerValue] = (),
) -> tuple[Ratings, tuple[AnswerValue, ...]]:
    """The ratings and the category of each code, in order.

    chosen: the category of each judgement. scale: categories that there are also where nobody chose them.
    """
    listed, categories = _list(judgements, chosen, raters, scale)
    codes = np.full((listed.weights.size, len(raters)), MISSING, dtype=np.int64)
    codes[listed.units, listed.raters] = listed.codes
    # With one item every call is a unit; with one call its items are all the units that there are.
    clustered = not one_item and int(listed.clusters.max(initial=0)) > 0
    return Ratings(codes, None, listed.weights, listed.clusters if clustered else None), categories


def _list(
    judgements: Sequence[Judgement],
    chosen: Sequence[AnswerValue],
    raters: Sequence[Hashable],
    scale: Sequence[AnswerValue] = (),
) -> tuple[RatingList, tuple[AnswerValue, ...]]:
    """The ratings one by one, with calls as clusters."""
    units = _numbered((judgement.call, judgement.item) for judgement in judgements)
    calls = _numbered(judgement.call for judgement in judgements)
    column = {rater: place for place, rater in enumerate(raters)}
    categories = sorted({*chosen, *scale}, key=lambda value: (isinstance(value, str), value))
    code_of = {category: code for code, category in enumerate(categories)}
    of_unit = np.array([units[judgement.call, judgement.item] for judgement in judgements], dtype=np.int64)
    weights, clusters = np.ones(len(units)), np.zeros(len(units), dtype=np.int64)
    weights[of_unit] = [judgement.weight for judgement in judgements]
    clusters[of_unit] = [calls[judgement.call] for judgement in judgements]
    listed = RatingList(
        units=of_unit,
        raters=np.array([column[judgement.rater] for judgement in judgements], dtype=np.int64),
        codes=np.array([code_of[category] for category in chosen], dtype=np.int64),
        weights=weights,
        clusters=clusters,
    )
    return listed, tuple(categories)


def _numbered(keys: Iterable[Hashable]) -> Mapping[Hashable, int]:
    numbers: dict[Hashable, int] = {}
    for key in keys:
        numbers.setdefault(key, len(numbers))
    return numbers
