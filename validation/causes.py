"""A simulated centre whose errors have known causes: agents, verifiers' marks, a sample of calls, checks of errors."""

from dataclasses import dataclass

import numpy as np

from app.statistics import BoolArray, FloatArray, IntArray
from app.statistics.attribution import NONE, AnswerArrays, CheckedErrors, CheckVerdict, Mark

TEAMS = 8
PROJECTS, TOPICS, WEEKS = 3, 4, 4
CHECKERS = 6


@dataclass(frozen=True, slots=True)
class Setting:
    """A centre, and how its errors are marked and checked. Rates are per answer, unless stated otherwise.

    blamed: the probability that a verifier marks an error of the process as the agent's; blamed_spread: the range of
        this probability over the verifiers, evenly spaced around `blamed`.
    excused: the probability that an error from the agent's side is marked as the process's.
    process_rate, agent_rate: the mean rates of errors.
    affected: the proportion of the agents whom errors of the process hit.
    checks: the expected number of errors that fault checks reach.
    checks_done: the probability that a drawn check is done. busy_checkers: checks of the first project are done with
        half of this probability.
    weight_spread: the standard deviation of the logarithm of the calls' sizes. drawn_for_cause: calls of agents with
        high error rates are drawn more often.
    hand_picked: the number of errors, all of the process, whose check a person chose.
    own_item: item 0 is used in the first project only, where most of its errors are the process's.
    contexts_known: whether answers have a context. topics_known: whether it tells the topics of a project apart.
    everywhere: faults of the process hit an item in all contexts and from the beginning on.
    equal_agents: agents do not differ. triple_agents: the number of agents who err at triple rates at every item.
        planted: the number of agents who do so at three items each.
    false_alarms: the errors that are none, as a proportion of the true ones.
    """

    blamed: float = 0.25
    blamed_spread: float = 0.0
    excused: float = 0.05
    process_rate: float = 0.0325
    agent_rate: float = 0.0325
    affected: float = 1.0
    checks: int = 150
    checks_done: float = 1.0
    busy_checkers: bool = False
    weight_spread: float = 0.4
    drawn_for_cause: bool = False
    hand_picked: int = 0
    own_item: bool = False
    equal_agents: bool = False
    contexts_known: bool = True
    topics_known: bool = True
    everywhere: bool = False
    triple_agents: int = 0
    planted: int = 0
    false_alarms: float = 0.03
    agents: int = 80
    items: int = 30
    verifiers: int = 6
    evaluations: int = 2400


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """The answers and the checks; the truth about each error, by its index among the errors.

    process: caused by the process. real: it is an error at all.
    share: the process's share of the errors of all calls, of which the sample is one of many possible ones.
    item_shares: the same by item; NaN for an item without errors.
    equal: agents do not differ but for those planted: `planted` has pairs of agent and item as rows.
    """

    answers: AnswerArrays
    checked: CheckedErrors
    process: BoolArray
    real: BoolArray
    share: float
    item_shares: FloatArray
    equal: bool
    planted: IntArray
    triple_agents: frozenset[int]


def simulate(rng: np.random.Generator, setting: Setting) -> Simulated:
    centre = _Centre(rng, setting)
    agents, contexts, weights = centre.sampled_calls(rng)
    applies = np.ones((agents.size, setting.items), dtype=np.bool_)
    if setting.own_item:
        applies[:, 0] = _projects(contexts) == 0
    calls, items = np.nonzero(applies)
    process, agent, false_alarm = (found[applies] for found in centre.events(rng, agents, contexts))
    errors = process | agent | false_alarm
    causes = _causes(rng, process[errors])
    verifiers = rng.integers(0, setting.verifiers, agents.size)
    marks = np.full(errors.size, NONE, dtype=np.int64)
    marks[errors] = centre.marks(rng, process[errors], verifiers[calls[errors]])
    answers = AnswerArrays(
        items=items.astype(np.int64),
        agents=agents[calls],
        contexts=_known_contexts(setting, contexts)[calls],
        verifiers=verifiers[calls],
        teams=agents[calls] % TEAMS,
        weeks=contexts[calls] % WEEKS,
        calls=calls.astype(np.int64),
        reasons=np.full(errors.size, NONE, dtype=np.int64),
        errors=errors,
        marks=marks,
        weights=weights[calls],
    )
    real = ~false_alarm[errors]
    verdicts = np.where(real, causes, CheckVerdict.NO_ERROR).astype(np.int64)
    share, item_shares = centre.shares()
    return Simulated(
        answers=answers,
        checked=_checks(rng, setting, answers, verdicts, _projects(contexts[calls[errors]])),
        process=process[errors],
        real=real,
        share=share,
        item_shares=item_shares,
        equal=setting.equal_agents,
        planted=centre.planted,
        triple_agents=frozenset(range(setting.triple_agents)),
    )


