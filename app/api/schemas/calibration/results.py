"""Wire models of the results of a session, and of coefficients of agreement wherever they are shown."""

from collections.abc import Sequence
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.schemas.answers import AnswerOut, ScoreOut
from app.api.schemas.common import Number, Text, UtcOut, WireModel, example
from app.api.schemas.evaluations import Answers
from app.calibration import (
    Decided,
    Deviation,
    FaultSplit,
    Figure,
    GivenScore,
    GroupScores,
    Language,
    PoolFigures,
    SessionResults,
    SettledCall,
    coefficient_name,
    reason_text,
    sentences,
)
from app.identity import Role
from app.statistics.agreement import Agreement, Level, Reason

EXAMPLE_ANSWERS = [
    {"item": "introduced", "value": "good"},
    {"item": "solved", "value": "bad", "fault": "process", "comment": "The tariff is not in the knowledge base."},
]


class CoefficientOut(BaseModel):
    """A coefficient of agreement with its 95 % intervals; null where it does not exist, with the reason."""

    name: str = Field(
        description="percent, ac1, ac2 (AC1 of ordered answers), cohen_kappa, conger_kappa, fleiss_kappa or alpha.",
        examples=["ac1"],
    )
    level: Level = Field(description="How the answers are compared: as names, or as numbers on a scale.")
    value: float | None = Field(description="1 is full agreement; percent is a share of 1, too.")
    low: float | None = Field(
        description="The interval to quote: from the analytic standard error, by Wilson's method."
    )
    high: float | None
    stderror: float | None
    stderror_reason: Reason | None = Field(description="Why there is no standard error.")
    stderror_reason_text: str | None
    bootstrap_low: float | None = Field(
        description="From 2,000 resamples with a fixed seed. Cohen's kappa, participants and pairs have none."
    )
    bootstrap_high: float | None
    bootstrap_reason: Reason | None = Field(description="Why there is no bootstrap interval.")
    bootstrap_reason_text: str | None
    n_units: int = Field(description="Calls, or items of calls, that two or more have answered.")
    n_raters: int
    reason: Reason | None = Field(description="Why the value or its interval does not exist.")
    reason_text: str | None

    @classmethod
    def of(cls, figure: Figure, language: Language) -> Self:
        found = figure.agreement
        return cls(
            name=coefficient_name(found),
            level=found.level,
            value=found.value,
            low=found.low,
            high=found.high,
            stderror=found.stderror,
            stderror_reason=found.stderror_reason,
            stderror_reason_text=_text(found.stderror_reason, language),
            bootstrap_low=figure.bootstrap_low,
            bootstrap_high=figure.bootstrap_high,
            bootstrap_reason=figure.bootstrap_reason,
            bootstrap_reason_text=_text(figure.bootstrap_reason, language),
            n_units=found.n_units,
            n_raters=found.n_raters,
            reason=found.reason,
            reason_text=_text(found.reason, language),
        )


def _text(reason: Reason | None, language: Language) -> str | None:
    return None if reason is None else reason_text(reason, language)


class PoolOut(BaseModel):
    """How far the participants agree on an item, a section, or all items."""

    coefficients: list[CoefficientOut]
    disagreement: float | None = Field(description="The share of pairs of answers that differ.")
    n_split: int = Field(description="Units on which not all agree.")
    n_units: int = Field(description="Units that two or more have answered.")
    most_frequent: str | None = Field(description="The most frequent answer.")
    prevalence: float | None = Field(description="Its share.")
    paradox: bool = Field(description="Kappa is low although they agree, as nearly all answers are the same.")
    compares_verdicts: bool = Field(
        description="The items take different answers, which are compared as error, no error and not applicable."
    )
    sentences: list[str] = Field(description="What to know before going by the figures.")

    @classmethod
    def of(cls, figures: PoolFigures, language: Language) -> Self:
        return cls(
            coefficients=[CoefficientOut.of(figure, language) for figure in figures.figures],
            disagreement=figures.disagreement,
            n_split=figures.n_split,
            n_units=figures.n_units,
            most_frequent=figures.most_frequent,
            prevalence=figures.prevalence,
            paradox=figures.paradox,
            compares_verdicts=figures.compares_verdicts,
            sentences=sentences(figures, language),
        )


class SectionAgreementOut(PoolOut):
    section: str


