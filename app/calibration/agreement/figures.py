"""The coefficients of a pool of judgements: all that apply to its answers, each with its intervals."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from app.calibration.agreement.judgements import JudgementList, Pool
from app.statistics.agreement import (
    Agreement,
    Coefficient,
    Level,
    Ratings,
    Reason,
    agreement_with_others,
    bootstrap_agreement,
    is_paradox,
    listed_agreement_with_others,
    measure_agreement,
    most_frequent,
    pairwise_agreement,
    rank_by_disagreement,
)

# Of answers as names; with two raters, Cohen's kappa too.
NOMINAL = (
    Coefficient.PERCENT,
    Coefficient.GWET_AC,
    Coefficient.FLEISS_KAPPA,
    Coefficient.KRIPPENDORFF_ALPHA,
)
# Of numbers on a scale, at each level.
SCALE = (Coefficient.GWET_AC, Coefficient.KRIPPENDORFF_ALPHA)
SCALE_LEVELS = (Level.ORDINAL, Level.INTERVAL)


@dataclass(frozen=True, slots=True)
class Figure:
    """A coefficient with its interval from the analytic standard error, and the one from the bootstrap.

    bootstrap_reason: why there is none of the bootstrap.
    """

    agreement: Agreement
    bootstrap_low: float | None = None
    bootstrap_high: float | None = None
    bootstrap_reason: Reason | None = Reason.NOT_RESAMPLED


@dataclass(frozen=True, slots=True)
class PoolFigures:
    """How far the raters agree on a pool.

    `disagreement`: the share of pairs of answers that differ; None where no unit has two answers. `n_split`: the units
    on which not all agree, of `n_units`. `most_frequent`, `prevalence`: the most frequent answer and its share.
    `paradox`: kappa is low although they agree, because nearly all answers are the same.
    """

    figures: tuple[Figure, ...]
    disagreement: float | None
    n_split: int
    n_units: int
    most_frequent: str | None
    prevalence: float | None
    paradox: bool
    compares_verdicts: bool

    def value_of(self, name: Coefficient, level: Level = Level.NOMINAL) -> float | None:
        wanted = (figure.agreement for figure in self.figures)
        return next((one.value for one in wanted if (one.name, one.level) == (name, level)), None)


@dataclass(frozen=True, slots=True)
class RaterFigures:
    """How far one rater agrees with the others."""

    rater: Hashable
    coefficients: tuple[Agreement, ...]


@dataclass(frozen=True, slots=True)
class PairFigures:
    """How far two raters agree."""

    first: Hashable
    second: Hashable
    coefficients: tuple[Agreement, ...]


def coefficient_name(found: Agreement) -> str:
    """The name that readers know: AC2 is AC1 of answers on a scale."""
    if found.name is Coefficient.GWET_AC:
        return "ac1" if found.level is Level.NOMINAL else "ac2"
    return "alpha" if found.name is Coefficient.KRIPPENDORFF_ALPHA else found.name.value


def measure_pools(pools: Sequence[Pool], rng: np.random.Generator) -> list[PoolFigures]:
    """The figures of each pool. Pools of equally many calls share their resamples."""
    nominal = _both([one.ratings for one in pools], NOMINAL, Level.NOMINAL, rng)
    scales = [one for one in pools if one.numbers is not None]
    numbers = [one.numbers for one in scales if one.numbers is not None]
    on_scale: dict[int, list[Figure]] = {id(one): [] for one in scales}
    for level in SCALE_LEVELS:
        for one, figures in zip(scales, _both(numbers, SCALE, level, rng), strict=True):
            on_scale[id(one)] += figures
    return [
        _pool_figures(one, [*figures, *_cohen(one), *on_scale.get(id(one), ())])
        for one, figures in zip(pools, nominal, strict=True)
    ]


def measure_raters(one: Pool) -> list[RaterFigures]:
    """Each rater who gave a judgement, compared with the others."""
    return [RaterFigures(one.raters[found.rater], found.coefficients) for found in agreement_with_others(one.ratings)]


def measure_listed(of: JudgementList) -> list[RaterFigures]:
    """Each rater of a list of judgements, compared with the others."""
    return [
        RaterFigures(of.raters[found.rater], found.coefficients) for found in listed_agreement_with_others(of.ratings)
    ]


def measure_ac1(one: Pool) -> Agreement:
    """AC1 of the pool, with its interval."""
    (found,) = measure_agreement(one.ratings, [Coefficient.GWET_AC])
    return found


def ac1_of(coefficients: Iterable[Agreement]) -> Agreement:
    """AC1 among the coefficients."""
    found = (one for one in coefficients if (one.name, one.level) == (Coefficient.GWET_AC, Level.NOMINAL))
    return next(found)


def measure_pairs(one: Pool) -> list[PairFigures]:
    """Every two raters who have judged the same, compared with each other."""
    return [
        PairFigures(one.raters[found.first], one.raters[found.second], found.coefficients)
        for found in pairwise_agreement(one.ratings)
        if found.coefficients[0].n_units
    ]


def _both(
    ratings: Sequence[Ratings], coefficients: Sequence[Coefficient], level: Level, rng: np.random.Generator
) -> list[list[Figure]]:
    """Each coefficient of each matrix with both intervals."""
    resampled = bootstrap_agreement(ratings, rng, coefficients, level)
    return [
        [
            Figure(found, drawn.low, drawn.high, drawn.reason)
            for found, drawn in zip(measured, bootstrapped, strict=True)
        ]
        for measured, bootstrapped in zip(
            (measure_agreement(one, coefficients, level) for one in ratings), resampled, strict=True
        )
    ]


def _cohen(one: Pool) -> list[Figure]:
    if int((one.ratings.codes >= 0).any(axis=0).sum()) != 2:
        return []
    return [Figure(found) for found in measure_agreement(one.ratings, [Coefficient.COHEN_KAPPA])]


def _pool_figures(one: Pool, figures: Sequence[Figure]) -> PoolFigures:
    (split,) = rank_by_disagreement([one.ratings])
    prevalence = most_frequent(one.ratings)
    value = {figure.agreement.name: figure.agreement.value for figure in reversed(figures) if _is_nominal(figure)}
    return PoolFigures(
        figures=tuple(figures),
        disagreement=split.disagreement,
        n_split=split.n_split,
        n_units=split.n_units,
        most_frequent=None if prevalence is None else str(one.categories[prevalence.code]),
        prevalence=None if prevalence is None else prevalence.share,
        paradox=is_paradox(value[Coefficient.PERCENT], value[Coefficient.FLEISS_KAPPA], value[Coefficient.GWET_AC]),
        compares_verdicts=one.compares_verdicts,
    )


def _is_nominal(figure: Figure) -> bool:
    return figure.agreement.level is Level.NOMINAL
