"""Calls in the frames of several draws: found, and counted once."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.analysis.frames import (
    DrawWindow,
    FrameClasses,
    FrameStrata,
    Selections,
    SharedCalls,
    in_period,
    overlapping,
    share_calls,
)
from app.platform.clock import Period
from app.platform.ids import new_id
from tests.statistics.factories import codes

START = datetime(2026, 11, 2, tzinfo=UTC)
CARDS, LOANS = new_id(), new_id()
DAILY, MONTHLY, OTHER = new_id(), new_id(), new_id()


def window(plan: UUID, first: int, days: int = 1, project: UUID = CARDS) -> DrawWindow:
    return DrawWindow(project, plan, START + timedelta(days=first), START + timedelta(days=first + days))


class TestOverlapping:
    def test_windows_of_one_plan_follow_each_other(self) -> None:
        assert overlapping([window(DAILY, day) for day in range(5)]) == []

    def test_a_supplementary_draw_has_other_calls_than_its_window(self) -> None:
        assert overlapping([window(DAILY, 0), window(DAILY, 0)]) == []

    def test_the_windows_of_two_plans_overlap(self) -> None:
        windows = [window(DAILY, 0), window(DAILY, 1), window(DAILY, 7), window(MONTHLY, 1, 6)]
        assert overlapping(windows) == [1, 3]

    def test_windows_that_touch_do_not_overlap(self) -> None:
        assert overlapping([window(DAILY, 0), window(MONTHLY, 1, 30)]) == []

    def test_a_long_window_overlaps_all_windows_within_it(self) -> None:
        windows = [window(MONTHLY, 0, 30), window(DAILY, 3), window(OTHER, 20), window(DAILY, 40)]
        assert overlapping(windows) == [0, 1, 2]

    def test_projects_have_no_calls_in_common(self) -> None:
        assert overlapping([window(DAILY, 0), window(MONTHLY, 0, 30, LOANS)]) == []


@pytest.mark.parametrize(
    ("first", "last", "whole"), [(0, 7, True), (-1, 8, True), (1, 7, False), (0, 6, False), (9, 12, False)]
)
def test_a_window_is_in_the_period_if_the_whole_of_it_is(first: int, last: int, whole: bool) -> None:
    period = Period(START + timedelta(days=first), START + timedelta(days=last), ZoneInfo("UTC"))
    assert in_period([window(DAILY, 0, 7)], period).tolist() == [whole]


class TestSharedCalls:
    """Agent 0 has 10 calls in draw 0, of which draw 1 holds 6 and draw 2, with another scorecard, holds 2 of these.

    In draw 0 each call has π = 0.2, in draw 1 the two large ones π = 0.6 and the others 0.15, in draw 2 π = 0.5.
    """

    STRATA = FrameStrata(
        codes([0, 0, 0]), codes([0, 1, 2]), np.array([2.0, 1.8, 1]), np.array([10.0, 6, 2]), np.array([10.0, 6, 2])
    )
    # The large ones of draw 1 are those in draw 2.
    CLASSES = FrameClasses(codes([0, 0, 0, 0]), codes([0, 1, 1, 2]), np.array([1.0, 1, 4, 1]), codes([10, 4, 2, 2]))
    # Combination 0 are the calls in draws 0 and 1, combination 1 those in all three.
    SHARED = SharedCalls(
        combinations=codes([0, 0, 1, 1, 1]),
        classes=codes([0, 1, 0, 2, 3]),
        n=codes([4, 2]),
        selected_combinations=codes([0, 1, 1]),
        selected_draws=codes([0, 1, 2]),
        selected_positions=codes([2, 1, 1]),
        selected_calls=codes([0, 1, 1]),
    )
    SCORECARDS = codes([0, 0, 1])
    # Draw 0 selected one call that no other draw holds.
    SELECTIONS = Selections(codes([0, 0, 1, 2]), codes([1, 2, 1, 1]))

    def test_each_stratum_has_its_part_of_the_calls(self) -> None:
        strata, _ = share_calls(self.STRATA, self.CLASSES, self.SHARED, self.SCORECARDS, self.SELECTIONS)
        # Expected numbers 1.8 = 4 · 0.15 + 2 · 0.6.
        once = 4 + 4 * 0.2 / 0.35 + 2 * 0.2 / 0.8, 4 * 0.15 / 0.35 + 2 * 0.6 / 0.8, 2
        assert strata.calls_by_scorecard.tolist() == pytest.approx(once)
        in_all = 4 + 4 * 0.2 / 0.35 + 0.2 / 0.8, 4 * 0.15 / 0.35 + 0.6 / 0.8, 1
        assert strata.calls.tolist() == pytest.approx(in_all)
        assert strata.calls.sum() == pytest.approx(10)

    def test_each_selection_stands_for_its_part(self) -> None:
        _, multiplicity = share_calls(self.STRATA, self.CLASSES, self.SHARED, self.SCORECARDS, self.SELECTIONS)
        assert multiplicity.shares.tolist() == pytest.approx([1, 0.2 / 0.35, 0.6 / 0.8, 1])
        assert multiplicity.n_scorecards.tolist() == [1, 1, 2, 2]

    def test_selections_of_a_call_for_the_same_scorecard_have_its_code(self) -> None:
        both = Selections(codes([0, 0, 1, 2]), codes([1, 2, 1, 1]))
        shared = SharedCalls(
            **{name: getattr(self.SHARED, name) for name in ("combinations", "classes", "n")},
            selected_combinations=codes([1, 1, 1]),
            selected_draws=codes([0, 1, 2]),
            selected_positions=codes([2, 1, 1]),
            selected_calls=codes([0, 0, 0]),
        )
        _, multiplicity = share_calls(self.STRATA, self.CLASSES, shared, self.SCORECARDS, both)
        alone, first, second, other = multiplicity.calls.tolist()
        assert first == second
        assert len({alone, first, other}) == 3
