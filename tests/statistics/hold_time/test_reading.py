"""Hold time read as the agent's or the process's."""

import numpy as np
import pytest

from app.statistics.hold_time import HoldReason, HoldTotals, HoldVerdict, ProjectHold, overall_verdict, read_hold_time
from tests.statistics.hold_time.calls import Agent, team, totals_of


def rng(seed: int = 5) -> np.random.Generator:
    return np.random.default_rng(seed)


def only_project(*agents: Agent) -> ProjectHold:
    (project,) = read_hold_time(totals_of(*agents)).projects
    return project


class TestAgents:
    def test_an_agent_who_holds_for_four_times_as_long_is_above_the_limit(self) -> None:
        reading = read_hold_time(totals_of(*team(rng(), 20, factors=[4])))
        assert np.flatnonzero(reading.above).tolist() == [0]
        assert reading.means[0] > reading.limits[0]
        assert (reading.projects[0].verdict, reading.projects[0].agents_above) == (HoldVerdict.AGENT, 1)
        assert reading.projects[0].reasons == (HoldReason.AGENTS_ABOVE_LIMIT,)

    def test_the_limits_say_the_same_as_the_flags(self) -> None:
        reading = read_hold_time(totals_of(*team(rng(1), 60, factors=[3, 3, 3, 4, 5])))
        assert (reading.above == (reading.means > reading.limits)).all()
        assert reading.above.any()

    def test_several_unusual_agents_do_not_hide_each_other(self) -> None:
        reading = read_hold_time(totals_of(*team(rng(2), 20, calls=300, factors=[5, 5, 5])))
        assert np.flatnonzero(reading.above).tolist() == [0, 1, 2]

    def test_one_endless_hold_accuses_nobody(self) -> None:
        agents = team(rng(3), 20)
        agents[7].holds[0] = 3 * 3600
        assert not read_hold_time(totals_of(*agents)).above.any()

    def test_a_few_calls_have_no_limit(self) -> None:
        reading = read_hold_time(totals_of(*team(rng(), 10), Agent(np.full(19, 500.0))))
        assert np.isnan(reading.limits[10])
        assert not reading.above[10]
        assert reading.projects[0].agents_compared == 10

    def test_calls_without_an_agent_are_no_agent(self) -> None:
        reading = read_hold_time(totals_of(*team(rng(), 10), Agent(np.full(100, 500.0), is_agent=False)))
        assert np.isnan(reading.limits[10])
        assert reading.projects[0].agents_compared == 10

    def test_two_agents_cannot_be_compared(self) -> None:
        project = only_project(*team(rng(), 2, factors=[10]))
        assert (project.verdict, project.usual, project.sd_between) == (HoldVerdict.NONE, None, None)
        assert project.reasons == (HoldReason.TOO_FEW_AGENTS,)

    def test_nobody_on_hold_is_nothing_unusual(self) -> None:
        project = only_project(*[Agent(np.zeros(50)) for _ in range(5)])
        assert (project.usual, project.over_minute_of_held) == (0, None)
        assert (project.verdict, project.reasons) == (HoldVerdict.NONE, (HoldReason.NOTHING_UNUSUAL,))

    def test_equal_agents_are_all_within_the_limit(self) -> None:
        reading = read_hold_time(totals_of(*[Agent(np.tile([0.0, 30.0], 20)) for _ in range(5)]))
        assert not reading.above.any()
        assert reading.sd_between_agents == 0

    @pytest.mark.parametrize(("spread", "calls"), [(0.0, 100), (0.2, 100), (0.2, 400)])
    def test_where_no_agent_is_unusual_hardly_one_is_found(self, spread: float, calls: int) -> None:
        found = [
            read_hold_time(totals_of(*team(rng(seed), 40, calls=calls, spread=spread))).above.any()
            for seed in range(60)
        ]
        # Nominal: 5 %. With 60 runs, 12 % or more happens once in 50 runs of this test.
        assert np.mean(found) < 0.12

    def test_planted_agents_are_found_and_few_others(self) -> None:
        right, wrong = 0, 0
        for seed in range(20):
            above = read_hold_time(totals_of(*team(rng(seed), 80, calls=300, factors=[4] * 4))).above
            right, wrong = right + int(above[:4].sum()), wrong + int(above[4:].sum())
        assert right > 0.9 * 80
        assert wrong < 0.08 * (right + wrong)


