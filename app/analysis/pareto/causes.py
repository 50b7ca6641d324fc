"""The causes of errors: what they are called, and whose they are."""

from collections.abc import Iterable, Mapping

import numpy as np

from app.analysis.pareto.types import CauseKey, CauseShares, CauseTitle, ParetoBy
from app.analysis.repository.rows import AnswersOfKind
from app.scorecards import Fault, PublishedVersion
from app.statistics import BoolArray, FloatArray, IntArray
from app.statistics.attribution import Verdict, verdict, weighted_share

NO_REASON = CauseKey(None, None)
NO_TITLE = "(none)"


class Causes:
    """The titles of items, reasons and sections; those of the newest version of each scorecard where they differ."""

    def __init__(self, by: ParetoBy, versions: Iterable[PublishedVersion]) -> None:
        self._by = by
        self._titles: dict[CauseKey, CauseTitle] = {NO_REASON: CauseTitle(NO_TITLE)}
        self._sections: dict[CauseKey, str] = {}
        for version in sorted(versions, key=lambda version: version.number):
            self._read(version)

    def key(self, errors: AnswersOfKind) -> CauseKey:
        """The cause of these errors. An item is in the section where the newest version has it."""
        match self._by:
            case ParetoBy.ITEM:
                return CauseKey(errors.scorecard_id, errors.item)
            case ParetoBy.SECTION:
                return CauseKey(errors.scorecard_id, self._sections[CauseKey(errors.scorecard_id, errors.item)])
            case ParetoBy.REASON:
                return NO_REASON if errors.reason is None else CauseKey(errors.scorecard_id, errors.reason)

    def title(self, key: CauseKey) -> CauseTitle:
        return self._titles[key]

    def _read(self, version: PublishedVersion) -> None:
        for section in version.definition.sections:
            for item in section.items:
                self._sections[CauseKey(version.scorecard_id, item.key)] = section.key
                if self._by is ParetoBy.ITEM:
                    self._titles[CauseKey(version.scorecard_id, item.key)] = CauseTitle(item.title, section.title)
                if self._by is ParetoBy.REASON:
                    for reason in item.error_reasons:
                        self._titles[CauseKey(version.scorecard_id, reason.key)] = CauseTitle(reason.label)
            if self._by is ParetoBy.SECTION:
                self._titles[CauseKey(version.scorecard_id, section.key)] = CauseTitle(section.title)


def shares_by_mark(
    keys: IntArray, calls: IntArray, weights: FloatArray, groups: IntArray, faults: list[str | None]
) -> Mapping[int, CauseShares]:
    """Whose the errors of each cause are by the verifiers' marks. The one place that says whose errors are.

    keys, calls, weights, groups: of each error its cause, its call, the number of calls that this represents, and its
    group. faults: the mark of each group.
    """
    process = np.array([fault == Fault.PROCESS for fault in faults], dtype=np.bool_)[groups]
    agent = np.array([fault == Fault.AGENT for fault in faults], dtype=np.bool_)[groups]
    order = np.argsort(keys, kind="stable")
    codes, starts = np.unique(keys[order], return_index=True)
    parts = np.split(order, starts[1:]) if codes.size else []
    return {
        code: _shares(process[part], agent[part], weights[part], calls[part])
        for code, part in zip(codes.tolist(), parts, strict=True)
    }


def _shares(process: BoolArray, agent: BoolArray, weights: FloatArray, calls: IntArray) -> CauseShares:
    of_process, of_agent = weighted_share(process, weights, calls), weighted_share(agent, weights, calls)
    rest = 1 - of_process.value
    found = verdict(of_process, of_agent.value / rest if rest > 0 else 0.0) or Verdict.MIXED
    return CauseShares(of_process.value, of_agent.value, max(rest - of_agent.value, 0.0), found)
