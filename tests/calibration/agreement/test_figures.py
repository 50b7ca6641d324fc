"""The figures of a pool: scales by all their categories, reasons for what is missing, and the sentence about chance."""

from collections.abc import Sequence

import numpy as np
import pytest

from app.calibration.agreement.figures import Figure, PoolFigures, measure_pools
from app.calibration.agreement.judgements import Judgement, pool
from app.calibration.results.sentences import Language, sentences
from app.scorecards.types import AnswerValue, Item
from app.statistics.agreement import Coefficient, Level, Reason
from tests.scorecards.factories import binary, scale

TONE = scale("tone", "100", scale_max=10)
GONE = binary("gone", "100")
NEAR_MISSES = [[9, 9, 9]] * 4 + [[10, 10, 10]] + [[9, 10, 10]] * 5


def measured(item: Item, calls: Sequence[Sequence[AnswerValue]]) -> PoolFigures:
    """The answers of each call, one for each rater."""
    judgements = [
        Judgement(call, rater, item.key, value) for call, given in enumerate(calls) for rater, value in enumerate(given)
    ]
    (found,) = measure_pools([pool(judgements, [item], range(len(calls[0])))], np.random.default_rng(1))
    return found


def figure(of: PoolFigures, name: Coefficient, level: Level = Level.NOMINAL) -> Figure:
    return next(one for one in of.figures if (one.agreement.name, one.agreement.level) == (name, level))


class TestScales:
    def test_the_scale_is_all_that_can_be_chosen(self) -> None:
        found = measured(TONE, NEAR_MISSES)
        values = [found.value_of(Coefficient.GWET_AC, level) for level in (Level.ORDINAL, Level.INTERVAL)]
        assert values == pytest.approx([0.9895, 0.9941], abs=5e-5)

    def test_alpha_does_not_depend_on_it(self) -> None:
        found = measured(TONE, NEAR_MISSES)
        nominal, ordinal, interval = (
            found.value_of(Coefficient.KRIPPENDORFF_ALPHA, level)
            for level in (Level.NOMINAL, Level.ORDINAL, Level.INTERVAL)
        )
        assert ordinal == pytest.approx(nominal)
        assert interval == pytest.approx(nominal)


class TestReasons:
    def test_unanimous_answers_have_no_bootstrap_and_no_standard_error(self) -> None:
        found = figure(measured(GONE, [["good", "good"], ["bad", "bad"]] * 3), Coefficient.PERCENT)
        assert (found.agreement.reason, found.agreement.stderror_reason) == (None, Reason.NO_SPREAD)
        assert (found.bootstrap_low, found.bootstrap_reason) == (None, Reason.NO_SPREAD)

    def test_cohens_kappa_is_not_resampled(self) -> None:
        found = figure(measured(GONE, [["good", "bad"], ["bad", "bad"], ["good", "good"]] * 3), Coefficient.COHEN_KAPPA)
        assert found.agreement.stderror_reason is None
        assert (found.bootstrap_low, found.bootstrap_reason) == (None, Reason.NOT_RESAMPLED)

    def test_whatever_is_missing_has_a_reason(self) -> None:
        for calls in ([["good", "good"]], [["good", "bad"]] * 2, [["good", "good"], ["bad", "bad"]], NEAR_MISSES):
            for one in measured(TONE if calls is NEAR_MISSES else GONE, calls).figures:
                found = one.agreement
                assert (found.stderror is None) == (found.stderror_reason is not None)
                assert (one.bootstrap_low is None) == (one.bootstrap_reason is not None)
                assert (found.low is None) == (found.reason is not None)


class TestSentenceAboutChance:
    def test_it_is_not_said_where_all_agree(self) -> None:
        unanimous = measured(GONE, [["good", "good"], ["bad", "bad"]])
        assert sentences(unanimous, Language.ENGLISH) == []

    def test_it_is_said_where_they_differ_and_the_interval_reaches_0(self) -> None:
        (sentence,) = sentences(measured(GONE, [["good", "bad"], ["bad", "bad"]]), Language.ENGLISH)
        assert "by chance" in sentence
