"""Definitions for examples: short to write, publishable unless the example says otherwise."""

from decimal import Decimal
from typing import Any

import httpx

from app.scorecards import (
    AnswerType,
    Criticality,
    Definition,
    ErrorReason,
    Fatal,
    Fault,
    Item,
    Option,
    Section,
    definition_to_document,
)

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


def thirty_items() -> Definition:
    """A scorecard as centres use them: five sections, thirty items of every kind, a few of them fatal."""
    items = [_one_of_thirty(number) for number in range(30)]
    return sections(*(tuple(items[start : start + 6]) for start in range(0, 30, 6)))


def _one_of_thirty(number: int) -> Item:
    key, weight = f"i{number}", "3" if number < 20 else "4"
    if number % 6 == 4:
        return scale(key, weight, scale_max=5, error_reasons=REASONS)
    if number % 6 == 5:
        return choice(key, weight, error_reasons=REASONS)
    fatal = Fatal.SECTION if number == 7 else Fatal.NONE
    criticality = (*Criticality,)[number % 4]
    return binary(key, weight, allow_na=number % 2 == 0, error_reasons=REASONS, fatal=fatal, criticality=criticality)


def body(definition: Definition, **fields: Any) -> dict[str, Any]:
    """The body that creates a scorecard with a definition."""
    return {"name": "Inbound support", "passing_score": 80, **definition_to_document(definition), **fields}


async def draft_scorecard(client: httpx.AsyncClient, definition: Definition, **fields: Any) -> dict[str, Any]:
    """The answer to a new scorecard, whose first version is a draft."""
    created = await client.post("/v1/scorecards", json=body(definition, **fields))
    assert created.status_code == 201, created.text
    scorecard: dict[str, Any] = created.json()
    return scorecard


async def publish_scorecard(client: httpx.AsyncClient, definition: Definition, **fields: Any) -> dict[str, Any]:
    """The answer to a new scorecard, whose first version is published."""
    scorecard = await draft_scorecard(client, definition, **fields)
    published = await client.post(f"/v1/scorecards/{scorecard['id']}/publish")
    assert published.status_code == 200, published.text
    return {**scorecard, **published.json()}
