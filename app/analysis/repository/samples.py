"""The samples that reports estimate from.

A sample of 100,000 calls travels as one value. numpy makes arrays of it, without a Python object for each call.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import numpy as np
import numpy.typing as npt

from app.analysis.frames import FrameStrata, Multiplicity, Selections, in_period
from app.analysis.repository.filters import agents_in, evaluations_in, with_conditions
from app.analysis.repository.frames import counted_frames
from app.analysis.samples import FurtherScores, InstantArray, ReportScope, SampleArrays
from app.analysis.types import Filters
from app.platform.clock import Period
from app.platform.database import Session
from app.statistics import BoolArray, FloatArray, IntArray
from app.statistics.fixed_point import TRILLION

# Every selection of the draws with all revisions of its evaluation. `width_bucket` finds the index in a sorted list of
# ids without a join. To find the first and the latest revision in the arrays costs less than more joins. A kind is a
# hash, so that it has a fixed length. Scores are in hundredths, as they are stored; −1 is none.
_SAMPLE: Final = """
SELECT string_agg(
           int4send(width_bucket(s.draw_id, :draw_ids::uuid[]))
               || int4send(width_bucket(s.agent_id, :agent_ids::uuid[]))
               || int4send(coalesce(width_bucket(coalesce(e.verifier_id, g.verifier_id), :user_ids::uuid[]), 0))
               || int4send(s.position) || int4send(coalesce(r.number, 0)) || int8send(s.inclusion_prob_e12)
               || int8send(s.size_e6) || int8send(coalesce(
                   uuid_hash_extended(e.scorecard_version_id, 0) # uuid_hash_extended(e.project_id, 1), 0
               ))
               || timestamptz_send(s.started_at) || int2send(coalesce((100 * r.score)::int2, -1::int2))
               || int2send(coalesce((100 * r.agent_score)::int2, -1::int2))
               || int2send(coalesce((100 * r.process_loss)::int2, -1::int2))
               || boolsend(coalesce(r.author_id <> e.verifier_id, false))
               || boolsend(coalesce(r.kind = 'calibration', false)),
           ''::bytea
       ) AS packed,
       NULL AS extra
FROM draws d
JOIN selections s ON s.tenant_id = d.tenant_id AND s.draw_id = d.id
LEFT JOIN assignments g ON g.tenant_id = s.tenant_id AND g.subject_id = s.id AND g.scoring_round = 1
LEFT JOIN evaluations e ON e.tenant_id = g.tenant_id AND e.assignment_id = g.id AND e.status = 'submitted'
LEFT JOIN evaluation_revisions r ON r.tenant_id = e.tenant_id AND r.evaluation_id = e.id
WHERE d.id = ANY(:draw_ids::uuid[])
"""
_PACKED: Final = np.dtype(
    [
        ("draw", ">i4"),
        ("agent", ">i4"),
        ("verifier", ">i4"),
        ("position", ">i4"),
        ("revision", ">i4"),
        ("inclusion", ">i8"),
        ("size", ">i8"),
        ("kind", ">i8"),
        ("started_at", ">i8"),
        ("score", ">i2"),
        ("agent_score", ">i2"),
        ("process_loss", ">i2"),
        ("by_other", "?"),
        ("by_check", "?"),
    ]
)
# PostgreSQL sends an instant as the number of microseconds after this one.
_EPOCH: Final = np.datetime64("2000-01-01T00:00:00", "us")

# What else the sample may have of each selection, in the place of nothing.
_EXTRA: Final = "NULL AS extra"
_REVISIONS: Final = "array_agg(r.id) AS extra"

# The first scores of second scorings, whose calls are as they were drawn, and of hand-picked calls. They are few.
_FURTHER: Final = """
WITH further AS (
    SELECT e.id, width_bucket(s.draw_id, :draw_ids::uuid[]) AS draw, s.position, s.size_e6, s.agent_id, e.verifier_id,
           uuid_hash_extended(e.scorecard_version_id, 0) # uuid_hash_extended(e.project_id, 1) AS kind
    FROM draws d
        JOIN selections s ON s.tenant_id = d.tenant_id AND s.draw_id = d.id
    JOIN agents a ON a.tenant_id = s.tenant_id AND a.id = s.agent_id
    JOIN assignments g ON g.tenant_id = s.tenant_id AND g.subject_id = s.id AND g.scoring_round > 1
    JOIN evaluations e ON e.tenant_id = g.tenant_id AND e.assignment_id = g.id AND e.status = 'submitted'
    WHERE d.id = ANY(:draw_ids::uuid[]) AND s.started_at >= :since AND s.started_at < :until
        AND {agents}
    UNION ALL
    SELECT e.id, 0, 0, 0, e.agent_id, e.verifier_id,
           uuid_hash_extended(e.scorecard_version_id, 0) # uuid_hash_extended(e.project_id, 1)
    FROM evaluations e
    JOIN calls c ON c.tenant_id = e.tenant_id AND c.id = e.call_id
    JOIN agents a ON a.tenant_id = e.tenant_id AND a.id = e.agent_id
    WHERE e.status = 'submitted' AND e.assignment_id IS NULL AND {evaluations} AND {agents}
)
SELECT string_agg(
           int4send(f.draw) || int4send(f.position) || int4send(width_bucket(f.agent_id, :agent_ids::uuid[]))
               || int4send(width_bucket(f.verifier_id, :user_ids::uuid[])) || int8send(f.size_e6) || int8send(f.kind)
               || float8send(r.score::float8),
           ''::bytea
       ) AS packed
