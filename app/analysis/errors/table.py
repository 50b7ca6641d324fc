"""The answers to drawn calls as the table that attribution takes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import numpy as np

from app.analysis.rows import AnswerCodes, AnswerKind, kind_order
from app.analysis.samples import ReportScope, SampleArrays, factorize_objects, factorize_optional
from app.scorecards import Fault
from app.statistics import AnswerArrays, BoolArray, FloatArray, IntArray, call_weights


class ItemKey(NamedTuple):
    """Scorecards may use the same key for different items."""

    scorecard_id: UUID
    item: str


class ReasonKey(NamedTuple):
    scorecard_id: UUID
    reason: str


class AnswerGroup(NamedTuple):
    """Equal answers to one item of a version. `calls` are the indexes of their calls in the sample."""

    key: ItemKey
    version_id: UUID
    is_error: bool
    fault: str | None
    reason: str | None
    calls: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class ErrorTable:
    """The answers, and for each of their codes the item, reason, agent or team."""

    answers: AnswerArrays
    items: list[ItemKey]
    reasons: list[ReasonKey]
    agents: list[UUID]
    teams: list[UUID]


def answer_groups(sample: SampleArrays, answers: AnswerCodes) -> list[AnswerGroup]:
    """The answers to the calls that the report is about, equal ones together, always in the same order."""
    wanted = np.flatnonzero(sample.counts[answers.rows])
    order = np.argsort(answers.codes[wanted], kind="stable")
    codes, calls = answers.codes[wanted][order], answers.rows[wanted][order]
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    found = [(answers.kinds[codes[start]], group) for start, group in zip(starts, _split(calls, starts), strict=True)]
    return [_group(kind, group) for kind, group in sorted(found, key=lambda one: kind_order(one[0]))]


def _group(kind: AnswerKind, calls: IntArray) -> AnswerGroup:
    key = ItemKey(kind.scorecard_id, kind.item)
    return AnswerGroup(key, kind.version_id, kind.is_error, kind.fault, kind.reason, calls)


def _split(values: IntArray, starts: IntArray) -> list[IntArray]:
    """The parts that begin at these places, of which the first is 0."""
    return np.split(values, starts[1:]) if starts.size else []


def error_table(sample: SampleArrays, scope: ReportScope, groups: Sequence[AnswerGroup]) -> ErrorTable:
    """The table of these answers to the calls of a sample."""
    lengths = [group.calls.size for group in groups]
    # Answers are sorted so that sums are taken in a fixed order: a repeated report is the same to the last digit.
    calls = np.concatenate([np.zeros(0, dtype=np.int64), *(np.sort(group.calls) for group in groups)])
    items, item_keys = factorize_objects(group.key for group in groups)
    reasons, reason_keys = factorize_optional(map(_reason, groups))
    teams, team_ids = factorize_optional(scope.agent_teams)
    agents = sample.agents[calls]
    answers = AnswerArrays(
        items=np.repeat(items, lengths),
        agents=agents,
        teams=teams[agents],
        calls=calls,
        reasons=np.repeat(reasons, lengths),
        errors=np.repeat(_flags(group.is_error for group in groups), lengths),
        marked_process=np.repeat(_flags(group.fault == Fault.PROCESS for group in groups), lengths),
        marked_agent=np.repeat(_flags(group.fault == Fault.AGENT for group in groups), lengths),
        weights=_weights(sample)[calls],
    )
    return ErrorTable(answers, item_keys, reason_keys, scope.agent_ids, team_ids)


def _reason(group: AnswerGroup) -> ReasonKey | None:
    return None if group.reason is None else ReasonKey(group.key.scorecard_id, group.reason)


def _flags(values: Iterable[bool]) -> BoolArray:
    return np.array(list(values), dtype=np.bool_)


def _weights(sample: SampleArrays) -> FloatArray:
    """The number of calls that each evaluated call stands for, nonresponse included; 0 for calls not evaluated."""
    return call_weights(sample.sample_by_scorecard(np.where(sample.evaluated, 0.0, np.nan)))
