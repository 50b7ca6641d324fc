"""Publishable definitions and answers to them that break no rule, drawn by Hypothesis."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from hypothesis import strategies as st

from app.scorecards import (
    NA,
    AnswerType,
    AnswerValue,
    Condition,
    Criticality,
    Definition,
    ErrorReason,
    Fatal,
    Fault,
    Item,
    Option,
    Section,
)

Answers = Mapping[str, AnswerValue]
_TOTAL = 1_000_000  # ten-thousandths of a percent: weights have up to four decimals

_reasons = st.lists(
    st.builds(
        ErrorReason,
        key=st.sampled_from(["forgot", "not_known", "no_article"]),
        label=st.just("Reason"),
        default_fault=st.none() | st.sampled_from(Fault),
    ),
    max_size=3,
    unique_by=lambda reason: reason.key,
).map(tuple)
_credits = st.integers(0, 10_000).map(lambda n: Decimal(n).scaleb(-4))


@st.composite
def definitions(draw: st.DrawFn, *, conditional: bool = True) -> Definition:
    """Definitions that can be published, with up to four sections of up to five items."""
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    weights = draw(_weights(sum(sizes)))
    items: list[Item] = []
    for position, weight in enumerate(weights):
        item = draw(_items(f"i{position}", weight))
        if conditional and items and draw(st.booleans()):
            item = replace(item, visible_if=draw(_conditions(draw(st.sampled_from(items)))))
        items.append(item)
    ends = [sum(sizes[:n]) for n in range(len(sizes) + 1)]
    return Definition(
        tuple(Section(f"s{n}", f"Section {n}", tuple(items[a:b])) for n, (a, b) in enumerate(pairwise(ends)))
    )


@st.composite
def answered(draw: st.DrawFn, *, conditional: bool = True) -> tuple[Definition, Answers]:
    """A definition with an accepted answer to every visible item."""
    definition = draw(definitions(conditional=conditional))
    answers: dict[str, AnswerValue] = {}
    for item in definition.items:
        condition = item.visible_if
        if condition is None or answers.get(condition.item) in condition.values:
            answers[item.key] = draw(accepted_values(item))
    return definition, answers


def accepted_values(item: Item) -> st.SearchStrategy[AnswerValue]:
    """Any answer that the item takes."""
    return st.sampled_from([*item.values, NA] if item.allow_na else item.values)


def _weights(count: int) -> st.SearchStrategy[list[Decimal]]:
    """So many positive weights with four decimals that sum to exactly 100: the pieces between random cuts."""
    cuts = st.lists(st.integers(1, _TOTAL - 1), min_size=count - 1, max_size=count - 1, unique=True)
    return cuts.map(lambda places: [Decimal(b - a).scaleb(-4) for a, b in pairwise([0, *sorted(places), _TOTAL])])


@st.composite
def _items(draw: st.DrawFn, key: str, weight: Decimal) -> Item:
    answer_type = draw(st.sampled_from(AnswerType))
    return Item(
        key=key,
        title=f"Item {key}",
        weight=weight,
        answer_type=answer_type,
        scale_max=draw(st.integers(1, 100)) if answer_type is AnswerType.SCALE else None,
        options=draw(_options()) if answer_type is AnswerType.CHOICE else (),
        allow_na=draw(st.booleans()),
        criticality=draw(st.sampled_from(Criticality)),
        fatal=draw(st.sampled_from(Fatal)),
        error_reasons=draw(_reasons),
    )


@st.composite
def _options(draw: st.DrawFn) -> tuple[Option, ...]:
    between = draw(st.lists(_credits, max_size=3))
    credits_ = draw(st.permutations([Decimal(1), Decimal(0), *between]))
    return tuple(Option(f"o{n}", f"Option {n}", credit) for n, credit in enumerate(credits_))


@st.composite
def _conditions(draw: st.DrawFn, on: Item) -> Condition:
    values = draw(st.lists(accepted_values(on), min_size=1, max_size=3, unique=True))
    return Condition(on.key, tuple(values))
