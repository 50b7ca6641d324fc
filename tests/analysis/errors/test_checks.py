"""The checks of errors in the report on error sources, over HTTP."""

from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from app.analysis.errors.checks import CheckRow, checked_errors
from app.analysis.errors.repository import check_rows
from app.analysis.errors.table import ErrorTable, ItemKey, error_table
from app.analysis.reading.samples import sample_with_answers
from app.analysis.report_period import report_period
from app.analysis.repository import scope
from app.analysis.repository.rows import AnswersOfKind, answers_of_kinds
from app.analysis.types import Filters
from app.calibration import CheckSource, Verdict
from app.platform.clock import Period
from app.platform.ids import new_id
from app.statistics.attribution import CheckedErrors, CheckVerdict
from tests.analysis.arrays import Call, sample_of
from tests.analysis.errors.checking import adjudication, calibration, fault_check
from tests.analysis.errors.test_report import FINE, FORGOT, NO_ARTICLE, by_item, evaluated, sources
from tests.analysis.factories import DrawnCall, GivenAnswer, SampleFactory
from tests.analysis.test_reports_figures import scope_in
from tests.people import Centre

ALL = Filters(date(2026, 11, 1), date(2026, 12, 1))


async def read_checks(factory: SampleFactory, filters: Filters = ALL) -> CheckedErrors:
    """The checks as attribution gets them."""
    async with factory.begin() as session:
        period: Period = await report_period(session, filters)
        of = await scope.report_scope(session, filters, period)
        sample, answers = await sample_with_answers(session, period, of, before_checks=True)
        table = error_table(sample, of, answers_of_kinds(answers, sample.counts))
        return checked_errors(table, sample, await check_rows(session, of))


async def one_check(factory: SampleFactory) -> tuple[CheckVerdict, float]:
    found = await read_checks(factory)
    ((verdict, probability),) = zip(found.verdicts.tolist(), found.probabilities.tolist(), strict=True)
    return CheckVerdict(verdict), probability


async def one_error(factory: SampleFactory, double: str = "0", rate: str | None = None, **call: Any) -> UUID:
    plan = await factory.plan()
    drawn = evaluated(FORGOT, double=double, second="80" if double != "0" else None, **call)
    (evaluation_id,) = await factory.draw(plan, drawn, fault_check_rate=rate)
    return evaluation_id


class TestProbabilities:
    async def test_a_fault_check(self, factory: SampleFactory) -> None:
        await fault_check(factory, await one_error(factory, rate="0.2"), "0.2", greeting="process")
        assert await one_check(factory) == pytest.approx((CheckVerdict.PROCESS, 0.2))

    async def test_a_call_that_chance_could_have_drawn_twice(self, factory: SampleFactory) -> None:
        await fault_check(factory, await one_error(factory, "0.1", "0.2"), "0.2", greeting="process")
        assert await one_check(factory) == pytest.approx((CheckVerdict.PROCESS, 1 - 0.9 * 0.8))

    async def test_the_decision_about_a_double_scoring_comes_first(self, factory: SampleFactory) -> None:
        evaluation_id = await one_error(factory, "0.1", "0.2")
        await fault_check(factory, evaluation_id, "0.2", greeting="process")
        await adjudication(factory, evaluation_id, "0.1", greeting="agent")
        assert await one_check(factory) == pytest.approx((CheckVerdict.AGENT, 0.28))

    async def test_a_person_chose_the_double_scoring(self, factory: SampleFactory) -> None:
        await adjudication(factory, await one_error(factory), None, greeting="agent")
        verdict, probability = await one_check(factory)
        assert verdict is CheckVerdict.AGENT
        assert probability != probability

    async def test_a_person_chose_the_call_of_a_session(self, factory: SampleFactory) -> None:
        await calibration(factory, await one_error(factory), None, greeting="customer")
        verdict, probability = await one_check(factory)
        assert verdict is CheckVerdict.CUSTOMER
        assert probability != probability

    async def test_sessions_take_calls_in_one_order(self, factory: SampleFactory) -> None:
        """The second session of a draw reached half of its calls: so did both together."""
        plan = await factory.plan()
        evaluations = await factory.draw(plan, *(evaluated(FORGOT) for _ in range(4)))
        await calibration(factory, evaluations[0], "0.25", greeting="process")
        await calibration(factory, evaluations[1], "0.5", greeting="agent")
        found = await read_checks(factory)
        assert found.probabilities.tolist() == [0.5, 0.5]
        assert found.verdicts.tolist() == [CheckVerdict.PROCESS, CheckVerdict.AGENT]

    async def test_a_session_that_was_cancelled_has_checked_nothing(self, factory: SampleFactory) -> None:
        await calibration(factory, await one_error(factory), "0.5", state="cancelled")
        assert (await read_checks(factory)).answers.size == 0


