"""Whether the process share keeps its promises: simulated centres whose causes of errors are known."""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import rankdata

from app.statistics import BoolArray, FloatArray
from app.statistics.attribution import AnswerArrays, ErrorSources, Mark, Verdict, error_sources
from validation.causes import Setting, Simulated, simulate

BEGIN, END = "<!-- attribution -->", "<!-- /attribution -->"
GOAL = (0.90, 0.99)
_USUAL = Setting()
SETTINGS = {
    "blame 10 %": replace(_USUAL, blamed=0.10),
    "blame 25 %": _USUAL,
    "blame 45 %": replace(_USUAL, blamed=0.45),
    "blame 70 %": replace(_USUAL, blamed=0.70),
    "the reverse habit": replace(_USUAL, blamed=0.05, excused=0.35),
    "verifiers with different habits": replace(_USUAL, blamed=0.40, blamed_spread=0.7),
    "3 of 10 checks not done": replace(_USUAL, checks=215, checks_done=0.7),
    "busy checkers of one project": replace(_USUAL, checks=180, busy_checkers=True),
    "an item of one project": replace(_USUAL, own_item=True),
    "drawn for the cause": replace(_USUAL, weight_spread=0.6, drawn_for_cause=True),
    "no error of the process": replace(_USUAL, process_rate=1e-9, agent_rate=0.065),
    "only errors of the process": replace(_USUAL, process_rate=0.065, agent_rate=1e-9),
    "few errors of the process": replace(_USUAL, process_rate=0.004, agent_rate=0.06),
    "60 hand-picked checks": replace(_USUAL, hand_picked=60),
    "the process hits 3 of 10 agents": replace(_USUAL, affected=0.3, process_rate=0.065),
    "topics not known": replace(_USUAL, topics_known=False),
    "contexts not known": replace(_USUAL, contexts_known=False),
    "items that fail everywhere": replace(_USUAL, everywhere=True),
    "the same, blame 45 %": replace(_USUAL, everywhere=True, blamed=0.45),
    "40 checks": replace(_USUAL, checks=40),
    "20 checks": replace(_USUAL, checks=20),
    "400 checks": replace(_USUAL, checks=400),
}
STANDOUTS = {
    "no agent differs": replace(_USUAL, equal_agents=True),
    "no agent differs, drawn unevenly": replace(_USUAL, equal_agents=True, weight_spread=0.9),
    "4 agents with triple rates at all items": replace(_USUAL, equal_agents=True, triple_agents=4),
    "agents differ, 4 with triple rates": replace(_USUAL, triple_agents=4),
    "no agent differs, four times the calls": replace(_USUAL, equal_agents=True, evaluations=9600),
    "12 pairs with triple rates, four times the calls": replace(_USUAL, equal_agents=True, planted=4, evaluations=9600),
}
_HEADINGS = (
    "| centre | true share | covered | width | off by | marks: off by | three or more agents: off by | AUC "
    "| items: covered | off by | marks: off by | wrong verdicts |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
)
_STANDOUT_HEADINGS = (
    "| centre | runs with a false pair | false among the pairs named | planted pairs found "
    "| runs with a false agent | planted agents found |\n|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True)
class Row:
    """The means over the runs of a setting. Shares and their errors are from 0 to 1; NaN for what does not exist."""

    truth: float
    coverage: float
    width: float
    error: float
    marks_error: float
    rule_error: float
    auc: float
    item_coverage: float
    item_error: float
    item_marks_error: float
    wrong_verdicts: float


@dataclass(frozen=True, slots=True)
class StandoutRow:
    """False discoveries and what was found of the planted agents; NaN for what was not planted."""

    false_pairs: float
    false_pair_rate: float
    pairs_found: float
    false_agents: float
    agents_found: float


def study(setting: Setting, runs: int, seed: int) -> Row:
    rng = np.random.default_rng(seed)
    return Row(*_means([_one(simulate(rng, setting)) for _ in range(runs)]))


def study_standouts(setting: Setting, runs: int, seed: int) -> StandoutRow:
    rng = np.random.default_rng(seed)
    return StandoutRow(*_means([_standouts(simulate(rng, setting)) for _ in range(runs)]))


def repeat_rule(answers: AnswerArrays) -> float:
    """The share of errors that three or more agents made at the same item in the same context: a rule of thumb."""
    errors = np.flatnonzero(answers.errors)
    cells = answers.contexts[errors] * (int(answers.items.max()) + 1) + answers.items[errors]
    _, cell = np.unique(cells, return_inverse=True)
    by_agent = np.unique(np.stack((cell, answers.agents[errors])), axis=1)
    repeated = np.bincount(by_agent[0])[cell] >= 3
    return float(np.average(repeated, weights=answers.weights[errors]))


def area_under_curve(scores: FloatArray, hits: BoolArray) -> float:
    """The probability that a hit has a higher score than a miss; NaN if there are none of either."""
    n_hits, n_misses = int(hits.sum()), int((~hits).sum())
    if not n_hits or not n_misses:
        return float("nan")
    ranks = float(rankdata(scores)[hits].sum())
    return (ranks - n_hits * (n_hits + 1) / 2) / (n_hits * n_misses)


def _one(simulated: Simulated) -> FloatArray:
    answers, truth = simulated.answers, simulated.share
    sources = error_sources(answers, simulated.checked)
    share, marked = sources.process_share.estimate, sources.marked_process_share
    assert share is not None
    assert share.low is not None
    assert share.high is not None
    assert marked is not None
    figures = (
        truth,
        share.low <= truth <= share.high,
        share.high - share.low,
        abs(share.value - truth),
        abs(marked.value - truth),
        abs(repeat_rule(answers) - truth),
        area_under_curve(sources.probabilities[simulated.real], simulated.process[simulated.real]),
    )
    return np.array([*figures, *_item_figures(simulated, sources)])


def _item_figures(simulated: Simulated, sources: ErrorSources) -> FloatArray:
    answers = simulated.answers
    marked = answers.weights * (answers.marks == Mark.PROCESS)
    return _means(list(_each_item(simulated, sources, marked)))


def _each_item(simulated: Simulated, sources: ErrorSources, marked: FloatArray) -> Iterator[FloatArray]:
    answers = simulated.answers
    for item in sources.by_item:
        share, truth = item.process_share, simulated.item_shares[item.item]
        if share is None or share.low is None or share.high is None:
            continue
        errors = answers.errors & (answers.items == item.item)
        by_marks = marked[errors].sum() / answers.weights[errors].sum()
        wrong = {Verdict.PROCESS: truth < 0.5, Verdict.AGENT: truth > 0.5}.get(item.verdict or Verdict.MIXED, False)
        covered = share.low <= truth <= share.high
        yield np.array([covered, abs(share.value - truth), abs(by_marks - truth), wrong], dtype=np.float64)


def _standouts(simulated: Simulated) -> FloatArray:
    sources = error_sources(simulated.answers, simulated.checked)
    named = {(one.agent, item.item) for item in sources.by_item for one in item.standout_agents}
    agents = {one.agent for one in sources.standout_agents}
    planted = set(map(tuple, simulated.planted.tolist()))
    # An agent with triple rates everywhere may be named at any item.
    false = {pair for pair in named - planted if pair[0] not in simulated.triple_agents}
    false_agents = agents - simulated.triple_agents - {agent for agent, _ in planted}
    return np.array(
        [
            bool(false) if simulated.equal else np.nan,
            len(false) / max(len(named), 1) if simulated.equal else np.nan,
            len(named & planted) / len(planted) if planted else np.nan,
            bool(false_agents) if simulated.equal else np.nan,
            len(agents & simulated.triple_agents) / len(simulated.triple_agents) if simulated.triple_agents else np.nan,
        ]
    )


def _means(rows: list[FloatArray]) -> FloatArray:
    """The mean of each column without its NaN; NaN if it has nothing else."""
    figures = np.array(rows)
    known = ~np.isnan(figures)
    n = known.sum(axis=0)
    return np.asarray(np.where(known, figures, 0).sum(axis=0) / np.where(n > 0, n, np.nan))


def tables(pool: Executor, runs: int, seed: int) -> str:
    rows = pool.map(study, SETTINGS.values(), [runs] * len(SETTINGS), range(seed, seed + len(SETTINGS)))
    shares = "\n".join([_HEADINGS, *map(_line, SETTINGS, rows)])
    seeds = range(seed + len(SETTINGS), seed + len(SETTINGS) + len(STANDOUTS))
    standout_rows = pool.map(study_standouts, STANDOUTS.values(), [runs] * len(STANDOUTS), seeds)
    return f"{shares}\n\n" + "\n".join([_STANDOUT_HEADINGS, *map(_standout_line, STANDOUTS, standout_rows)])


def _line(name: str, row: Row) -> str:
    coverage = _percent(row.coverage)
    cells = (
        name,
        _percent(row.truth),
        coverage if GOAL[0] <= row.coverage <= GOAL[1] else f"**{coverage}**",
        *(f"{100 * one:.1f}" for one in (row.width, row.error, row.marks_error, row.rule_error)),
        "" if np.isnan(row.auc) else f"{row.auc:.3f}",
        _percent(row.item_coverage),
        *(f"{100 * one:.1f}" for one in (row.item_error, row.item_marks_error)),
        _percent(row.wrong_verdicts),
    )
    return f"| {' | '.join(cells)} |"


def _standout_line(name: str, row: StandoutRow) -> str:
    figures = (row.false_pairs, row.false_pair_rate, row.pairs_found, row.false_agents, row.agents_found)
    return f"| {' | '.join((name, *map(_percent, figures)))} |"


def _percent(share: float) -> str:
    return "" if np.isnan(share) else f"{100 * share:.1f} %"
