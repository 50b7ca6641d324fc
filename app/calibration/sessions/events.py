"""The events of calibration sessions. Until the reveal, none of them holds an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from typing_extensions import TypedDict

from app.calibration.sessions.types import CalibrationSession, Participant, SessionState, VoteAnswer
from app.evaluations import Answer
from app.events import DomainEvent


class PickedCallDocument(TypedDict):
    """A call of a session, and with what probability it was chosen; null where a person has named it."""

    call_id: UUID
    inclusion_prob_e12: int | None


class NewSessionDocument(TypedDict):
    """A new session with its calls and participants."""

    session: CalibrationSession
    calls: Sequence[PickedCallDocument]
    participants: Sequence[Participant]


class ReopenedDocument(TypedDict):
    state: SessionState
    why: str


class ParticipantDocument(TypedDict):
    participant: Participant


class SavedScoreDocument(TypedDict):
    """That a participant saved a score, and not what it says."""

    participant_id: UUID
    call_id: UUID
    complete: bool
    submitted: bool


class RevealedScoreDocument(SavedScoreDocument):
    answers: Sequence[Answer]
    comment: str | None


class ConsensusDocument(TypedDict):
    call_id: UUID
    answers: Sequence[Answer]
    comment: str | None
    evaluation_id: UUID | None


class InvitedDocument(TypedDict):
    participant_ids: Sequence[UUID]


class TimeOptionsDocument(TypedDict):
    starts_at: Sequence[datetime]


class VoteDocument(TypedDict):
    participant_id: UUID
    option_id: UUID
    answer: VoteAnswer


@dataclass(frozen=True, kw_only=True)
class CalibrationSessionCreated(DomainEvent):
    """A calibration session was created."""

    name = "calibration_session.created"
    subject_type = "calibration_session"
    after: NewSessionDocument


@dataclass(frozen=True, kw_only=True)
class CalibrationSessionChanged(DomainEvent):
    """A session got another name, time, reference or other rules."""

    name = "calibration_session.changed"
    subject_type = "calibration_session"
    before: CalibrationSession
    after: CalibrationSession


@dataclass(frozen=True, kw_only=True)
class CalibrationSessionOpened(DomainEvent):
    """A session opened: its participants score from now on."""

    name = "calibration_session.opened"
    subject_type = "calibration_session"
    before: CalibrationSession
    after: CalibrationSession


@dataclass(frozen=True, kw_only=True)
class CalibrationSessionRevealed(DomainEvent):
    """The answers of a session were revealed to its participants."""

    name = "calibration_session.revealed"
    subject_type = "calibration_session"
    before: CalibrationSession
    after: CalibrationSession


@dataclass(frozen=True, kw_only=True)
class CalibrationSessionReopened(DomainEvent):
    """A revealed session was opened again, so that scores can be changed."""

    name = "calibration_session.reopened"
    subject_type = "calibration_session"
    before: CalibrationSession
    after: ReopenedDocument


@dataclass(frozen=True, kw_only=True)
class CalibrationSessionClosed(DomainEvent):
    """A session was closed: nothing of it changes any more, unless it is reopened."""

    name = "calibration_session.closed"
    subject_type = "calibration_session"
    before: CalibrationSession
    after: CalibrationSession


@dataclass(frozen=True, kw_only=True)
class CalibrationSessionCancelled(DomainEvent):
    """A session was cancelled before its answers were revealed."""

    name = "calibration_session.cancelled"
    subject_type = "calibration_session"
    before: CalibrationSession
    after: CalibrationSession


@dataclass(frozen=True, kw_only=True)
class CalibrationParticipantAdded(DomainEvent):
    """A person was added to a session, or came back to it."""

    name = "calibration_session.participant_added"
    subject_type = "calibration_session"
    after: ParticipantDocument


@dataclass(frozen=True, kw_only=True)
class CalibrationParticipantWithdrawn(DomainEvent):
    """A person left a session: the scores are kept, and no longer count."""

    name = "calibration_session.participant_withdrawn"
    subject_type = "calibration_session"
    after: ParticipantDocument


@dataclass(frozen=True, kw_only=True)
class CalibrationParticipantsInvited(DomainEvent):
    """Participants were notified of a session, and guests got their links."""

    name = "calibration_session.invited"
    subject_type = "calibration_session"
    after: InvitedDocument


@dataclass(frozen=True, kw_only=True)
class CalibrationParticipantsReminded(DomainEvent):
    """The participants were reminded that a session begins."""

    name = "calibration_session.reminded"
    subject_type = "calibration_session"
    after: InvitedDocument


@dataclass(frozen=True, kw_only=True)
class CalibrationTimesProposed(DomainEvent):
    """Times were proposed for a session."""

    name = "calibration_session.times_proposed"
    subject_type = "calibration_session"
    after: TimeOptionsDocument


@dataclass(frozen=True, kw_only=True)
class CalibrationVoteCast(DomainEvent):
    """A participant said whether a proposed time suits."""

    name = "calibration_session.vote_cast"
    subject_type = "calibration_session"
    after: VoteDocument


@dataclass(frozen=True, kw_only=True)
class CalibrationScoreSaved(DomainEvent):
    """A participant saved a score of a call. The event does not hold the answers."""

    name = "calibration_session.score_saved"
    subject_type = "calibration_session"
    after: SavedScoreDocument


@dataclass(frozen=True, kw_only=True)
class CalibrationScoreRevealed(DomainEvent):
    """The score of one participant for one call, as it was revealed."""

    name = "calibration_session.score_revealed"
    subject_type = "calibration_session"
    after: RevealedScoreDocument


@dataclass(frozen=True, kw_only=True)
class CalibrationConsensusDecided(DomainEvent):
    """The group settled on the answers for a call."""

    name = "calibration_session.consensus_decided"
    subject_type = "calibration_session"
    before: ConsensusDocument | None
    after: ConsensusDocument
