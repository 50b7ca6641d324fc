"""The results of a session as an XLSX workbook."""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any, TypeAlias

import xlsxwriter

from app.calibration.agreement.figures import Figure, PoolFigures, coefficient_name
from app.calibration.results.sentences import Language, reason_text, sentences
from app.calibration.results.texts import answer_word, word
from app.calibration.results.types import GroupAgreement, GroupScores, SessionResults
from app.evaluations.types import Answer
from app.scorecards.types import Score

Rows: TypeAlias = Iterable[Sequence[Any]]

_AGREEMENT = (
    *("scope", "coefficient", "level", "value", "low", "high", "bootstrap_low", "bootstrap_high", "stderror"),
    *("n_units", "n_raters", "note"),
)
_ANSWERS = ("call", "item", "participant", "value", "fault", "reason", "comment")
_SCORES = ("call", "participant", "score", "comment")
_DEVIATIONS = ("participant", "points", "calls", "alignment")


def workbook(results: SessionResults, language: Language) -> bytes:
    """Sheets of agreement, of everyone's answers and of deviations from the reference."""
    buffer = BytesIO()
    # Texts stay texts: an answer that begins with "=" is no formula, one that begins with "http" no link.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        if results.agreement is not None:
            rows = _agreement_rows(results.group, results.agreement, language)
            _sheet(book, "agreement", _AGREEMENT, rows, language)
        _sheet(book, "scores", _SCORES, _score_rows(results.group, language), language)
        _sheet(book, "answers", _ANSWERS, _answer_rows(results.group, language), language)
        if results.deviations:
            _sheet(book, "deviations", _DEVIATIONS, _deviation_rows(results), language)
    return buffer.getvalue()


def _sheet(book: Any, name: str, columns: Sequence[str], rows: Rows, language: Language) -> None:
    sheet = book.add_worksheet(word(name, language))
    sheet.write_row(0, 0, [word(column, language) for column in columns], book.add_format({"bold": True}))
    for number, row in enumerate(rows, start=1):
        sheet.write_row(number, 0, row)
    sheet.freeze_panes(1, 0)
    sheet.autofit()


def _agreement_rows(group: GroupScores, agreement: GroupAgreement, language: Language) -> Iterator[Sequence[Any]]:
    yield from _pool_rows(word("all_items", language), agreement.overall, language)
    yield from _pool_rows(word("faults", language), agreement.faults, language)
    titles = {section.key: section.title for section in group.definition.sections}
    for key, figures in agreement.sections:
        yield from _pool_rows(f"{word('section', language)}: {titles[key]}", figures, language)
    for key, figures in agreement.items:
        yield from _pool_rows(f"{word('item', language)}: {group.definition.item_by_key[key].title}", figures, language)


def _pool_rows(scope: str, figures: PoolFigures, language: Language) -> Iterator[Sequence[Any]]:
    for place, figure in enumerate(figures.figures):
        found = figure.agreement
        notes = [*_reasons(figure, language), *(sentences(figures, language) if place == 0 else ())]
        bounds = (found.low, found.high, figure.bootstrap_low, figure.bootstrap_high, found.stderror)
        values = (found.value, *bounds, found.n_units, found.n_raters)
        yield (scope, coefficient_name(found), found.level, *values, " ".join(notes))


def _score_rows(group: GroupScores, language: Language) -> Iterator[Sequence[Any]]:
    """The scores that are complete, of the participants, the reference and the group."""
    place = {call_id: number for number, call_id in enumerate(group.call_ids, start=1)}
    names = {scorer.id: scorer.name for scorer in group.scorers}
    for given in group.scores:
        if given.complete:
            yield (place[given.call_id], names[given.scorer_id], _number(given.score), given.comment)
    for call_id, score in group.reference_scores.items():
        yield (place[call_id], word("reference", language), _number(score), None)
    for settled in group.settled:
        yield (place[settled.call_id], word("consensus", language), _number(settled.score), settled.comment)


def _number(score: Score) -> float | None:
    return None if score.score is None else float(score.score)


def _reasons(figure: Figure, language: Language) -> Iterator[str]:
    """Why cells are empty: of the figure, or of its standard error and bootstrap alone."""
    found = figure.agreement
    if found.reason is not None:
        yield reason_text(found.reason, language)
        return
    for column, reason in (("stderror", found.stderror_reason), ("bootstrap", figure.bootstrap_reason)):
        if reason is not None:
            yield f"{word(column, language)}: {reason_text(reason, language)}"


def _answer_rows(group: GroupScores, language: Language) -> Iterator[Sequence[Any]]:
    place = {call_id: number for number, call_id in enumerate(group.call_ids, start=1)}
    names = {scorer.id: scorer.name for scorer in group.scorers}
    for given in group.scores:
        for answer in given.answers:
            yield _answer_row(place[given.call_id], names[given.scorer_id], answer, group, language)
    for settled in group.settled:
        for answer in settled.answers:
            yield _answer_row(place[settled.call_id], word("consensus", language), answer, group, language)


def _answer_row(call: int, name: str, answer: Answer, group: GroupScores, language: Language) -> Sequence[Any]:
    title = group.definition.item_by_key[answer.item].title
    value = answer_word(answer.value, language) if isinstance(answer.value, str) else answer.value
    return (call, title, name, value, answer.fault, answer.reason, answer.comment)


def _deviation_rows(results: SessionResults) -> Iterator[Sequence[Any]]:
    names = {scorer.id: scorer.name for scorer in results.group.scorers}
    for one in results.deviations:
        yield (names[one.scorer_id], one.points, one.n_calls, one.alignment)
