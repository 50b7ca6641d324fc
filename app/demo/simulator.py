"""A call centre with known truth: who works there, which calls came, what really went wrong and through whom, and
what a given verifier would make of any call. Shared by the demo, tests and benchmarks. Everything follows from the
settings and their seed."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from app.demo import truths
from app.demo.calls import make_calls
from app.demo.items import parse_items
from app.demo.outcomes import Outcomes, make_outcomes
from app.demo.scorecard import Json, scorecard_body
from app.demo.traffic import make_traffic
from app.demo.types import Agent, Answer, Call, Item, Project, Settings, Team, TrueAnswer, Verifier
from app.demo.verdicts import CallTruth, score_call
from app.demo.workforce import make_agents, make_projects, make_teams, make_verifiers

# Streams of random numbers: a change in one part of the centre leaves the others as they were.
_PEOPLE, _TRAFFIC, _OUTCOMES, _CUSTOMERS, _VERDICTS = range(5)


@dataclass(frozen=True)
class Centre:
    settings: Settings
    scorecard: Json
    items: tuple[Item, ...]
    projects: tuple[Project, ...]
    teams: tuple[Team, ...]
    agents: tuple[Agent, ...]
    verifiers: tuple[Verifier, ...]
    calls: tuple[Call, ...]
    outcomes: Outcomes = field(repr=False)

    @cached_property
    def truths(self) -> truths.Truths:
        keys = [item.key for item in self.items]
        return truths.measure(keys, self.outcomes.levels, self.outcomes.causes)

    def truth_of(self, call: Call) -> tuple[TrueAnswer, ...]:
        """The true answer to every item that is visible in truth, in the scorecard's order."""
        levels = self.outcomes.levels[call.index].tolist()
        causes = self._causes(call)
        return tuple(
            TrueAnswer(item.key, "na" if level == truths.NOT_APPLICABLE else item.values[level], cause)
            for item, level, cause in zip(self.items, levels, causes, strict=True)
            if level != truths.HIDDEN
        )

    def verdict(self, verifier: Verifier, call: Call) -> tuple[Answer, ...]:
        """What this verifier submits for this call; the same whenever it is asked for."""
        rng = np.random.default_rng([self.settings.seed, _VERDICTS, verifier.index, call.index])
        return score_call(rng, verifier, self.items, self._truth(call))

    def _truth(self, call: Call) -> CallTruth:
        return CallTruth(
            levels=self.outcomes.levels[call.index].tolist(),
            causes=self._causes(call),
            planted={
                fault.item: fault.reason
                for fault in truths.PROCESS_FAULTS
                if fault.hits(call.project_key, call.topic, call.week)
            },
            duration_s=call.duration_s,
        )

    def _causes(self, call: Call) -> list[str | None]:
        codes = self.outcomes.causes[call.index].tolist()
        return [None if code == truths.NO_ERROR else truths.CAUSES[code - 1] for code in codes]


def simulate(settings: Settings) -> Centre:
    scorecard = scorecard_body()
    items = parse_items(scorecard)
    people = _stream(settings, _PEOPLE)
    projects = make_projects(settings.projects)
    teams = make_teams(people, settings, projects)
    agents = make_agents(people, settings, projects, teams, tuple(item.key for item in items))
    verifiers = make_verifiers(people, settings.verifiers)
    traffic = make_traffic(_stream(settings, _TRAFFIC), settings, projects, agents)
    outcomes = make_outcomes(_stream(settings, _OUTCOMES), traffic, projects, agents, items)
    calls = make_calls(_stream(settings, _CUSTOMERS), traffic, outcomes, projects, agents)
    return Centre(settings, scorecard, items, projects, teams, agents, verifiers, calls, outcomes)


def _stream(settings: Settings, part: int) -> np.random.Generator:
    return np.random.default_rng([settings.seed, part])
