"""From answers to a score.

Credit c of an answer: good 1, bad 0; on a scale value / scale_max; for a choice the option's credit. Over the
items that are answered, visible and not N/A

    score = 100 · Σ w·c / Σ w

for the scorecard and for each section. Weights need not sum to 100. Fatal rules come after that. An answer
without any credit to an item that is fatal for its section leaves that section nothing, in its own score and
in the total. To an item that is fatal for the scorecard, it makes the total 0; the sections stay as they are.

Everything is exact until the one rounding at the end (half-even, two decimals): a definition is compiled once
into whole numbers, with weights and credits over a common denominator each.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Final

from app.scorecards.types import (
    BAD,
    GOOD,
    NA,
    AnswerType,
    AnswerValue,
    Criticality,
    Definition,
    Fatal,
    Item,
    Score,
    SectionScore,
)

FAMILIES: Final = tuple(family.value for family in Criticality if family is not Criticality.NONE)


def score(definition: Definition, answers: Mapping[str, AnswerValue], passing_score: Decimal | None = None) -> Score:
    """Score the answers (item key → value); the definition must break no rule of `validation.shape_violations`.

    Missing items do not count, so that a draft can be scored; answers to hidden or unknown items are ignored.
    Raises ValueError for a value that the item cannot take.
    """
    plan = _compile(definition)
    counts = _counts(plan, definition, answers)
    verdicts = [verdict for count in counts for verdict in count.verdicts]
    fatal = [item for item, credit in verdicts if credit == 0 and item.fatal is not Fatal.NONE]
    weight = sum(count.weight for count in counts) * plan.full_credit
    left = 0 if any(item.fatal is Fatal.SCORECARD for item in fatal) else sum(count.left for count in counts)
    total = _percentage(left, weight)
    return Score(
        score=total,
        score_before_fatal=_percentage(sum(count.gained for count in counts), weight),
        passed=passed(total, passing_score),
        sections=tuple(_section_score(count, plan.full_credit) for count in counts),
        families=_families(verdicts, plan.full_credit),
        fatal_items=tuple(item.key for item in fatal),
    )


def error_items(definition: Definition, answers: Mapping[str, AnswerValue]) -> tuple[str, ...]:
    """The keys of the items whose answers earn less than full credit, in the order of the definition."""
    plan = _compile(definition)
    counts = _counts(plan, definition, answers)
    return tuple(item.key for count in counts for item, credit in count.verdicts if credit < plan.full_credit)


def passed(score: Decimal | None, passing_score: Decimal | None) -> bool | None:
    """Whether the rounded score, as everybody sees it, reaches the passing score; None without either."""
    return None if score is None or passing_score is None else score >= passing_score


def visible_items(definition: Definition, answers: Mapping[str, AnswerValue]) -> list[Item]:
    """The items that the answers given so far show, in the order of the document.

    A condition on an item that is unanswered or itself hidden does not hold, nor does one on an N/A item
    unless it lists `na`.
    """
    visible: list[Item] = []
    shown: dict[str, AnswerValue | None] = {}
    for item in definition.items:
        condition = item.visible_if
        if condition is None or shown.get(condition.item) in condition.values:
            visible.append(item)
            shown[item.key] = answers.get(item.key)
    return visible


@dataclass(frozen=True, slots=True)
class _PlannedItem:
    key: str
    weight: int
    credits: Mapping[AnswerValue, int]
    family: str | None
    fatal: Fatal


@dataclass(frozen=True, slots=True)
class _PlannedSection:
    key: str
    items: tuple[_PlannedItem, ...]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A definition in whole numbers; an answer with full credit has `full_credit` credits."""

    full_credit: int
    sections: tuple[_PlannedSection, ...]


@dataclass(frozen=True, slots=True)
class _Count:
    """A section's answers that count, their weight, what they gained and what fatal rules left of it."""

    key: str
    verdicts: list[tuple[_PlannedItem, int]]
    weight: int
    gained: int
    left: int


def _counts(plan: _Plan, definition: Definition, answers: Mapping[str, AnswerValue]) -> list[_Count]:
    visible = {item.key for item in visible_items(definition, answers)}
    return [_count(section, answers, visible) for section in plan.sections]


def _count(section: _PlannedSection, answers: Mapping[str, AnswerValue], visible: Collection[str]) -> _Count:
    verdicts = [
        (item, _credit(item, answers[item.key]))
        for item in section.items
        if item.key in visible and answers.get(item.key, NA) != NA
    ]
    gained = sum(item.weight * credit for item, credit in verdicts)
    zeroed = any(credit == 0 and item.fatal is Fatal.SECTION for item, credit in verdicts)
    weight = sum(item.weight for item, _ in verdicts)
    return _Count(section.key, verdicts, weight, gained, left=0 if zeroed else gained)


def _credit(item: _PlannedItem, value: AnswerValue) -> int:
    try:
        return item.credits[value]
    except KeyError:
        raise ValueError(f"item {item.key!r} cannot be answered with {value!r}") from None


def _section_score(count: _Count, full_credit: int) -> SectionScore:
    weight = count.weight * full_credit
    return SectionScore(count.key, _percentage(count.left, weight), _percentage(count.gained, weight))


def _families(verdicts: list[tuple[_PlannedItem, int]], full_credit: int) -> dict[str, bool | None]:
    families: dict[str, bool | None] = dict.fromkeys(FAMILIES)
    for item, credit in verdicts:
        if item.family is not None:
            families[item.family] = credit == full_credit and families[item.family] is not False
    return families


def _percentage(part: int, whole: int) -> Decimal | None:
    """100 · part / whole, rounded half-even to two decimals."""
    if whole == 0:
        return None
    hundredths, rest = divmod(10_000 * part, whole)
    if 2 * rest > whole or (2 * rest == whole and hundredths % 2):
        hundredths += 1
    return Decimal(hundredths).scaleb(-2)


@lru_cache(maxsize=256)
def _compile(definition: Definition) -> _Plan:
    credits_of = {item.key: item_credits(item) for item in definition.items}
    weight_unit = lcm(*(item.weight.as_integer_ratio()[1] for item in definition.items))
    full_credit = lcm(*(credit.denominator for item in credits_of.values() for credit in item.values()))

    def planned(item: Item) -> _PlannedItem:
        weight = int(Fraction(item.weight) * weight_unit)
        earned = {value: int(credit * full_credit) for value, credit in credits_of[item.key].items()}
        family = None if item.criticality is Criticality.NONE else item.criticality.value
        return _PlannedItem(item.key, weight, earned, family, item.fatal)

    return _Plan(
        full_credit,
        tuple(_PlannedSection(s.key, tuple(planned(item) for item in s.items)) for s in definition.sections),
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
