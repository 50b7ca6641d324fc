"""The simulated centre: its size and rhythm, and how ratings, complaints and holds hang together with errors."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from statistics import fmean
from zoneinfo import ZoneInfo

import pytest

from app.demo.simulator import Centre, simulate
from app.demo.types import Agent, Call, Settings

SMALL = Settings(agents=15, weeks=2)


def test_the_same_settings_give_the_same_centre() -> None:
    one, two = simulate(SMALL), simulate(SMALL)

    assert one.calls == two.calls
    assert one.agents == two.agents
    assert one.truths == two.truths
    call, verifier = one.calls[7], one.verifiers[2]
    assert one.truth_of(call) == two.truth_of(call)
    assert one.verdict(verifier, call) == two.verdict(verifier, call)


def test_another_seed_gives_other_calls() -> None:
    assert simulate(SMALL).calls != simulate(replace(SMALL, seed=2)).calls


def test_the_demo_has_the_promised_size(centre: Centre) -> None:
    assert len(centre.projects) == 2
    assert len(centre.agents) == 40
    assert len(centre.verifiers) == 6
    assert 15_000 <= len(centre.calls) <= 20_000
    assert {call.week for call in centre.calls} == set(range(8))


@pytest.mark.parametrize(("agents", "projects"), [(15, 1), (23, 3), (200, 5)])
def test_agents_are_spread_over_teams_of_every_project(agents: int, projects: int) -> None:
    centre = simulate(Settings(agents=agents, projects=projects, weeks=1))

    assert len(centre.agents) == agents
    assert len({project.key for project in centre.projects}) == projects
    assert {agent.project_key for agent in centre.agents} == {project.key for project in centre.projects}
    sizes = Counter(agent.team_key for agent in centre.agents)
    assert max(sizes.values()) - min(sizes.values()) <= 1


def test_ids_are_unique_and_calls_come_in_order(centre: Centre) -> None:
    calls = centre.calls

    assert len({call.external_id for call in calls}) == len(calls)
    assert len({agent.external_id for agent in centre.agents}) == len(centre.agents)
    assert [call.index for call in calls] == list(range(len(calls)))
    assert all(earlier.started_at <= later.started_at for earlier, later in pairwise(calls))


def test_calls_come_in_opening_hours_of_the_projects_own_time_zone_across_a_clock_change() -> None:
    centre = simulate(Settings(first_day=date(2026, 10, 26), weeks=2))
    zones = {project.key: ZoneInfo(project.timezone) for project in centre.projects}
    local = [(call, call.started_at.astimezone(zones[call.project_key])) for call in centre.calls]

    assert all(8 <= moment.hour <= 20 for _, moment in local)
    assert all(date(2026, 10, 26) <= moment.date() < date(2026, 11, 9) for _, moment in local)
    offsets = {moment.utcoffset() for call, moment in local if call.project_key == "harbor-mobile"}
    assert offsets == {timedelta(hours=-4), timedelta(hours=-5)}


def test_mondays_and_late_mornings_are_busier_than_sundays_and_evenings(centre: Centre) -> None:
    zones = {project.key: ZoneInfo(project.timezone) for project in centre.projects}
    local = [call.started_at.astimezone(zones[call.project_key]) for call in centre.calls]
    weekdays = Counter(moment.weekday() for moment in local)
    hours = Counter(moment.hour for moment in local)

    assert weekdays[0] > 1.5 * weekdays[6]
    assert hours[11] > 2 * hours[20]


def test_agents_take_calls_only_while_they_are_employed(centre: Centre) -> None:
    agents = {agent.external_id: agent for agent in centre.agents}
    zones = {project.key: ZoneInfo(project.timezone) for project in centre.projects}

    assert any(agent.left_on for agent in centre.agents)
    for call in centre.calls:
        agent = agents[call.agent_external_id]
        day = call.started_at.astimezone(zones[call.project_key]).date()
        assert agent.hired_on <= day
        assert agent.left_on is None or day < agent.left_on


def test_about_fifteen_percent_of_customers_rate_and_few_complain(centre: Centre) -> None:
    rated = fmean(call.csat is not None for call in centre.calls)
    complaints = fmean(call.complaint for call in centre.calls)

    assert 0.135 <= rated <= 0.165
    assert 0.004 <= complaints <= 0.02


def test_calls_with_errors_are_rated_lower_and_complained_of_more(centre: Centre) -> None:
    errors = [_errors(centre, call) for call in centre.calls]
    clean = [call for call, count in zip(centre.calls, errors, strict=True) if count == 0]
    bad = [call for call, count in zip(centre.calls, errors, strict=True) if count >= 3]

    assert _mean_rating(clean) > _mean_rating(bad) + 1
    assert fmean(call.complaint for call in bad) > 2 * fmean(call.complaint for call in clean)


def test_holds_are_longer_where_the_agent_is_weak_and_where_information_is_badly_arranged(centre: Centre) -> None:
    weak_topics = {agent.external_id: agent.weak_topics for agent in centre.agents}
    ordinary = [call for call in centre.calls if call.topic not in ("loans", "roaming")]
    weak = [call for call in ordinary if call.topic in weak_topics[call.agent_external_id]]
    known = [call for call in ordinary if call.topic not in weak_topics[call.agent_external_id]]
    arranged_badly = [call for call in centre.calls if call.topic in ("loans", "roaming")]

    assert _mean_hold(weak) > 2 * _mean_hold(known)
    assert _mean_hold(arranged_badly) > 2 * _mean_hold(known)
    assert all((call.hold_count == 0) == (call.hold_s == 0) and call.hold_s < call.duration_s for call in centre.calls)


def test_new_agents_err_more(centre: Centre) -> None:
    first_day = centre.settings.first_day
    new = [agent for agent in centre.agents if agent.hired_on > first_day - timedelta(days=30)]
    old = [agent for agent in centre.agents if agent.hired_on < first_day - timedelta(days=60)]

    assert len(new) >= 3
    assert _agent_errors_a_call(centre, new) > 1.2 * _agent_errors_a_call(centre, old)


def test_a_call_is_reported_with_the_fields_of_the_api(centre: Centre) -> None:
    call = centre.calls[0]

    body = call.body("a-project")

    assert body["project_id"] == "a-project"
    assert body["tags"] == [call.topic]
    assert body["started_at"].endswith("+00:00")
    assert {"index", "week", "topic", "project_key"}.isdisjoint(body)


def _errors(centre: Centre, call: Call) -> int:
    return sum(answer.cause is not None for answer in centre.truth_of(call))


def _mean_rating(calls: list[Call]) -> float:
    return fmean(call.csat for call in calls if call.csat)


def _mean_hold(calls: list[Call]) -> float:
    return fmean(call.hold_s for call in calls)


def _agent_errors_a_call(centre: Centre, agents: list[Agent]) -> float:
    mine = {agent.external_id for agent in agents}
    # The first month, in which newcomers are new.
    calls = [call for call in centre.calls if call.agent_external_id in mine and call.week < 4]
    return fmean(sum(answer.cause == "agent" for answer in centre.truth_of(call)) for call in calls)
