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
from app.calibration.agreement.types import PooledScorings, Scoring, ScoringSource, SharedCalls
from app.scorecards.types import NA, AnswerType, AnswerValue, Item, PublishedVersion, Section


class Placed(NamedTuple):
    """An item in its section, as the newest version that has it says."""

    scorecard_id: UUID
    section: Section
    item: Item


class Answered(NamedTuple):
    """A rater's answer to an item, which is as the rater's version has it. `key`: the same in all versions."""

    scoring: Scoring
    key: str
    item: Item
    value: AnswerValue


def key_of(scorecard_id: UUID, key: str) -> str:
    """The key of an item or a section among those of all scorecards."""
    return f"{scorecard_id}:{key}"


def typed_answers(answers: Mapping[str, AnswerValue], version: PublishedVersion) -> dict[str, AnswerValue]:
    """The answers of a scoring as they were given: a table keeps a number on a scale as text."""
    items = version.definition.item_by_key
    return {
        key: int(value) if value != NA and items[key].answer_type is AnswerType.SCALE else value
        for key, value in answers.items()
    }


def placed_items(versions: Iterable[PublishedVersion]) -> dict[str, Placed]:
    """Every item of the versions, by key: those of a scorecard's newest version first, in its order."""
    found: dict[str, Placed] = {}
    for version in sorted(versions, key=lambda one: (one.scorecard_id, -one.number)):
        for section in version.definition.sections:
            for item in section.items:
                key = key_of(version.scorecard_id, item.key)
                found.setdefault(key, Placed(version.scorecard_id, section, item))
    return found


def answered(of: PooledScorings, scorings: Iterable[Scoring]) -> list[Answered]:
    items = {
        version.id: {item.key: (key_of(version.scorecard_id, item.key), item) for item in version.definition.items}
        for version in of.versions.values()
    }
    return [
        Answered(scoring, *items_of_version[key], value)
        for scoring in scorings
        for items_of_version in (items[scoring.version_id],)
        for key, value in scoring.answers.items()
    ]


def by_item(answers: Iterable[Answered]) -> dict[str, list[Answered]]:
    found: dict[str, list[Answered]] = defaultdict(list)
    for answer in answers:
        found[answer.key].append(answer)
    return found


def by_task(scorings: Iterable[Scoring]) -> dict[int, list[Scoring]]:
    found: dict[int, list[Scoring]] = defaultdict(list)
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
        Judgement(scoring.task, scoring.rater, key, value, weights.get(scoring.task, 1.0))
        for scoring, key, _, value in answers
    ]


def task_weights(scorings: Iterable[Scoring]) -> dict[int, float]:
    """The weight of each double scoring with a known probability: its inverse, in units of their mean."""
    inverse = {one.task: 1 / one.probability for one in scorings if one.probability is not None}
    mean = sum(inverse.values()) / len(inverse) if inverse else 1.0
    return {task: weight / mean for task, weight in inverse.items()}


def shared_calls(scorings: Iterable[Scoring]) -> SharedCalls:
    """The calls that two or more of the scorings are of. A rater counts once."""
    raters: dict[int, set[str]] = defaultdict(set)
    sources: dict[int, ScoringSource] = {}
    for scoring in scorings:
        raters[scoring.task].add(scoring.rater)
        sources[scoring.task] = scoring.source
    return count_sources(sources[task] for task, keys in raters.items() if len(keys) > 1)


def count_sources(sources: Iterable[ScoringSource]) -> SharedCalls:
    found = list(sources)
    return SharedCalls(found.count(ScoringSource.SESSION), found.count(ScoringSource.DOUBLE_SCORE))
