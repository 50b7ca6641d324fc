"""The answers to drawn calls as the table that attribution takes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import numpy as np

from app.analysis.samples import DrawnCall, coded, coded_or_none, evaluated, sample_of
from app.analysis.types import Answers, BoolArray
from app.sampling.estimation import FloatArray, IntArray, response_probabilities
from app.scorecards import Fault


class ItemKey(NamedTuple):
    """Scorecards may use the same key for different items."""

    scorecard_id: UUID
    item: str


class ReasonKey(NamedTuple):
    scorecard_id: UUID
    reason: str


class AnswerGroup(NamedTuple):
    """Equal answers to one item: `calls` are the places of their calls in the sample."""

    key: ItemKey
    is_error: bool
    fault: str | None
    reason: str | None
    calls: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class ErrorTable:
    """The answers, and what their codes stand for."""

    answers: Answers
    items: list[ItemKey]
    reasons: list[ReasonKey]
    agents: list[UUID]
    teams: list[str]


def error_table(drawn: Sequence[DrawnCall], groups: Sequence[AnswerGroup]) -> ErrorTable:
    """The table of these answers to calls of a sample whose keys are teams."""
    lengths = [group.calls.size for group in groups]
    # Sums in a fixed order, so that a report says the same to the last digit when it is asked for again.
    calls = np.concatenate([np.zeros(0, dtype=np.int64), *(np.sort(group.calls) for group in groups)])
    items, item_keys = coded(group.key for group in groups)
    reasons, reason_keys = coded_or_none(map(_reason, groups))
    agents, agent_ids = coded(call.agent_id for call in drawn)
    teams, team_ids = coded_or_none(call.key for call in drawn)
    answers = Answers(
        items=np.repeat(items, lengths),
        agents=agents[calls],
        teams=teams[calls],
        calls=calls,
        reasons=np.repeat(reasons, lengths),
        errors=np.repeat(_flags(group.is_error for group in groups), lengths),
        marked_process=np.repeat(_flags(group.fault == Fault.PROCESS for group in groups), lengths),
        marked_agent=np.repeat(_flags(group.fault == Fault.AGENT for group in groups), lengths),
        weights=_weights(drawn)[calls],
    )
    return ErrorTable(answers, item_keys, reason_keys, agent_ids, team_ids)


def _reason(group: AnswerGroup) -> ReasonKey | None:
    return None if group.reason is None else ReasonKey(group.key.scorecard_id, group.reason)


def _flags(values: Iterable[bool]) -> BoolArray:
    return np.array(list(values), dtype=np.bool_)


def _weights(drawn: Sequence[DrawnCall]) -> FloatArray:
    """How many calls each evaluated call stands for, in its own stead and that of those not evaluated; 0 for these."""
    answered = evaluated(drawn)
    probabilities = response_probabilities(sample_of(drawn, np.where(answered, 0.0, np.nan)))
    return np.divide(1.0, probabilities, out=np.zeros_like(probabilities), where=answered)
