"""Wire models of calibration sessions."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.api.schemas.common import Name, Number, Text, Timezone, Utc, UtcOut, WireModel, example
from app.api.schemas.identity.users import Email
from app.api.schemas.scorecards import Section
from app.calibration import (
    MAX_CALLS,
    MAX_PARTICIPANTS,
    NewParticipant,
    NewSession,
    SeeOthers,
    SessionCall,
    SessionDetail,
    SessionState,
)
from app.identity import Role
from app.notifications import UnusableAddress, mailbox_address
from app.scorecards import PublishedVersion, definition_to_document
from app.statistics.fixed_point import TRILLION
from app.transcription import TranscriptStatus

EXAMPLE_CALL = "019ac5a4-7d3e-7c55-9a59-2f6a3a1f4b10"
EXAMPLE: dict[str, Any] = {
    "name": "December, with Northern Bank",
    "scorecard_id": "019ac5a4-7d3e-7c55-9a59-2f6a3a1f4b11",
    "scorecard_version": 1,
    "call_ids": [EXAMPLE_CALL],
    "scheduled_at": "2030-12-10T12:00:00Z",
    "duration_min": 60,
    "hide_agent": True,
    "see_others": "after_reveal",
    "participants": [
        {"user_id": "019ac5a4-7d3e-7c55-9a59-2f6a3a1f4b12"},
        {"name": "Cleo Client", "email": "cleo@northernbank.example", "role": "client", "timezone": "Europe/Berlin"},
    ],
}

Duration = Annotated[int, Field(ge=5, le=24 * 60 - 1, description="Minutes that the meeting takes.", examples=[60])]
ScheduledAt = Annotated[Utc | None, Field(description="When the session takes place; null: not settled yet.")]
Place = Annotated[Name | None, Field(description="A room, or the address of a video meeting.")]
HideAgent = Annotated[bool, Field(description="Whether the participants do not learn whose call it is.")]
SeeOthersField = Annotated[
    SeeOthers,
    Field(
        description="From when a participant sees the others' answers: once all are revealed, or, call by call, once "
        "the own score is submitted, which then can no longer change."
    ),
]


def _mailbox(text: str) -> str:
    try:
        mailbox_address(text)
    except UnusableAddress as error:
        raise ValueError("is not an address that mail can be sent to: write it without comments and quotes") from error
    return text


# Mail is sent to it. One mailbox has one spelling, so that nobody takes part twice.
Mailbox = Annotated[Email, AfterValidator(_mailbox)]


class ParticipantIn(WireModel):
    """A user, or a client without an account, who gets a link."""

    model_config = example(
        {
            "name": "Cleo Client",
            "email": "cleo@northernbank.example",
            "role": "client",
            "timezone": "Europe/Berlin",
        }
    )

    user_id: UUID | None = None
    name: Name | None = None
    email: Mailbox | None = None
    role: Literal["client"] | None = Field(default=None, description="`client`, where there is no `user_id`.")
    timezone: Timezone | None = Field(default=None, description="In which a client reads times.")

    @model_validator(mode="after")
    def _one_person(self) -> Self:
        if (self.user_id is None) == (self.email is None):
            raise ValueError("name either a user_id, or the name and the email of a client")
        if self.user_id is None and self.name is None:
            raise ValueError("a client needs a name")
        if self.user_id is not None and (self.name, self.role, self.timezone) != (None, None, None):
            raise ValueError("a user has the own name, role and time zone: leave them out")
        return self

    def participant(self) -> NewParticipant:
        return NewParticipant(user_id=self.user_id, name=self.name, email=self.email, timezone=self.timezone)


def _distinct(ids: list[UUID]) -> list[UUID]:
    if len(set(ids)) < len(ids):
        raise ValueError("a call is named twice")
    return ids


class CalibrationSessionIn(WireModel):
    model_config = example(EXAMPLE)

    name: Annotated[Name, Field(examples=["December, with Northern Bank"])]
    scorecard_id: UUID
    scorecard_version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = Field(
        default=None, description="A published version; the latest one unless given."
    )
    call_ids: Annotated[list[UUID], Field(max_length=MAX_CALLS)] = Field(
        default=[], description="The calls, named by a person."
    )
    from_draw: UUID | None = Field(
        default=None, description="In place of `call_ids`: `count` calls are chosen at random from this draw."
    )
    count: Annotated[int, Field(ge=1, le=MAX_CALLS)] | None = None
    scheduled_at: ScheduledAt = None
    duration_min: Duration = 60
    place: Place = None
    reference_user_id: UUID | None = Field(default=None, description="A participant with whom the others are compared.")
    reference_evaluation_id: UUID | None = Field(
        default=None, description="A submitted evaluation of one of the calls, with which all are compared."
    )
    hide_agent: HideAgent = True
    see_others: SeeOthersField = SeeOthers.AFTER_REVEAL
    participants: Annotated[list[ParticipantIn], Field(max_length=MAX_PARTICIPANTS)] = []

    @model_validator(mode="after")
    def _one_source_of_calls(self) -> Self:
        if bool(self.call_ids) == (self.from_draw is not None):
            raise ValueError("name either call_ids, or from_draw and count")
        if (self.from_draw is None) != (self.count is None):
            raise ValueError("from_draw and count belong together")
        _distinct(self.call_ids)
        return self

    def session(self) -> NewSession:
        return NewSession(**vars(self) | {"participants": [one.participant() for one in self.participants]})


class CalibrationSessionPatch(WireModel):
    model_config = example(
        {
            "name": "December, with Northern Bank",
            "scheduled_at": "2030-12-11T09:00:00Z",
            "duration_min": 90,
            "hide_agent": True,
            "see_others": "after_submit",
        }
    )

    name: Name = ""
    scheduled_at: ScheduledAt = None
    duration_min: Duration = 60
    place: Place = None
    reference_user_id: UUID | None = None
    reference_evaluation_id: UUID | None = None
    hide_agent: HideAgent = True
    see_others: SeeOthersField = SeeOthers.AFTER_REVEAL


class ParticipantOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    user_id: UUID | None
    name: str
    role: Role
    withdrawn: bool = Field(description="Whether the person has left the session: the scores no longer count.")


class ParticipantProgressOut(ParticipantOut):
    """A participant, and which calls the participant has scored: never how."""

    present: bool = Field(description="Whether the participant follows the events of the session now.")
    begun_call_ids: list[UUID]
    scored_call_ids: list[UUID] = Field(description="Calls of which every visible item is answered.")
    # Of others, these are for those who lead the session.
    email: str | None
    invited_at: UtcOut | None


class SessionCallOut(BaseModel):
    """A call of a session, as far as its participants may know it."""

    call_id: UUID
    position: int = Field(description="From 1.")
    started_at: UtcOut
    duration_s: Number
    direction: str
    language: str | None
    has_recording: bool
    transcript_status: TranscriptStatus
    agent_name: str | None = Field(description="Null where the session hides the agent.")
    by_chance: bool = Field(description="Whether the call was chosen at random from a draw.")
    inclusion_probability: float | None = Field(
        description="With which it was chosen from the calls of the draw; null where a person has named it."
    )
    recording_url: str | None = Field(description="Where the participants listen to it.")
    transcript_url: str

    @classmethod
    def of(cls, session_id: UUID, call: SessionCall) -> Self:
        at = f"/v1/calibration-sessions/{session_id}/calls/{call.call_id}"
        return cls(
            call_id=call.call_id,
            position=call.position,
            started_at=call.started_at,
            duration_s=call.duration_s,
            direction=call.direction,
            language=call.language,
            has_recording=call.has_recording,
            transcript_status=TranscriptStatus(call.transcript_status),
            agent_name=call.agent_name,
            by_chance=call.inclusion_prob_e12 is not None,
            inclusion_probability=None if call.inclusion_prob_e12 is None else call.inclusion_prob_e12 / TRILLION,
            recording_url=f"{at}/recording" if call.has_recording else None,
            transcript_url=f"{at}/transcript",
        )


class SessionScorecardOut(BaseModel):
    """The version of the scorecard by which the session is scored."""

    id: UUID
    name: str
    version: int
    passing_score: Number
    sections: list[Section]


class CalibrationSessionSummaryOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    state: SessionState
    project_id: UUID | None = Field(description="Null where the calls are of several projects.")
    scorecard_id: UUID
    scheduled_at: UtcOut | None
    duration_min: int
    created_at: UtcOut
    calls: int
    participants: int = Field(description="Those who have not withdrawn.")


# fmt: off
Action = Literal[
    "change", "propose_times", "vote", "schedule", "invite", "open", "score", "reveal", "results", "consensus",
    "reopen", "close", "cancel",
]
# fmt: on


class ReopeningOut(BaseModel):
    """That the session was opened again. Scores that were saved afterwards are not blind."""

    model_config = ConfigDict(from_attributes=True)

    at: UtcOut
    by: UUID
    why: str


class CalibrationSessionOut(BaseModel):
    """A session with its participants, their progress, its calls and its scorecard: all that its page needs."""

    id: UUID
    name: str
    state: SessionState
    project_id: UUID | None
    scheduled_at: UtcOut | None
    duration_min: int
    place: str | None
    hide_agent: bool
    see_others: SeeOthers
    reference_user_id: UUID | None
    reference_evaluation_id: UUID | None
    from_draw: UUID | None
    created_by: UUID
    created_at: UtcOut
    opened_at: UtcOut | None
    revealed_at: UtcOut | None
    closed_at: UtcOut | None
    cancelled_at: UtcOut | None
    reopenings: list[ReopeningOut]
    last_event_id: int = Field(description="Send it as `Last-Event-ID` to follow the events from here on.")
    own_participant_id: UUID | None = Field(description="The participant that you are; null if you only lead.")
    actions: list[Action] = Field(description="What you may do with the session now.")
    warnings: list[str] = Field(description="What may go wrong, for those who lead: calls that nobody can hear …")
    participants: list[ParticipantProgressOut]
    calls: list[SessionCallOut]
    scorecard: SessionScorecardOut

    @classmethod
    def of(cls, detail: SessionDetail, version: PublishedVersion) -> Self:
        session = detail.session
        return cls(
            **{name: getattr(session, name) for name in _PLAIN},
            # A reference that the participants know would be another one's answers to them.
            reference_evaluation_id=session.reference_evaluation_id if detail.leads else None,
            from_draw=session.draw_id if detail.leads else None,
            last_event_id=detail.last_event,
            own_participant_id=None if detail.own is None else detail.own.id,
            actions=_actions(detail),
            warnings=list(_warnings(detail)) if detail.leads else [],
            participants=_participants(detail),
            calls=[SessionCallOut.of(session.id, call) for call in detail.calls],
            scorecard=SessionScorecardOut(
                id=version.scorecard_id,
                name=detail.scorecard_name,
                version=version.number,
                passing_score=version.passing_score,
                **definition_to_document(version.definition),
            ),
        )


_PLAIN = (
    *("id", "name", "state", "project_id", "scheduled_at", "duration_min", "place"),
    *("hide_agent", "see_others", "reopenings"),
    *("reference_user_id", "created_by", "created_at", "opened_at", "revealed_at", "closed_at", "cancelled_at"),
)


def _participants(detail: SessionDetail) -> list[ParticipantProgressOut]:
    """The participants. Addresses and invitations of others are for those who lead."""
    return [
        ParticipantProgressOut(
            id=one.id,
            user_id=one.user_id,
            name=one.name,
            role=Role(one.role),
            withdrawn=not one.active,
            present=one.present,
            begun_call_ids=list(one.begun),
            scored_call_ids=list(one.scored),
            email=one.email if detail.leads or one == detail.own else None,
            invited_at=one.invited_at if detail.leads or one == detail.own else None,
        )
        for one in detail.participants
    ]


def _actions(detail: SessionDetail) -> list[Action]:
    leading: dict[SessionState, Sequence[Action]] = {
        SessionState.ARRANGING: ("change", "propose_times", "schedule", "invite", "open", "cancel"),
        SessionState.OPEN: ("change", "invite", "reveal", "cancel"),
        SessionState.REVEALED: ("results", "consensus", "reopen", "close"),
        SessionState.CLOSED: ("results", "reopen"),
    }
    own: dict[SessionState, Sequence[Action]] = {
        SessionState.ARRANGING: ("vote",),
        SessionState.OPEN: ("score",),
        SessionState.REVEALED: ("results",),
        SessionState.CLOSED: ("results",),
    }
    state = detail.session.state
    allowed = [*(own.get(state, ()) if detail.own else ()), *(leading.get(state, ()) if detail.leads else ())]
    return list(dict.fromkeys(allowed))


def _warnings(detail: SessionDetail) -> Iterator[str]:
    """What one who leads should know before going on."""
    state = detail.session.state
    active = [one for one in detail.participants if one.active]
    if state in (SessionState.ARRANGING, SessionState.OPEN):
        if unheard := sum(not call.has_recording for call in detail.calls):
            yield f"{unheard} of {len(detail.calls)} calls have no recording: the participants cannot listen to them"
        if not active:
            yield "nobody takes part yet"
        if uninvited := sum(one.invited_at is None for one in active):
            yield f"{uninvited} of {len(active)} participants are not invited yet"
    if state is SessionState.OPEN and (behind := sum(len(one.scored) < len(detail.calls) for one in active)):
        yield f"{behind} of {len(active)} participants have not scored every call yet"
    if detail.session.reopenings:
        yield "the session was opened again: scores saved since then are not blind, and count in no pooled figure"


class ReasonIn(WireModel):
    model_config = example({"why": "The client scored another call by mistake"})

    why: Annotated[Text, Field(min_length=1, pattern=r"\S", description="Why, for the journal.")]


class CalibrationSessionStateOut(BaseModel):
    """A session as it stands after a change."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    state: SessionState
    scheduled_at: UtcOut | None
    duration_min: int
    opened_at: UtcOut | None
    revealed_at: UtcOut | None
    closed_at: UtcOut | None
    cancelled_at: UtcOut | None
