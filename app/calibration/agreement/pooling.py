"""Pooling scorings: as judgements, with the weight of each double scoring.

An item is the same in all versions of its scorecard that have its key. The newest of them says what it is called and
in which section it is. A call that two sessions scored counts for each of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple
from uuid import UUID

from app.calibration.agreement.judgements import Judgement, JudgementList, Pool, list_versions, pool_versions
from app.calibration.agreement.types import PooledScorings, Scoring, ScoringSource, SharedCalls, TaskKey
from app.scorecards.types import NA, AnswerType, AnswerValue, Definition, Item, PublishedVersion, Section


class ItemKey(NamedTuple):
    scorecard_id: UUID
    item: str


class Placed(NamedTuple):
    """An item in its section, as the newest version that has it says."""

    section: Section
    item: Item


class Answered(NamedTuple):
    """A rater's answer to an item, which is as the rater's version has it."""

    scoring: Scoring
    item: Item
    value: AnswerValue


def typed_answers(answers: Mapping[str, AnswerValue], version: PublishedVersion) -> dict[str, AnswerValue]:
    """The answers of a scoring as they were given: a table keeps a number on a scale as text."""
    items = version.definition.item_by_key
    return {
        key: int(value) if value != NA and items[key].answer_type is AnswerType.SCALE else value
        for key, value in answers.items()
    }


def placed_items(versions: Iterable[PublishedVersion]) -> dict[ItemKey, Placed]:
    """Every item of the versions: those of a scorecard's newest version first, in its order."""
    found: dict[ItemKey, Placed] = {}
    for version in sorted(versions, key=lambda one: (one.scorecard_id, -one.number)):
        for section in version.definition.sections:
            for item in section.items:
                found.setdefault(ItemKey(version.scorecard_id, item.key), Placed(section, item))
    return found


def answered(of: PooledScorings, scorings: Iterable[Scoring]) -> list[Answered]:
    definitions: Mapping[UUID, Definition] = {key: version.definition for key, version in of.versions.items()}
    return [
        Answered(scoring, definitions[scoring.version_id].item_by_key[key], value)
        for scoring in scorings
        for key, value in scoring.answers.items()
    ]


def by_item(answers: Iterable[Answered]) -> dict[ItemKey, list[Answered]]:
    found: dict[ItemKey, list[Answered]] = defaultdict(list)
    for answer in answers:
        found[ItemKey(answer.scoring.scorecard_id, answer.item.key)].append(answer)
    return found


def by_task(scorings: Iterable[Scoring]) -> dict[TaskKey, list[Scoring]]:
    found: dict[TaskKey, list[Scoring]] = defaultdict(list)
    for scoring in scorings:
        found[scoring.task].append(scoring)
    return found


def with_others(tasks: Iterable[Sequence[Scoring]]) -> dict[str, list[Scoring]]:
    """For each rater the own scorings of calls that others have scored, too."""
    found: dict[str, list[Scoring]] = defaultdict(list)
    for scorings in tasks:
        if len(scorings) > 1:
            for scoring in scorings:
                found[scoring.rater].append(scoring)
    return found


def of_pairs(tasks: Iterable[Sequence[Scoring]]) -> dict[tuple[str, str], list[tuple[Scoring, Scoring]]]:
    """For every two raters their scorings of the calls that both have scored. The keys of a pair ascend."""
    found: dict[tuple[str, str], list[tuple[Scoring, Scoring]]] = defaultdict(list)
    for scorings in tasks:
        for first, second in combinations(sorted(scorings, key=lambda one: one.rater), 2):
            found[first.rater, second.rater].append((first, second))
    return found


def pool_answers(answers: Sequence[Answered]) -> Pool:
    """The answers as one matrix, with a column for each rater. Each call has its weight, and is a cluster."""
    raters = sorted({one.scoring.rater for one in answers})
    return pool_versions(_judgements(answers), [one.item for one in answers], raters)


def list_answers(answers: Sequence[Answered]) -> JudgementList:
    """The answers of many raters one by one. Each call has its weight, and is a cluster."""
    return list_versions(_judgements(answers), [one.item for one in answers])


def _judgements(answers: Sequence[Answered]) -> list[Judgement]:
    weights = task_weights(one.scoring for one in answers)
    return [
        Judgement(scoring.task, scoring.rater, (scoring.scorecard_id, item.key), value, weights.get(scoring.task, 1.0))
        for scoring, item, value in answers
    ]


def task_weights(scorings: Iterable[Scoring]) -> dict[TaskKey, float]:
    """The weight of each double scoring with a known probability: its inverse, in units of their mean."""
    inverse = {one.task: 1 / one.probability for one in scorings if one.probability is not None}
    mean = sum(inverse.values()) / len(inverse) if inverse else 1.0
    return {task: weight / mean for task, weight in inverse.items()}


def shared_calls(scorings: Iterable[Scoring]) -> SharedCalls:
    """The calls that two or more of the scorings are of. A rater counts once."""
    raters: dict[TaskKey, set[str]] = defaultdict(set)
    sources: dict[TaskKey, ScoringSource] = {}
    for scoring in scorings:
        raters[scoring.task].add(scoring.rater)
        sources[scoring.task] = scoring.source
    return count_sources(sources[task] for task, keys in raters.items() if len(keys) > 1)


def count_sources(sources: Iterable[ScoringSource]) -> SharedCalls:
    found = list(sources)
    return SharedCalls(found.count(ScoringSource.SESSION), found.count(ScoringSource.DOUBLE_SCORE))
