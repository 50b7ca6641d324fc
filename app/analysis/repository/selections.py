"""The SQL of drawn calls: the selections of draws with all that is known of their evaluations.

A sample of 100,000 calls travels as one value. numpy makes arrays of it, without a Python object for each call.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from app.analysis.rows import ROW, AnswerCodes, AnswerKind, Rows
from app.platform.database import Session
from app.statistics import IntArray

# Every selection of the draws with all revisions of its evaluation. `width_bucket` finds the index in a sorted list of
# ids without a join. To find the first and the latest revision in the arrays costs less than more joins. A kind is a
# hash, so that it has a fixed length.
_SELECTIONS: Final = """
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
               || boolsend(coalesce(r.author_id <> e.verifier_id, false)),
           ''::bytea
       ) AS packed,
       NULL AS revision_ids
FROM draws d
JOIN selections s ON s.tenant_id = d.tenant_id AND s.draw_id = d.id
LEFT JOIN assignments g ON g.tenant_id = s.tenant_id AND g.subject_id = s.id AND g.scoring_round = 1
LEFT JOIN evaluations e ON e.tenant_id = g.tenant_id AND e.assignment_id = g.id AND e.status = 'submitted'
LEFT JOIN evaluation_revisions r ON r.tenant_id = e.tenant_id AND r.evaluation_id = e.id
WHERE d.id = ANY(:draw_ids::uuid[])
"""
_NO_IDS: Final = "NULL AS revision_ids"
_IDS: Final = "array_agg(r.id) AS revision_ids"
_REVISION: Final = np.dtype(
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
    ]
)
_AS_THEY_ARE: Final = ("position", "inclusion", "size", "kind", "started_at", "by_other")
_OF_THE_LATEST: Final = ("score", "agent_score", "process_loss")
_INDEXES: Final = ("draw", "agent", "verifier")

# Millions of answers travel as a few rows: for each kind of answer, the indexes of its calls.
_ANSWERS: Final = """
SELECT e.scorecard_id, e.scorecard_version_id AS version_id, a.item, a.is_error, a.fault, a.reason,
       string_agg(int4send(evaluated.row_index), ''::bytea) AS packed
FROM unnest(:revision_ids::uuid[], :row_indexes::int4[]) AS evaluated (revision_id, row_index)
JOIN evaluation_revisions r ON r.id = evaluated.revision_id
JOIN evaluations e ON e.tenant_id = r.tenant_id AND e.id = r.evaluation_id
JOIN answers a ON a.tenant_id = r.tenant_id AND a.revision_id = r.id
WHERE a.credit IS NOT NULL
GROUP BY e.scorecard_id, e.scorecard_version_id, a.item, a.is_error, a.fault, a.reason
"""


class IdLists(NamedTuple):
    """Ascending ids, into which packed rows have indexes."""

    draw_ids: list[UUID]
    agent_ids: list[UUID]
    user_ids: list[UUID]


async def drawn_rows(session: Session, ids: IdLists, *, revisions: bool = False) -> tuple[Rows, list[UUID | None]]:
    """The selections of the draws by draw and position, and the latest revision of each if wanted."""
    if not ids.draw_ids:
        return np.zeros(0, dtype=ROW), []
    statement = _SELECTIONS.replace(_NO_IDS, _IDS) if revisions else _SELECTIONS
    row = await session.fetch_one(statement, **ids._asdict())
    packed = np.frombuffer(row.packed or b"", dtype=_REVISION)
    first, latest = _first_and_latest(packed)
    revision_ids = [] if row.revision_ids is None else [row.revision_ids[index] for index in latest.tolist()]
    return _rows(packed[first], packed[latest]), revision_ids


def _first_and_latest(revisions: npt.NDArray[np.void]) -> tuple[IntArray, IntArray]:
    """The indexes of each call's first and latest revision, always in the same order: by draw and position."""
    calls = revisions["draw"].astype(np.int64) * (int(revisions["position"].max(initial=0)) + 1) + revisions["position"]
    order = np.argsort(calls * (int(revisions["revision"].max(initial=0)) + 1) + revisions["revision"])
    of_order = calls[order]
    return order[np.diff(of_order, prepend=-1) != 0], order[np.diff(of_order, append=-1) != 0]


def _rows(first: npt.NDArray[np.void], latest: npt.NDArray[np.void]) -> Rows:
    rows = np.zeros(latest.size, dtype=ROW)
    for name in (*_AS_THEY_ARE, *_OF_THE_LATEST):
        rows[name] = latest[name]
    for name in _INDEXES:
        # width_bucket counts from one.
        rows[name] = latest[name] - 1
    rows["first_score"] = first["score"]
    rows["evaluated"] = latest["revision"] > 0
    return rows


async def answers_to(session: Session, rows: Rows, revision_ids: Sequence[UUID | None]) -> AnswerCodes:
    """The applicable answers of these revisions of the rows."""
    evaluated = np.flatnonzero(rows["evaluated"]).tolist()
    if not evaluated:
        return AnswerCodes.none()
    ids = [revision_ids[index] for index in evaluated]
    found = await session.fetch_all(_ANSWERS, revision_ids=ids, row_indexes=evaluated)
    of_kinds = [np.frombuffer(one.packed, dtype=">i4").astype(np.int64) for one in found]
    return AnswerCodes(
        kinds=[AnswerKind(*tuple(one)[:-1]) for one in found],
        codes=np.repeat(np.arange(len(found)), [part.size for part in of_kinds]),
        rows=np.concatenate([np.zeros(0, dtype=np.int64), *of_kinds]),
    )
