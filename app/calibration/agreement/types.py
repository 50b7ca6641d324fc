"""The records of pooled agreement: what is pooled, what it is asked about, and what is suggested from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.calibration.agreement.figures import PoolFigures, ac1_of
from app.scorecards.types import AnswerValue, PublishedVersion
from app.statistics.agreement import Agreement


class AgreementBy(StrEnum):
    """What a row of pooled agreement is about."""

    ITEM = "item"
    SECTION = "section"
    VERIFIER = "verifier"
    PAIR = "pair"


class ScoringSource(StrEnum):
    """Where two people have scored the same call."""

    SESSION = "session"
    DOUBLE_SCORE = "double_score"


class SourceChoice(StrEnum):
    ALL = "all"
    SESSIONS = "sessions"
    DOUBLE_SCORES = "double_scores"


@dataclass(frozen=True, slots=True)
class AgreementFilter:
    """Which scorings are pooled; None does not filter. The team is that of the call's agent."""

    since: date | datetime | None = None
    until: date | datetime | None = None
    project_id: UUID | None = None
    scorecard_id: UUID | None = None
    source: SourceChoice = SourceChoice.ALL
    team_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Rater:
    """A user, or a client without an account, who has no user_id and is known by the e-mail address."""

    key: str
    user_id: UUID | None
    name: str
    # Whether the rater can take part in a session.
    may_score: bool


@dataclass(frozen=True, slots=True)
class Scoring:
    """One person's answers to a call. `rater`: the key of the rater.

    task: the same number for all who scored the call in one session, or as one double scoring.
    probability: with which a double scoring was drawn, the draw of the call included; None in a session, and where it
        is not known.
    """

    task: int
    call_id: UUID
    source: ScoringSource
    project_id: UUID
    scorecard_id: UUID
    version_id: UUID
    rater: str
    probability: float | None
    answers: Mapping[str, AnswerValue]


@dataclass(frozen=True, slots=True)
class PooledScorings:
    """Scorings with what their ids stand for.

    versions: of every scorecard those that were scored by, and the newest published one.
    """

    scorings: Sequence[Scoring]
    raters: Mapping[str, Rater]
    scorecards: Mapping[UUID, str]
    versions: Mapping[UUID, PublishedVersion]


@dataclass(frozen=True, slots=True)
class SharedCalls:
    """How many calls two or more have scored: in sessions, and as double scorings."""

    sessions: int
    double_scores: int

    @property
    def total(self) -> int:
        return self.sessions + self.double_scores


@dataclass(frozen=True, kw_only=True)
class PooledItems:
    """How far all raters agree on an item of a scorecard, or on a section of it, which has no `item`."""

    key: str
    name: str
    scorecard_id: UUID
    scorecard_name: str
    section: str
    item: str | None
    shared: SharedCalls
    figures: PoolFigures

    @property
    def coefficients(self) -> Sequence[Agreement]:
        return [figure.agreement for figure in self.figures.figures]

    @property
    def ac1(self) -> float | None:
        return ac1_of(self.coefficients).value


@dataclass(frozen=True, kw_only=True)
class PooledRaters:
    """How far a rater agrees with all others, or two raters with each other."""

    raters: Sequence[Rater]
    shared: SharedCalls
    coefficients: Sequence[Agreement]
    # The items take different answers, which are therefore compared as error, no error or not applicable.
    compares_verdicts: bool

    @property
    def key(self) -> str:
        return "+".join(rater.key for rater in self.raters)

    @property
    def name(self) -> str:
        return ", ".join(rater.name for rater in self.raters)

    @property
    def ac1(self) -> float | None:
        return ac1_of(self.coefficients).value


class SuggestionKind(StrEnum):
    ITEM = "item"
    VERIFIER = "verifier"


@dataclass(frozen=True, slots=True)
class Threshold:
    """The agreement that a project wants, 0…1."""

    project_id: UUID
    project_name: str
    value: Decimal


class NewestDraw(NamedTuple):
    draw_id: UUID
    sample_size: int


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """A session that would help: on an item, or for a verifier, whose agreement is below what the project wants.

    section_title, item: of an item. verifier: the one whom the others disagree with. call_ids: by how far the raters
    disagree on them, the most divided first. draw: in place of them, the newest one of the project and the scorecard.
    participants: the users concerned.
    """

    id: str
    kind: SuggestionKind
    threshold: Threshold
    scorecard_id: UUID
    scorecard_name: str
    item: str | None
    verifier: Rater | None
    subject: str
    agreement: Agreement
    shared: SharedCalls
    call_ids: Sequence[UUID]
    draw: NewestDraw | None
    participants: Sequence[Rater]
    # The session that was made from it and is not revealed yet.
    session_id: UUID | None = None
