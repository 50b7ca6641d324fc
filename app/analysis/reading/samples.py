"""The sample of a report: the drawn calls of its draws, from roll-ups where they are fresh, else from the tables."""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, auto
from typing import Final
from uuid import UUID

import numpy as np
import numpy.typing as npt

from app.analysis import rollups
from app.analysis.frames import FrameStrata, Multiplicity, Selections, in_period
from app.analysis.repository.answers import answers_of
from app.analysis.repository.frames import counted_frames
from app.analysis.repository.rows import AnswerCodes, DrawnCalls, Rows, join, reorder
from app.analysis.repository.selections import IdLists, drawn_rows
from app.analysis.rollups.packing import as_bytes, unpack
from app.analysis.samples import InstantArray, ReportScope, SampleArrays
from app.platform.clock import Period
from app.platform.database import Row, Session
from app.platform.threads import REPORTS
from app.statistics import BoolArray, FloatArray, IntArray
from app.statistics.fixed_point import TRILLION

# Where PostgreSQL counts the microseconds of an instant from.
_EPOCH: Final = np.datetime64("2000-01-01T00:00:00", "us")


async def drawn_sample(session: Session, period: Period, scope: ReportScope) -> SampleArrays:
    sample, _ = await _sample(session, period, scope, None)
    return sample


async def sample_with_answers(
    session: Session, period: Period, scope: ReportScope, *, before_checks: bool = False
) -> tuple[SampleArrays, AnswerCodes]:
    """The sample, and the applicable answers to its evaluated calls; their rows are indexes into the sample.

    before_checks: as they were before the corrections that checks led to. A check corrects only what it finds: errors
        as checks leave them are no longer like those that were not checked.
    """
    return await _sample(session, period, scope, Answers.BEFORE_CHECKS if before_checks else Answers.LATEST)


async def sample_with_revisions(
    session: Session, period: Period, scope: ReportScope
) -> tuple[SampleArrays, Sequence[UUID | None]]:
    """The sample, and the id of the latest revision of each call's evaluation. It is read from the tables."""
    async with session.without_nested_loops():
        rows, revisions = await drawn_rows(session, _ids(scope, range(len(scope.draw_ids))), revisions=True)
        order, selections = _order(scope, [rows])
        frames = await counted_frames(session, scope, selections)
    latest = [revisions.latest[index] for index in order.tolist()]
    return _arrays(rows[order], selections.draws, frames, period, scope), latest


class Answers(Enum):
    """Which answers are wanted."""

    LATEST = auto()
    BEFORE_CHECKS = auto()


async def _sample(
    session: Session, period: Period, scope: ReportScope, wanted: Answers | None
) -> tuple[SampleArrays, AnswerCodes]:
    changed = await rollups.changed_draws(session)
    async with session.without_nested_loops():
        fresh = await rollups.fresh_rollups(session, scope.draw_ids, changed, answers=wanted is not None)
        rest = [index for index, draw_id in enumerate(scope.draw_ids) if draw_id not in fresh]
        rows, revisions = await drawn_rows(session, _ids(scope, rest), revisions=wanted is not None)
        rows["draw"] = np.array(rest, dtype=np.int64)[rows["draw"]]
        parts = await REPORTS.run(_unpacked, scope, fresh, wanted)
        order, selections = _order(scope, [*(part.rows for part in parts), rows])
        frames = await counted_frames(session, scope, selections)
    of_rows = revisions.before_checks if wanted is Answers.BEFORE_CHECKS else revisions.latest
    codes = await answers_of(session, of_rows)
    drawn = await REPORTS.run(_joined, [*parts, DrawnCalls(rows, codes)], order)
    return _arrays(drawn.rows, selections.draws, frames, period, scope), drawn.answers


def _unpacked(scope: ReportScope, fresh: Mapping[UUID, Row], wanted: Answers | None) -> list[DrawnCalls]:
    agents, users = as_bytes(scope.agent_ids), as_bytes(scope.user_ids)
    return [
        unpack(fresh[draw_id], index, agents, users, uncorrected=wanted is Answers.BEFORE_CHECKS)
        for index, draw_id in enumerate(scope.draw_ids)
        if draw_id in fresh
    ]


def _joined(parts: Sequence[DrawnCalls], order: IntArray) -> DrawnCalls:
    return reorder(join(parts), order)


def _ids(scope: ReportScope, draws: Iterable[int]) -> IdLists:
    return IdLists([scope.draw_ids[index] for index in draws], scope.agent_ids, scope.user_ids)


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
        agent_scores=_points(rows["agent_score"]),
        process_losses=_points(rows["process_loss"]),
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
