"""Whether answers can be accepted, and what they are worth."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Final
from uuid import UUID

from app.evaluations.answers import answer_faults, answer_values
from app.evaluations.errors import FaultyAnswers
from app.evaluations.types import Answer, AnswerFault, Worth
from app.platform.errors import FieldError
from app.scorecards import NA, AnswerValue, Definition, Item, PublishedVersion, item_credits, passed, score

_CREDIT_STEP: Final = Decimal("1E-8")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the evidence of an answer can point at: moments up to the end, and segments of the transcript."""

    ends_at_s: Decimal
    segment_ids: Collection[UUID]


@dataclass(frozen=True, slots=True)
class StoredValue:
    """How an answered value is stored: as text, with its credit (null for N/A) and whether it is an error."""

    text: str
    credit: Decimal | None
    is_error: bool


def checked(
    version: PublishedVersion, answers: Sequence[Answer], evidence: Evidence, *, complete: bool
) -> Sequence[Answer]:
    """The answers in the order of the scorecard; refused with every fault they have by a published version."""
    definition = version.definition
    faults = [*answer_faults(definition, answers, complete=complete), *_evidence_faults(answers, evidence)]
    if faults:
        raise FaultyAnswers(
            _counted(faults), field_errors=tuple(FieldError(fault.pointer, fault.detail) for fault in faults)
        )
    position_of = definition.position_of
    return sorted(answers, key=lambda answer: position_of[answer.item])


def worth_as_it_stands(version: PublishedVersion, answers: Sequence[Answer]) -> Worth:
    """What faultless answers are worth; those still missing do not count."""
    result = score(version.definition, answer_values(answers))
    return Worth(
        score=result.score,
        score_before_fatal=result.score_before_fatal,
        passed=passed(result.score, version.passing_score),
        sections=result.sections,
        families={family.value: verdict for family, verdict in result.families.items()},
        fatal_items=result.fatal_items,
    )


def errors_among(answers: Iterable[Answer], definition: Definition) -> list[Answer]:
    """The answers that earn less than full credit."""
    stored = stored_values(definition)
    return [answer for answer in answers if stored[answer.item][answer.value].is_error]


@lru_cache(maxsize=256)
def stored_values(definition: Definition) -> Mapping[str, Mapping[AnswerValue, StoredValue]]:
    """How every possible answer to every item (item key → value) is stored."""
    return {item.key: _stored_values(item) for item in definition.items}


def _stored_values(item: Item) -> dict[AnswerValue, StoredValue]:
    stored: dict[AnswerValue, StoredValue] = {NA: StoredValue(NA, None, is_error=False)}
    for value, exact in item_credits(item).items():
        credit = Decimal(exact.numerator) / Decimal(exact.denominator)
        stored[value] = StoredValue(str(value), credit.quantize(_CREDIT_STEP, ROUND_HALF_EVEN), item.is_error(value))
    return stored


def _evidence_faults(answers: Sequence[Answer], evidence: Evidence) -> Iterator[AnswerFault]:
    for place, answer in enumerate(answers):
        if answer.at_s is not None and answer.at_s > evidence.ends_at_s:
            yield AnswerFault(
                f"/answers/{place}/at_s", f"The call ends after {evidence.ends_at_s.normalize():f} seconds."
            )
        if answer.segment_id is not None and answer.segment_id not in evidence.segment_ids:
            yield AnswerFault(f"/answers/{place}/segment_id", "The transcript of this call has no such segment.")


def _counted(faults: Sequence[AnswerFault]) -> str:
    return f"the answers have {len(faults)} fault{'' if len(faults) == 1 else 's'}"
