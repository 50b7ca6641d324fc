"""Estimates of many draws compared with the truth: coverage, bias and width of the intervals."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from app.statistics import (
    BoolArray,
    FloatArray,
    IntArray,
    MeanEstimate,
    Sample,
    SurveyEstimate,
    estimate_means,
    estimate_proportions,
    estimate_totals,
    total_of_mean,
)
from validation.centre import Centre
from validation.drawing import Frames, draw

ENOUGH = 20
_Z_95 = 1.959964
_VALUE, _LOW, _HIGH, _N, _NAIVE, _NAIVE_HALF = range(6)


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """A value of the calls and its estimator: of the total if `is_total`, otherwise of the mean.

    of_known_calls: whether the total is that of the estimated mean and the known number of calls.
    """

    name: str
    values: FloatArray
    estimator: Callable[[Sample, IntArray], Mapping[int, MeanEstimate | SurveyEstimate]]
    is_total: bool = False
    of_known_calls: bool = False

    def truth(self, domains: IntArray) -> FloatArray:
        total = np.bincount(domains, self.values)
        return np.asarray(total if self.is_total else total / np.bincount(domains), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Row:
    """The results of one quantity on one level, over all draws and the chosen domains.

    `lowest` is the lowest coverage of a domain; domains that are seldom chosen are left out. Bias and width are in the
    unit of the quantity; those of a total are divided by it.
    """

    quantity: str
    level: str
    intervals: int
    coverage: float
    lowest: float
    bias: float
    width: float
    naive_coverage: float
    naive_bias: float
    naive_width: float


@dataclass(frozen=True, slots=True)
class Study:
    """The rows by quantity and level, and the `inclusion_z` of the frequencies of inclusion."""

    rows: tuple[Row, ...]
    inclusion_z: float


def quantities(centre: Centre) -> tuple[Quantity, ...]:
    failed, errors = (centre.fatal == 0).astype(np.float64), centre.errors.astype(np.float64)
    return (
        Quantity("score", centre.scores, _mean_score),
        Quantity("score, plain t interval", centre.scores, estimate_means),
        Quantity("score with failures", centre.fatal, _mean_score),
        Quantity("score with failures, plain t interval", centre.fatal, estimate_means),
        Quantity("share of failures", failed, estimate_proportions),
        Quantity("number of errors", errors, estimate_totals, is_total=True),
        Quantity("number of errors, known number of calls", errors, estimate_means, is_total=True, of_known_calls=True),
    )


def levels(centre: Centre) -> dict[str, IntArray]:
    return {"whole": np.zeros_like(centre.agents), "team": centre.teams, "agent": centre.agents}


def study(
    centre: Centre, frames: Frames, draws: int, *, seed: int, response: FloatArray | None = None, adjusted: bool = True
) -> Study:
    """Draw and estimate. `response` is the response probability of each call; None means 1.

    If `adjusted` is false, nonresponse is left out as if it had not been drawn, and the numbers of calls are not known.
    """
    rng = np.random.default_rng(seed)
    questions = [(quantity, *level) for quantity in quantities(centre) for level in levels(centre).items()]
    figures = [np.full((draws, int(domains.max()) + 1, 6), np.nan) for _, _, domains in questions]
    times_drawn = np.zeros(frames.calls.size, dtype=np.int64)
    for number in range(draws):
        selected = draw(rng, frames)
        times_drawn[selected] += 1
        drawn = _Drawn(frames, selected, _responded(rng, frames.calls[selected], response), adjusted)
        for (quantity, _, domains), figure in zip(questions, figures, strict=True):
            _record(figure[number], quantity, domains, drawn)
    rows = (
        row
        for (quantity, level, domains), figure in zip(questions, figures, strict=True)
        for row in _rows(quantity, level, domains, figure)
    )
    return Study(tuple(rows), inclusion_z(times_drawn, frames.probabilities, draws))


def inclusion_z(times_drawn: IntArray, probabilities: FloatArray, draws: int) -> float:
    """Pearson's χ² of the calls with π < 1, minus its expectation, divided by its standard deviation.

    The number of times a call is drawn is Binomial(draws, π); its kurtosis gives the variance of each square. The
    dependence between the calls of a window is ignored: its effect is of the order of 1 / number of calls.
    """
    uncertain = probabilities < 1
    variances = draws * probabilities[uncertain] * (1 - probabilities[uncertain])
    squares = (times_drawn[uncertain] - draws * probabilities[uncertain]) ** 2 / variances
    spread = 2 + (1 - 6 * variances / draws) / variances
    return float((squares - 1).sum() / np.sqrt(spread.sum()))


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """What one draw selected, as indexes into the frames; and which of it responded."""

    frames: Frames
    selected: IntArray
    responded: BoolArray
    adjusted: bool

    def sample(self, values: FloatArray) -> tuple[Sample, IntArray]:
        """The sample of these values, which has one entry for each call of the centre, and the calls in it."""
        selected = self.selected if self.adjusted else self.selected[self.responded]
        responded = self.responded if self.adjusted else np.ones_like(selected, dtype=np.bool_)
        frames = self.frames
        calls = frames.calls[selected]
        sample = Sample(
            values=np.where(responded, values[calls], np.nan),
            probabilities=frames.probabilities[selected],
            strata=frames.strata[selected],
            windows=frames.windows[selected],
            agents=frames.agents[selected],
            shares=frames.shares[selected],
            frame=frames.counts if self.adjusted else None,
        )
        return sample, calls


def _responded(rng: np.random.Generator, calls: IntArray, response: FloatArray | None) -> BoolArray:
    """Whether each of these calls of the centre is evaluated."""
    return np.ones(calls.size, dtype=np.bool_) if response is None else rng.random(calls.size) < response[calls]


def _mean_score(sample: Sample, domains: IntArray) -> Mapping[int, MeanEstimate]:
    return estimate_means(sample, domains, bounds=(0, 100))


def _record(figures: FloatArray, quantity: Quantity, domains: IntArray, drawn: _Drawn) -> None:
    """Write the estimates of one draw to `figures`, one row for each domain."""
    sample, calls = drawn.sample(quantity.values)
    calls_of = np.bincount(domains)
    for domain, found in quantity.estimator(sample, domains[calls]).items():
        estimate = total_of_mean(found, int(calls_of[domain])) if quantity.of_known_calls else found
        ends = (np.nan if end is None else end for end in (estimate.low, estimate.high))
        figures[domain, : _N + 1] = (estimate.value, *ends, estimate.n)
    responded = drawn.frames.calls[drawn.selected[drawn.responded]]
    naive, half = _naive(quantity.values[responded], domains[responded], len(figures))
    calls_there = calls_of if quantity.is_total else 1
    figures[:, _NAIVE], figures[:, _NAIVE_HALF] = naive * calls_there, half * calls_there


def _naive(values: FloatArray, domains: IntArray, size: int) -> tuple[FloatArray, FloatArray]:
    """The unweighted mean of each domain and half its usual interval; NaN if a domain has fewer than two values."""
    n = np.bincount(domains, minlength=size).astype(np.float64)
    n[n < 2] = np.nan
    mean = np.bincount(domains, values, size) / n
    squares = np.bincount(domains, (values - mean[domains]) ** 2, size)
    return mean, _Z_95 * np.sqrt(squares / (n - 1) / n)


def _rows(quantity: Quantity, level: str, domains: IntArray, figures: FloatArray) -> Iterator[Row]:
    """A row for the domains with enough respondents, and one for those with fewer, if there are any."""
    n = figures[:, :, _N]
    for name, chosen in ((level, n >= ENOUGH), (f"{level} under {ENOUGH}", (n > 1) & (n < ENOUGH))):
        if chosen.any():
            yield _row(quantity, name, quantity.truth(domains), figures, chosen)


def _row(quantity: Quantity, level: str, truth: FloatArray, figures: FloatArray, chosen: BoolArray) -> Row:
    value, low, high, _, naive, naive_half = np.moveaxis(figures, -1, 0)
    unit = truth if quantity.is_total else np.ones_like(truth)
    covered = np.where(chosen, (low <= truth) & (truth <= high), np.nan)
    often = chosen.sum(axis=0) >= chosen.sum(axis=0).max() / 4

    def mean(figure: FloatArray) -> float:
        return float(np.nanmean(figure[chosen]))

    return Row(
        quantity=quantity.name,
        level=level,
        intervals=int(chosen.sum()),
        coverage=mean(covered),
        lowest=float(np.nanmean(covered[:, often], axis=0).min()),
        bias=mean((value - truth) / unit),
        width=mean((high - low) / unit),
        naive_coverage=mean((np.abs(naive - truth) <= naive_half).astype(np.float64)),
        naive_bias=mean((naive - truth) / unit),
        naive_width=mean(2 * naive_half / unit),
    )
