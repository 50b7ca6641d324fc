"""The records of calibration sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from typing_extensions import TypedDict

from app.evaluations.types import Answer
from app.scorecards.types import Score

MAX_CALLS = 50
MAX_PARTICIPANTS = 300
MAX_TIME_OPTIONS = 20


class SessionState(StrEnum):
    """`arranging`: nobody scores yet. `open`: the participants score, each without seeing the others' answers."""

    ARRANGING = "arranging"
    OPEN = "open"
    REVEALED = "revealed"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class SeeOthers(StrEnum):
    """From when a participant sees the others' answers to a call."""

    AFTER_SUBMIT = "after_submit"
    AFTER_REVEAL = "after_reveal"


class VoteAnswer(StrEnum):
    YES = "yes"
    IF_NEEDED = "if_needed"
    NO = "no"


class Reopening(TypedDict):
    """That a session was opened again, when, by whom and why. What is scored afterwards is not blind."""

    at: datetime
    by: UUID
    why: str


@dataclass(frozen=True, kw_only=True)
class SessionSettings:
    """What may be changed while a session is arranged. `place`: a room, or the address of a video meeting."""

    name: str
    scheduled_at: datetime | None
    duration_min: int
    place: str | None
    hide_agent: bool
    see_others: SeeOthers
    reference_user_id: UUID | None
    reference_evaluation_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class NewParticipant:
    """A user, or a client without an account. `timezone` is that of the client."""

    user_id: UUID | None = None
    name: str | None = None
    email: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewSession(SessionSettings):
    """A request for a session: of the calls that are named, or of `count` calls chosen at random from a draw."""

    scorecard_id: UUID
    scorecard_version: int | None
    call_ids: Sequence[UUID]
    from_draw: UUID | None
    count: int | None
    participants: Sequence[NewParticipant]
    suggestion_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class CalibrationSession(SessionSettings):
    """A session without its calls and participants. `sequence` counts the changes of its calendar entry."""

    id: UUID
    # None where the calls are of several projects.
    project_id: UUID | None
    scorecard_id: UUID
    scorecard_version_id: UUID
    # The draw that the calls were chosen from at random.
    draw_id: UUID | None
    # The suggestion that it was made from.
    suggestion_id: str | None
    state: SessionState
    sequence: int
    created_by: UUID
    created_at: datetime
    opened_at: datetime | None = None
    revealed_at: datetime | None = None
    closed_at: datetime | None = None
    cancelled_at: datetime | None = None
    reopenings: Sequence[Reopening] = ()
    version: int = 1


@dataclass(frozen=True, slots=True)
class PickedCall:
    """A call of a session. `inclusion_prob_e12`: the probability with which it was chosen from the sample of its draw.

    A call that a person has named has none.
    """

    call_id: UUID
    position: int
    inclusion_prob_e12: int | None = None

    @property
    def by_chance(self) -> bool:
        return self.inclusion_prob_e12 is not None


@dataclass(frozen=True, slots=True)
class SessionCall:
    """What the participants may know of a call before they open it."""

    call_id: UUID
    position: int
    inclusion_prob_e12: int | None
    started_at: datetime
    duration_s: Decimal
    direction: str
    language: str | None
    has_recording: bool
    transcript_status: str
    # None where the session hides the agent.
    agent_name: str | None


@dataclass(frozen=True, kw_only=True)
class Participant:
    """A person who takes part. `role` is that of the user, or `client`."""

    id: UUID
    session_id: UUID
    user_id: UUID | None
    guest_id: UUID | None
    name: str
    email: str
    timezone: str | None
    role: str
    added_at: datetime
    invited_at: datetime | None = None
    withdrawn_at: datetime | None = None

    @property
    def active(self) -> bool:
        return self.withdrawn_at is None


@dataclass(frozen=True, kw_only=True)
class ParticipantProgress(Participant):
    """A participant with the calls that the participant has begun to score, and has scored completely."""

    present: bool
    begun: Sequence[UUID]
    scored: Sequence[UUID]


@dataclass(frozen=True, kw_only=True)
class SessionDetail:
    """A session as one of the people in it, or one who leads it, may see it."""

    session: CalibrationSession
    scorecard_name: str
    participants: Sequence[ParticipantProgress]
    calls: Sequence[SessionCall]
    # The number of the last live event: who follows on from there misses nothing.
    last_event: int
    # The one who asks, if taking part.
    own: Participant | None
    leads: bool


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session as a line of a list."""

    id: UUID
    name: str
    state: SessionState
    project_id: UUID | None
    scorecard_id: UUID
    scheduled_at: datetime | None
    duration_min: int
    created_at: datetime
    calls: int
    participants: int


@dataclass(frozen=True, kw_only=True)
class BlindScore:
    """One participant's answers about one call, complete or not. `submitted_at`: None while it is a draft.

    `blind`: the session had not been revealed when they were saved. `blind_answers`: those that were revealed first,
    where others took their place since.
    """

    session_id: UUID
    participant_id: UUID
    call_id: UUID
    answers: Sequence[Answer]
    comment: str | None
    complete: bool
    submitted_at: datetime | None
    blind: bool = True
    blind_answers: Sequence[Answer] | None = None
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class ScoreAnswer:
    """A saved score as its participant reads it, with what it lacks."""

    blind_score: BlindScore
    score: Score
    missing_items: Sequence[str]
    errors_without_fault: Sequence[str]
    dropped_items: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Consensus:
    """What the group, or the one who leads it, settled on for a call. `evaluation_id`: the evaluation of the call."""

    id: UUID
    session_id: UUID
    call_id: UUID
    answers: Sequence[Answer]
    comment: str | None
    decided_by: UUID
    decided_at: datetime
    evaluation_id: UUID | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Decided:
    """A consensus, and how many errors are checked by it. `obstacle`: why none are."""

    consensus: Consensus
    checked_errors: int
    obstacle: str | None


@dataclass(frozen=True, slots=True)
class TimeOption:
    """A time proposed for a session, with the participants' answers to it."""

    id: UUID
    session_id: UUID
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Vote:
    participant_id: UUID
    answer: VoteAnswer


@dataclass(frozen=True, slots=True)
class RatedTimeOption:
    """A proposed time with its votes. `best`: no other one suits as many of the participants."""

    option: TimeOption
    votes: Sequence[Vote]
    best: bool


@dataclass(frozen=True, slots=True)
class GuestLink:
    """The link of one guest. `token` is None where the guest has a link already: it was shown once."""

    participant_id: UUID
    name: str
    email: str
    expires_at: datetime
    token: str | None
