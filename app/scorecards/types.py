"""Scorecards, their definitions and the scores that they give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

AnswerValue: TypeAlias = str | int
"""What a verifier answers: `good` or `bad`, a whole number on a scale, an option's key, or `na`."""

GOOD: Final = "good"
BAD: Final = "bad"
NA: Final = "na"


class AnswerType(StrEnum):
    """How an item is answered."""

    BINARY = "binary"
    SCALE = "scale"
    CHOICE = "choice"


class Criticality(StrEnum):
    """Whom an error on the item fails, whatever the score."""

    NONE = "none"
    CUSTOMER = "customer"
    BUSINESS = "business"
    COMPLIANCE = "compliance"


class Fatal(StrEnum):
    """What the worst answer to the item zeroes."""

    NONE = "none"
    SECTION = "section"
    SCORECARD = "scorecard"


class Fault(StrEnum):
    """Whose error it was."""

    AGENT = "agent"
    PROCESS = "process"
    CUSTOMER = "customer"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a definition or a list of answers breaks, and where: `pointer` is a JSON pointer into the body."""

    pointer: str
    detail: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a `choice` item; its credit is a share of the item's weight, 0…1."""

    key: str
    label: str
    credit: Decimal


@dataclass(frozen=True, slots=True)
class Condition:
    """Shows an item only when another one was answered with one of the values."""

    item: str
    values: tuple[AnswerValue, ...]


@dataclass(frozen=True, slots=True)
class ErrorReason:
    """A reason for an error at an item, and whose fault it usually is."""

    key: str
    label: str
    default_fault: Fault | None = None


@dataclass(frozen=True)
class Item:
    """One question of the scorecard; `scale_max` belongs to scales and `options` to choices alone.

    Not slotted, because what it accepts is computed once and kept.
    """

    key: str
    title: str
    weight: Decimal
    answer_type: AnswerType
    good: str = ""
    bad: str = ""
    scale_max: int | None = None
    options: tuple[Option, ...] = ()
    allow_na: bool = False
    criticality: Criticality = Criticality.NONE
    fatal: Fatal = Fatal.NONE
    visible_if: Condition | None = None
    error_reasons: tuple[ErrorReason, ...] = ()

    @property
    def values(self) -> Sequence[AnswerValue]:
        """Every answer that earns a credit; N/A is not among them."""
        match self.answer_type:
            case AnswerType.BINARY:
                return (GOOD, BAD)
            case AnswerType.SCALE:
                return range((self.scale_max or 0) + 1)
            case AnswerType.CHOICE:
                return tuple(option.key for option in self.options)

    def accepts(self, value: AnswerValue) -> bool:
        """Whether the item can be answered with the value, N/A included where it is allowed."""
        # `type`, because True is an instance of int and equal to 1.
        return type(value) in (int, str) and value in self._accepted

    def is_error(self, value: AnswerValue) -> bool:
        """Whether an accepted value earns less than full credit; N/A never does."""
        return value in self._errors

    @cached_property
    def _accepted(self) -> frozenset[AnswerValue]:
        values = frozenset(self.values)
        return values | {NA} if self.allow_na else values - {NA}

    @cached_property
    def _errors(self) -> frozenset[AnswerValue]:
        match self.answer_type:
            case AnswerType.BINARY:
                return frozenset({BAD})
            case AnswerType.SCALE:
                return frozenset(value for value in self.values if value != self.scale_max)
            case AnswerType.CHOICE:
                return frozenset(option.key for option in self.options if option.credit < 1)


@dataclass(frozen=True, slots=True)
class Section:
    """A titled group of items with a score of its own."""

    key: str
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Definition:
    """All that scoring depends on. A draft may break the publishing rules (`validation`).

    Not slotted, because the look-ups are built once and kept. Where a draft repeats an item's key, the first
    one is found.
    """

    sections: tuple[Section, ...]

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """All items in the order of the document."""
        return tuple(item for section in self.sections for item in section.items)

    @cached_property
    def item_by_key(self) -> Mapping[str, Item]:
        """Each item under its key."""
        return {item.key: item for item in reversed(self.items)}

    @cached_property
    def position_of(self) -> Mapping[str, int]:
        """Each item's place in the order of the document, from 0, under its key."""
        last = len(self.items) - 1
        return {item.key: last - back for back, item in enumerate(reversed(self.items))}

    @cached_property
    def section_of(self) -> Mapping[str, Section]:
        """The section that an item belongs to, under the item's key."""
        return {item.key: section for section in reversed(self.sections) for item in section.items}

    @cached_property
    def _hash(self) -> int:
        return hash(self.sections)

    def __hash__(self) -> int:
        """Computed once and kept, so that a cache whose keys are definitions is fast."""
        return self._hash


class VersionStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardSummary:
    """A scorecard at one of its versions, without the items. `version` counts changes; `number` is the version's."""

    id: UUID
    name: str
    project_id: UUID | None
    version: int
    created_at: datetime
    version_id: UUID
    number: int
    status: VersionStatus
    passing_score: Decimal
    published_at: datetime | None

    # Only the newest version can be a draft, so that both numbers follow from the newest one.
    @property
    def draft_version(self) -> int | None:
        return self.number if self.status is VersionStatus.DRAFT else None

    @property
    def published_version(self) -> int | None:
        return (self.number - 1 or None) if self.status is VersionStatus.DRAFT else self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard(ScorecardSummary):
    definition: Definition


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A version that calls are scored by. It never changes."""

    id: UUID
    scorecard_id: UUID
    number: int
    passing_score: Decimal
    definition: Definition


class PreviewedAnswer(NamedTuple):
    """An answer whose score is asked for, without storing it."""

    item: str
    value: AnswerValue
    fault: Fault | None


@dataclass(frozen=True, slots=True)
class SectionScore:
    """The score of a section, 0…100 with two decimals; None when none of its items counts."""

    key: str
    score: Decimal | None
    score_before_fatal: Decimal | None


@dataclass(frozen=True)
class Score:
    """The score of one set of answers, 0…100 with two decimals; None when no item counts.

    `passed` says whether the score reaches the passing score. `families` says for each criticality except `none`,
    by name, whether no item of it is an error; None when no item of it counts. `fatal_items` are the keys of the fatal
    items without any credit, in the order of the definition.

    `score` is what the customer got. `agent_score` is the same without the errors that are not the agent's; None when
    nothing else counts. `process_loss` are the points that the errors of the process cost: with them at full credit the
    score would be higher by so much.
    """

    score: Decimal | None
    agent_score: Decimal | None
    process_loss: Decimal | None
    score_before_fatal: Decimal | None
    passed: bool | None
    sections: Sequence[SectionScore]
    families: Mapping[str, bool | None]
    fatal_items: Sequence[str]
