"""The results of a session as a picture: items by answers, the items that split the group first."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np

from app.calibration.agreement.judgements import by_item, judgements_of
from app.calibration.results.drawing import PictureFormat, draw_picture
from app.calibration.results.sentences import Language
from app.calibration.results.texts import answer_word, printable, short_name, word
from app.calibration.results.types import GroupAgreement, GroupScores
from app.evaluations.answers import grades_of
from app.evaluations.types import Answer
from app.statistics.agreement import rank_by_disagreement
from app.statistics.sample import FloatArray

# More columns than these cannot be told apart: then each call has one.
MOST_COLUMNS = 60
# Safe for the colour-blind, and dark where something is wrong.
_CREDIT, _SPLIT = "YlOrBr_r", "YlOrBr"
_DARK_BELOW = 0.4


def heat_map(group: GroupScores, agreement: GroupAgreement, language: Language, file_format: PictureFormat) -> bytes:
    """Everyone's answers by credit, with a mark where the group is split; with many participants, the split by call."""
    items = [key for key, _ in agreement.items]
    columns = len(group.scores)
    draw = _draw_answers if columns <= MOST_COLUMNS else _draw_splits
    width = 4 + 0.32 * min(max(columns, 6), MOST_COLUMNS)

    def draw_on(figure: Any) -> None:
        axes = figure.subplots()
        draw(figure, axes, group, items, language)
        axes.set_yticks(range(len(items)), [_short(group.definition.item_by_key[key].title) for key in items])
        axes.tick_params(labelsize=8)

    return draw_picture((width, 2.2 + 0.28 * len(items)), file_format, draw_on)


def _draw_answers(figure: Any, axes: Any, group: GroupScores, items: Sequence[str], language: Language) -> None:
    """A column for each participant's answers about each call."""
    scores = sorted(group.scores, key=lambda given: _order(group, given.call_id, given.scorer_id))
    names = {scorer.id: short_name(scorer) for scorer in group.scorers}
    credits_ = np.column_stack([_credits(group, items, given.answers) for given in scores])
    image = axes.imshow(credits_, vmin=0, vmax=1, cmap=_CREDIT, aspect="auto")
    labels = [f"{group.call_ids.index(given.call_id) + 1} · {names[given.scorer_id]}" for given in scores]
    axes.set_xticks(range(len(labels)), labels, rotation=90)
    for column, given in enumerate(scores):
        _write_values(axes, column, items, given.answers, credits_=credits_[:, column], language=language)
        if column and given.call_id != scores[column - 1].call_id:
            axes.axvline(column - 0.5, color="black", linewidth=1.2)
    axes.set_title(f"{printable(group.name)}\n{word('everyones_answers', language)}", fontsize=10)
    figure.colorbar(image, ax=axes, label=word("credit", language))


def _draw_splits(figure: Any, axes: Any, group: GroupScores, items: Sequence[str], language: Language) -> None:
    """A column for each call: the share of pairs of answers that differ."""
    splits = np.column_stack([_splits(group, items, call_id) for call_id in group.call_ids])
    image = axes.imshow(splits, vmin=0, vmax=1, cmap=_SPLIT, aspect="auto")
    axes.set_xticks(range(len(group.call_ids)), [str(number + 1) for number in range(len(group.call_ids))])
    axes.set_xlabel(word("call", language))
    axes.set_title(f"{printable(group.name)}\n{word('split_by_call', language)}", fontsize=10)
    figure.colorbar(image, ax=axes, label=word("disagreement", language))


def _order(group: GroupScores, call_id: UUID, scorer_id: UUID) -> tuple[int, int]:
    scorers = [scorer.id for scorer in group.scorers]
    return group.call_ids.index(call_id), scorers.index(scorer_id)


def _credits(group: GroupScores, items: Sequence[str], answers: Sequence[Answer]) -> FloatArray:
    grades = grades_of(group.definition)
    credit_of = {answer.item: grades[answer.item][answer.value].credit for answer in answers}
    found = (credit_of.get(key) for key in items)
    return np.array([np.nan if credit is None else float(credit) for credit in found])


def _write_values(
    axes: Any, column: int, items: Sequence[str], answers: Sequence[Answer], *, credits_: FloatArray, language: Language
) -> None:
    """The answers in words: colour alone must not carry them."""
    values = {answer.item: str(answer.value) for answer in answers}
    for row, (key, credit) in enumerate(zip(items, credits_, strict=True)):
        text = answer_word(values[key], language) if key in values else "·"
        color = "white" if credit < _DARK_BELOW else "black"
        axes.text(column, row, _short(text, 6), ha="center", va="center", fontsize=5, color=color)


def _splits(group: GroupScores, items: Sequence[str], call_id: UUID) -> FloatArray:
    raters = [scorer.id for scorer in group.scorers]
    judgements = [
        judgement
        for given in group.scores
        if given.call_id == call_id
        for judgement in judgements_of(call_id, given.scorer_id, given.answers)
    ]
    pools = by_item(group.definition, judgements, raters)
    ranked = rank_by_disagreement([pools[key].ratings for key in items])
    disagreement = {split.item: split.disagreement for split in ranked}
    found = (disagreement[place] for place in range(len(items)))
    return np.array([np.nan if share is None else share for share in found])


def _short(text: str, length: int = 40) -> str:
    shown = printable(text)
    return shown if len(shown) <= length else f"{shown[: length - 1]}…"
