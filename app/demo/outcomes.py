"""What really happened on each simulated call: the true answer to every item, and the true cause of every error.

The process causes errors at a rate that is the same for all agents, an agent at a rate of their own, and the customer
seldom. The causes compete: an answer has one cause at most.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.demo import truths
from app.demo.traffic import Bools, Floats, Ints, Traffic
from app.demo.types import Agent, Item, Project

_SKILL_EFFECT = 0.5
_GAP_FACTOR = 4.0
_WEAK_TOPIC_FACTOR = 1.5
_NEWCOMER_EXTRA, _NEWCOMER_DAYS = 1.5, 60
_MAX_RATE = 0.6
# Above 1: of several wrong answers, the milder ones are more frequent.
_MILD_EXPONENT = 1.7

_RATED_BASE, _RATED_PER_ERROR, _COUNTED_ERRORS = 0.115, 0.02, 5
_COMPLAINT_BASE, _COMPLAINT_GROWTH, _COMPLAINT_MAX = 0.004, 0.45, 0.25
_SATISFACTION, _LOSS_PER_ERROR, _LOSS_BY_HOLD, _SATISFACTION_SPREAD = 4.6, 0.6, 0.8, 0.9
_LONG_HOLD_S = 120

Codes = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Outcomes:
    """calls × items. `levels` index an item's values, or are `NOT_APPLICABLE` or `HIDDEN`; `causes` are the codes of
    `app.demo.truths`, other than `NO_ERROR` exactly where the level is above 0."""

    levels: Codes
    causes: Codes


def make_outcomes(
    rng: np.random.Generator,
    traffic: Traffic,
    projects: Sequence[Project],
    agents: Sequence[Agent],
    items: Sequence[Item],
) -> Outcomes:
    shape = (len(traffic), len(items))
    outcomes = Outcomes(levels=np.zeros(shape, np.int8), causes=np.zeros(shape, np.int8))
    ability = _ability(traffic, agents)
    for index, item in enumerate(items):
        causes = _draw_causes(
            rng.random(len(traffic)),
            process=_process_rate(item, traffic, projects),
            agent=_agent_rate(item, traffic, agents, ability),
            customer=truths.CUSTOMER_RATE if "customer" in item.reasons else 0.0,
        )
        levels = np.where(causes == truths.NO_ERROR, 0, _draw_error_levels(rng, len(item.values), len(traffic)))
        levels[_not_applicable(rng, item, traffic)] = truths.NOT_APPLICABLE
        levels[_hidden(item, items, outcomes.levels)] = truths.HIDDEN
        outcomes.levels[:, index] = levels
        outcomes.causes[:, index] = np.where(levels > 0, causes, truths.NO_ERROR)
    return outcomes


def _draw_causes(chance: Floats, *, process: Floats, agent: Floats, customer: float) -> Ints:
    return np.select(
        [chance < process, chance < process + agent, chance < process + agent + customer],
        [truths.PROCESS, truths.AGENT, truths.CUSTOMER],
        truths.NO_ERROR,
    )


def _process_rate(item: Item, traffic: Traffic, projects: Sequence[Project]) -> Floats:
    rate = np.full(len(traffic), truths.BACKGROUND_PROCESS_RATE if "process" in item.reasons else 0.0)
    for fault in truths.PROCESS_FAULTS:
        if fault.item == item.key:
            rate += np.where(_fault_applies(fault, traffic, projects), fault.rate, 0.0)
    limited: Floats = np.minimum(rate, _MAX_RATE)
    return limited


def _fault_applies(fault: truths.ProcessFault, traffic: Traffic, projects: Sequence[Project]) -> Bools:
    weeks = range(int(traffic.day.max(initial=0)) // 7 + 1)
    hits: Bools = np.array(
        [
            [[fault.applies(project.key, topic, week) for week in weeks] for topic in project.topics]
            for project in projects
        ]
    )
    return hits[traffic.project, traffic.topic, traffic.day // 7]


def _ability(traffic: Traffic, agents: Sequence[Agent]) -> Floats:
    """The factor on an agent's error rates in each call: skill, how new the agent is, whether they know the topic."""
    skill = np.array([agent.skill for agent in agents])[traffic.agent]
    newness = np.clip(1 - traffic.tenure / _NEWCOMER_DAYS, 0, 1)
    topic = np.where(traffic.weak_topic, _WEAK_TOPIC_FACTOR, 1.0)
    return np.asarray(np.exp(-_SKILL_EFFECT * skill) * (1 + _NEWCOMER_EXTRA * newness) * topic)


def _agent_rate(item: Item, traffic: Traffic, agents: Sequence[Agent], ability: Floats) -> Floats:
    gap = np.array([_GAP_FACTOR if item.key in agent.gaps else 1.0 for agent in agents])[traffic.agent]
    return np.minimum(truths.AGENT_RATES.get(item.key, truths.AGENT_RATE) * gap * ability, _MAX_RATE)


def _draw_error_levels(rng: np.random.Generator, values: int, calls: int) -> Ints:
    """How bad each error is: 1 … values − 1."""
    return 1 + (rng.random(calls) ** _MILD_EXPONENT * (values - 1)).astype(np.int64)


def _not_applicable(rng: np.random.Generator, item: Item, traffic: Traffic) -> Bools:
    if item.key == "hold_asked":
        return np.equal(traffic.hold_count, 0)
    return rng.random(len(traffic)) < truths.NOT_APPLICABLE_RATES.get(item.key, 0.0)


def _hidden(item: Item, items: Sequence[Item], levels: Codes) -> Bools:
    if item.visible_if is None:
        return np.zeros(len(levels), dtype=bool)
    earlier, values = item.visible_if
    showing = [level for level, value in enumerate(items[earlier].values) if value in values]
    return np.isin(levels[:, earlier], showing, invert=True)


def rate_satisfaction(rng: np.random.Generator, errors: Ints, hold: Ints) -> tuple[Ints, Bools]:
    """Customer ratings (1–5; 0 for no rating) and complaints.

    Customers who met errors rate more often, so that the plain mean of the ratings is biased, as in real centres.
    """
    counted = np.minimum(errors, _COUNTED_ERRORS)
    rated = rng.random(len(errors)) < _RATED_BASE + _RATED_PER_ERROR * counted
    loss = _LOSS_PER_ERROR * errors + _LOSS_BY_HOLD * (hold > _LONG_HOLD_S)
    satisfaction = rng.normal(_SATISFACTION - loss, _SATISFACTION_SPREAD)
    rating = np.clip(np.rint(satisfaction), 1, 5).astype(np.int64)
    complaint = np.minimum(_COMPLAINT_BASE * np.exp(_COMPLAINT_GROWTH * errors), _COMPLAINT_MAX)
    return np.where(rated, rating, 0), rng.random(len(errors)) < complaint
