"""Hold times to test with: of every call, and their totals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.statistics import FloatArray
from app.statistics.hold_time import CAP_S, HoldTotals


@dataclass(frozen=True)
class Agent:
    """The hold times of an agent's calls in seconds."""

    holds: FloatArray
    project: int = 0
    is_agent: bool = True


def totals_of(*agents: Agent) -> HoldTotals:
    """The totals, call by call as the definition says."""
    capped = [np.minimum(agent.holds, CAP_S) for agent in agents]
    return HoldTotals(
        projects=np.array([agent.project for agent in agents], dtype=np.int64),
        compared=np.array([agent.is_agent for agent in agents], dtype=np.bool_),
        known=np.array([agent.holds.size for agent in agents], dtype=np.float64),
        held=np.array([(agent.holds > 0).sum() for agent in agents], dtype=np.float64),
        over_minute=np.array([(agent.holds > 60).sum() for agent in agents], dtype=np.float64),
        sum1=np.array([one.sum() for one in capped]),
        sum2=np.array([(one**2).sum() for one in capped]),
        sum3=np.array([(one**3).sum() for one in capped]),
    )


def team(
    rng: np.random.Generator,
    size: int,
    *,
    calls: int = 100,
    spread: float = 0.2,
    factors: Sequence[float] = (),
    level: float = 27,
    project: int = 0,
) -> list[Agent]:
    """Agents who put three calls in ten on hold, for `level` seconds in the median and lognormal times.

    spread: how far agents differ, as the standard deviation of the logarithm. factors: those of the first agents.
    """
    differ = np.exp(rng.normal(0, spread, size)) * np.array([*factors, *[1.0] * (size - len(factors))])
    return [
        Agent(np.where(rng.random(calls) < 0.3, rng.lognormal(np.log(level), 0.9, calls) * one, 0), project)
        for one in differ
    ]
