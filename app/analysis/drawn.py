"""The sample of a report: the drawn calls of its draws, from roll-ups where they are fresh, else from the tables."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import numpy as np
import numpy.typing as npt

from app.analysis import rollups
from app.analysis.frames import FrameStrata, Multiplicity, Selections, in_period
from app.analysis.repository.frames import counted_frames
from app.analysis.repository.selections import IdLists, answers_to, drawn_rows
from app.analysis.rollups.packing import as_bytes, unpack
from app.analysis.rows import AnswerCodes, DrawnCalls, Rows, join, reorder
from app.analysis.samples import InstantArray, ReportScope, SampleArrays
from app.platform.clock import Period
from app.platform.database import Row, Session
from app.statistics import BoolArray, FloatArray, IntArray
from app.statistics.fixed_point import TRILLION

# Where PostgreSQL counts the microseconds of an instant from.
_EPOCH: Final = np.datetime64("2000-01-01T00:00:00", "us")


async def drawn_sample(session: Session, period: Period, scope: ReportScope) -> SampleArrays:
    sample, _ = await _sample(session, period, scope, answers=False)
    return sample


async def sample_with_answers(session: Session, period: Period, scope: ReportScope) -> tuple[SampleArrays, AnswerCodes]:
    """The sample, and the applicable answers to its evaluated calls; their rows are indexes into the sample."""
    return await _sample(session, period, scope, answers=True)


async def _sample(
    session: Session, period: Period, scope: ReportScope, *, answers: bool
) -> tuple[SampleArrays, AnswerCodes]:
    changed = await rollups.changed_draws(session)
    async with session.without_nested_loops():
        fresh = await rollups.fresh_rollups(session, scope.draw_ids, changed, answers=answers)
        rows, revision_ids = await _other_rows(session, scope, fresh, revisions=answers)
        parts = _unpacked(scope, fresh)
        order, selections = _order(scope, [*(part.rows for part in parts), rows])
        frames = await counted_frames(session, scope, selections)
    codes = await answers_to(session, rows, revision_ids) if answers else AnswerCodes.none()
    drawn = reorder(join([*parts, DrawnCalls(rows, codes)]), order)
    return _arrays(drawn.rows, selections.draws, frames, period, scope), drawn.answers


def _unpacked(scope: ReportScope, fresh: Mapping[UUID, Row]) -> list[DrawnCalls]:
    agents, users = as_bytes(scope.agent_ids), as_bytes(scope.user_ids)
    return [
        unpack(fresh[draw_id], index, agents, users) for index, draw_id in enumerate(scope.draw_ids) if draw_id in fresh
    ]


async def _other_rows(
    session: Session, scope: ReportScope, fresh: Mapping[UUID, Row], *, revisions: bool
) -> tuple[Rows, list[UUID | None]]:
    """The calls of the draws without a fresh roll-up, and their latest revisions if wanted."""
    indexes = [index for index, draw_id in enumerate(scope.draw_ids) if draw_id not in fresh]
    ids = IdLists([scope.draw_ids[index] for index in indexes], scope.agent_ids, scope.user_ids)
    rows, revision_ids = await drawn_rows(session, ids, revisions=revisions)
    rows["draw"] = np.array(indexes, dtype=np.int64)[rows["draw"]]
    return rows, revision_ids


def _order(scope: ReportScope, parts: Sequence[Rows]) -> tuple[IntArray, Selections]:
    """The order of all rows by the ranks of their draws and by their positions, and these in that order."""
    ranks = np.array(scope.draw_ranks, dtype=np.int64)[np.concatenate([part["draw"] for part in parts])]
    positions = np.concatenate([part["position"] for part in parts]).astype(np.int64)
    order = np.argsort(ranks * (int(positions.max(initial=0)) + 1) + positions)
    return order, Selections(ranks[order], positions[order])


def _arrays(
    rows: Rows,
    ranks: IntArray,
    frames: tuple[FrameStrata, Multiplicity],
    period: Period,
    scope: ReportScope,
) -> SampleArrays:
    strata, multiplicity = frames
    agent_counts = np.array(scope.agent_counts, dtype=np.bool_)
    agents = rows["agent"].astype(np.int64)
    started_at = _EPOCH + rows["started_at"].astype("timedelta64[us]")
    return SampleArrays(
        draws=ranks,
        agents=agents,
        probabilities=rows["inclusion"] / TRILLION,
        started_at=started_at,
        counts=_in_period(started_at, period) & agent_counts[agents],
        evaluated=rows["evaluated"],
        scores=_points(rows["score"]),
        first_scores=_points(rows["first_score"]),
        corrected_by_others=rows["by_other"],
        positions=rows["position"].astype(np.int64),
        sizes=rows["size"].astype(np.int64),
        verifiers=rows["verifier"].astype(np.int64),
        kinds=rows["kind"].astype(np.int64),
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
