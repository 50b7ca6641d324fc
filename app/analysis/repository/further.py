"""The SQL of the scores that are not in the sample: of second scorings and of hand-picked calls."""

from typing import Final

import numpy as np

from app.analysis.repository.filters import agents_in, evaluations_in, with_conditions
from app.analysis.samples import FurtherScores, ReportScope
from app.analysis.types import Filters
from app.platform.clock import Period
from app.platform.database import Session

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
