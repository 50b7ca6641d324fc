"""The rows of pooled agreement: by item, section, verifier or pair of verifiers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from app.calibration.agreement.figures import measure_listed, measure_pairs, measure_pools
from app.calibration.agreement.judgements import Pool, pool
from app.calibration.agreement.pooling import (
    Answered,
    Placed,
    answered,
    by_item,
    by_task,
    count_sources,
    key_of,
    list_answers,
    of_pairs,
    placed_items,
    pool_answers,
    shared_calls,
    with_others,
)
from app.calibration.agreement.types import AgreementBy, PooledItems, PooledRaters, PooledScorings

# Two raters who share fewer calls are left out, and so are all but this many pairs.
MIN_PAIR_CALLS: Final = 5
MOST_PAIRS: Final = 200
# The same scorings give the same bootstrap intervals again.
_SEED: Final = 20261128

PooledRow = PooledItems | PooledRaters


def pooled_rows(of: PooledScorings, by: AgreementBy) -> list[PooledRow]:
    """The rows, the lowest AC1 first; those without one come last. Slow with many scorings: for a thread."""
    rows: list[PooledRow] = list(_ROWS[by](of))
    return sorted(rows, key=lambda row: (row.ac1 is None, row.ac1 or 0.0, row.name, row.key))


def verifier_rows(of: PooledScorings) -> list[PooledRaters]:
    """Each rater who has scored a call that others have scored, compared with them."""
    tasks = [scorings for scorings in by_task(of.scorings).values() if len(scorings) > 1]
    own = with_others(tasks)
    listed = list_answers(answered(of, (scoring for scorings in tasks for scoring in scorings)))
    return [
        PooledRaters(
            raters=[of.raters[str(found.rater)]],
            shared=count_sources(scoring.source for scoring in own[str(found.rater)]),
            coefficients=found.coefficients,
            compares_verdicts=listed.compares_verdicts,
        )
        for found in measure_listed(listed)
    ]


def pair_rows(of: PooledScorings) -> Iterator[PooledRaters]:
    """The pairs of raters who share the most calls."""
    pairs = of_pairs(by_task(of.scorings).values())
    enough = [pair for pair, shared in pairs.items() if len(shared) >= MIN_PAIR_CALLS]
    for pair in sorted(enough, key=lambda pair: (-len(pairs[pair]), pair))[:MOST_PAIRS]:
        scorings = [scoring for shared in pairs[pair] for scoring in shared]
        compared = pool_answers(answered(of, scorings))
        for found in measure_pairs(compared):
            yield PooledRaters(
                raters=[of.raters[key] for key in pair],
                shared=shared_calls(scorings),
                coefficients=found.coefficients,
                compares_verdicts=compared.compares_verdicts,
            )


def item_rows(of: PooledScorings) -> list[PooledItems]:
    """Each item of each scorecard, also where nobody has answered it."""
    answers = by_item(answered(of, of.scorings))
    groups = [
        _Group(key, placed.item.title, placed.item.key, placed, answers.get(key, []))
        for key, placed in placed_items(of.versions.values()).items()
    ]
    return _measured(of, groups)


def section_rows(of: PooledScorings) -> list[PooledItems]:
    """Each section of each scorecard, with the items that the newest version which has them places there."""
    groups: dict[str, _Group] = {}
    answers = by_item(answered(of, of.scorings))
    for key, placed in placed_items(of.versions.values()).items():
        section = key_of(placed.scorecard_id, placed.section.key)
        group = groups.setdefault(section, _Group(section, placed.section.title, None, placed, []))
        group.answers.extend(answers.get(key, []))
    return _measured(of, list(groups.values()))


class _Group(NamedTuple):
    """The answers that a row is about. `item`: None for a section."""

    key: str
    name: str
    item: str | None
    placed: Placed
    answers: list[Answered]


def _measured(of: PooledScorings, groups: Sequence[_Group]) -> list[PooledItems]:
    pools = [_pool(group) for group in groups]
    measured = measure_pools(pools, np.random.default_rng(_SEED))
    return [
        PooledItems(
            key=group.key,
            name=group.name,
            scorecard_id=group.placed.scorecard_id,
            scorecard_name=of.scorecards[group.placed.scorecard_id],
            section=group.placed.section.key,
            item=group.item,
            shared=shared_calls(one.scoring for one in group.answers),
            figures=figures,
        )
        for group, figures in zip(groups, measured, strict=True)
    ]


def _pool(group: _Group) -> Pool:
    return pool_answers(group.answers) if group.answers else pool([], [group.placed.item], [])


_ROWS: Final[dict[AgreementBy, Callable[[PooledScorings], Iterable[PooledRow]]]] = {
    AgreementBy.ITEM: item_rows,
    AgreementBy.SECTION: section_rows,
    AgreementBy.VERIFIER: verifier_rows,
    AgreementBy.PAIR: pair_rows,
}
