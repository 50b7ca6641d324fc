"""The SQL of reports: it reads across the domains, sets at a time, and changes nothing.

A sample of 100,000 calls travels as one value, of which numpy makes arrays without a Python object for each call.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from app.analysis.error_table import AnswerGroup, ItemKey
from app.analysis.filters import Filters, GroupBy, Period
from app.analysis.samples import DrawnCalls, Grounds
from app.platform.database import Session
from app.platform.database.compat import driver_sql
from app.sampling.fixed_point import TRILLION
from app.statistics import BoolArray, IntArray

_KNOWN = """
SELECT (SELECT timezone FROM projects WHERE id = $1),
       EXISTS (SELECT FROM teams WHERE id = $2),
       EXISTS (SELECT FROM scorecards WHERE id = $3)
"""

# All in one statement: the agents of the draws are then among the agents. Neighbouring windows of a plan get
# neighbouring ranks.
_GROUNDS = """
WITH drawn AS (
    SELECT d.id, p.project_id, row_number() OVER (ORDER BY p.id, d.starts_at, d.part, d.id) - 1 AS rank
    FROM draws d
    JOIN sampling_plans p ON p.tenant_id = d.tenant_id AND p.id = d.plan_id
    WHERE d.drawn_at IS NOT NULL AND d.starts_at < $2 AND d.ends_at > $1 AND ($3::uuid IS NULL OR p.project_id = $3)
)
SELECT ARRAY(SELECT id FROM drawn ORDER BY id),
       ARRAY(SELECT rank FROM drawn ORDER BY id),
       ARRAY(SELECT project_id FROM drawn ORDER BY rank),
       ARRAY(SELECT id FROM agents ORDER BY id),
       ARRAY(SELECT team_id FROM agents ORDER BY id),
       (
           SELECT count(*)
           FROM evaluations e
           JOIN calls c ON c.tenant_id = e.tenant_id AND c.id = e.call_id
           LEFT JOIN agents a ON a.tenant_id = c.tenant_id AND a.id = e.agent_id
           WHERE e.status = 'submitted' AND e.assignment_id IS NULL
             AND c.started_at >= $1 AND c.started_at < $2
             AND ($3::uuid IS NULL OR e.project_id = $3)
             AND ($4::uuid IS NULL OR a.team_id = $4)
             AND ($5::uuid IS NULL OR e.scorecard_id = $5)
       )
"""

# Every selection of the draws with all revisions of its evaluation. A place in a sorted list of ids is found without
# a join. That a revision is the latest costs less to see in the arrays than in another join.
_SAMPLE = """
SELECT string_agg(
           int4send(width_bucket(s.draw_id, $1::uuid[])) || int4send(width_bucket(s.agent_id, $2::uuid[]))
               || int4send(s.position) || int4send(coalesce(r.number, 0)) || int8send(s.inclusion)
               || boolsend(s.started_at >= $3 AND s.started_at < $4) || float8send(coalesce(r.score::float8, 'NaN')),
           ''::bytea
       ) AS packed,
       {} AS extra
FROM draws d
JOIN sampling_plans p ON p.tenant_id = d.tenant_id AND p.id = d.plan_id
JOIN projects j ON j.tenant_id = p.tenant_id AND j.id = p.project_id
JOIN selections s ON s.tenant_id = d.tenant_id AND s.draw_id = d.id
LEFT JOIN assignments g ON g.tenant_id = s.tenant_id AND g.selection_id = s.id AND g.place = 1
LEFT JOIN evaluations e ON e.tenant_id = g.tenant_id AND e.assignment_id = g.id AND e.status = 'submitted'
LEFT JOIN evaluation_revisions r ON r.tenant_id = e.tenant_id AND r.evaluation_id = e.id
WHERE d.id = ANY($1::uuid[]) AND ($5::uuid IS NULL OR coalesce(g.scorecard_id, p.scorecard_id) = $5)
"""
_PACKED: Final = np.dtype(
    [
        ("draw", ">i4"),
        ("agent", ">i4"),
        ("position", ">i4"),
        ("revision", ">i4"),
        ("inclusion", ">i8"),
        ("in_period", "?"),
        ("score", ">f8"),
    ]
)
_ALONG = {
    GroupBy.VERIFIER: "array_agg(coalesce(e.verifier_id, g.verifier_id))",
    GroupBy.WEEK: "array_agg(date_trunc('week', s.started_at AT TIME ZONE j.timezone)::date)",
}
_QUALITY = {by: _SAMPLE.format(_ALONG.get(by, "NULL")) for by in GroupBy}
_REVISIONS = _SAMPLE.format("array_agg(r.id)")

# Answers by the million travel as a few rows: for each kind of answer, the places of the calls so answered.
_ANSWERS = """
SELECT e.scorecard_id, e.scorecard_version_id, a.item, a.is_error, a.fault, a.reason,
       string_agg(int4send(heard.place), ''::bytea) AS places