class FaultSplitOut(BaseModel):
    """How far those who call an answer an error differ about whose fault it was."""

    model_config = ConfigDict(from_attributes=True)

    disagreement: float | None = Field(description="The share of pairs that differ; null without a pair.")
    n_split: int = Field(description="Calls on which they differ.")
    n_units: int = Field(description="Calls on which two or more see an error and say whose fault it was.")


class ItemAgreementOut(PoolOut):
    item: str
    title: str
    faults: FaultSplitOut


class RaterAgreementOut(BaseModel):
    participant_id: UUID
    coefficients: list[CoefficientOut] = Field(description="With all the others.")


class PairAgreementOut(BaseModel):
    participant_ids: tuple[UUID, UUID]
    coefficients: list[CoefficientOut]


_NO_FAULTS = FaultSplit(None, 0, 0)


class GroupAgreementOut(BaseModel):
    overall: PoolOut
    faults: PoolOut = Field(description="Whose fault errors were, where two or more see one: agent, process …")
    sections: list[SectionAgreementOut]
    items: list[ItemAgreementOut] = Field(description="The items that split the group most come first.")
    participants: list[RaterAgreementOut]
    pairs: list[PairAgreementOut] | None = Field(description="Null with more than 20 participants.")

    @classmethod
    def of(cls, results: SessionResults, language: Language) -> Self | None:
        agreement, definition = results.agreement, results.group.definition
        if agreement is None:
            return None
        return cls(
            overall=PoolOut.of(agreement.overall, language),
            faults=PoolOut.of(agreement.faults, language),
            sections=[
                SectionAgreementOut(section=key, **PoolOut.of(one, language).model_dump())
                for key, one in agreement.sections
            ],
            items=[
                ItemAgreementOut(
                    item=key,
                    title=definition.item_by_key[key].title,
                    faults=FaultSplitOut.model_validate(agreement.faults_by_item.get(key, _NO_FAULTS)),
                    **PoolOut.of(one, language).model_dump(),
                )
                for key, one in agreement.items
            ],
            participants=[
                RaterAgreementOut(participant_id=one.rater, coefficients=_all(one.coefficients, language))
                for one in agreement.scorers
            ],
            pairs=None
            if agreement.pairs is None
            else [
                PairAgreementOut(participant_ids=(one.first, one.second), coefficients=_all(one.coefficients, language))
                for one in agreement.pairs
            ],
        )


def _all(found: Sequence[Agreement], language: Language) -> list[CoefficientOut]:
    return [CoefficientOut.of(Figure(one), language) for one in found]


class ScorerOut(BaseModel):
    id: UUID
    name: str
    role: Role


class ItemAnswerOut(AnswerOut):
    participant_id: UUID


class ItemResultOut(BaseModel):
    """Everyone's answers to one item of a call."""

    item: str
    title: str
    unanimous: bool | None = Field(description="Whether all give the same answer; null where fewer than two have.")
    same_fault: bool | None = Field(
        description="Whether all who see an error say that it is the same one's fault; null where fewer than two do."
    )
    answers: list[ItemAnswerOut]


class ParticipantScoreOut(ScoreOut):
    """The score of one participant; null as long as it is incomplete."""

    participant_id: UUID
    complete: bool
    blind: bool = Field(description="Whether it was saved before the first reveal.")
    comment: str | None


class SettledOut(ScoreOut):
    """What the group settled on."""

    answers: list[AnswerOut]
    comment: str | None


class CallResultOut(BaseModel):
    call_id: UUID
    items: list[ItemResultOut]
    scores: list[ParticipantScoreOut]
    reference_score: Number | None
    consensus: SettledOut | None


class DeviationOut(BaseModel):
    participant_id: UUID
    points: float | None = Field(description="The mean of own score − reference, in points of 100.")
    n_calls: int
    alignment: float | None = Field(
        description="1 − |credit − reference credit|, averaged by the weights of the items; null without a reference."
    )


class ReferenceOut(BaseModel):
    participant_id: UUID | None = Field(description="Null where the reference is an evaluation, or there is none.")
    compared_with: str = Field(
        description="participant, evaluation, or group: the mean score of the others, call by call."
    )


