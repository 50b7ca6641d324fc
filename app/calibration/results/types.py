"""The results of a session."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.calibration.agreement.figures import PairFigures, PoolFigures, RaterFigures
from app.evaluations.types import Answer
from app.scorecards.types import Definition, Score


@dataclass(frozen=True, slots=True)
class Scorer:
    """A participant, as far as the results name one."""

    id: UUID
    name: str
    role: str


@dataclass(frozen=True, kw_only=True)
class GivenScore:
    """The answers of one participant about one call."""

    scorer_id: UUID
    call_id: UUID
    answers: Sequence[Answer]
    comment: str | None
    complete: bool
    blind: bool
    score: Score


@dataclass(frozen=True, kw_only=True)
class SettledCall:
    """What the group settled on for a call."""

    call_id: UUID
    answers: Sequence[Answer]
    comment: str | None
    score: Score


@dataclass(frozen=True, kw_only=True)
class GroupScores:
    """All that a session has to compare. `reference`: the answers that all are compared with, by call."""

    name: str
    definition: Definition
    call_ids: Sequence[UUID]
    scorers: Sequence[Scorer]
    scores: Sequence[GivenScore]
    settled: Sequence[SettledCall]
    reference: Mapping[UUID, Sequence[Answer]]
    reference_scores: Mapping[UUID, Score]
    reference_scorer_id: UUID | None


@dataclass(frozen=True, slots=True)
class Deviation:
    """How far a participant's scores lie from the reference, in points, and how well the answers align with it.

    Without a reference they are compared with the mean score of the others, call by call, and there is no alignment.
    """

    scorer_id: UUID
    points: float | None
    n_calls: int
    alignment: float | None


@dataclass(frozen=True, slots=True)
class FaultSplit:
    """How far those who call an answer an error differ about whose fault it was.

    `n_split`: the calls on which they differ, of `n_units` that two or more call an error. `disagreement`: the share of
    pairs that differ; None without a pair.
    """

    disagreement: float | None
    n_split: int
    n_units: int


@dataclass(frozen=True, kw_only=True)
class GroupAgreement:
    """How far the participants agree: over all, by section, by item (the most split first), by participant, by pair."""

    overall: PoolFigures
    sections: Sequence[tuple[str, PoolFigures]]
    items: Sequence[tuple[str, PoolFigures]]
    scorers: Sequence[RaterFigures]
    # None: left out, because there are too many pairs.
    pairs: Sequence[PairFigures] | None
    # Whose fault errors were, over all items and by item: on answers that two or more call an error.
    faults: PoolFigures
    faults_by_item: Mapping[str, FaultSplit]


@dataclass(frozen=True, kw_only=True)
class SessionResults:
    """`agreement`: None until the reveal."""

    session_id: UUID
    group: GroupScores
    agreement: GroupAgreement | None
    deviations: Sequence[Deviation]