FROM further f
JOIN LATERAL (
    SELECT score FROM evaluation_revisions WHERE evaluation_id = f.id ORDER BY number LIMIT 1
) r ON r.score IS NOT NULL
"""
_PACKED_FURTHER: Final = np.dtype(
    [
        ("draw", ">i4"),
        ("position", ">i4"),
        ("agent", ">i4"),
        ("verifier", ">i4"),
        ("size", ">i8"),
        ("kind", ">i8"),
        ("score", ">f8"),
    ]
)


async def drawn_sample(session: Session, period: Period, scope: ReportScope) -> SampleArrays:
    sample, *_ = await _sample(session, _EXTRA, period, scope)
    return sample


async def further_scores(session: Session, filters: Filters, period: Period, scope: ReportScope) -> FurtherScores:
    """The first scores of the period that are not in the sample, always in the same order."""
    statement, values = with_conditions(
        _FURTHER,
        evaluations=evaluations_in(filters, period),
        agents=agents_in(filters),
    )
    lists = {"draw_ids": scope.draw_ids, "agent_ids": scope.agent_ids, "user_ids": scope.user_ids}
    row = await session.fetch_one(statement, **lists, **values)
    packed = np.sort(np.frombuffer(row.packed or b"", dtype=_PACKED_FURTHER))
    return FurtherScores(
        draws=np.array([-1, *scope.draw_ranks], dtype=np.int64)[packed["draw"]],
        positions=packed["position"].astype(np.int64),
        agents=packed["agent"].astype(np.int64) - 1,
        sizes=packed["size"].astype(np.int64),
        verifiers=packed["verifier"].astype(np.int64) - 1,
        kinds=packed["kind"].astype(np.int64),
        scores=packed["score"].astype(np.float64),
    )


async def sample_with_revisions(
    session: Session, period: Period, scope: ReportScope, *, before_checks: bool = False
) -> tuple[SampleArrays, Sequence[UUID | None]]:
    """The sample, and the id of the latest revision of each call's evaluation.

    before_checks: of the latest revision that no check led to. A check corrects only what it finds: errors as checks
        leave them are no longer like those that were not checked.
    """
    sample, revisions, ranks, ids = await _sample(session, _REVISIONS, period, scope)
    chosen = np.flatnonzero(~revisions["by_check"]) if before_checks else np.arange(revisions.size)
    _, latest = _first_and_latest(ranks[chosen], revisions[chosen])
    return sample, [ids[index] for index in chosen[latest].tolist()]


async def _sample(
    session: Session, extra: str, period: Period, scope: ReportScope
) -> tuple[SampleArrays, npt.NDArray[np.void], IntArray, Sequence[Any]]:
    """The sample; and all revisions with the ranks of their draws and what else was asked for of each."""
    statement = _SAMPLE.replace(_EXTRA, extra)
    lists = {"draw_ids": scope.draw_ids, "agent_ids": scope.agent_ids, "user_ids": scope.user_ids}
    row = await session.fetch_one(statement, **lists)
    revisions = np.frombuffer(row.packed or b"", dtype=_PACKED)
    ranks = np.array(scope.draw_ranks, dtype=np.int64)[revisions["draw"] - 1]
    first, latest = _first_and_latest(ranks, revisions)
    selections = Selections(ranks[latest], revisions["position"][latest].astype(np.int64))
    frames = await counted_frames(session, scope, selections)
    sample = _arrays(revisions[first], revisions[latest], frames, period, scope)
    return sample, revisions, ranks, row.extra or []


def _first_and_latest(ranks: IntArray, revisions: npt.NDArray[np.void]) -> tuple[IntArray, IntArray]:
    """The indexes of each call's first and latest revision, always in the same order: by draw and position."""
    calls = ranks * (int(revisions["position"].max(initial=0)) + 1) + revisions["position"]
    order = np.argsort(calls * (int(revisions["revision"].max(initial=0)) + 1) + revisions["revision"])
    of_order = calls[order]
    return order[np.diff(of_order, prepend=-1) != 0], order[np.diff(of_order, append=-1) != 0]


