"""Simulated evaluations by verifiers of known severity."""

from dataclasses import dataclass

import numpy as np

from app.statistics import FloatArray, IntArray
from app.statistics.severity import ScoredEvaluations

# The score of a call with a complaint is lower by so many points; a fifth of the calls has one.
COMPLAINT, COMPLAINT_SHARE = 8.0, 0.2
# The calls of each agent from which the true severity of capped scores is computed.
_CALLS_FOR_TRUTH = 400


@dataclass(frozen=True, slots=True)
class Setting:
    """A centre: its size, the standard deviations in points, and in what it differs from the model.

    severities: `normal`, `two-point` (half of the verifiers is strict, half lenient) or `heavy-tailed`.
    correlation: by how much more likely good agents are scored by some verifiers than by others, in logits for each
        standard deviation; 0 for random assignment.
    unevenness: how unequally the evaluations of an agent are spread over the verifiers; 0 for evenly.
    interaction: the standard deviation of what a verifier adds for one agent in particular.
    top: the distance of the mean agent's best calls from 100, where scores end; None for scores without an end.
    """

    verifiers: int
    agents: int
    calls: int
    severity: float = 3.0
    severities: str = "normal"
    agent: float = 4.0
    call: float = 6.0
    scoring: float = 4.0
    doubled: float = 0.1
    correlation: float = 0.0
    unevenness: float = 0.2
    interaction: float = 0.0
    top: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """Evaluations with the true severities and the true mean score of each agent, by the average verifier."""

    evaluations: ScoredEvaluations
    severities: FloatArray
    agents: FloatArray


def simulate(rng: np.random.Generator, setting: Setting) -> Simulated:
    severities = _severities(rng, setting)
    agents = rng.normal(80, setting.agent, setting.agents)
    of_call = rng.integers(0, setting.agents, setting.calls)
    first = _verifiers(rng, setting, agents)[of_call, np.arange(setting.calls) % _DRAWS]
    is_doubled = rng.random(setting.calls) < (setting.doubled if setting.verifiers > 1 else 0)
    second = (first[is_doubled] + rng.integers(1, max(setting.verifiers, 2), int(is_doubled.sum()))) % setting.verifiers
    calls = np.concatenate((np.arange(setting.calls), np.flatnonzero(is_doubled)))
    verifiers = np.concatenate((first, second))
    complaint = (rng.random(setting.calls) < COMPLAINT_SHARE).astype(np.int64)
    quality = agents[of_call] + rng.normal(0, setting.call, setting.calls) - COMPLAINT * complaint
    particular = rng.normal(0, setting.interaction, (setting.agents, setting.verifiers))[of_call[calls], verifiers]
    scores = quality[calls] - severities[verifiers] + particular + rng.normal(0, setting.scoring, calls.size)
    evaluations = ScoredEvaluations(_capped(scores, setting), of_call[calls], verifiers, calls, (complaint[calls],))
    means = _mean_scores(rng, setting, agents, severities)
    return Simulated(evaluations, means.mean() - means.mean(axis=0), means.mean(axis=1))


_DRAWS = 97


def _severities(rng: np.random.Generator, setting: Setting) -> FloatArray:
    match setting.severities:
        case "two-point":
            return setting.severity * rng.choice([-1.0, 1.0], setting.verifiers)
        case "heavy-tailed":
            return np.asarray(setting.severity * rng.standard_t(3, setting.verifiers) / np.sqrt(3))
        case _:
            return rng.normal(0, setting.severity, setting.verifiers)


def _verifiers(rng: np.random.Generator, setting: Setting, agents: FloatArray) -> IntArray:
    """Verifiers for each agent, drawn at random with the agent's probabilities."""
    evenness = 1 / max(setting.unevenness, 1e-3)
    probabilities = rng.dirichlet(np.full(setting.verifiers, evenness), setting.agents)
    liking = rng.permutation(np.linspace(-1, 1, setting.verifiers))
    probabilities *= np.exp(setting.correlation * np.outer((agents - 80) / setting.agent, liking))
    cumulative = np.cumsum(probabilities / probabilities.sum(axis=1, keepdims=True), axis=1)
    uniform = rng.random((setting.agents, _DRAWS))
    drawn = (uniform[:, :, np.newaxis] > cumulative[:, np.newaxis, :]).sum(axis=2)
    return np.asarray(np.minimum(drawn, setting.verifiers - 1))


def _capped(scores: FloatArray, setting: Setting) -> FloatArray:
    if setting.top is None:
        return scores
    return np.minimum(np.round(scores + 20 - setting.top, 1), 100.0)


def _mean_scores(rng: np.random.Generator, setting: Setting, agents: FloatArray, severities: FloatArray) -> FloatArray:
    """The true mean score of each agent by each verifier: agents × verifiers."""
    if setting.top is None:
        return agents[:, np.newaxis] - severities - COMPLAINT * COMPLAINT_SHARE
    shape = setting.agents, _CALLS_FOR_TRUTH
    spread = rng.normal(0, np.hypot(setting.call, setting.scoring), shape)
    quality = agents[:, np.newaxis] + spread - COMPLAINT * (rng.random(shape) < COMPLAINT_SHARE)
    columns = [_capped(quality - severity, setting).mean(axis=1) for severity in severities.tolist()]
    return np.stack(columns, axis=1)
