"""Items that split the group, the most frequent category, the paradox, and alignment."""

import numpy as np
import pytest

from app.statistics.agreement import (
    Coefficient,
    ItemSplit,
    Level,
    Prevalence,
    Ratings,
    alignment,
    is_paradox,
    most_frequent,
    rank_by_disagreement,
)
from tests.statistics.agreement.factories import by_rater, from_table, value

NAN = np.nan


class TestRanking:
    def test_the_items_that_split_the_group_most_come_first(self) -> None:
        unrated, agreed, split = by_rater("..", "1."), by_rater("010", "010"), by_rater("0110", "0100")
        assert rank_by_disagreement([unrated, agreed, split]) == (
            ItemSplit(item=2, disagreement=0.25, n_split=1, n_units=4),
            ItemSplit(item=1, disagreement=0, n_split=0, n_units=3),
            ItemSplit(item=0, disagreement=None, n_split=0, n_units=0),
        )

    def test_of_two_equal_shares_the_one_with_more_split_units_comes_first(self) -> None:
        ranked = rank_by_disagreement([by_rater("01", "00"), by_rater("0101", "0000")])
        assert [(split.item, split.n_split) for split in ranked] == [(1, 2), (0, 1)]

    def test_the_distance_counts_beyond_the_nominal_level(self) -> None:
        near, far = by_rater("0120", "0110"), by_rater("0120", "0100")
        assert [split.item for split in rank_by_disagreement([near, far], Level.INTERVAL)] == [1, 0]

    def test_units_are_weighted(self) -> None:
        ratings = Ratings(np.array([[0, 0], [0, 1]]), weights=np.array([1.0, 3.0]))
        assert rank_by_disagreement([ratings])[0].disagreement == 0.75


class TestPrevalence:
    def test_units_count_equally(self) -> None:
        """Half of the first unit, all of the second."""
        assert most_frequent(by_rater("57", "5.", "7.", "7.")) == Prevalence(7, 0.75)

    def test_nobody_rated(self) -> None:
        assert most_frequent(by_rater("..", "..")) is None


class TestParadox:
    @pytest.mark.parametrize(
        ("table", "expected"),
        [
            ([[118, 5], [2, 0]], True),
            ([[80, 10], [5, 5]], True),
            ([[40, 9], [6, 45]], False),
            ([[20, 5], [10, 15]], False),
        ],
    )
    def test_published_tables(self, table: list[list[int]], expected: bool) -> None:
        ratings = from_table(table)
        names = (Coefficient.PERCENT, Coefficient.COHEN_KAPPA, Coefficient.GWET_AC)
        assert is_paradox(*(value(ratings, name) for name in names)) is expected

    @pytest.mark.parametrize("missing", range(3))
    def test_a_coefficient_that_does_not_exist_is_no_paradox(self, missing: int) -> None:
        figures: list[float | None] = [0.95, 0.0, 0.94]
        assert is_paradox(*figures)
        figures[missing] = None
        assert not is_paradox(*figures)


class TestAlignment:
    def test_items_count_by_their_weights(self) -> None:
        result = alignment(np.array([10.0, 1.0]), np.array([7.0, 1.0]), [15, 5], np.array([3.0, 1.0]))
        assert result == pytest.approx((3 * 0.8 + 1) / 4)

    def test_items_that_do_not_apply_are_left_out(self) -> None:
        result = alignment(np.array([10.0, NAN, 3.0]), np.array([7.0, 2.0, NAN]), 15)
        assert result == pytest.approx(0.8)

    @pytest.mark.parametrize(("scores", "weights"), [([NAN], [1.0]), ([7.0], [0.0]), ([], [])])
    def test_without_an_item_there_is_none(self, scores: list[float], weights: list[float]) -> None:
        assert alignment(np.array(scores), np.array(scores), 15, np.array(weights)) is None

    @pytest.mark.parametrize(
        ("reference", "ranges", "weights", "fault"),
        [
            ([1.0], 0, None, "ranges must be"),
            ([1.0], NAN, None, "ranges must be"),
            ([9.0], 5, None, "range at most"),
            ([1.0, 2.0], 5, None, "one entry for each item"),
            ([1.0], 5, [-1.0], "weights must be"),
            ([1.0], 5, [NAN], "weights must be"),
        ],
    )
    def test_impossible_numbers_are_refused(
        self, reference: list[float], ranges: float, weights: list[float] | None, fault: str
    ) -> None:
        with pytest.raises(ValueError, match=fault):
            alignment(np.array([1.0]), np.array(reference), ranges, None if weights is None else np.array(weights))