class TestNotDone:
    async def test_a_fault_check(self, factory: SampleFactory) -> None:
        await fault_check(factory, await one_error(factory, rate="0.2"), "0.2", done=False)
        assert await one_check(factory) == pytest.approx((CheckVerdict.NOT_DONE, 0.2))

    async def test_a_double_scoring_that_is_not_decided(self, factory: SampleFactory) -> None:
        await one_error(factory, "0.1")
        assert await one_check(factory) == pytest.approx((CheckVerdict.NOT_DONE, 0.1))

    async def test_a_session_that_settled_on_nothing(self, factory: SampleFactory) -> None:
        await calibration(factory, await one_error(factory), "0.5")
        assert await one_check(factory) == pytest.approx((CheckVerdict.NOT_DONE, 0.5))

    async def test_every_error_of_the_call(self, factory: SampleFactory) -> None:
        plan = await factory.plan()
        one, other = await factory.draw(plan, evaluated(FORGOT, NO_ARTICLE), evaluated(FORGOT), fault_check_rate="0.5")
        await fault_check(factory, one, done=False)
        await fault_check(factory, other, greeting="agent")
        found = await read_checks(factory)
        assert sorted(found.verdicts.tolist()) == [CheckVerdict.NOT_DONE, CheckVerdict.NOT_DONE, CheckVerdict.AGENT]


class TestWhatCounts:
    async def test_a_verdict_on_an_error_that_a_correction_removed_does_not(self, factory: SampleFactory) -> None:
        plan = await factory.plan()
        (evaluation_id,) = await factory.draw(plan, evaluated(FORGOT, NO_ARTICLE), fault_check_rate="0.5")
        await fault_check(factory, evaluation_id, greeting="agent", solution="process")
        await factory.revise(evaluation_id, "50", FINE, NO_ARTICLE, kind="correction")
        assert await one_check(factory) == pytest.approx((CheckVerdict.PROCESS, 0.5))

    async def test_what_a_check_has_corrected_stays_an_error(self, centre: Centre, factory: SampleFactory) -> None:
        """Or else only the checked errors would lose those that were none."""
        evaluation_id = await one_error(factory, "0.5")
        await adjudication(factory, evaluation_id, "0.5", greeting="no_error")
        await factory.revise(evaluation_id, "100", FINE, kind="calibration", author="leader")
        assert await one_check(factory) == pytest.approx((CheckVerdict.NO_ERROR, 0.5))
        assert (await sources(centre.leader))["errors"] == 1

    async def test_what_was_superseded_does_not(self, factory: SampleFactory) -> None:
        evaluation_id = await one_error(factory, rate="0.5")
        await fault_check(factory, evaluation_id, greeting="agent")
        async with factory.begin() as session:
            await session.execute("UPDATE checked_errors SET superseded_at = now()")
        assert await one_check(factory) == pytest.approx((CheckVerdict.NOT_DONE, 0.5))

    async def test_checks_of_calls_outside_the_period_do_not(self, factory: SampleFactory) -> None:
        plan = await factory.plan()
        drawn = evaluated(FORGOT), evaluated(FORGOT, at=date_of_october())
        one, other = await factory.draw(plan, *drawn, day=date(2026, 10, 1), days=62, fault_check_rate="0.5")
        await fault_check(factory, one, greeting="agent")
        await fault_check(factory, other, greeting="process")
        assert await one_check(factory) == pytest.approx((CheckVerdict.AGENT, 0.5))

    async def test_the_call_is_found_among_several_draws(self, factory: SampleFactory) -> None:
        plan = await factory.plan()
        await factory.draw(plan, evaluated(NO_ARTICLE), evaluated(NO_ARTICLE), fault_check_rate="0.5")
        days = {"day": date(2026, 11, 3), "fault_check_rate": "0.25"}
        evaluations = await factory.draw(plan, *(evaluated(FINE), evaluated(FORGOT, NO_ARTICLE)), **days)  # type: ignore[arg-type]
        await fault_check(factory, evaluations[1], "0.25", greeting="customer", solution="process")
        found = await read_checks(factory)
        assert sorted(found.verdicts.tolist()) == [CheckVerdict.PROCESS, CheckVerdict.CUSTOMER]
        assert found.probabilities == pytest.approx([0.25, 0.25])


