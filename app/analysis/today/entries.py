"""The entries of today, from the reports on coverage and errors and from what failed or waits."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

from app.analysis.coverage.types import AgentCoverage, CoverageReport, PlanCoverage
from app.analysis.errors.report import ErrorSourcesReport, ItemReport
from app.analysis.sentences import Sentences
from app.analysis.today import texts
from app.analysis.today.links import Links
from app.analysis.today.types import NOBODY, Entry, EntryKind, Happening, Item, ItemWeight, OpenWork


def plans_that_fall_short(coverage: CoverageReport, links: Links) -> Entry:
    """The plans with windows that are over and not drawn, or with drawn calls that are overdue or skipped."""
    short = [plan for plan in coverage.plans if _windows(plan) or plan.tally.overdue or plan.tally.skipped]
    short.sort(key=lambda plan: (-_windows(plan), -plan.tally.overdue - plan.tally.skipped, plan.plan.name))
    return Entry.of(EntryKind.COVERAGE, [_plan(plan, links) for plan in short], links.coverage)


def agents_not_evaluated(coverage: CoverageReport, links: Links) -> Entry:
    """The agents without an evaluated drawn call; those with calls come first, the longest not evaluated before."""
    agents = [agent for agent in coverage.agents if agent.reason is not None]
    agents.sort(key=lambda one: (one.tally.calls == 0, _last_evaluated(one), one.agent.name))
    items = [
        Item(
            id=one.agent.agent_id,
            name=one.agent.name,
            text=texts.NOT_EVALUATED[one.reason or ""],
            link=links.agent(one.agent.agent_id),
            count=one.tally.calls,
            at=one.agent.last_evaluated_at,
        )
        for one in agents
    ]
    return Entry.of(EntryKind.AGENTS_NOT_EVALUATED, items, links.coverage)


def agents_outside_limits(errors: ErrorSourcesReport, links: Links) -> Entry:
    """The agents who stand out at some item, those at most items first."""
    names: dict[UUID, str] = {}
    places: dict[UUID, list[str]] = defaultdict(list)
    for item in errors.by_item:
        for agent in item.standout_agents:
            names[agent.agent_id] = agent.name
            places[agent.agent_id].append(item.title)
    items = [
        Item(
            id=agent_id,
            name=names[agent_id],
            text=texts.outside_limits_text(titles),
            link=links.agent(agent_id),
            count=len(titles),
        )
        for agent_id, titles in sorted(places.items(), key=lambda one: (-len(one[1]), names[one[0]], one[0]))
    ]
    return Entry.of(EntryKind.AGENTS_OUTSIDE_LIMITS, items, links.error_sources())


def process_faults(errors: ErrorSourcesReport, weights: Sequence[ItemWeight], links: Links) -> Entry:
    """The items with errors of the process, those that cost most first: calls with such an error, by the item's weight.

    An item that the present version of its scorecard does not have any more comes last.
    """
    weight_of = {(one.scorecard_id, one.item): one.weight for one in weights}
    found = [
        (item, _process_calls(item), weight_of.get((item.scorecard_id, item.item), 0.0)) for item in errors.by_item
    ]
    found = [one for one in found if one[1] > 0]
    found.sort(key=lambda one: (-one[1] * one[2], -one[1], one[0].title))
    items = [
        Item(
            id=item.scorecard_id,
            name=item.title,
            text=texts.process_fault_text(round(calls), weight, item.reasons[0].label if item.reasons else None),
            link=links.error_sources(item.scorecard_id),
            count=round(calls),
        )
        for item, calls, weight in found
    ]
    return Entry.of(EntryKind.PROCESS_FAULTS, items, links.error_sources())


def happening_entries(happenings: Iterable[Happening], links: Links) -> list[Entry]:
    """What failed, and what waits for somebody to decide."""
    by_kind = defaultdict(list)
    for happening in happenings:
        by_kind[happening.kind].append(happening)
    return [
        Entry(
            kind=kind,
            count=by_kind[kind][0].total if by_kind[kind] else 0,
            items=tuple(
                Item(one.id, one.name, text_of(one), links.happening(kind, one.id), at=one.at) for one in by_kind[kind]
            ),
            link=links.all_of(kind),
        )
        for kind, text_of in _TEXTS.items()
    ]


def open_work_entry(kind: EntryKind, work: Iterable[OpenWork], links: Links) -> Entry:
    """What people have to do: the backlog of verifiers, or fault checks."""
    rows = [row for row in work if row.kind is kind]
    items = tuple(
        Item(
            id=row.id,
            name=row.name or NOBODY,
            text=_work_text(row),
            link=links.work_of(kind, row.id),
            count=row.n,
            at=row.at,
        )
        for row in rows
    )
    return Entry(kind, rows[0].total if rows else 0, items, links.all_of(kind))


def _plan(plan: PlanCoverage, links: Links) -> Item:
    tally = plan.tally
    return Item(
        id=plan.plan.plan_id,
        name=plan.plan.name,
        text=texts.plan_text(
            evaluated=tally.evaluated,
            selected=tally.selected,
            still_open=tally.open,
            overdue=tally.overdue,
            skipped=tally.skipped,
            windows=_windows(plan),
        ),
        link=links.plan(plan.plan.plan_id),
        count=tally.selected - tally.evaluated,
    )


def _windows(plan: PlanCoverage) -> int:
    """The windows that are over and not drawn, failed or not."""
    return plan.plan.windows_due + len(plan.refused)


def _last_evaluated(agent: AgentCoverage) -> float:
    at = agent.agent.last_evaluated_at
    return 0.0 if at is None else at.timestamp()


def _process_calls(item: ItemReport) -> float:
    """The estimated number of calls with an error of the process at the item."""
    return item.population * item.error_rate.value * (item.p_process or 0.0)


def _work_text(row: OpenWork) -> Sentences:
    oldest = row.at.date()
    if row.kind is EntryKind.BACKLOG:
        return texts.backlog_text(row.n, row.overdue, oldest)
    return texts.fault_checks_text(row.n, oldest)


_TEXTS: Mapping[EntryKind, Callable[[Happening], Sentences]] = {
    EntryKind.FAILED_DRAWS: lambda one: texts.refused_text(one.state, one.message),
    EntryKind.FAILED_JOBS: lambda one: texts.message_text(one.message),
    EntryKind.FAILED_EMAILS: lambda one: texts.email_text(one.state, one.message),
    EntryKind.SESSIONS_TODAY: lambda one: texts.SESSION[one.state],
    EntryKind.RESULTS_WAITING: lambda one: texts.SESSION[one.state],
    EntryKind.DOUBLE_SCORES: lambda _: texts.TO_DECIDE,
}
