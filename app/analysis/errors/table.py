"""The answers to drawn calls as the table that attribution takes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import numpy as np

from app.analysis.repository.rows import AnswersOfKind
from app.analysis.samples import ReportScope, SampleArrays, factorize_objects, factorize_optional
from app.analysis.weeks import week_of_each
from app.scorecards import Fault
from app.statistics import BoolArray, IntArray, factorize
from app.statistics.attribution import NONE, AnswerArrays, Mark

MARKS = {fault: Mark[fault.name] for fault in Fault}


class ItemKey(NamedTuple):
    """Scorecards may use the same key for different items."""

    scorecard_id: UUID
    item: str


class ReasonKey(NamedTuple):
    scorecard_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class ErrorTable:
    """The answers, and for each of their codes the item, reason, agent or team; the code of a week is its Monday."""

    answers: AnswerArrays
    items: list[ItemKey]
    reasons: list[ReasonKey]
    agents: list[UUID]
    teams: list[UUID]


def error_table(sample: SampleArrays, scope: ReportScope, groups: Sequence[AnswersOfKind]) -> ErrorTable:
    """The table of these answers to the calls of a sample."""
    lengths = [group.calls.size for group in groups]
    # Answers are sorted so that sums are taken in a fixed order: a repeated report is the same to the last digit.
    calls = np.concatenate([np.zeros(0, dtype=np.int64), *(np.sort(group.calls) for group in groups)])
    items, item_keys = factorize_objects(ItemKey(group.scorecard_id, group.item) for group in groups)
    reasons, reason_keys = factorize_optional(map(_reason, groups))
    teams, team_ids = factorize_optional(scope.agent_teams)
    agents = sample.agents[calls]
    weeks = week_of_each(sample, scope)
    answers = AnswerArrays(
        items=np.repeat(items, lengths),
        agents=agents,
        contexts=_contexts(sample, scope, weeks)[calls],
        verifiers=sample.verifiers[calls],
        teams=teams[agents],
        weeks=weeks[calls],
        calls=calls,
        reasons=np.repeat(reasons, lengths),
        errors=np.repeat(_flags(group.is_error for group in groups), lengths),
        marks=np.repeat(np.array([_mark(group) for group in groups], dtype=np.int64), lengths),
        weights=sample.weights_by_scorecard()[calls],
    )
    return ErrorTable(answers, item_keys, reason_keys, scope.agent_ids, team_ids)


def _reason(group: AnswersOfKind) -> ReasonKey | None:
    return None if group.reason is None else ReasonKey(group.scorecard_id, group.reason)


def _mark(group: AnswersOfKind) -> int:
    return NONE if group.fault is None else MARKS[Fault(group.fault)]


def _contexts(sample: SampleArrays, scope: ReportScope, weeks: IntArray) -> IntArray:
    """What the calls of a week in a project have in common: knowledge base, scripts, systems."""
    projects, _ = factorize_objects(scope.draw_projects)
    _, contexts = factorize(projects[sample.draws] * (int(weeks.max(initial=0)) + 1) + weeks)
    return contexts


def _flags(values: Iterable[bool]) -> BoolArray:
    return np.array(list(values), dtype=np.bool_)
