"""Whether 95 % intervals of agreement cover 95 %: a smaller version of `python -m validation`."""

from functools import cache

import pytest

from app.statistics.agreement import STANDARD, Coefficient, Level
from validation.agreement import (
    METHODS,
    SCALE_COEFFICIENTS,
    AgreementResult,
    Covered,
    Design,
    designs,
    study_agreement,
)
from validation.agreement_report import MARKERS, agreement_tables, scale_tables
from validation.report import with_measured

SAMPLES = 200
WILSON, T, BOOTSTRAP = range(len(METHODS))
FIVE_CALLS = Design("hard calls", 5, 3, 0.95)
TEN_CALLS = Design("hard calls", 10, 3, 0.8)
THIRTY_CALLS = Design("uneven", 30, 6, 0.5)
CLUSTERED = Design("hard calls", 300, 4, 0.9, items_per_call=10)
WEIGHTED = Design("hard calls", 100, 3, 0.8, weighted=True)
SCALE = Design("uneven", 20, 4, 0.3, level=Level.INTERVAL)
ALL = (FIVE_CALLS, TEN_CALLS, THIRTY_CALLS, CLUSTERED, WEIGHTED)


@cache
def a_study(design: Design) -> AgreementResult:
    return study_agreement(design, SAMPLES, seed=3, population=40_000)


def row(design: Design, name: Coefficient) -> Covered:
    return next(each for each in a_study(design).rows if each.name is name)


@pytest.mark.parametrize("design", ALL)
class TestWilson:
    def test_percent_is_covered(self, design: Design) -> None:
        """200 intervals: within about three points of the truth."""
        assert row(design, Coefficient.PERCENT).coverage[WILSON] >= 0.92

    def test_ac1_is_covered(self, design: Design) -> None:
        """In half of the samples of five calls all ratings are equal and there is no AC1. The others disagree more."""
        least = 0.82 if design is FIVE_CALLS else 0.92
        assert row(design, Coefficient.GWET_AC).coverage[WILSON] >= least

    @pytest.mark.parametrize("name", [Coefficient.FLEISS_KAPPA, Coefficient.KRIPPENDORFF_ALPHA])
    def test_kappa_and_alpha_are_covered_less_where_the_second_category_is_rare(
        self, design: Design, name: Coefficient
    ) -> None:
        assert row(design, name).coverage[WILSON] >= 0.82

    def test_an_interval_exists_wherever_a_coefficient_does(self, design: Design) -> None:
        assert row(design, Coefficient.PERCENT).missing[WILSON] == 0


class TestOtherIntervals:
    @pytest.mark.parametrize("method", [T, BOOTSTRAP])
    @pytest.mark.parametrize("name", STANDARD)
    def test_with_thirty_units_they_cover_too(self, method: int, name: Coefficient) -> None:
        assert 0.88 <= row(THIRTY_CALLS, name).coverage[method] <= 0.99

    @pytest.mark.parametrize("method", [T, BOOTSTRAP])
    def test_with_five_units_they_often_do_not_exist(self, method: int) -> None:
        assert row(FIVE_CALLS, Coefficient.PERCENT).missing[method] > 0.4

    @pytest.mark.parametrize("method", [T, BOOTSTRAP])
    def test_with_ten_units_they_cover_kappa_less_than_wilsons(self, method: int) -> None:
        kappa = row(TEN_CALLS, Coefficient.FLEISS_KAPPA)
        assert kappa.coverage[method] < kappa.coverage[WILSON]


class TestScales:
    def test_wilsons_intervals_cover_with_few_calls(self) -> None:
        for name in SCALE_COEFFICIENTS:
            covered = row(SCALE, name)
            assert covered.coverage[WILSON] >= 0.93
            assert covered.coverage[WILSON] >= covered.coverage[T]

    def test_they_are_not_much_wider_than_students(self) -> None:
        """The prior takes its size from the disagreements, which are of one step, and not from the whole scale."""
        for name in SCALE_COEFFICIENTS:
            wilson, student, _ = row(SCALE, name).widths
            assert wilson < 3 * student

    def test_a_table_for_each_coefficient(self) -> None:
        tables = scale_tables([a_study(SCALE)])
        assert tables.count("### ") == len(SCALE_COEFFICIENTS)
        assert tables.count("| uneven | 20 | 30 % |") == len(SCALE_COEFFICIENTS)


class TestReport:
    def test_a_table_for_each_coefficient_with_a_line_for_each_design(self) -> None:
        tables = agreement_tables([a_study(TEN_CALLS), a_study(CLUSTERED)])
        assert tables.count("### ") == len(STANDARD)
        assert tables.count("| hard calls | 10 | 3 | 80 % |") == len(STANDARD)
        assert tables.count("| hard calls, 10 units a call | 300 | 4 | 90 % |") == len(STANDARD)

    def test_coverage_that_misses_the_goal_is_bold(self) -> None:
        rows = tuple(Covered(name, 0.8, (0.95, 0.92, 1.0), (0, 0, 0.5), (0.3, 0.2, 0.2)) for name in STANDARD)
        assert "| 95.0 % | **92.0 %** | 100.0 % |" in agreement_tables([AgreementResult(TEN_CALLS, rows)])

    def test_only_its_own_part_of_the_page_is_replaced(self) -> None:
        begin, end = MARKERS
        page = f"<!-- measured -->old<!-- /measured -->{begin}old{end}"
        assert with_measured(page, "new", *MARKERS) == f"<!-- measured -->old<!-- /measured -->{begin}\nnew\n{end}"

    def test_the_designs_are_those_of_small_groups(self) -> None:
        assert {design.n_units for design in designs() if design.items_per_call == 1} == {5, 10, 30, 100}
