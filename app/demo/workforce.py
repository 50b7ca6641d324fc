"""The projects, teams, agents and verifiers of the simulated centre."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from app.demo.names import full_names
from app.demo.types import Agent, Project, Settings, Team, Verifier

_TEAM_SIZE = 10
_NEW_SHARE = 0.2
_LEFT_SHARE = 0.05
_GAPS_PER_AGENT = 2
_WEAK_TOPICS_PER_AGENT = 1
_BLAMES_AGENT = (0.10, 0.25, 0.45)

_PROJECTS = (
    Project(
        key="northern-bank",
        name="Cards and loans line",
        client_name="Северный банк",
        timezone="Europe/Moscow",
        language="ru",
        topics=("cards", "loans", "deposits", "app", "fraud"),
    ),
    Project(
        key="harbor-mobile",
        name="Subscriber support",
        client_name="Harbor Mobile",
        timezone="America/New_York",
        language="en",
        topics=("billing", "tariffs", "network", "roaming", "sim"),
    ),
)


def make_projects(count: int) -> tuple[Project, ...]:
    """The two projects; any more repeat them with a number in key and name."""
    return tuple(_with_number(_PROJECTS[number % len(_PROJECTS)], number) for number in range(count))


def _with_number(project: Project, number: int) -> Project:
    if number < len(_PROJECTS):
        return project
    series = number // len(_PROJECTS) + 1
    return replace(project, key=f"{project.key}-{series}", name=f"{project.name} {series}")


def make_teams(rng: np.random.Generator, settings: Settings, projects: tuple[Project, ...]) -> tuple[Team, ...]:
    """Teams of about ten, the projects in turn; each project has at least one."""
    count = max(len(projects), round(settings.agents / _TEAM_SIZE))
    names = {language: full_names(rng, language, count) for language in ("ru", "en")}
    team_projects = [projects[number % len(projects)] for number in range(count)]
    return tuple(
        Team(
            key=f"team-{number}",
            name=f"Team {number}",
            project_key=project.key,
            supervisor_key=f"s-{number:03}",
            supervisor_name=names[project.language][number - 1],
        )
        for number, project in enumerate(team_projects, start=1)
    )


def make_agents(
    rng: np.random.Generator,
    settings: Settings,
    projects: tuple[Project, ...],
    teams: tuple[Team, ...],
    item_keys: tuple[str, ...],
) -> tuple[Agent, ...]:
    """A fifth are hired from seven weeks before the first day to two weeks after it; a twentieth leave in the
    second half of the period."""
    languages = {project.key: project.language for project in projects}
    topics = {project.key: project.topics for project in projects}
    names = {language: full_names(rng, language, settings.agents) for language in ("ru", "en")}
    skills = rng.normal(size=settings.agents).tolist()
    hired = _hiring_dates(rng, settings)
    left = _leaving_dates(rng, settings)
    agent_teams = [teams[index % len(teams)] for index in range(settings.agents)]
    return tuple(
        Agent(
            index=index,
            external_id=f"a-{index + 1:05}",
            full_name=names[languages[team.project_key]][index],
            project_key=team.project_key,
            team_key=team.key,
            supervisor_key=team.supervisor_key,
            hired_on=hired[index],
            left_on=left.get(index),
            skill=skills[index],
            gaps=_choose(rng, item_keys, _GAPS_PER_AGENT),
            weak_topics=_choose(rng, topics[team.project_key], _WEAK_TOPICS_PER_AGENT),
        )
        for index, team in enumerate(agent_teams)
    )


def _choose(rng: np.random.Generator, names: tuple[str, ...], count: int) -> tuple[str, ...]:
    return tuple(rng.choice(names, size=count, replace=False).tolist())


def make_verifiers(rng: np.random.Generator, count: int) -> tuple[Verifier, ...]:
    """Severities spread evenly from lenient to strict, in random order; `blames_agent` in turn."""
    names = full_names(rng, "ru", count)
    severities = rng.permutation(np.linspace(-1, 1, count))
    return tuple(
        Verifier(
            index=index,
            key=f"v-{index + 1:02}",
            full_name=names[index],
            severity=float(severities[index]),
            blames_agent=_BLAMES_AGENT[index % len(_BLAMES_AGENT)],
        )
        for index in range(count)
    )


def _hiring_dates(rng: np.random.Generator, settings: Settings) -> list[date]:
    before = rng.integers(60, 2500, size=settings.agents)
    new = rng.permutation(settings.agents)[: _at_least_one(settings.agents * _NEW_SHARE)]
    before[new] = rng.integers(-14, 50, size=len(new))
    return [settings.first_day - timedelta(days=days) for days in before.tolist()]


def _leaving_dates(rng: np.random.Generator, settings: Settings) -> dict[int, date]:
    leavers = rng.permutation(settings.agents)[: _at_least_one(settings.agents * _LEFT_SHARE)]
    days = rng.integers(settings.days // 2, settings.days, size=len(leavers))
    return {
        leaver: settings.first_day + timedelta(days=day)
        for leaver, day in zip(leavers.tolist(), days.tolist(), strict=True)
    }


def _at_least_one(expected: float) -> int:
    return max(1, round(expected))
