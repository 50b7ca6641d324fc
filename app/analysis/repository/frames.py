"""The SQL of frames: the strata of the draws of a report, and the calls that several of its draws could select."""

from itertools import chain
from typing import Final

import numpy as np

from app.analysis.frames import (
    FrameClasses,
    FrameStrata,
    Multiplicity,
    Selections,
    SharedCalls,
    alone,
    overlapping,
    share_calls,
)
from app.analysis.samples import ReportScope, factorize_objects
from app.platform.database import Session
from app.statistics import IntArray
from app.statistics.fixed_point import TRILLION

# A hundred thousand strata travel as one value, as the selections do.
_STRATA: Final = """
SELECT string_agg(
           int4send(width_bucket(h.agent_id, :agent_ids::uuid[]))
               || int4send(width_bucket(h.draw_id, :draw_ids::uuid[]))
               || int4send(h.calls) || int8send(h.expected_n_e12),
           ''::bytea
       ) AS packed
FROM draw_strata h
WHERE h.draw_id = ANY(:draw_ids::uuid[])
"""
_PACKED_STRATA: Final = np.dtype([("agent", ">i4"), ("draw", ">i4"), ("calls", ">i4"), ("expected", ">i8")])

_CLASSES: Final = """
SELECT string_agg(
           int4send(width_bucket(k.agent_id, :agent_ids::uuid[]))
               || int4send(width_bucket(k.draw_id, :draw_ids::uuid[]))
               || int8send(k.size_e6) || int4send(cardinality(k.call_ids)),
           ''::bytea ORDER BY k.draw_id, k.agent_id, k.size_e6
       ) AS packed
FROM frame_classes k
WHERE k.draw_id = ANY(:shared_ids::uuid[])
"""
_PACKED_CLASSES: Final = np.dtype([("agent", ">i4"), ("draw", ">i4"), ("size", ">i8"), ("calls", ">i4")])

# The calls in several frames, by the numbers of their classes; and their selections, by the hash of the call. A
# combination without a selection has calls all the same.
_SHARED: Final = """
WITH classes AS (
    SELECT row_number() OVER (ORDER BY k.draw_id, k.agent_id, k.size_e6) - 1 AS number, k.call_ids
    FROM frame_classes k
    WHERE k.draw_id = ANY(:shared_ids::uuid[])
), shared AS MATERIALIZED (
    SELECT u.call_id, array_agg(c.number ORDER BY c.number) AS classes
    FROM classes c CROSS JOIN unnest(c.call_ids) AS u (call_id)
    GROUP BY u.call_id
    HAVING count(*) > 1
), selected AS (
    SELECT h.classes, string_agg(
               int4send(width_bucket(s.draw_id, :draw_ids::uuid[])) || int4send(s.position) || uuid_send(s.call_id),
               ''::bytea
           ) AS packed
    FROM shared h
    JOIN selections s ON s.call_id = h.call_id AND s.draw_id = ANY(:shared_ids::uuid[])
    GROUP BY h.classes
)
SELECT n.classes, n.calls, selected.packed
FROM (SELECT classes, count(*) AS calls FROM shared GROUP BY classes) AS n
LEFT JOIN selected ON selected.classes = n.classes
ORDER BY n.classes
"""
_PACKED_SELECTED: Final = np.dtype([("draw", ">i4"), ("position", ">i4"), ("call", "V16")])


async def counted_frames(
    session: Session, scope: ReportScope, selections: Selections
) -> tuple[FrameStrata, Multiplicity]:
    """The strata of all draws of the scope with every call counted once, and what each selection stands for."""
    strata = await _frame_strata(session, scope)
    ranks = overlapping(scope.windows)
    if not ranks:
        return strata, alone(selections.draws.size)
    classes, shared = await _shared_calls(session, scope, ranks)
    scorecards, _ = factorize_objects(scope.draw_scorecards)
    return share_calls(strata, classes, shared, scorecards, selections)


async def _frame_strata(session: Session, scope: ReportScope) -> FrameStrata:
    """The strata of all draws of the scope, by agent and draw. A call counts in each frame that holds it."""
    row = await session.fetch_one(_STRATA, agent_ids=scope.agent_ids, draw_ids=scope.draw_ids)
    packed = np.frombuffer(row.packed or b"", dtype=_PACKED_STRATA)
    agents, draws = packed["agent"].astype(np.int64) - 1, _ranks(packed["draw"], scope)
    order = np.lexsort((draws, agents))
    calls = packed["calls"].astype(np.float64)[order]
    return FrameStrata(agents[order], draws[order], packed["expected"][order] / TRILLION, calls, calls)


async def _shared_calls(session: Session, scope: ReportScope, ranks: list[int]) -> tuple[FrameClasses, SharedCalls]:
    """The size classes of the draws with these ranks, and the calls that are in the frames of several of them."""
    chosen = set(ranks)
    shared_ids = [draw for draw, rank in zip(scope.draw_ids, scope.draw_ranks, strict=True) if rank in chosen]
    lists = {"draw_ids": scope.draw_ids, "shared_ids": shared_ids}
    classes = await session.fetch_one(_CLASSES, agent_ids=scope.agent_ids, **lists)
    rows = await session.fetch_all(_SHARED, **lists)
    packed = np.frombuffer(classes.packed or b"", dtype=_PACKED_CLASSES)
    selected = [np.frombuffer(row.packed or b"", dtype=_PACKED_SELECTED) for row in rows]
    found = np.concatenate([np.zeros(0, dtype=_PACKED_SELECTED), *selected])
    return (
        FrameClasses(
            agents=packed["agent"].astype(np.int64) - 1,
            draws=_ranks(packed["draw"], scope),
            sizes=packed["size"].astype(np.float64),
            calls=packed["calls"].astype(np.int64),
        ),
        SharedCalls(
            combinations=np.repeat(np.arange(len(rows)), [len(row.classes) for row in rows]),
            classes=np.array(list(chain.from_iterable(row.classes for row in rows)), dtype=np.int64),
            n=np.array([row.calls for row in rows], dtype=np.int64),
            selected_combinations=np.repeat(np.arange(len(rows)), [part.size for part in selected]),
            selected_draws=_ranks(found["draw"], scope),
            selected_positions=found["position"].astype(np.int64),
            selected_calls=np.unique(found["call"], return_inverse=True)[1].astype(np.int64),
        ),
    )


def _ranks(draws: IntArray, scope: ReportScope) -> IntArray:
    """The ranks of draws, which are indexes from 1 into those of the scope."""
    return np.array(scope.draw_ranks, dtype=np.int64)[draws - 1]
