"""A simulated month of calls with known scores, and with sizes that depend on them.

Agents differ, a fifth of them is new, and calls contain errors. A call with more errors is more likely to get a
complaint, a low rating or a long hold. By the rules of a real plan, worse calls are therefore more likely to be drawn.
"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import numpy as np

from app.sampling.draws.sizes import erring_signals, size_call
from app.sampling.draws.types import AgentRecord, FrameCall
from app.sampling.plans.types import ErringAgentRule, LongHoldRule, LowCsatRule, NewAgentRule, SizeRules
from app.statistics import FloatArray, IntArray

ERRING_AGENT = ErringAgentRule(lookback_days=30, max_multiplier=Decimal(4))
RULES = SizeRules(
    new_agent=NewAgentRule(tenure_days=60, multiplier=Decimal(3)),
    erring_agent=ERRING_AGENT,
    complaint=Decimal(4),
    low_csat=LowCsatRule(at_most=2, multiplier=Decimal(3)),
    long_hold=LongHoldRule(over_s=180, multiplier=Decimal("1.5")),
)
TEAM_SIZE = 10
BEST_RESPONSE, WORST_RESPONSE = 0.95, 0.45
DAYS_BEHIND = 6
ANSWERS_ON_RECORD, ERROR_RATE_ON_RECORD = 3000, 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Centre:
    """Calls as parallel arrays. `fatal` are the scores with 0 for the calls that failed completely.

    `sizes` are in millionths; `errors` is the number of errors of each call.
    """

    agents: IntArray
    days: IntArray
    sizes: IntArray
    scores: FloatArray
    fatal: FloatArray
    errors: IntArray

    @property
    def teams(self) -> IntArray:
        return self.agents // TEAM_SIZE


def make_centre(seed: int = 1, agents: int = 80, days: int = 22, calls_per_agent: int = 1200) -> Centre:
    """The same seed gives the same centre; the calls of an agent are spread evenly over the days."""
    rng = np.random.default_rng(seed)
    agent = np.repeat(np.arange(agents), calls_per_agent)
    day = np.tile(np.arange(calls_per_agent) * days // calls_per_agent, agents)
    tenure = np.where(rng.random(agents) < 0.2, rng.integers(0, 60, agents), 500)
    rates = np.exp(-0.35 * rng.normal(size=agents)) * (1 + np.clip(1 - tenure / 60, 0, 1))
    moods = np.exp(rng.normal(0, 0.1, (agents, days)))
    errors = rng.poisson(2.2 * rates[agent] * moods[agent, day] * rng.gamma(2, 0.5, agent.size))
    scores = np.maximum(100 - errors * rng.choice([2.0, 3.0, 4.0, 5.0], agent.size), 0)
    # One agent in five fails completely far more often than the others, independently of other errors.
    failing = np.where(rng.random(agents) < 0.2, 0.06, 0.01)
    return Centre(
        agents=agent,
        days=day,
        sizes=_sizes(rng, agent, errors, tenure[agent] + day, rates),
        scores=scores,
        fatal=np.where(rng.random(agent.size) < failing[agent], 0.0, scores),
        errors=errors,
    )


def make_week() -> Centre:
    """A week of such a centre, with few drawn calls of each agent."""
    return make_centre(days=5, calls_per_agent=270)


def response_by_quality(centre: Centre) -> FloatArray:
    """The probability that a drawn call is evaluated. It falls linearly from the best agent to the worst."""
    means = np.bincount(centre.agents, centre.scores) / np.bincount(centre.agents)
    ranks = np.argsort(np.argsort(-means))
    return np.asarray(np.linspace(BEST_RESPONSE, WORST_RESPONSE, means.size)[ranks][centre.agents])


def late_evaluations(centre: Centre) -> FloatArray:
    """The same while verifiers are behind: all calls but those of the last days, of the very last day none."""
    left = int(centre.days.max()) - centre.days
    return np.asarray(np.minimum(left / DAYS_BEHIND, 1))


def _sizes(
    rng: np.random.Generator, agent: IntArray, errors: IntArray, tenure: IntArray, rates: FloatArray
) -> IntArray:
    """The sizes by the rules, of calls with these errors and tenures in days, and of agents with these error rates."""
    complaint = rng.random(agent.size) < np.minimum(0.004 * 1.45**errors, 0.3)
    rated = rng.random(agent.size) < 0.15
    rating = np.clip(np.round(4.6 - 0.5 * errors + rng.normal(0, 0.9, agent.size)), 1, 5).astype(np.int64)
    hold = np.where(rng.random(agent.size) < 0.05 * (1 + 0.3 * errors), 240, 0)
    erring = erring_signals(ERRING_AGENT, _records(rates))
    ids = [UUID(int=number) for number in range(agent.size)]
    calls = map(
        FrameCall,
        ids,
        (ids[number] for number in agent.tolist()),
        tenure.tolist(),
        complaint.tolist(),
        (mark if given else None for mark, given in zip(rating.tolist(), rated.tolist(), strict=True)),
        hold.tolist(),
    )
    return np.array([size_call(RULES, call, erring.get(call.agent_id)).size_e6 for call in calls], dtype=np.int64)


def _records(rates: FloatArray) -> dict[UUID, AgentRecord]:
    errors = np.round(ERROR_RATE_ON_RECORD * ANSWERS_ON_RECORD * rates).astype(np.int64).tolist()
    return {UUID(int=agent): AgentRecord(count, ANSWERS_ON_RECORD) for agent, count in enumerate(errors)}