def _arrays(
    first: npt.NDArray[np.void],
    latest: npt.NDArray[np.void],
    frames: tuple[FrameStrata, Multiplicity],
    period: Period,
    scope: ReportScope,
) -> SampleArrays:
    strata, multiplicity = frames
    agent_counts = np.array(scope.agent_counts, dtype=np.bool_)
    agents = latest["agent"].astype(np.int64) - 1
    started_at = _EPOCH + latest["started_at"].astype("timedelta64[us]")
    return SampleArrays(
        draws=np.array(scope.draw_ranks, dtype=np.int64)[latest["draw"] - 1],
        agents=agents,
        probabilities=latest["inclusion"] / TRILLION,
        started_at=started_at,
        counts=_in_period(started_at, period) & agent_counts[agents],
        evaluated=latest["revision"] > 0,
        scores=_points(latest["score"]),
        agent_scores=_points(latest["agent_score"]),
        process_losses=_points(latest["process_loss"]),
        first_scores=_points(first["score"]),
        corrected_by_others=latest["by_other"],
        positions=latest["position"].astype(np.int64),
        sizes=latest["size"].astype(np.int64),
        verifiers=latest["verifier"].astype(np.int64) - 1,
        kinds=latest["kind"].astype(np.int64),
        calls=multiplicity.calls,
        shares=multiplicity.shares,
        n_scorecards=multiplicity.n_scorecards,
        frame=strata,
        in_period=in_period(scope.windows, period),
        agent_counts=agent_counts,
    )


def _points(hundredths: npt.NDArray[np.int16]) -> FloatArray:
    """Points of 100; NaN for none."""
    return np.where(hundredths < 0, np.nan, hundredths / 100)


def _in_period(started_at: InstantArray, period: Period) -> BoolArray:
    # numpy's instants have no zone; all of them are in UTC.
    since, until = (np.datetime64(at.replace(tzinfo=None), "us") for at in (period.since, period.until))
    return np.asarray((started_at >= since) & (started_at < until))
