"""Agents who stand out."""

import numpy as np
import pytest
from scipy.stats import binom, false_discovery_control

from app.statistics.attribution.standouts import (
    MIN_STANDOUT_ERRORS,
    agent_item_cells,
    agent_sds,
    benjamini_hochberg,
    overall_standouts,
)
from tests.statistics.attribution.factories import AGENT, FINE, PROCESS, Answer, calls, one_item, sources


def others(count: int = 9, item: int = 0) -> list[Answer]:
    """Agents 1, 2 … with 30 answers and one error each."""
    return [
        Answer(1000 * agent + n, AGENT if n == 0 else FINE, agent=agent, item=item)
        for agent in range(1, count + 1)
        for n in range(30)
    ]


class TestAtAnItem:
    def test_agents_above_their_limit_stand_out_with_the_highest_rate_first(self) -> None:
        worse = [*calls(14, AGENT, 20_000, agent=20), *calls(16, FINE, 20_100, agent=20)]
        worst = [*calls(20, AGENT, 30_000, agent=30), *calls(10, FINE, 30_100, agent=30)]
        item = one_item(*others(18), *worse, *worst)
        assert [(one.agent, one.errors) for one in item.standout_agents] == [(30, 20), (20, 14)]
        assert item.standout_agents[0].error_rate == pytest.approx(2 / 3)
        assert item.spread == pytest.approx(0.1)

    def test_agents_with_equal_rates_do_not_stand_out(self) -> None:
        item = one_item(*others())
        assert (item.standout_agents, item.spread) == ((), 0)

    def test_an_agent_with_two_errors_does_not_stand_out(self) -> None:
        few = [*others(), *calls(MIN_STANDOUT_ERRORS - 1, AGENT, 20_000, agent=20)]
        assert one_item(*few).standout_agents == ()
        assert [one.agent for one in one_item(*few, Answer(20_100, AGENT, agent=20)).standout_agents] == [20]

    def test_errors_of_the_process_are_not_held_against_the_agent(self) -> None:
        """Nobody is blamed for a fault of the process that only the own team meets."""
        item = one_item(*others(), *calls(20, PROCESS, 20_000, agent=20), *calls(10, FINE, 20_100, agent=20))
        assert item.standout_agents == ()

    def test_the_limit_is_higher_for_an_agent_with_fewer_answers(self) -> None:
        base = [*calls(16, AGENT, 0, agent=1), *calls(244, FINE, 100, agent=1)]
        seldom = [*calls(3, AGENT, 5000, agent=2), *calls(6, FINE, 5100, agent=2)]
        often = [*calls(20, AGENT, 6000, agent=3), *calls(40, FINE, 6100, agent=3)]
        assert [one.agent for one in one_item(*base, *seldom, *often).standout_agents] == [3]

    def test_the_only_agent_at_an_item_does_not_stand_out(self) -> None:
        report = sources(*calls(30, AGENT, agent=5), *[answer._replace(item=1) for answer in others()])
        assert all(item.standout_agents == () for item in report.by_item)

    def test_rates_are_weighted(self) -> None:
        """8 of 10 answers are errors, but the two others represent 200 calls each: the rate is 8/408."""
        mine = [Answer(n, AGENT, agent=1) for n in range(8)] + [Answer(10 + n, agent=1, weight=200.0) for n in range(2)]
        rest = [Answer(100 + n, AGENT if n % 20 == 0 else FINE, agent=2) for n in range(400)]
        assert one_item(*mine, *rest).standout_agents == ()
        even = [answer._replace(weight=1.0) for answer in mine]
        assert [one.agent for one in one_item(*even, *rest).standout_agents] == [1]


class TestOverAllItems:
    def test_an_agent_who_errs_a_little_more_at_every_item(self) -> None:
        """At no item above the limit, but over all items."""
        rows = []
        for agent in range(20):
            for item in range(20):
                errors = 3 if agent == 7 else 1
                rows += [
                    Answer(1000 * agent + n, AGENT if n < errors else FINE, agent=agent, item=item) for n in range(20)
                ]
        report = sources(*rows)
        assert all(item.standout_agents == () for item in report.by_item)
        assert [(one.agent, one.errors) for one in report.standout_agents] == [(7, 60)]
        assert report.standout_agents[0].error_rate == pytest.approx(0.15)

    def test_an_agent_with_the_hard_items_does_not_stand_out(self) -> None:
        """All err at item 1 in half of the calls; agent 0 has no other item."""
        hard = [Answer(n, (AGENT, FINE)[n % 2], agent=n % 5, item=1) for n in range(100)]
        hard += [Answer(500 + n, (AGENT, FINE)[n % 2], agent=0, item=1) for n in range(40)]
        easy = [Answer(1000 + n, FINE, agent=1 + n % 4, item=2) for n in range(400)]
        assert sources(*hard, *easy).standout_agents == ()

    def test_one_agent_alone_does_not(self) -> None:
        assert sources(*calls(20, AGENT), *calls(5, FINE, 50)).standout_agents == ()


class TestFalseDiscoveries:
    def test_benjamini_hochberg_is_that_of_scipy(self) -> None:
        rng = np.random.default_rng(1)
        p_values = np.append(rng.random(400), rng.random(60) ** 6)
        expected = false_discovery_control(p_values, method="bh") <= 0.05
        assert 5 < expected.sum() < 400
        assert np.array_equal(benjamini_hochberg(p_values, 0.05), expected)

    def test_none_of_no_hypotheses(self) -> None:
        assert benjamini_hochberg(np.zeros(0), 0.05).size == 0

    def test_the_limit_is_the_binomial_tail(self) -> None:
        """One agent against many with a rate of a tenth: named from so many errors of 30 as chance makes in 1 of 20."""
        sizes, rest = 30, 30_000
        for errors in range(3, 12):
            items = np.zeros(sizes + rest, dtype=np.int64)
            agents = np.repeat([0, 1], [sizes, rest])
            is_error = np.concatenate((np.arange(sizes) < errors, np.arange(rest) % 10 == 0))
            found = agent_item_cells(
                items, agents, np.ones(sizes + rest), np.flatnonzero(is_error), np.ones(int(is_error.sum()))
            )
            expected = binom.sf(errors - 1, sizes, (rest / 10 + 1) / (rest + 1)) <= 0.05 / 2
            assert bool(found.stands_out[found.agents == 0][0]) == expected


class TestSpread:
    def test_the_spread_of_the_beta_binomial_is_found(self) -> None:
        rng = np.random.default_rng(2)
        rates = rng.beta(4, 16, 2000)
        agents = np.repeat(np.arange(2000), 25)
        is_error = rng.random(agents.size) < rates[agents]
        errors = np.flatnonzero(is_error)
        cells = agent_item_cells(np.zeros_like(agents), agents, np.ones(agents.size), errors, np.ones(errors.size))
        (found,) = agent_sds(cells, 1)
        assert found == pytest.approx(np.sqrt(4 * 16 / 20**2 / 21), rel=0.1)

    def test_agents_who_do_not_differ_have_none(self) -> None:
        assert one_item(*others()).agent_sd == 0

    def test_it_does_not_exist_without_errors_and_for_one_agent(self) -> None:
        assert one_item(*calls(30, FINE)).agent_sd is None
        assert one_item(*calls(3, AGENT), *calls(9, FINE, 10)).agent_sd is None


def test_no_answers_have_no_standouts() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    cells = agent_item_cells(nothing, nothing, np.zeros(0), nothing, np.zeros(0))
    assert overall_standouts(cells).size == 0
