"""Comparing the answers of a group: agreement at every level, and deviations from the reference."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

import numpy as np

from app.calibration.agreement.figures import PoolFigures, measure_pairs, measure_pools, measure_raters
from app.calibration.agreement.judgements import Judgement, by_item, faults_of, judgements_of, pool, pool_faults
from app.calibration.results.types import Deviation, FaultSplit, GivenScore, GroupAgreement, GroupScores
from app.evaluations.answers import grades_of
from app.evaluations.types import Answer
from app.scorecards.types import Definition
from app.statistics.agreement import alignment, rank_by_disagreement
from app.statistics.sample import FloatArray

# Beyond these, pairs are too many to read.
MOST_IN_PAIRS = 20


def group_agreement(group: GroupScores, seed: bytes) -> GroupAgreement:
    """How far the participants agree. The same seed gives the same bootstrap intervals again."""
    definition = group.definition
    raters = [scorer.id for scorer in group.scorers]
    judgements = [
        judgement
        for given in group.scores
        for judgement in judgements_of(given.call_id, given.scorer_id, given.answers)
    ]
    faults = [
        judgement for given in group.scores for judgement in faults_of(given.call_id, given.scorer_id, given.answers)
    ]
    whole = pool(judgements, definition.items, raters)
    sections = [
        (section.key, pool(judgements, section.items, raters)) for section in definition.sections if section.items
    ]
    items = list(by_item(definition, judgements, raters).items())
    rng = np.random.default_rng(list(seed))
    about_faults = pool_faults(faults, raters)
    faults_by_item = split_faults(faults, raters)
    overall, of_faults, *rest = measure_pools(
        [whole, about_faults, *(one for _, one in sections), *(one for _, one in items)], rng
    )
    of_sections, of_items = rest[: len(sections)], rest[len(sections) :]
    return GroupAgreement(
        overall=overall,
        sections=[(key, figures) for (key, _), figures in zip(sections, of_sections, strict=True)],
        items=most_split_first(
            [(key, figures) for (key, _), figures in zip(items, of_items, strict=True)], faults_by_item
        ),
        scorers=measure_raters(whole),
        pairs=measure_pairs(whole) if len(raters) <= MOST_IN_PAIRS else None,
        faults=of_faults,
        faults_by_item=faults_by_item,
    )


def split_faults(faults: Sequence[Judgement], raters: Sequence[UUID]) -> dict[str, FaultSplit]:
    """By item, how far the participants differ about whose fault its errors were."""
    by_item_key: dict[str, list[Judgement]] = defaultdict(list)
    for judgement in faults:
        by_item_key[str(judgement.item)].append(judgement)
    pools = {key: pool_faults(of_item, raters).ratings for key, of_item in by_item_key.items()}
    ranked = rank_by_disagreement(list(pools.values()))
    keys = list(pools)
    return {keys[split.item]: FaultSplit(split.disagreement, split.n_split, split.n_units) for split in ranked}


def most_split_first(
    items: Sequence[tuple[str, PoolFigures]], faults: Mapping[str, FaultSplit]
) -> list[tuple[str, PoolFigures]]:
    """The items that split the group most come first; among equals those where it differs about the fault.

    Items with fewer than two answers come last.
    """

    def split(item: tuple[str, PoolFigures]) -> tuple[float, int, float]:
        key, figures = item
        about_fault = faults[key].disagreement if key in faults else None
        return (-1.0 if figures.disagreement is None else figures.disagreement, figures.n_split, about_fault or 0.0)

    return sorted(items, key=split, reverse=True)


def deviations(group: GroupScores) -> list[Deviation]:
    """How far each participant lies from the reference, or from the others where there is none."""
    by_scorer: dict[UUID, list[GivenScore]] = defaultdict(list)
    for given in group.scores:
        by_scorer[given.scorer_id].append(given)
    points = _points(group)
    return [_deviation(group, scorer.id, by_scorer[scorer.id], points) for scorer in group.scorers]


Points = Mapping[UUID, Mapping[UUID, float]]


def _points(group: GroupScores) -> Points:
    """By call and participant, the scores that are complete."""
    points: dict[UUID, dict[UUID, float]] = defaultdict(dict)
    for given in group.scores:
        if given.complete and given.score.score is not None:
            points[given.call_id][given.scorer_id] = float(given.score.score)
    return points


def _compared_with(group: GroupScores, call_id: UUID, scorer_id: UUID, points: Points) -> float | None:
    """The score of the reference for a call, or the mean score of the others; None where there is none."""
    if group.reference:
        reference = group.reference_scores.get(call_id)
        return None if reference is None or reference.score is None else float(reference.score)
    others = [score for other_id, score in points[call_id].items() if other_id != scorer_id]
    return sum(others) / len(others) if others else None


def _deviation(group: GroupScores, scorer_id: UUID, given: Sequence[GivenScore], points: Points) -> Deviation:
    compared = [
        (points[one.call_id][scorer_id], _compared_with(group, one.call_id, scorer_id, points))
        for one in given
        if scorer_id in points.get(one.call_id, {})
    ]
    differences = [own - other for own, other in compared if other is not None]
    mean = sum(differences) / len(differences) if differences else None
    return Deviation(scorer_id, mean, len(differences), _alignment(group, given))


def _alignment(group: GroupScores, given: Sequence[GivenScore]) -> float | None:
    pairs = [(one.answers, group.reference[one.call_id]) for one in given if one.call_id in group.reference]
    if not pairs:
        return None
    own = np.concatenate([_credits(group.definition, answers) for answers, _ in pairs])
    reference = np.concatenate([_credits(group.definition, answers) for _, answers in pairs])
    weights = np.tile([float(item.weight) for item in group.definition.items], len(pairs))
    return alignment(own, reference, 1.0, weights)


def _credits(definition: Definition, answers: Sequence[Answer]) -> FloatArray:
    """The credit of the answer to each item; NaN where it is not applicable, hidden or unanswered."""
    grades = grades_of(definition)
    credit_of = {answer.item: grades[answer.item][answer.value].credit for answer in answers}
    found = (credit_of.get(item.key) for item in definition.items)
    return np.array([np.nan if credit is None else float(credit) for credit in found])
