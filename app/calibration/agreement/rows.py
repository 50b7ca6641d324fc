"""The rows of pooled agreement: by item, section, verifier or pair of verifiers."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from app.calibration.agreement.figures import measure_listed, measure_pairs, measure_pools
from app.calibration.agreement.judgements import Pool, pool
from app.calibration.agreement.pooling import (
    Answered,
    ItemKey,
    Placed,
    answered,
    by_item,
    by_task,
    count_sources,
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
    placed = placed_items(of.versions.values())
    return _measured(of, [(key, place, None, answers.get(key, [])) for key, place in placed.items()])


def section_rows(of: PooledScorings) -> list[PooledItems]:
    """Each section of each scorecard, with the items that the newest version which has them places there."""
    placed = placed_items(of.versions.values())
    first: dict[ItemKey, Placed] = {}
    answers: dict[ItemKey, list[Answered]] = defaultdict(list)
    of_item = by_item(answered(of, of.scorings))
    for key, place in placed.items():
        section = ItemKey(key.scorecard_id, place.section.key)
        first.setdefault(section, place)
        answers[section] += of_item.get(key, [])
    return _measured(of, [(key, place, place.section.title, answers[key]) for key, place in first.items()])


def _measured(
    of: PooledScorings, groups: Sequence[tuple[ItemKey, Placed, str | None, Sequence[Answered]]]
) -> list[PooledItems]:
    """A row for each group of answers. With a section's title it is about the section, otherwise about the item."""
    pools = [_pool(place, answers) for _, place, _, answers in groups]
    measured = measure_pools(pools, np.random.default_rng(_SEED))
    return [
        PooledItems(
            key=f"{key.scorecard_id}:{key.item}",
            name=place.item.title if section_title is None else section_title,
            scorecard_id=key.scorecard_id,
            scorecard_name=of.scorecards[key.scorecard_id],
            section=place.section.key,
            item=place.item.key if section_title is None else None,
            shared=shared_calls(one.scoring for one in answers),
            figures=figures,
        )
        for (key, place, section_title, answers), figures in zip(groups, measured, strict=True)
    ]


def _pool(place: Placed, answers: Sequence[Answered]) -> Pool:
    return pool_answers(answers) if answers else pool([], [place.item], [])


_ROWS: Final[dict[AgreementBy, Callable[[PooledScorings], Iterable[PooledRow]]]] = {
    AgreementBy.ITEM: item_rows,
    AgreementBy.SECTION: section_rows,
    AgreementBy.VERIFIER: verifier_rows,
    AgreementBy.PAIR: pair_rows,
}