class SessionResultsOut(BaseModel):
    """Everyone's answers, how far they agree, and what the group settled on.

    `agreement` is null and there are no deviations as long as the session is not revealed.
    """

    session_id: UUID
    revealed: bool
    participants: list[ScorerOut]
    reference: ReferenceOut
    calls: list[CallResultOut]
    agreement: GroupAgreementOut | None
    deviations: list[DeviationOut]

    @classmethod
    def of(cls, results: SessionResults, language: Language) -> Self:
        group = results.group
        return cls(
            session_id=results.session_id,
            revealed=results.agreement is not None,
            participants=[ScorerOut(id=one.id, name=one.name, role=Role(one.role)) for one in group.scorers],
            reference=_reference(group),
            calls=[_call(group, call_id) for call_id in group.call_ids],
            agreement=GroupAgreementOut.of(results, language),
            deviations=[_deviation(one) for one in results.deviations],
        )


def _reference(group: GroupScores) -> ReferenceOut:
    if group.reference_scorer_id is not None:
        return ReferenceOut(participant_id=group.reference_scorer_id, compared_with="participant")
    return ReferenceOut(participant_id=None, compared_with="evaluation" if group.reference else "group")


def _call(group: GroupScores, call_id: UUID) -> CallResultOut:
    given = [one for one in group.scores if one.call_id == call_id]
    settled = next((one for one in group.settled if one.call_id == call_id), None)
    reference = group.reference_scores.get(call_id)
    return CallResultOut(
        call_id=call_id,
        items=_items(group, given),
        scores=[_score(one) for one in given],
        reference_score=None if reference is None else reference.score,
        consensus=None if settled is None else _settled(settled),
    )


def _items(group: GroupScores, given: Sequence[GivenScore]) -> list[ItemResultOut]:
    found = []
    for item in group.definition.items:
        answers = [(one.scorer_id, answer) for one in given for answer in one.answers if answer.item == item.key]
        if answers:
            unanimous = len({answer.value for _, answer in answers}) == 1 if len(answers) > 1 else None
            shown = [ItemAnswerOut(participant_id=scorer_id, **vars_of(answer)) for scorer_id, answer in answers]
            faults = [answer.fault for _, answer in answers if answer.fault is not None]
            found.append(
                ItemResultOut(
                    item=item.key,
                    title=item.title,
                    unanimous=unanimous,
                    same_fault=len(set(faults)) == 1 if len(faults) > 1 else None,
                    answers=shown,
                )
            )
    return found


def vars_of(answer: object) -> dict[str, object]:
    return AnswerOut.model_validate(answer).model_dump()


def _score(given: GivenScore) -> ParticipantScoreOut:
    shown = ScoreOut.model_validate(given.score).model_dump()
    if not given.complete:
        shown |= dict.fromkeys(("score", "agent_score", "process_loss", "score_before_fatal", "passed"))
    return ParticipantScoreOut(
        **shown,
        participant_id=given.scorer_id,
        complete=given.complete,
        blind=given.blind,
        comment=given.comment,
    )


def _settled(settled: SettledCall) -> SettledOut:
    return SettledOut(
        **ScoreOut.model_validate(settled.score).model_dump(),
        answers=[AnswerOut.model_validate(one) for one in settled.answers],
        comment=settled.comment,
    )


def _deviation(one: Deviation) -> DeviationOut:
    return DeviationOut(participant_id=one.scorer_id, points=one.points, n_calls=one.n_calls, alignment=one.alignment)


class ConsensusIn(WireModel):
    """The answers that the group settled on. Every visible item is answered, and every error names a fault."""

    model_config = example({"answers": EXAMPLE_ANSWERS, "comment": "Agreed by all", "revise": False})

    answers: Answers
    comment: Text | None = None
    revise: Annotated[bool, Field(description="Give the call's evaluation a revision with these answers.")] = False


class ConsensusOut(BaseModel):
    call_id: UUID
    answers: list[AnswerOut]
    comment: str | None
    decided_by: UUID
    decided_at: UtcOut
    evaluation_id: UUID | None = Field(description="The call's submitted evaluation, whose errors are checked by this.")
    checked_errors: int = Field(description="How many errors are checked by this.")
    not_checked_because: str | None = Field(description="Why none are: it is not the decision of a group.")

    @classmethod
    def of(cls, decided: Decided) -> Self:
        consensus = decided.consensus
        return cls(
            call_id=consensus.call_id,
            answers=[AnswerOut.model_validate(one) for one in consensus.answers],
            comment=consensus.comment,
            decided_by=consensus.decided_by,
            decided_at=consensus.decided_at,
            evaluation_id=consensus.evaluation_id,
            checked_errors=decided.checked_errors,
            not_checked_because=decided.obstacle,
        )
