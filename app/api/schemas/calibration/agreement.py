"""Wire models of pooled agreement and of suggested sessions."""

from collections.abc import Sequence
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field

from app.api.schemas.calibration.results import CoefficientOut, PoolOut
from app.api.schemas.calibration.sessions import ParticipantIn, ScheduledAt
from app.api.schemas.common import Name, Number, UtcOut, WireModel, example
from app.calibration import (
    MAX_CALLS,
    MAX_PARTICIPANTS,
    METHOD,
    MIN_CALLS,
    AgreementBy,
    AgreementFilter,
    Figure,
    Language,
    PooledItems,
    PooledRaters,
    PooledRow,
    Rater,
    SharedCalls,
    SourceChoice,
    SuggestedChanges,
    Suggestion,
    SuggestionKind,
    suggested_session,
    suggestion_text,
)
from app.platform.clock import Period


class SharedCallsOut(BaseModel):
    """How many calls two or more have scored."""

    total: int
    sessions: int = Field(description="Calls of calibration sessions.")
    double_scores: int = Field(description="Double scorings.")

    @classmethod
    def of(cls, shared: SharedCalls) -> Self:
        return cls(total=shared.total, sessions=shared.sessions, double_scores=shared.double_scores)


class PooledItemsOut(PoolOut):
    """How far all agree on an item, or on a section, whose `item` is null."""

    key: str
    name: str = Field(description="The title, as the newest version of the scorecard has it.")
    scorecard_id: UUID
    scorecard_name: str
    section: str
    item: str | None
    calls: SharedCallsOut

    @classmethod
    def row(cls, row: PooledItems, language: Language) -> Self:
        return cls(
            key=row.key,
            name=row.name,
            scorecard_id=row.scorecard_id,
            scorecard_name=row.scorecard_name,
            section=row.section,
            item=row.item,
            calls=SharedCallsOut.of(row.shared),
            **PoolOut.of(row.figures, language).model_dump(),
        )


class RaterOut(BaseModel):
    """A user, or a client without an account, who has no `user_id`."""

    user_id: UUID | None
    name: str

    @classmethod
    def of(cls, rater: Rater) -> Self:
        return cls(user_id=rater.user_id, name=rater.name)


class PooledRatersOut(BaseModel):
    """How far one agrees with all others, or two with each other."""

    key: str
    name: str
    raters: list[RaterOut] = Field(description="One, or the two of a pair.")
    calls: SharedCallsOut
    coefficients: list[CoefficientOut]
    compares_verdicts: bool = Field(
        description="The items take different answers, which are compared as error, no error and not applicable."
    )

    @classmethod
    def row(cls, row: PooledRaters, language: Language) -> Self:
        return cls(
            key=row.key,
            name=row.name,
            raters=[RaterOut.of(rater) for rater in row.raters],
            calls=SharedCallsOut.of(row.shared),
            coefficients=[CoefficientOut.of(Figure(one), language) for one in row.coefficients],
            compares_verdicts=row.compares_verdicts,
        )


class PooledAgreementOut(BaseModel):
    """Agreement over sessions and double scorings: the lowest AC1 first, rows without one last."""

    since: UtcOut = Field(alias="from", description="What was revealed or completed at this time or later,")
    until: UtcOut = Field(alias="to", description="and before this time.")
    method: str = Field(description="How the figures are computed.")
    by: AgreementBy
    source: SourceChoice
    project_id: UUID | None
    scorecard_id: UUID | None
    items: list[PooledItemsOut | PooledRatersOut] = Field(
        description="Items and sections have all coefficients; verifiers and pairs have the share of agreement, AC1 "
        "and a kappa."
    )

    @classmethod
    def of(
        cls,
        period: Period,
        filters: AgreementFilter,
        by: AgreementBy,
        rows: Sequence[PooledRow],
        language: Language,
    ) -> Self:
        return cls(
            **{"from": period.since, "to": period.until},
            method=METHOD,
            by=by,
            source=filters.source,
            project_id=filters.project_id,
            scorecard_id=filters.scorecard_id,
            items=[_row(row, language) for row in rows],
        )


def _row(row: PooledRow, language: Language) -> PooledItemsOut | PooledRatersOut:
    if isinstance(row, PooledItems):
        return PooledItemsOut.row(row, language)
    return PooledRatersOut.row(row, language)


class SuggestedParticipantOut(BaseModel):
    user_id: UUID


class SuggestedSessionOut(BaseModel):
    """The body for `POST /v1/calibration-sessions` that makes the session."""

    name: str
    scorecard_id: UUID
    call_ids: list[UUID]
    from_draw: UUID | None
    count: int | None
    participants: list[SuggestedParticipantOut]


class SuggestionOut(BaseModel):
    """A session that would help, on an item or for a verifier."""

    id: str = Field(description="The same as long as the suggestion stands.")
    kind: SuggestionKind
    project_id: UUID
    project_name: str
    scorecard_id: UUID
    scorecard_name: str
    item: str | None
    title: str | None = Field(description="The item's title.")
    verifier: RaterOut | None
    agreement: CoefficientOut
    threshold: Number
    calls: SharedCallsOut
    why: str
    session: SuggestedSessionOut
    session_id: UUID | None = Field(description="The session that was made from it and is not revealed yet.")

    @classmethod
    def of(cls, suggestion: Suggestion, language: Language) -> Self:
        verifier = suggestion.verifier
        return cls(
            id=suggestion.id,
            kind=suggestion.kind,
            project_id=suggestion.threshold.project_id,
            project_name=suggestion.threshold.project_name,
            scorecard_id=suggestion.scorecard_id,
            scorecard_name=suggestion.scorecard_name,
            item=suggestion.item,
            title=None if suggestion.item is None else suggestion.subject,
            verifier=None if verifier is None else RaterOut.of(verifier),
            agreement=CoefficientOut.of(Figure(suggestion.agreement), language),
            threshold=suggestion.threshold.value,
            calls=SharedCallsOut.of(suggestion.shared),
            why=suggestion_text(suggestion, language),
            session=_session(suggestion),
            session_id=suggestion.session_id,
        )


def _session(suggestion: Suggestion) -> SuggestedSessionOut:
    new = suggested_session(suggestion)
    return SuggestedSessionOut(
        name=new.name,
        scorecard_id=new.scorecard_id,
        call_ids=list(new.call_ids),
        from_draw=new.from_draw,
        count=new.count,
        participants=[SuggestedParticipantOut(user_id=one.user_id) for one in new.participants if one.user_id],
    )


class SuggestionsOut(BaseModel):
    items: list[SuggestionOut] = Field(
        description=f"Those with {MIN_CALLS} shared calls or more: by project, the lowest agreement first."
    )


class SuggestedSessionIn(WireModel):
    """What is to be other than suggested."""

    model_config = example({"count": 8, "participants": [{"user_id": "019ac5a4-7d3e-7c55-9a59-2f6a3a1f4b12"}]})

    name: Name | None = None
    scheduled_at: ScheduledAt = None
    count: Annotated[int, Field(ge=1, le=MAX_CALLS)] | None = Field(default=None, description="How many calls.")
    participants: Annotated[list[ParticipantIn], Field(max_length=MAX_PARTICIPANTS)] | None = Field(
        default=None, description="In place of those who are suggested."
    )

    def changes(self) -> SuggestedChanges:
        people = None if self.participants is None else [one.participant() for one in self.participants]
        return SuggestedChanges(name=self.name, scheduled_at=self.scheduled_at, count=self.count, participants=people)
