"""The checks of a report's errors as the arrays that attribution takes."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from app.analysis.errors.table import ErrorTable, ItemKey
from app.analysis.samples import SampleArrays
from app.calibration import CheckSource, Verdict
from app.statistics import IntArray
from app.statistics.attribution import CheckedErrors, CheckKind, CheckVerdict, combine_checks

_KINDS: Final = {
    CheckSource.DOUBLE_SCORE: CheckKind.ADJUDICATION,
    CheckSource.FAULT_CHECK: CheckKind.FAULT_CHECK,
    CheckSource.CALIBRATION: CheckKind.CONSENSUS,
}


class CheckRow(NamedTuple):
    """The verdict on an error of a call, or without a key and a verdict a call that chance drew for a check.

    draw, position: of the call's selection; `draw` is a rank.
    by_chance: whether chance drew the call, and not a person.
    probabilities: for each `CheckKind` the probability with which chance could have drawn the call for it; a check that
        chance could not have drawn was chosen by a person.
    """

    draw: int
    position: int
    source: CheckSource
    key: ItemKey | None
    verdict: Verdict | None
    by_chance: bool
    probabilities: tuple[float, float, float]


class _Found(NamedTuple):
    answer: int
    kind: CheckKind
    verdict: CheckVerdict
    probabilities: tuple[float, float, float]
    group: int


def checked_errors(table: ErrorTable, sample: SampleArrays, rows: Sequence[CheckRow]) -> CheckedErrors:
    """The checks of the table's errors. Verdicts on answers that are no errors, and on other calls, are left out.

    An error of a drawn call without a verdict is one whose check was not done, also where it became an error only in a
    revision. The draws of a plan follow each other, so that checks not done are made up for by those of the same time.
    """
    finder = _ErrorFinder(table, sample)
    found = [one for row in rows for one in finder.errors(row)]
    if not found:
        return CheckedErrors.none()
    answers, kinds, verdicts, groups = (
        np.array([getattr(one, name) for one in found], dtype=np.int64)
        for name in ("answer", "kind", "verdict", "group")
    )
    return combine_checks(answers, kinds, verdicts, np.array([one.probabilities for one in found]), groups)


class _ErrorFinder:
    """Finds the errors of a table by their call and item."""

    def __init__(self, table: ErrorTable, sample: SampleArrays) -> None:
        errors = np.flatnonzero(table.answers.errors)
        self._errors = errors[np.argsort(table.answers.calls[errors], kind="stable")]
        self._calls = table.answers.calls[self._errors]
        self._items = table.answers.items[self._errors]
        self._codes = {key: code for code, key in enumerate(table.items)}
        # The sample is in the order of draws and positions.
        self._stride = int(sample.positions.max(initial=0)) + 1
        self._places = sample.draws * self._stride + sample.positions

    def errors(self, row: CheckRow) -> Iterator[_Found]:
        kind = _KINDS[row.source]
        probabilities = list(row.probabilities)
        if not row.by_chance or probabilities[kind] == 0:
            probabilities[kind] = float("nan")
        verdict = CheckVerdict.NOT_DONE if row.verdict is None else CheckVerdict[row.verdict.name]
        for answer in self._answers(row).tolist():
            yield _Found(answer, kind, verdict, (probabilities[0], probabilities[1], probabilities[2]), row.draw)

    def _answers(self, row: CheckRow) -> IntArray:
        place = row.draw * self._stride + row.position
        call = int(np.searchsorted(self._places, place))
        if row.position >= self._stride or call == self._places.size or self._places[call] != place:
            return self._errors[:0]
        of_call = slice(*np.searchsorted(self._calls, (call, call + 1)).tolist())
        if row.key is None:
            return self._errors[of_call]
        at_item = self._items[of_call] == self._codes.get(row.key, -1)
        return np.asarray(self._errors[of_call][at_item])