def _known_contexts(setting: Setting, contexts: IntArray) -> IntArray:
    if not setting.contexts_known:
        return np.full_like(contexts, NONE)
    return contexts if setting.topics_known else _projects(contexts) * WEEKS + contexts % WEEKS


def _projects(contexts: IntArray) -> IntArray:
    return contexts // (TOPICS * WEEKS)


def _causes(rng: np.random.Generator, process: BoolArray) -> IntArray:
    """Of the errors that are not the process's, one in twenty is the customer's."""
    others = np.where(rng.random(process.size) < 0.05, Mark.CUSTOMER, Mark.AGENT)
    return np.where(process, Mark.PROCESS, others).astype(np.int64)


class _Centre:
    """The rates of a centre, and its population of calls."""

    def __init__(self, rng: np.random.Generator, setting: Setting) -> None:
        self._setting = setting
        n, items = setting.agents, setting.items
        importance = rng.gamma(4, 0.25, items)
        importance /= importance.mean()
        skill = np.ones((n, 1)) if setting.equal_agents else rng.gamma(4, 0.25, (n, 1))
        habit = np.ones((n, items)) if setting.equal_agents else rng.gamma(0.7, 1 / 0.7, (n, items))
        self.agent_rates = np.minimum(setting.agent_rate * importance * skill * habit, 0.9)
        self.planted = np.zeros((0, 2), dtype=np.int64)
        self.agent_rates[: setting.triple_agents] *= 3
        if setting.planted:
            self.planted = np.stack(
                (
                    np.repeat(np.arange(setting.planted), 3),
                    rng.permutation(items)[np.arange(3 * setting.planted) % items],
                ),
                axis=1,
            )
            self.agent_rates[tuple(self.planted.T)] *= 3
        self._faults = _faults(rng, setting)
        self._affected = rng.permutation(n) < round(setting.affected * n)
        size = rng.lognormal(0, 0.5, n)
        self._population_agents = rng.choice(n, 20 * setting.evaluations, p=size / size.sum())
        topics, weeks = (
            rng.integers(0, TOPICS, self._population_agents.size),
            rng.integers(0, WEEKS, self._population_agents.size),
        )
        self._population_contexts = (self._population_agents % PROJECTS * TOPICS + topics) * WEEKS + weeks
        call_sizes = rng.lognormal(0, setting.weight_spread, self._population_agents.size)
        if setting.drawn_for_cause:
            call_sizes *= (self.agent_rates.mean(axis=1) / self.agent_rates.mean())[self._population_agents]
        self._probabilities = np.minimum(setting.evaluations * call_sizes / call_sizes.sum(), 1)

    def sampled_calls(self, rng: np.random.Generator) -> tuple[IntArray, IntArray, FloatArray]:
        """The agent, the context and the weight of each sampled call."""
        ends = np.cumsum(self._probabilities) + rng.random()
        drawn = np.flatnonzero(np.floor(ends) > np.floor(ends - self._probabilities))
        return self._population_agents[drawn], self._population_contexts[drawn], 1 / self._probabilities[drawn]

    def process_rates(self, agents: IntArray, contexts: IntArray) -> FloatArray:
        return np.asarray(np.where(self._affected[agents][:, np.newaxis], self._faults[contexts], 0.0))

    def events(
        self, rng: np.random.Generator, agents: IntArray, contexts: IntArray
    ) -> tuple[BoolArray, BoolArray, BoolArray]:
        """Where the process, or else the agent, causes an error, and where there is none and the verifier sees one."""
        rates = self.process_rates(agents, contexts)
        process = rng.random(rates.shape) < rates
        agent = ~process & (rng.random(rates.shape) < self.agent_rates[agents])
        setting = self._setting
        alarms = rng.random(rates.shape) < setting.false_alarms * (setting.process_rate + setting.agent_rate)
        return process, agent, alarms & ~process & ~agent

    def marks(self, rng: np.random.Generator, caused: BoolArray, verifiers: IntArray) -> IntArray:
        setting = self._setting
        blamed = setting.blamed + setting.blamed_spread * np.linspace(-0.5, 0.5, setting.verifiers)[verifiers]
        agent = np.where(caused, blamed, 0.92 - setting.excused)
        process = np.where(caused, 0.97 - blamed, setting.excused)
        unclear = np.full(caused.size, 0.03)
        steps = np.cumsum(np.stack((agent, process, unclear)), axis=0)
        drawn = (rng.random(caused.size) > steps).sum(axis=0)
        return np.asarray(np.array([Mark.AGENT, Mark.PROCESS, Mark.UNCLEAR, Mark.CUSTOMER])[drawn], dtype=np.int64)

    def shares(self) -> tuple[float, FloatArray]:
        """The expected share of the process in the real errors of all calls, and by item."""
        kinds = self._population_agents * (PROJECTS * TOPICS * WEEKS) + self._population_contexts
        codes, n = np.unique(kinds, return_counts=True)
        agents, contexts = codes // (PROJECTS * TOPICS * WEEKS), codes % (PROJECTS * TOPICS * WEEKS)
        process = self.process_rates(agents, contexts)
        errors = process + (1 - process) * self.agent_rates[agents]
        if self._setting.own_item:
            elsewhere = contexts // (TOPICS * WEEKS) > 0
            process[elsewhere, 0] = errors[elsewhere, 0] = 0
        by_item, errors_by_item = n @ process, n @ errors
        with np.errstate(invalid="ignore"):
            return float(by_item.sum() / errors_by_item.sum()), by_item / errors_by_item


