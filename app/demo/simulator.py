"""A simulated call centre whose truth is known: its people and calls, the true errors and their causes, and the answers
that a given verifier submits for any call. The demo, tests and benchmarks use it. The settings and their seed determine
everything."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import NamedTuple

import numpy as np

from app.demo import truths
from app.demo.outcomes import Outcomes, make_outcomes, rate_satisfaction
from app.demo.scorecard import Json, scorecard_body
from app.demo.traffic import Traffic, make_traffic
from app.demo.types import Agent, Answer, Call, Item, Project, Settings, Team, TrueAnswer, Value, Verifier
from app.demo.verdicts import CallTruth, score_call
from app.demo.workforce import make_agents, make_projects, make_teams, make_verifiers

# Streams of random numbers: a change in one part of the centre does not change the others.
_PEOPLE, _TRAFFIC, _OUTCOMES, _CUSTOMERS, _VERDICTS = range(5)

_CUSTOMERS_PER_CALL = 0.4


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
        """The true answer to every item that is not hidden, in the scorecard's order."""
        levels = self.outcomes.levels[call.index].tolist()
        causes = self._causes(call)
        return tuple(
            TrueAnswer(item.key, "na" if level == truths.NOT_APPLICABLE else item.values[level], cause)
            for item, level, cause in zip(self.items, levels, causes, strict=True)
            if level != truths.HIDDEN
        )

    def verdict(self, verifier: Verifier, call: Call) -> tuple[Answer, ...]:
        """The answers that this verifier submits for this call; always the same."""
        rng = np.random.default_rng([self.settings.seed, _VERDICTS, verifier.index, call.index])
        return score_call(rng, verifier, self.items, self._truth(call))

    def _truth(self, call: Call) -> CallTruth:
        return CallTruth(
            levels=self.outcomes.levels[call.index].tolist(),
            causes=self._causes(call),
            planted={
                fault.item: fault.reason
                for fault in truths.PROCESS_FAULTS
                if fault.applies(call.project_key, call.topic, call.week)
            },
            duration_s=call.duration_s,
        )

    def _causes(self, call: Call) -> list[str | None]:
        codes = self.outcomes.causes[call.index].tolist()
        return [None if code == truths.NO_ERROR else truths.CAUSES[code - 1] for code in codes]


class _Row(NamedTuple):
    project: int
    agent: int
    topic: int
    day: int
    started: int
    duration: int
    inbound: bool
    hold: int
    hold_count: int
    rating: int
    complaint: bool
    customer: int


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
    calls = _make_calls(_stream(settings, _CUSTOMERS), traffic, outcomes, projects, agents)
    return Centre(settings, scorecard, items, projects, teams, agents, verifiers, calls, outcomes)


def _make_calls(
    rng: np.random.Generator,
    traffic: Traffic,
    outcomes: Outcomes,
    projects: Sequence[Project],
    agents: Sequence[Agent],
) -> tuple[Call, ...]:
    ratings, complaints = rate_satisfaction(rng, (outcomes.levels > 0).sum(axis=1), traffic.hold)
    customers = rng.integers(1, 2 + int(_CUSTOMERS_PER_CALL * len(traffic)), size=len(traffic))
    columns = (
        traffic.project,
        traffic.agent,
        traffic.topic,
        traffic.day,
        traffic.started,
        traffic.duration,
        traffic.inbound,
        traffic.hold,
        traffic.hold_count,
        ratings,
        complaints,
        customers,
    )
    rows = map(_Row._make, zip(*(column.tolist() for column in columns), strict=True))
    return tuple(_call(index, row, projects[row.project], agents[row.agent]) for index, row in enumerate(rows))


def _call(index: int, row: _Row, project: Project, agent: Agent) -> Call:
    return Call(
        index=index,
        week=row.day // 7,
        topic=project.topics[row.topic],
        project_key=project.key,
        external_id=f"call-{index + 1:07}",
        agent_external_id=agent.external_id,
        started_at=datetime.fromtimestamp(row.started, UTC),
        duration_s=row.duration,
        direction="inbound" if row.inbound else "outbound",
        language=project.language,
        hold_s=row.hold,
        hold_count=row.hold_count,
        csat=row.rating or None,
        complaint=row.complaint,
        customer_ref=f"c-{row.customer}",
    )


def _stream(settings: Settings, part: int) -> np.random.Generator:
    return np.random.default_rng([settings.seed, part])


def parse_items(scorecard: Json) -> tuple[Item, ...]:
    """The items of a scorecard's JSON body, in order."""
    raw = [item for section in scorecard["sections"] for item in section["items"]]
    positions = {item["key"]: index for index, item in enumerate(raw)}
    return tuple(Item(item["key"], _values(item), _condition(item, positions), _reasons(item)) for item in raw)


def _values(item: Json) -> tuple[Value, ...]:
    if item["answer_type"] == "scale":
        return tuple(range(item["scale_max"], -1, -1))
    if item["answer_type"] == "choice":
        return tuple(option["key"] for option in sorted(item["options"], key=lambda option: -option["credit"]))
    return ("good", "bad")


def _condition(item: Json, positions: dict[str, int]) -> tuple[int, frozenset[Value]] | None:
    condition = item["visible_if"]
    return (positions[condition["item"]], frozenset(condition["in"])) if condition else None


def _reasons(item: Json) -> dict[str, tuple[str, ...]]:
    by_fault: dict[str, tuple[str, ...]] = {}
    for reason in item["error_reasons"]:
        fault = reason["default_fault"]
        by_fault[fault] = (*by_fault.get(fault, ()), reason["key"])
    return by_fault
