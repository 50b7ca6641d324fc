"""P(process) by the model of competing causes."""

import numpy as np
import pytest

from app.statistics import FloatArray, IntArray
from app.statistics.attribution import CheckVerdict, KnownCauses, error_cells, process_probabilities
from app.statistics.attribution.causes import Cells, shrunken_rates
from tests.statistics.attribution.factories import AGENT, FINE, PROCESS, Answer, answer_arrays
from validation.attribution import area_under_curve
from validation.causes import Setting, simulate

NOTHING = KnownCauses(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def probabilities(*answers: Answer, known: KnownCauses = NOTHING) -> FloatArray:
    return process_probabilities(error_cells(answer_arrays(answers)), known)


def centre(*extra: Answer) -> list[Answer]:
    """40 agents with 10 calls in context 0 and 10 in context 1; no errors but those given."""
    fine = [
        Answer(1000 + 20 * agent + n, agent=agent, context=n % 2, item=item)
        for agent in range(40)
        for n in range(20)
        for item in range(3)
    ]
    return [*extra, *fine]


class TestRepetition:
    def test_errors_of_many_agents_in_one_context_are_the_process(self) -> None:
        """Verifiers mark every second of them as the agent's; ten are checked."""
        repeated = [Answer(n, AGENT if n % 2 else PROCESS, agent=n, context=1) for n in range(40)]
        by_one = [Answer(100 + n, AGENT if n % 4 else PROCESS, item=1, agent=3, context=n % 2) for n in range(40)]
        verdicts = np.repeat([CheckVerdict.PROCESS, CheckVerdict.AGENT], 10)
        known = KnownCauses(np.append(np.arange(10), np.arange(40, 50)), verdicts)
        found = probabilities(*centre(*repeated, *by_one), known=known)
        assert found[:40].min() > 0.8
        assert found[40:][1::4].max() < 0.2

    def test_a_mark_counts_more_where_nothing_repeats(self) -> None:
        single = [Answer(n, mark, item=2, agent=n, context=n % 2) for n, mark in enumerate((AGENT, PROCESS) * 4)]
        found = probabilities(*centre(*single))
        assert found[1::2].min() > 0.6 > 0.4 > found[0::2].max()

    def test_without_contexts_the_marks_are_still_read(self) -> None:
        single = [Answer(n, mark, agent=n, context=-1) for n, mark in enumerate((AGENT, PROCESS) * 4)]
        found = probabilities(*single)
        assert found[1::2].min() > found[0::2].max()


class TestVerifiers:
    @staticmethod
    def checked_verifiers() -> tuple[list[Answer], KnownCauses]:
        """Verifier 0 marks causes as they are; verifier 1 marks all as the agent's. 30 errors of each are known."""
        causes = np.arange(60) % 2
        answers = [
            Answer(n, (AGENT, PROCESS)[cause] if n < 30 else AGENT, agent=n, context=n, verifier=int(n >= 30))
            for n, cause in enumerate(causes.tolist())
        ]
        return answers, KnownCauses(np.arange(60), np.where(causes, CheckVerdict.PROCESS, CheckVerdict.AGENT))

    def test_the_mark_of_a_verifier_who_blames_agents_says_little(self) -> None:
        answers, known = self.checked_verifiers()
        unchecked = [Answer(100 + n, AGENT, agent=n, context=n, verifier=n) for n in range(2)]
        found = probabilities(*answers, *unchecked, known=known)
        assert found[60] < 0.2
        assert found[61] > found[60] + 0.15

    def test_a_checked_error_has_the_probability_of_an_equal_unchecked_one(self) -> None:
        """Or else the checked errors could not correct the model."""
        answers, known = self.checked_verifiers()
        twin = answers[0]._replace(call=100)
        found = probabilities(*answers, twin, known=known)
        assert found[60] == pytest.approx(found[0])

    def test_an_error_that_was_none_is_an_answer_without_an_error(self) -> None:
        answers, known = self.checked_verifiers()
        none = [Answer(100 + n, PROCESS, agent=n, context=n % 9, verifier=1) for n in range(30)]
        fine = [answer._replace(mark=FINE) for answer in none]
        more = KnownCauses(
            np.append(known.errors, np.arange(60, 90)),
            np.append(known.verdicts, np.full(30, CheckVerdict.NO_ERROR)),
        )
        found = probabilities(*answers, *none, known=more)
        assert found[:60] == pytest.approx(probabilities(*answers, *fine, known=known), abs=1e-3)


class TestRates:
    @staticmethod
    def cells(of_errors: IntArray, sizes: FloatArray) -> Cells:
        return Cells(of_errors, sizes, np.zeros(sizes.size, dtype=np.int64))

    def rates(self, n_errors: list[int], size: int) -> FloatArray:
        of_errors = np.repeat(np.arange(len(n_errors)), n_errors)
        cells = self.cells(of_errors, np.full(len(n_errors), float(size)))
        return shrunken_rates(np.ones(of_errors.size), np.zeros(of_errors.size), cells, cells.sizes, 1)

    def test_rates_that_differ_as_chance_lets_them_become_that_of_the_item(self) -> None:
        counts = np.random.default_rng(1).binomial(50, 0.2, 200)
        assert np.ptp(self.rates(counts.tolist(), 50)) < 0.08

    def test_rates_that_differ_more_stay_apart(self) -> None:
        rates = self.rates([0] * 50 + [40] * 50, 50)
        assert rates[:50].max() < 0.02
        assert rates[50:].min() > 0.78

    def test_the_strength_of_shrinking_is_that_of_the_beta_binomial(self) -> None:
        """Rates from beta(2, 18): posterior means (2 + errors)/(20 + answers)."""
        rng = np.random.default_rng(5)
        counts = rng.binomial(40, rng.beta(2, 18, 4000))
        found = self.rates(counts.tolist(), 40)
        assert found == pytest.approx((2 + counts) / (20 + 40), abs=0.02)

    def test_rates_without_any_event_are_above_0(self) -> None:
        assert 0 < self.rates([0, 0], 10).min() < 0.01


def test_probabilities_rank_the_errors_of_the_process_first() -> None:
    simulated = simulate(np.random.default_rng(3), Setting(blamed=0.25))
    found = process_probabilities(error_cells(simulated.answers), NOTHING)
    assert np.all((found >= 0) & (found <= 1))
    marks = (simulated.answers.marks[simulated.answers.errors] == PROCESS).astype(np.float64)
    real = simulated.real
    by_model, by_marks = (area_under_curve(scores[real], simulated.process[real]) for scores in (found, marks))
    assert by_model > by_marks + 0.05


def test_names_of_codes_do_not_matter() -> None:
    simulated = simulate(np.random.default_rng(4), Setting(evaluations=300))
    answers = simulated.answers
    found = process_probabilities(error_cells(answers), NOTHING)
    renamed = type(answers)(
        items=3 * answers.items + 7,
        agents=1000 - answers.agents,
        contexts=2 * answers.contexts + 11,
        verifiers=50 - answers.verifiers,
        teams=answers.teams,
        weeks=answers.weeks,
        calls=answers.calls,
        reasons=answers.reasons,
        errors=answers.errors,
        marks=answers.marks,
        weights=answers.weights,
    )
    assert process_probabilities(error_cells(renamed), NOTHING) == pytest.approx(found, abs=1e-6)


def test_no_errors_have_no_probabilities() -> None:
    assert probabilities(Answer(0), Answer(1, FINE)).size == 0
    assert probabilities().size == 0
