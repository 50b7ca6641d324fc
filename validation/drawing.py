"""Draws of many windows at once, with the probabilities of the service and its selection in numpy.

`app.sampling.draws.selection.select` orders strata and calls by SHA-256. Here a random generator orders them, so that a
thousand draws of a month take seconds. The same order gives the same selection (tested).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from uuid import UUID

import numpy as np

from app.sampling.draws.design import design_frame
from app.sampling.draws.types import SizedCall
from app.sampling.plans.types import PlanDesign, SamplingMode
from app.sampling.windows import WindowKind
from app.statistics import BoolArray, FloatArray, FrameCounts, IntArray
from app.statistics.fixed_point import TRILLION
from app.statistics.multiplicity import multiplicity_shares
from app.statistics.sample import sums
from validation.centre import Centre

LATE_SHARE = 0.05
SECOND_RATE = "0.02"


@dataclass(frozen=True, eq=False)
class Frames:
    """The calls of all windows, as parallel arrays; `inclusions` in trillionths.

    calls: indexes into the calls of the centre. A call is in the frames of several plans if it occurs several times.
    """

    agents: IntArray
    windows: IntArray
    inclusions: IntArray
    calls: IntArray

    @cached_property
    def probabilities(self) -> FloatArray:
        return self.inclusions / TRILLION

    @cached_property
    def shares(self) -> FloatArray:
        """The part of its call that each possible selection stands for."""
        return multiplicity_shares(self.probabilities, self.calls)

    @cached_property
    def strata(self) -> IntArray:
        """By agent first and window second, so that the days of one agent are collapsed together."""
        return self.agents * (int(self.windows.max()) + 1) + self.windows

    @cached_property
    def counts(self) -> FrameCounts:
        strata, first, index = np.unique(self.strata, return_index=True, return_inverse=True)
        return FrameCounts(strata, self.agents[first], self.windows[first], sums(index, self.shares))


def monthly(centre: Centre, rate: str) -> Frames:
    """One window, with a frame of all calls."""
    plan = PlanDesign(SamplingMode.RATE, WindowKind.MONTH, "UTC", rate=Decimal(rate))
    return _frames(centre, np.zeros_like(centre.days), [plan])


def daily(centre: Centre, rate: str) -> Frames:
    """A window with a frame of its own for each day."""
    return _frames(centre, centre.days, [_daily_plan(rate)] * _days(centre))


def daily_with_late_calls(centre: Centre, rate: str) -> Frames:
    """One call in twenty arrives after its day was drawn, in a supplementary frame, whose Σπ is not a whole number."""
    days, plan = _days(centre), _daily_plan(rate)
    late = np.random.default_rng(2).random(centre.days.size) < LATE_SHARE
    windows = np.where(late, centre.days + days, centre.days)
    return _frames(centre, windows, [plan] * days + [replace(plan, supplementary=True)] * days)


def two_plans(centre: Centre, rate: str) -> Frames:
    """The days as above, and a second plan with a frame for the month: of every second team, at another rate."""
    days, chosen = daily(centre, rate), np.flatnonzero(centre.teams % 2 == 0)
    plan = PlanDesign(SamplingMode.RATE, WindowKind.MONTH, "UTC", rate=Decimal(SECOND_RATE))
    windows = np.where(centre.teams % 2 == 0, 0, -1)
    month = _frames(centre, windows, [plan])
    return Frames(
        agents=np.concatenate((days.agents, month.agents[chosen])),
        windows=np.concatenate((days.windows, np.full(chosen.size, _days(centre)))),
        inclusions=np.concatenate((days.inclusions, month.inclusions[chosen])),
        calls=np.concatenate((days.calls, chosen)),
    )


def _days(centre: Centre) -> int:
    return int(centre.days.max()) + 1


def _daily_plan(rate: str) -> PlanDesign:
    return PlanDesign(SamplingMode.RATE, WindowKind.DAY, "UTC", rate=Decimal(rate))


def _frames(centre: Centre, windows: IntArray, plans: Sequence[PlanDesign]) -> Frames:
    """The frames of the windows, one plan for each window."""
    inclusions = np.zeros_like(centre.sizes)
    for window, plan in enumerate(plans):
        calls = (
            SizedCall(UUID(int=call), UUID(int=int(centre.agents[call])), int(centre.sizes[call]))
            for call in np.flatnonzero(windows == window).tolist()
        )
        for designed in design_frame(plan, calls).calls:
            inclusions[designed.call.call_id.int] = designed.inclusion_prob_e12
    return Frames(centre.agents, windows, inclusions, np.arange(centre.agents.size))


def draw(rng: np.random.Generator, frames: Frames) -> IntArray:
    """The calls drawn, with one random start for each window."""
    order = _order(rng, frames)
    windows = frames.windows[order]
    starts = rng.integers(0, TRILLION, int(windows[-1]) + 1)
    return order[systematic(starts, windows, frames.inclusions[order])]


def _order(rng: np.random.Generator, frames: Frames) -> IntArray:
    """The order of the calls: by window, then by stratum and by call, the last two at random."""
    shape = int(frames.windows.max()) + 1, int(frames.agents.max()) + 1
    places = rng.permuted(np.broadcast_to(np.arange(shape[1]), shape), axis=1)
    strata = frames.windows * shape[1] + places[frames.windows, frames.agents]
    return np.argsort(strata << 40 | rng.integers(0, 1 << 40, strata.size))


def systematic(starts: IntArray, windows: IntArray, inclusions: IntArray) -> BoolArray:
    """Which calls are drawn. Calls are sorted by window; each window's cumulative sum begins at its random start."""
    total = np.cumsum(inclusions)
    first = np.flatnonzero(np.diff(windows, prepend=-1))
    reached = total - (total - inclusions)[first][windows] + starts[windows]
    return np.asarray(reached // TRILLION > (reached - inclusions) // TRILLION)
