"""Suggesting sessions: on the items, and for the verifiers, whose agreement is below what a project wants."""

import base64
import binascii
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final
from uuid import UUID

from app.calibration.agreement.figures import ac1_of, measure_ac1, measure_listed
from app.calibration.agreement.pooling import (
    Answered,
    answered,
    by_item,
    by_task,
    list_answers,
    placed_items,
    pool_answers,
    shared_calls,
)
from app.calibration.agreement.types import (
    NewestDraw,
    PooledScorings,
    Rater,
    Scoring,
    Suggestion,
    SuggestionKind,
    Threshold,
)
from app.scorecards.types import AnswerValue
from app.statistics.agreement import Agreement

# Fewer shared calls say too little.
MIN_CALLS: Final = 10
MOST_PARTICIPANTS: Final = 20

Draws = Mapping[tuple[UUID, UUID], NewestDraw]


def suggest(of: PooledScorings, thresholds: Iterable[Threshold], draws: Draws) -> list[Suggestion]:
    """The sessions that would help: by project, the lowest agreement first. Slow with many scorings: for a thread."""
    by_project: dict[UUID, list[Scoring]] = defaultdict(list)
    for scoring in of.scorings:
        by_project[scoring.project_id].append(scoring)
    found: list[Suggestion] = []
    for threshold in thresholds:
        scorings = by_project[threshold.project_id]
        suggested = [*_on_items(of, threshold, scorings, draws), *_for_verifiers(of, threshold, scorings, draws)]
        found += sorted(suggested, key=lambda one: (one.agreement.value, one.id))
    return found


def suggestion_id(kind: SuggestionKind, project_id: UUID, subject_id: UUID, item: str = "") -> str:
    """The id of a suggestion, always the same: it names what the session would be about."""
    text = f"{kind}:{project_id}:{subject_id}:{item}"
    return base64.urlsafe_b64encode(text.encode()).decode("ascii").rstrip("=")


def project_of(text: str) -> UUID | None:
    """The project of the suggestion with this id; None where it is the id of none."""
    try:
        kind, project_id, _ = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split(":", 2)
        return UUID(SuggestionKind(kind) and project_id)
    except (ValueError, binascii.Error):
        return None


def _on_items(
    of: PooledScorings, threshold: Threshold, scorings: Sequence[Scoring], draws: Draws
) -> Iterator[Suggestion]:
    placed = placed_items(of.versions.values())
    for key, given in by_item(answered(of, scorings)).items():
        shared = shared_calls(one.scoring for one in given)
        if shared.total < MIN_CALLS:
            continue
        agreement = measure_ac1(pool_answers(given))
        if not _is_below(agreement, threshold):
            continue
        scorecard_id, _, item = placed[key]
        yield Suggestion(
            id=suggestion_id(SuggestionKind.ITEM, threshold.project_id, scorecard_id, item.key),
            kind=SuggestionKind.ITEM,
            threshold=threshold,
            scorecard_id=scorecard_id,
            scorecard_name=of.scorecards[scorecard_id],
            item=item.key,
            verifier=None,
            subject=item.title,
            agreement=agreement,
            shared=shared,
            call_ids=_most_divided_first(given, _share_of_pairs),
            draw=draws.get((threshold.project_id, scorecard_id)),
            participants=_participants(of, (one.scoring.rater for one in given)),
        )


def _for_verifiers(
    of: PooledScorings, threshold: Threshold, all_scorings: Sequence[Scoring], draws: Draws
) -> Iterator[Suggestion]:
    tasks = [task for task in by_task(all_scorings).values() if len(task) > 1]
    tasks_of: dict[str, list[Sequence[Scoring]]] = defaultdict(list)
    for task in tasks:
        for one in task:
            tasks_of[one.rater].append(task)
    for found in measure_listed(list_answers(answered(of, (one for task in tasks for one in task)))):
        rater, agreement = of.raters[str(found.rater)], ac1_of(found.coefficients)
        own = tasks_of[rater.key]
        if not rater.may_score or len(own) < MIN_CALLS or not _is_below(agreement, threshold):
            continue
        scorecard_id = _most_common(task[0].scorecard_id for task in own)
        scorings = [one for task in own if task[0].scorecard_id == scorecard_id for one in task]
        others = _participants(of, (one.rater for one in scorings if one.rater != rater.key))
        yield Suggestion(
            id=suggestion_id(SuggestionKind.VERIFIER, threshold.project_id, UUID(rater.key)),
            kind=SuggestionKind.VERIFIER,
            threshold=threshold,
            scorecard_id=scorecard_id,
            scorecard_name=of.scorecards[scorecard_id],
            item=None,
            verifier=rater,
            subject=rater.name,
            agreement=agreement,
            shared=shared_calls(one for task in own for one in task),
            call_ids=_most_divided_first(answered(of, scorings), _share_against(rater.key)),
            draw=draws.get((threshold.project_id, scorecard_id)),
            participants=[rater, *others][:MOST_PARTICIPANTS],
        )


def _is_below(agreement: Agreement, threshold: Threshold) -> bool:
    return agreement.value is not None and agreement.value < float(threshold.value)


def _participants(of: PooledScorings, keys: Iterable[str]) -> list[Rater]:
    """The users who have scored most, and can still take part. Clients are invited by whoever leads the session."""
    ranked = sorted(Counter(keys).items(), key=lambda one: (-one[1], one[0]))
    return [of.raters[key] for key, _ in ranked if of.raters[key].may_score][:MOST_PARTICIPANTS]


def _most_common(ids: Iterable[UUID]) -> UUID:
    return min(Counter(ids).items(), key=lambda one: (-one[1], one[0]))[0]


Split = Callable[[Mapping[str, AnswerValue]], float | None]


def _most_divided_first(answers: Iterable[Answered], split: Split) -> list[UUID]:
    """The calls by the mean split of their items; of a call that was scored several times, the largest."""
    given: dict[tuple[int, str], dict[str, AnswerValue]] = defaultdict(dict)
    call_ids: dict[int, UUID] = {}
    for scoring, key, _, value in answers:
        given[scoring.task, key][scoring.rater] = value
        call_ids[scoring.task] = scoring.call_id
    splits: dict[int, list[float]] = defaultdict(list)
    for (task, _), values in given.items():
        share = split(values)
        if share is not None:
            splits[task].append(share)
    of_call: dict[UUID, float] = defaultdict(float)
    for task, shares in splits.items():
        of_call[call_ids[task]] = max(of_call[call_ids[task]], sum(shares) / len(shares))
    return sorted(of_call, key=lambda call_id: (-of_call[call_id], call_id))


def _share_of_pairs(values: Mapping[str, AnswerValue]) -> float | None:
    """The share of pairs of raters whose answers differ; None where there is no pair."""
    pairs = list(combinations(values.values(), 2))
    return sum(first != second for first, second in pairs) / len(pairs) if pairs else None


def _share_against(rater: str) -> Split:
    """The share of the others whose answers differ from the rater's; None where there is nothing to compare."""

    def share(values: Mapping[str, AnswerValue]) -> float | None:
        others = [value for key, value in values.items() if key != rater]
        if rater not in values or not others:
            return None
        return sum(value != values[rater] for value in others) / len(others)

    return share
