"""From answers to a score.

Credit c of an answer: good 1, bad 0; on a scale value / scale_max; for a choice the option's credit. Over the
items that are answered, visible and not N/A

    score = 100 · Σ w·c / Σ w

for the scorecard and for each section. Weights need not sum to 100. Fatal rules come after that. An answer
without any credit to an item that is fatal for its section leaves that section nothing, in its own score and
in the total. To an item that is fatal for the scorecard, it makes the total 0; the sections stay as they are.

An error says whose fault it was. Two more figures follow from that (docs/decisions/0028):

    agent score  = the score without the errors that are not the agent's, which are left out like N/A
    process loss = the score if every error of the process were a full credit − the score

Both keep the items visible that are visible. An error without a fault, as a draft may have, counts as the agent's.

Everything is exact until the one rounding at the end (half-even, two decimals).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NamedTuple

from app.scorecards.compiling import PlannedItem, PlannedSection, ScoringPlan, compile_definition
from app.scorecards.types import (
    NA,
    AnswerValue,
    Criticality,
    Definition,
    Fatal,
    Fault,
    Item,
    Score,
    SectionScore,
)

_NO_FAULTS: Final[Mapping[str, Fault | None]] = MappingProxyType({})
_PROCESS: Final = frozenset({Fault.PROCESS})
_NOT_THE_AGENTS: Final = frozenset({Fault.PROCESS, Fault.CUSTOMER, Fault.UNCLEAR})

FAMILIES: Final = tuple(family.value for family in Criticality if family is not Criticality.NONE)


def score(
    definition: Definition,
    answers: Mapping[str, AnswerValue],
    passing_score: Decimal | None = None,
    faults: Mapping[str, Fault | None] = _NO_FAULTS,
) -> Score:
    """Score the answers (item key → value); the definition must break no rule of `validation.shape_violations`.

    Missing items do not count, so that a draft can be scored; answers to hidden or unknown items are ignored.
    faults: item key → whose fault the error was; those of items that are no errors are ignored.
    Raises ValueError for a value that the item cannot take.
    """
    plan = compile_definition(definition)
    counts = _counts(plan, definition, answers)
    errors = _errors(counts, plan.full_credit, faults)
    weight = plan.full_credit * sum(count.weight for count in counts)
    points = _percentage(_left(counts, errors), weight)
    agent_score, process_loss = _by_fault(counts, errors, weight, plan.full_credit)
    return Score(
        score=points,
        agent_score=agent_score,
        process_loss=process_loss,
        score_before_fatal=_percentage(sum(count.gained for count in counts), weight),
        passed=passed(points, passing_score),
        sections=tuple(_section_score(count, plan.full_credit) for count in counts),
        families=_families(counts, plan.full_credit),
        fatal_items=tuple(error.item.key for error in errors if error.is_fatal),
    )


def error_items(definition: Definition, answers: Mapping[str, AnswerValue]) -> tuple[str, ...]:
    """The keys of the items whose answers earn less than full credit, in the order of the definition."""
    plan = compile_definition(definition)
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
class _Count:
    """A section's answers that count, their weight, what they gained and what fatal rules left of it."""

    key: str
    verdicts: list[tuple[PlannedItem, int]]
    weight: int
    gained: int
    left: int


class _Error(NamedTuple):
    """An answer with less than full credit. `section` is the index of its section."""

    section: int
    item: PlannedItem
    credit: int
    fault: Fault | None

    @property
    def is_fatal(self) -> bool:
        return self.credit == 0 and self.item.fatal is not Fatal.NONE


def _counts(plan: ScoringPlan, definition: Definition, answers: Mapping[str, AnswerValue]) -> list[_Count]:
    visible = {item.key for item in visible_items(definition, answers)}
    return [_count(section, answers, visible) for section in plan.sections]


def _count(section: PlannedSection, answers: Mapping[str, AnswerValue], visible: Collection[str]) -> _Count:
    verdicts = [
        (item, _credit(item, answers[item.key]))
        for item in section.items
        if item.key in visible and answers.get(item.key, NA) != NA
    ]
    gained = sum(item.weight * credit for item, credit in verdicts)
    zeroed = any(credit == 0 and item.fatal is Fatal.SECTION for item, credit in verdicts)
    weight = sum(item.weight for item, _ in verdicts)
    return _Count(section.key, verdicts, weight, gained, left=0 if zeroed else gained)


def _errors(counts: list[_Count], full_credit: int, faults: Mapping[str, Fault | None]) -> list[_Error]:
    """In the order of the definition."""
    return [
        _Error(section, item, credit, faults.get(item.key))
        for section, count in enumerate(counts)
        for item, credit in count.verdicts
        if credit < full_credit
    ]


def _by_fault(
    counts: list[_Count], errors: list[_Error], weight: int, full_credit: int
) -> tuple[Decimal | None, Decimal | None]:
    """The agent score and the process loss."""
    left_out = full_credit * sum(error.item.weight for error in errors if error.fault in _NOT_THE_AGENTS)
    lost = _left(counts, errors, _PROCESS, full_credit) - _left(counts, errors)
    return _percentage(_left(counts, errors, _NOT_THE_AGENTS), weight - left_out), _percentage(lost, weight)


def _left(counts: list[_Count], errors: list[_Error], spared: Collection[Fault] = (), credit: int = 0) -> int:
    """What fatal rules leave of what was gained.

    spared: errors of these faults trigger no fatal rule and have this credit instead.
    """
    gained = [count.gained for count in counts]
    zeroed = set()
    for error in errors:
        if error.fault in spared:
            gained[error.section] += error.item.weight * (credit - error.credit)
        elif error.is_fatal and error.item.fatal is Fatal.SCORECARD:
            return 0
        elif error.is_fatal:
            zeroed.add(error.section)
    return sum(points for section, points in enumerate(gained) if section not in zeroed)


def _credit(item: PlannedItem, value: AnswerValue) -> int:
    try:
        return item.credits[value]
    except KeyError:
        raise ValueError(f"item {item.key!r} cannot be answered with {value!r}") from None


def _section_score(count: _Count, full_credit: int) -> SectionScore:
    weight = count.weight * full_credit
    return SectionScore(count.key, _percentage(count.left, weight), _percentage(count.gained, weight))


def _families(counts: list[_Count], full_credit: int) -> dict[str, bool | None]:
    families: dict[str, bool | None] = dict.fromkeys(FAMILIES)
    for count in counts:
        for item, credit in count.verdicts:
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