FROM unnest($1::uuid[], $2::int4[]) AS heard (revision_id, place)
JOIN evaluation_revisions r ON r.id = heard.revision_id
JOIN evaluations e ON e.tenant_id = r.tenant_id AND e.id = r.evaluation_id
JOIN answers a ON a.tenant_id = r.tenant_id AND a.revision_id = r.id
WHERE a.credit IS NOT NULL
GROUP BY e.scorecard_id, e.scorecard_version_id, a.item, a.is_error, a.fault, a.reason
ORDER BY e.scorecard_id, e.scorecard_version_id, a.item, a.is_error, a.fault, a.reason
"""

_AGENTS_AND_TEAMS = """
SELECT id, full_name FROM agents WHERE id = ANY($1::uuid[])
UNION ALL
SELECT id, name FROM teams WHERE id = ANY($1::uuid[])
"""
_NAMES = {
    GroupBy.PROJECT: "SELECT id::text, name FROM projects WHERE id = ANY($1::uuid[])",
    GroupBy.TEAM: "SELECT id::text, name FROM teams WHERE id = ANY($1::uuid[])",
    GroupBy.AGENT: "SELECT id::text, full_name FROM agents WHERE id = ANY($1::uuid[])",
    GroupBy.VERIFIER: "SELECT id::text, full_name FROM users WHERE id = ANY($1::uuid[])",
}


class Known(NamedTuple):
    """What there is of a project (its time zone), a team and a scorecard in the tenant."""

    timezone: str | None
    team: bool
    scorecard: bool


async def known(session: Session, filters: Filters) -> Known:
    found = await driver_sql(session, _KNOWN, filters.project_id, filters.team_id, filters.scorecard_id)
    return Known._make(found.one())


async def grounds(session: Session, filters: Filters, period: Period) -> Grounds:
    wanted = (period.start, period.end, filters.project_id, filters.team_id, filters.scorecard_id)
    return Grounds._make((await driver_sql(session, _GROUNDS, *wanted)).one())


async def quality_sample(
    session: Session, filters: Filters, period: Period, grounds: Grounds, by: GroupBy
) -> tuple[DrawnCalls, Sequence[Any]]:
    """The samples that the period's calls are estimated from, and along with them each one's verifier or week, if
    it is to be grouped by these."""
    return await _sample(session, _QUALITY[by], filters, period, grounds)


async def judged_sample(
    session: Session, filters: Filters, period: Period, grounds: Grounds
) -> tuple[DrawnCalls, Sequence[UUID | None]]:
    """The same with the id of the latest revision of each evaluation."""
    return await _sample(session, _REVISIONS, filters, period, grounds)


async def answer_groups(session: Session, drawn: DrawnCalls, revision_ids: Sequence[UUID | None]) -> list[AnswerGroup]:
    """Every applicable answer to those of the calls that count and were evaluated."""
    places = np.flatnonzero(drawn.counts & drawn.evaluated).tolist()
    rows = await driver_sql(session, _ANSWERS, [revision_ids[place] for place in places], places)
    return [
        AnswerGroup(
            ItemKey(row.scorecard_id, row.item),
            row.scorecard_version_id,
            row.is_error,
            row.fault,
            row.reason,
            np.frombuffer(row.places, dtype=">i4").astype(np.int64),
        )
        for row in rows
    ]


async def names_of_agents_and_teams(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    rows = await driver_sql(session, _AGENTS_AND_TEAMS, list(ids))
    return dict(tuple(row) for row in rows)


async def names(session: Session, kind: GroupBy, keys: Collection[str]) -> dict[str, str]:
    """What people call the groups with these keys; weeks are called by their key."""
    if kind is GroupBy.WEEK:
        return {key: key for key in keys}
    rows = await driver_sql(session, _NAMES[kind], list(keys))
    return dict(tuple(row) for row in rows)


async def _sample(
    session: Session, statement: str, filters: Filters, period: Period, grounds: Grounds
) -> tuple[DrawnCalls, Sequence[Any]]:
    wanted = (grounds.draw_ids, grounds.agent_ids, period.start, period.end, filters.scorecard_id)
    row = (await driver_sql(session, statement, *wanted)).one()
    revisions = np.frombuffer(row.packed or b"", dtype=_PACKED)
    ranks = np.array(grounds.draw_ranks, dtype=np.int64)[revisions["draw"] - 1]
    order = _latest(ranks, revisions)
    latest = revisions[order]
    agents = latest["agent"].astype(np.int64) - 1
    drawn = DrawnCalls(
        draws=ranks[order],
        agents=agents,
        probabilities=latest["inclusion"] / TRILLION,
        counts=latest["in_period"] & _in_team(grounds, filters.team_id)[agents],
        evaluated=latest["revision"] > 0,
        scores=latest["score"].astype(np.float64),
    )
    return drawn, [] if row.extra is None else [row.extra[place] for place in order.tolist()]


def _latest(ranks: IntArray, revisions: npt.NDArray[np.void]) -> IntArray:
    """The places of the latest revisions, in the order of draws and positions: the same whenever it is asked for."""
    calls = ranks * (int(revisions["position"].max(initial=0)) + 1) + revisions["position"]
    order = np.argsort(calls * (int(revisions["revision"].max(initial=0)) + 1) + revisions["revision"])
    return order[np.flatnonzero(np.diff(calls[order], append=-1))]


def _in_team(grounds: Grounds, team_id: UUID | None) -> BoolArray:
    return np.array([team_id is None or team == team_id for team in grounds.agent_teams], dtype=np.bool_)