def _faults(rng: np.random.Generator, setting: Setting) -> FloatArray:
    """The rate of errors of the process by context and item: faults from some week on, and a little everywhere."""
    shape = PROJECTS * TOPICS, WEEKS, setting.items
    if setting.everywhere:
        rates = np.broadcast_to(rng.beta(0.4, 2, setting.items), shape)
        return np.asarray(np.minimum(rates * setting.process_rate / rates.mean(), 0.95).reshape(-1, setting.items))
    broken = rng.random((shape[0], 1, shape[2])) < 0.11
    since = rng.integers(0, WEEKS, (shape[0], 1, shape[2]))
    rates = rng.beta(3, 4, (shape[0], 1, shape[2])) * (broken & (np.arange(WEEKS)[:, np.newaxis] >= since))
    if setting.own_item:
        rates[:, :, 0] = 0.3
    rates = rates + 0.15 * rates.mean()
    return np.asarray(np.minimum(rates * setting.process_rate / rates.mean(), 0.95).reshape(-1, setting.items))


def _checks(
    rng: np.random.Generator, setting: Setting, answers: AnswerArrays, verdicts: IntArray, projects: IntArray
) -> CheckedErrors:
    """Fault checks of all errors of calls that chance draws, and hand-picked ones."""
    errors = np.flatnonzero(answers.errors)
    calls = answers.calls[errors]
    probability = min(setting.checks / max(errors.size, 1), 1.0)
    n_calls = int(answers.calls.max()) + 1
    drawn = (rng.random(n_calls) < probability)[calls]
    done_rate = setting.checks_done * np.where(setting.busy_checkers & (projects == 0), 0.5, 1.0)
    done = rng.random(n_calls)[calls] < done_rate
    picked = np.zeros(errors.size, dtype=np.bool_)
    candidates = np.flatnonzero(~drawn & (verdicts == CheckVerdict.PROCESS))
    picked[rng.permutation(candidates)[: setting.hand_picked]] = True
    chosen = np.flatnonzero(drawn | picked)
    return CheckedErrors(
        answers=errors[chosen],
        verdicts=np.where(drawn & ~done, CheckVerdict.NOT_DONE, verdicts)[chosen],
        probabilities=np.where(drawn, probability, np.nan)[chosen],
        groups=projects[chosen],
    )
