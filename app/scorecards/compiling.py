"""A definition compiled for scoring: whole numbers, with weights and credits over a common denominator each."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import lcm

from app.scorecards.types import BAD, GOOD, AnswerType, AnswerValue, Criticality, Definition, Fatal, Item


@dataclass(frozen=True, slots=True)
class PlannedItem:
    key: str
    weight: int
    credits: Mapping[AnswerValue, int]
    family: str | None
    fatal: Fatal


@dataclass(frozen=True, slots=True)
class PlannedSection:
    key: str
    items: tuple[PlannedItem, ...]


@dataclass(frozen=True, slots=True)
class ScoringPlan:
    """A definition in whole numbers; an answer with full credit has `full_credit` credits."""

    full_credit: int
    sections: tuple[PlannedSection, ...]


@lru_cache(maxsize=256)
def compile_definition(definition: Definition) -> ScoringPlan:
    credits_of = {item.key: item_credits(item) for item in definition.items}
    weight_unit = lcm(*(item.weight.as_integer_ratio()[1] for item in definition.items))
    full_credit = lcm(*(credit.denominator for item in credits_of.values() for credit in item.values()))

    def planned(item: Item) -> PlannedItem:
        weight = int(Fraction(item.weight) * weight_unit)
        earned = {value: int(credit * full_credit) for value, credit in credits_of[item.key].items()}
        family = None if item.criticality is Criticality.NONE else item.criticality.value
        return PlannedItem(item.key, weight, earned, family, item.fatal)

    return ScoringPlan(
        full_credit,
        tuple(PlannedSection(s.key, tuple(planned(item) for item in s.items)) for s in definition.sections),
    )


def item_credits(item: Item) -> dict[AnswerValue, Fraction]:
    """What every answer to an item earns, exactly, 0…1; N/A earns nothing and is not among them."""
    match item.answer_type:
        case AnswerType.BINARY:
            return {GOOD: Fraction(1), BAD: Fraction(0)}
        case AnswerType.SCALE:
            top = item.scale_max or 0
            return {value: Fraction(value, top) for value in range(top + 1)}
        case AnswerType.CHOICE:
            return {option.key: Fraction(option.credit) for option in item.options}
