"""When the simulated calls start, how long they take and how long their callers are on hold."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from app.demo.truths import BADLY_ARRANGED_TOPICS
from app.demo.types import Agent, Project, Settings

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Calls by weekday, Monday first, as a factor on the mean of a working day; and by hour from opening, local time.
_WEEKDAYS = np.array([1.25, 1.1, 1.0, 1.0, 1.0, 0.8, 0.7])
_OPENS = time(8)
_HOURS = np.array([3, 6, 9, 10, 8, 7, 8, 9, 8, 7, 5, 4, 2], dtype=float)
_DAYS_OFF = 2

_TALK_MEDIAN_S, _TALK_SIGMA, _TALK_LIMITS_S = 230, 0.55, (12, 3000)
_HOLDS_A_CALL, _HOLD_MEDIAN_S, _HOLD_SIGMA = 0.2, 40, 0.6
_WEAK_TOPIC_HOLD, _BADLY_ARRANGED_HOLD = 2.5, 2.2
_INBOUND_SHARE = 0.93


@dataclass(frozen=True)
class Traffic:
    """One element a call, in the order of `started` (seconds since the epoch): indices of agent, project and topic
    within its project, whole days since the first day, tenure in days, and the telephone system's measurements."""

    agent: Ints
    project: Ints
    topic: Ints
    day: Ints
    tenure: Ints
    weak_topic: Bools
    started: Ints
    duration: Ints
    hold: Ints
    hold_count: Ints
    inbound: Bools

    def __len__(self) -> int:
        return len(self.started)


def make_traffic(
    rng: np.random.Generator, settings: Settings, projects: tuple[Project, ...], agents: tuple[Agent, ...]
) -> Traffic:
    agent, day, started = _arrivals(rng, settings, projects, agents)
    project = _project_indices(projects, agents)[agent]
    topic = _topics(rng, projects, project)
    weak = _weak_topics(projects, agents)[agent, topic]
    hold_count, hold = _holds(rng, weak, _badly_arranged(projects)[project, topic])
    first_day = settings.first_day
    hired = np.array([(mine.hired_on - first_day).days for mine in agents])
    return Traffic(
        agent=agent,
        project=project,
        topic=topic,
        day=day,
        tenure=day - hired[agent],
        weak_topic=weak,
        started=started,
        duration=_talk(rng, len(agent)) + hold,
        hold=hold,
        hold_count=hold_count,
        inbound=rng.random(len(agent)) < _INBOUND_SHARE,
    )


def _arrivals(
    rng: np.random.Generator, settings: Settings, projects: tuple[Project, ...], agents: tuple[Agent, ...]
) -> tuple[Ints, Ints, Ints]:
    expected = settings.calls_per_agent_day * _weekday_factors(settings) * _presence(rng, settings, agents)
    counts = rng.poisson(expected)
    agent, day = (np.repeat(grid.ravel(), counts.ravel()) for grid in np.indices(counts.shape))
    hour = rng.choice(len(_HOURS), size=len(agent), p=_HOURS / _HOURS.sum())
    opening = _openings(settings, projects)[_project_indices(projects, agents)[agent], day]
    started = opening + hour * 3600 + rng.integers(3600, size=len(agent))
    order = np.argsort(started, kind="stable")
    return agent[order], day[order], started[order]


def _weekday_factors(settings: Settings) -> Floats:
    return _WEEKDAYS[(settings.first_day.weekday() + np.arange(settings.days)) % 7]


def _presence(rng: np.random.Generator, settings: Settings, agents: tuple[Agent, ...]) -> Bools:
    """agents × days: employed, and not on one of the two consecutive days off of each week."""
    days = np.arange(settings.days)
    first_off = rng.choice(7, size=len(agents), p=[0.1, 0.1, 0.1, 0.1, 0.1, 0.4, 0.1])
    weekday = (settings.first_day.weekday() + days) % 7
    on_duty = (weekday - first_off[:, None]) % 7 >= _DAYS_OFF
    first_day = settings.first_day
    hired = np.array([(agent.hired_on - first_day).days for agent in agents])
    left = np.array([(agent.left_on - first_day).days if agent.left_on else settings.days for agent in agents])
    return np.asarray(on_duty & (days >= hired[:, None]) & (days < left[:, None]))


def _openings(settings: Settings, projects: tuple[Project, ...]) -> Ints:
    """projects × days: when the lines open, in seconds since the epoch. Clocks change at night, before that."""
    days = [settings.first_day + timedelta(days=number) for number in range(settings.days)]
    return np.array(
        [
            [int(datetime.combine(day, _OPENS, ZoneInfo(project.timezone)).timestamp()) for day in days]
            for project in projects
        ]
    )


def _project_indices(projects: tuple[Project, ...], agents: tuple[Agent, ...]) -> Ints:
    keys = [project.key for project in projects]
    return np.array([keys.index(agent.project_key) for agent in agents])


def _topics(rng: np.random.Generator, projects: tuple[Project, ...], project: Ints) -> Ints:
    """The first topics of a project are the most frequent."""
    topics = np.empty(len(project), dtype=np.int64)
    for index, mine in enumerate(projects):
        shares = 1.0 / (2 + np.arange(len(mine.topics)))
        here = project == index
        topics[here] = rng.choice(len(shares), size=int(here.sum()), p=shares / shares.sum())
    return topics


def _weak_topics(projects: tuple[Project, ...], agents: tuple[Agent, ...]) -> Bools:
    topics = {project.key: project.topics for project in projects}
    return np.array([[topic in mine.weak_topics for topic in topics[mine.project_key]] for mine in agents])


def _badly_arranged(projects: tuple[Project, ...]) -> Bools:
    return np.array([[topic in BADLY_ARRANGED_TOPICS for topic in project.topics] for project in projects])


def _talk(rng: np.random.Generator, calls: int) -> Ints:
    seconds = rng.lognormal(np.log(_TALK_MEDIAN_S), _TALK_SIGMA, size=calls)
    return np.clip(seconds, *_TALK_LIMITS_S).astype(np.int64)


def _holds(rng: np.random.Generator, weak: Bools, badly_arranged: Bools) -> tuple[Ints, Ints]:
    """Number and total seconds of holds: more and longer where the agent is weak or the information is scattered."""
    burden = np.where(weak, _WEAK_TOPIC_HOLD, 1.0) * np.where(badly_arranged, _BADLY_ARRANGED_HOLD, 1.0)
    count = rng.poisson(_HOLDS_A_CALL * burden)
    seconds = rng.lognormal(np.log(_HOLD_MEDIAN_S), _HOLD_SIGMA, size=len(burden)) * np.sqrt(burden)
    return count, (count * np.ceil(seconds)).astype(np.int64)
