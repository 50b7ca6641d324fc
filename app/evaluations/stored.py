"""Answers and scores as documents of the database, there and back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.evaluations.judging import stored_values
from app.evaluations.types import Answer, Worth
from app.scorecards import NA, AnswerType, Definition, Fault, SectionScore


def answer_columns(answers: Iterable[Answer], definition: Definition) -> list[Sequence[Any]]:
    """Position, item, value, credit, is_error, fault, reason, comment, at_s and segment_id of all the answers."""
    position_of, stored = definition.position_of, stored_values(definition)
    rows = []
    for answer in answers:
        value = stored[answer.item][answer.value]
        rows.append(
            (
                position_of[answer.item],
                answer.item,
                value.text,
                value.credit,
                value.is_error,
                answer.fault,
                answer.reason,
                answer.comment,
                answer.at_s,
                answer.segment_id,
            )
        )
    return list(zip(*rows, strict=True))


def answer_document(answer: Answer) -> dict[str, Any]:
    return asdict(answer)


def answer_of(row: Any, definition: Definition) -> Answer:
    """An answer as it was given: the table keeps every value as text, and only a scale's is a number."""
    is_number = definition.item_by_key[row.item].answer_type is AnswerType.SCALE and row.value != NA
    return Answer(
        item=row.item,
        value=int(row.value) if is_number else row.value,
        fault=None if row.fault is None else Fault(row.fault),
        reason=row.reason,
        comment=row.comment,
        at_s=None if row.at_s is None else float(row.at_s),
        segment_id=row.segment_id,
    )


def drafted_answer(document: Mapping[str, Any]) -> Answer:
    """An answer of a draft, from `answer_document`."""
    fault, segment_id = document["fault"], document["segment_id"]
    typed = {
        "fault": None if fault is None else Fault(fault),
        "segment_id": None if segment_id is None else UUID(segment_id),
    }
    return Answer(**{**document, **typed})


def section_documents(sections: Iterable[SectionScore]) -> list[dict[str, Any]]:
    return [
        {"key": section.key, "score": section.score, "score_before_fatal": section.score_before_fatal}
        for section in sections
    ]


def worth_of(row: Any) -> Worth:
    """What a revision's row says it is worth."""
    return Worth(
        score=row.score,
        score_before_fatal=row.score_before_fatal,
        passed=row.passed,
        sections=[_section(document) for document in row.sections],
        families=row.families,
        fatal_items=row.fatal_items,
    )


def _section(document: Mapping[str, Any]) -> SectionScore:
    return SectionScore(document["key"], _decimal(document["score"]), _decimal(document["score_before_fatal"]))


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