class TestProjects:
    def test_customers_who_usually_wait_for_over_a_minute_are_the_process(self) -> None:
        project = only_project(*team(rng(), 15, level=90))
        assert project.verdict is HoldVerdict.PROCESS
        assert project.reasons == (HoldReason.OVER_A_MINUTE_IS_USUAL,)
        assert project.over_minute_of_held is not None
        assert project.over_minute_of_held.low is not None
        assert 0.5 < project.over_minute_of_held.low < project.over_minute_of_held.value

    def test_unusual_agents_do_not_make_it_the_process(self) -> None:
        project = only_project(*team(rng(), 12, calls=300, factors=[8, 8, 8], level=20))
        assert project.verdict is HoldVerdict.AGENT

    def test_both_at_once_are_mixed(self) -> None:
        project = only_project(*team(rng(), 15, calls=300, factors=[3.5], level=90, spread=0.05))
        assert project.verdict is HoldVerdict.MIXED
        assert set(project.reasons) == {HoldReason.AGENTS_ABOVE_LIMIT, HoldReason.OVER_A_MINUTE_IS_USUAL}

    def test_a_project_above_the_others_is_the_process(self) -> None:
        agents = [one for project in range(8) for one in team(rng(project), 10, project=project, spread=0.1)]
        agents += team(rng(9), 10, project=8, level=27 * 3, spread=0.1)
        reading = read_hold_time(totals_of(*agents))
        high = [project.project for project in reading.projects if HoldReason.PROJECT_ABOVE_OTHERS in project.reasons]
        assert high == [8]
        assert reading.projects[8].verdict is HoldVerdict.PROCESS
        assert not reading.above.any()
        assert reading.sd_between_projects is not None

    def test_two_projects_are_not_compared(self) -> None:
        agents = team(rng(), 10, spread=0.1) + team(rng(1), 10, project=1, level=50, spread=0.1)
        reading = read_hold_time(totals_of(*agents))
        assert reading.sd_between_projects is None
        assert {project.verdict for project in reading.projects} == {HoldVerdict.NONE}

    def test_a_single_agent_says_nothing_about_the_project(self) -> None:
        project = only_project(Agent(np.full(100, 300.0)))
        assert project.over_minute_of_held is not None
        assert (project.over_minute_of_held.value, project.over_minute_of_held.low) == (1, None)
        assert (project.verdict, project.reasons) == (HoldVerdict.NONE, (HoldReason.TOO_FEW_AGENTS,))

    def test_without_a_known_hold_time_nothing_is_read(self) -> None:
        project = only_project(*[Agent(np.zeros(0)) for _ in range(5)])
        assert (project.verdict, project.reasons) == (HoldVerdict.NONE, (HoldReason.NO_KNOWN_HOLD,))

    def test_no_call_has_no_project(self) -> None:
        reading = read_hold_time(totals_of())
        assert reading.projects == ()
        assert (reading.sd_between_agents, reading.sd_between_projects) == (None, None)


@pytest.mark.parametrize(
    ("verdicts", "together"),
    [
        ((), HoldVerdict.NONE),
        ((HoldVerdict.NONE, HoldVerdict.NONE), HoldVerdict.NONE),
        ((HoldVerdict.NONE, HoldVerdict.AGENT), HoldVerdict.AGENT),
        ((HoldVerdict.PROCESS, HoldVerdict.PROCESS), HoldVerdict.PROCESS),
        ((HoldVerdict.PROCESS, HoldVerdict.AGENT), HoldVerdict.MIXED),
        ((HoldVerdict.MIXED, HoldVerdict.NONE), HoldVerdict.MIXED),
    ],
)
def test_projects_are_read_together(verdicts: tuple[HoldVerdict, ...], together: HoldVerdict) -> None:
    assert overall_verdict(verdicts) is together


def test_arrays_of_unequal_length_are_refused() -> None:
    totals = totals_of(*team(rng(), 3))
    with pytest.raises(ValueError, match="one entry for each agent"):
        HoldTotals(
            totals.projects[:2],
            totals.compared,
            totals.known,
            totals.held,
            totals.over_minute,
            totals.sum1,
            totals.sum2,
            totals.sum3,
        )