def date_of_october() -> Any:
    return DrawnCall().at.replace(month=10)


async def test_thirty_checks_make_the_share_rectified(centre: Centre, factory: SampleFactory) -> None:
    """Verifiers mark the process's errors at one item as the agents'; the checks find it out."""
    plan = await factory.plan()
    greeting = GivenAnswer("greeting", "agent", "forgot")
    evaluations = await factory.draw(
        plan, *(evaluated(greeting, GivenAnswer("solution")) for _ in range(80)), fault_check_rate="0.5"
    )
    for number, evaluation_id in enumerate(evaluations[:40]):
        await fault_check(factory, evaluation_id, greeting="process" if number % 4 else "agent")
    report = await sources(centre.leader)
    share = report["process_share"]
    assert (share["method"], share["checked_errors"]) == ("rectified", 40)
    assert share["value"] == pytest.approx(0.75, abs=0.01)
    assert share["low"] < 0.75 < share["high"]
    # Chance drew 80 of 160 calls: however many errors are checked, that leaves more than 5 points.
    assert (share["reason"], share["checks_needed"]) == ("few_calls", None)
    assert report["marked_process_share"] == 0
    item = by_item(report)["greeting"]
    assert item["p_process"] == pytest.approx(share["value"])
    assert item["verdict"] == "process"


def table_of(*items: str) -> ErrorTable:
    """One call with an error at each of these items."""
    scorecard, version = new_id(), new_id()
    sample = sample_of(Call(50))
    of = scope_in("UTC")._replace(agent_ids=[new_id()], agent_teams=[None], agent_counts=[True])
    one = np.zeros(1, dtype=np.int64)
    groups = [AnswersOfKind(scorecard, version, item, True, "agent", None, one) for item in items]
    return error_table(sample, of, groups)


class TestRows:
    """What the database should not hold does not break the report."""

    TABLE = table_of("greeting", "solution")

    def found(self, *rows: CheckRow) -> CheckedErrors:
        return checked_errors(self.TABLE, sample_of(Call(50)), rows)

    def row(self, **changes: Any) -> CheckRow:
        usual = CheckRow(
            0, 0, CheckSource.FAULT_CHECK, self.TABLE.items[0], Verdict.AGENT, by_chance=True, probabilities=(0, 0.5, 0)
        )
        return usual._replace(**changes)

    def test_the_row_of_an_error(self) -> None:
        assert (self.found(self.row()).answers.tolist(), self.found(self.row()).probabilities.tolist()) == ([0], [0.5])

    def test_chance_could_not_have_drawn_it(self) -> None:
        assert np.isnan(self.found(self.row(probabilities=(0, 0, 0))).probabilities).all()

    @pytest.mark.parametrize("changes", [{"position": 7}, {"draw": 3}, {"key": ItemKey(new_id(), "greeting")}])
    def test_rows_of_other_errors_are_left_out(self, changes: dict[str, Any]) -> None:
        assert self.found(self.row(**changes)).answers.size == 0
