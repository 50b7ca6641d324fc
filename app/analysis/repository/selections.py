"""The SQL of drawn calls: the selections of draws with all that is known of their evaluations.

A sample of 100,000 calls travels as one value. numpy makes arrays of it, without a Python object for each call.
"""

from typing import Final, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt

from app.analysis.repository.rows import ROW, Rows
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
               || boolsend(coalesce(r.author_id <> e.verifier_id, false))
               || boolsend(coalesce(r.kind = 'calibration', false)),
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
        ("by_check", "?"),
    ]
)
_AS_THEY_ARE: Final = ("position", "inclusion", "size", "kind", "started_at", "by_other", "by_check")
_OF_THE_LATEST: Final = ("score", "agent_score", "process_loss")
_INDEXES: Final = ("draw", "agent", "verifier")


class IdLists(NamedTuple):
    """Ascending ids, into which packed rows have indexes."""

    draw_ids: list[UUID]
    agent_ids: list[UUID]
    user_ids: list[UUID]


class Revisions(NamedTuple):
    """Of each row its latest revision, and the latest one that no check led to; None if the call is not evaluated.

    A check corrects only what it finds: errors as checks leave them are no longer like those that were not checked.
    """

    latest: list[UUID | None]
    before_checks: list[UUID | None]

    @property
    def replaced_by_checks(self) -> list[UUID | None]:
        """The latest revision that no check led to, where it is not the latest of all."""
        pairs = zip(self.latest, self.before_checks, strict=True)
        return [None if before == latest else before for latest, before in pairs]


async def drawn_rows(session: Session, ids: IdLists, *, revisions: bool = False) -> tuple[Rows, Revisions]:
    """The selections of the draws by draw and position, and their revisions if wanted."""
    if not ids.draw_ids:
        return np.zeros(0, dtype=ROW), Revisions([], [])
    statement = _SELECTIONS.replace(_NO_IDS, _IDS) if revisions else _SELECTIONS
    row = await session.fetch_one(statement, **ids._asdict())
    packed = np.frombuffer(row.packed or b"", dtype=_REVISION)
    first, latest = _first_and_latest(packed)
    rows = _rows(packed[first], packed[latest])
    if not revisions:
        return rows, Revisions([], [])
    no_check = np.flatnonzero(~packed["by_check"])
    _, before = _first_and_latest(packed[no_check])
    found = row.revision_ids or []
    return rows, Revisions(
        [found[index] for index in latest.tolist()], [found[index] for index in no_check[before].tolist()]
    )


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
