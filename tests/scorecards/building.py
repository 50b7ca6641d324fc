"""Definitions for examples: short to write, publishable unless the example says otherwise."""

from decimal import Decimal
from typing import Any

from app.scorecards.definition import Definition, ErrorReason, Item, Option, Section
from app.scorecards.types import AnswerType, Fault

FULL_PART_NOTHING = (
    Option("full", "Fully", Decimal(1)),
    Option("part", "In part", Decimal("0.35")),
    Option("nothing", "Not at all", Decimal(0)),
)
REASONS = (ErrorReason("forgot", "Forgot", Fault.AGENT), ErrorReason("no_article", "Not in knowledge base"))


def binary(key: str, weight: str = "50", **fields: Any) -> Item:
    """An item answered with good or bad."""
    return Item(key, f"Item {key}", Decimal(weight), AnswerType.BINARY, **fields)


def scale(key: str, weight: str = "50", *, scale_max: int | None = 3, **fields: Any) -> Item:
    """An item answered with 0…scale_max."""
    return Item(key, f"Item {key}", Decimal(weight), AnswerType.SCALE, scale_max=scale_max, **fields)


def choice(key: str, weight: str = "50", *, options: tuple[Option, ...] = FULL_PART_NOTHING, **fields: Any) -> Item:
    """An item answered with an option's key."""
    return Item(key, f"Item {key}", Decimal(weight), AnswerType.CHOICE, options=options, **fields)


def one_section(*items: Item) -> Definition:
    """A scorecard of one section."""
    return sections(items)


def sections(*groups: tuple[Item, ...]) -> Definition:
    """A scorecard with a section s0, s1, … for each group of items."""
    return Definition(tuple(Section(f"s{i}", f"Section {i}", items) for i, items in enumerate(groups)))
