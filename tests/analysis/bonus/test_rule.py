"""The bonus as a step function of the lower limit of a score."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.analysis.bonus.rule import MAX_PERCENT, Bonus, Outcome, Step, Terms, bonus_of, step_at, term_errors
from app.statistics import Estimate


def steps(*pairs: tuple[float | str, float]) -> tuple[Step, ...]:
    return tuple(Step(Decimal(str(score)), Decimal(str(percent))) for score, percent in pairs)


LADDER = steps((0, 0), (75, 50), (85, 100), ("92.5", 120))
TERMS = Terms(LADDER, 5, Decimal(50))


def percent(low: float, value: float = 95, n: int = 10, terms: Terms = TERMS) -> Decimal:
    return bonus_of(terms, Estimate(value, low, 100), n).percent


class TestBonus:
    @pytest.mark.parametrize(
        ("low", "expected"),
        [(0, 0), (74.99, 0), (75, 50), (84.9, 50), (85, 100), (92.49, 100), (92.5, 120), (100, 120)],
    )
    def test_it_follows_the_lower_limit(self, low: float, expected: float) -> None:
        assert percent(low) == expected

    def test_the_estimate_itself_moves_nothing(self) -> None:
        assert percent(76, value=77) == percent(76, value=99) == 50

    def test_what_the_estimate_would_have_given_is_beside_it(self) -> None:
        bonus = bonus_of(TERMS, Estimate(86, 76, 93), 10)
        assert bonus == Bonus(Outcome.STEP, Decimal(50), Decimal("76.00"), Decimal(75), Decimal(100))

    def test_the_limit_is_rounded_to_hundredths_before_it_is_compared(self) -> None:
        """A binary fraction just below 85 is 85."""
        assert percent(84.9999999) == 100
        assert percent(84.994) == 50

    @pytest.mark.parametrize(
        ("estimate", "n"), [(None, 0), (Estimate(99, None, None), 1), (Estimate(99, 98, 100), 4), (None, 10)]
    )
    def test_too_few_evaluations_are_an_outcome_of_their_own(self, estimate: Estimate | None, n: int) -> None:
        assert bonus_of(TERMS, estimate, n) == Bonus(Outcome.TOO_FEW, Decimal(50), None, None, None)

    def test_exactly_as_many_evaluations_as_are_needed_are_enough(self) -> None:
        assert bonus_of(TERMS, Estimate(99, 98, 100), 5).outcome is Outcome.STEP


LADDERS = st.lists(
    st.tuples(st.decimals(0, 100, places=2), st.decimals(0, MAX_PERCENT, places=2)),
    min_size=1,
    max_size=20,
    unique_by=lambda pair: pair[0],
).map(
    lambda pairs: tuple(
        Step(Decimal(0) if place == 0 else score, percent)
        for place, (score, percent) in enumerate(
            zip(sorted(score for score, _ in pairs), sorted(percent for _, percent in pairs), strict=True)
        )
    )
)


class TestLadders:
    @given(LADDERS, st.decimals(0, 100, places=2), st.decimals(0, 100, places=2))
    def test_a_higher_score_never_earns_less(self, ladder: Sequence[Step], one: Decimal, other: Decimal) -> None:
        low, high = sorted((one, other))
        assert step_at(ladder, low).percent <= step_at(ladder, high).percent

    @given(LADDERS, st.decimals(0, 100, places=2))
    def test_the_step_is_the_last_one_reached(self, ladder: Sequence[Step], score: Decimal) -> None:
        reached = [step for step in ladder if step.from_score <= score]
        assert step_at(ladder, score) == reached[-1]

    @given(LADDERS)
    def test_ascending_ladders_from_zero_have_no_error(self, ladder: tuple[Step, ...]) -> None:
        assert list(term_errors(Terms(ladder, 5, ladder[-1].percent))) == []


@pytest.mark.parametrize(
    ("ladder", "pointers"),
    [
        (steps((1, 50)), ["/steps/0/from_score"]),
        (steps((0, 0), (80, 50), (80, 100)), ["/steps/2/from_score"]),
        (steps((0, 0), (90, 50), (80, 50)), ["/steps/2/from_score"]),
        (steps((0, 50), (80, 0)), ["/steps/1/percent"]),
        (steps((0, 0), (80, 60)), ["/too_few_percent"]),
    ],
)
def test_other_ladders_are_refused_with_their_place(ladder: tuple[Step, ...], pointers: list[str]) -> None:
    assert [pointer for pointer, _ in term_errors(Terms(ladder, 5, Decimal(50)))] == pointers
