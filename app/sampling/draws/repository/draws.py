"""SQL of draws: completed in a few statements, however many calls, and never changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.platform.database import Row, Session, Where, dumps
from app.platform.database.pages import Keyset, fetch_page
from app.platform.pagination import Page, PageRequest
from app.sampling.draws.types import DrawnStratum, Sample, Selection, SelectionView, Signal, SignalName, SizedCall
from app.sampling.types import Draw, DrawState, FaultCheckDraw
from app.sampling.windows import Window, WindowKind, window_of
from app.statistics.fixed_point import to_trillionths

_COMPLETE_DRAW = """
UPDATE draws SET frame_size = :frame_size, sample_size = :sample_size, frame_digest = :frame_digest,
    parameters = :parameters, drawn_at = :drawn_at, fault_check_seed = :fault_check_seed,
    fault_check_commitment = :fault_check_commitment, refused_at = NULL, failure_reason = NULL, refused_version = NULL
WHERE id = :id
"""
_INSERT_STRATA = """
INSERT INTO draw_strata (tenant_id, draw_id, agent_id, calls, size_e6, expected_n_e12, selected)
SELECT :tenant_id, :draw_id, *
FROM unnest(:agent_ids::uuid[], :calls::int[], :sizes::bigint[], :expected::bigint[], :selected::int[])
"""
_INSERT_SELECTIONS = """
INSERT INTO selections
    (tenant_id, draw_id, id, call_id, agent_id, position, size_e6, inclusion_prob_e12, started_at, signals)
SELECT :tenant_id, :draw_id, id, call_id, agent_id, position, size_e6, prob_e12, started_at, signals::jsonb
FROM unnest(:ids::uuid[], :call_ids::uuid[], :agent_ids::uuid[], :positions::int[], :sizes::bigint[], :probs::bigint[],
    :started_at::timestamptz[], :signals::text[])
    AS new (id, call_id, agent_id, position, size_e6, prob_e12, started_at, signals)
"""
_SELECTION_COLUMNS = ("ids", "call_ids", "agent_ids", "positions", "sizes", "probs", "started_at", "signals")
# A seed is a secret until its draw has been made.
_DRAWS = """
SELECT d.id, d.plan_id, d.window_kind, d.timezone, d.window_start, d.supplement_no, d.starts_at, d.ends_at,
    d.frame_size, d.sample_size, d.frame_digest, d.seed_commitment, d.committed_at, d.parameters, d.drawn_at,
    d.fault_check_commitment, d.refused_at, d.failure_reason, d.voided_at,
    CASE WHEN d.drawn_at IS NOT NULL THEN d.seed END AS seed
FROM draws d
"""
_DRAW_BY_ID = f"{_DRAWS} WHERE d.id = :id"
_IN_STATE = {
    DrawState.DRAWN: "d.drawn_at IS NOT NULL",
    DrawState.VOID: "d.voided_at IS NOT NULL",
    DrawState.REFUSED: "d.refused_at IS NOT NULL AND d.drawn_at IS NULL AND d.voided_at IS NULL",
    DrawState.COMMITTED: "d.refused_at IS NULL AND d.drawn_at IS NULL AND d.voided_at IS NULL",
}
_STRATA = """
SELECT agent_id, calls, size_e6, expected_n_e12, selected FROM draw_strata WHERE draw_id = :draw_id ORDER BY agent_id
"""
_SELECTIONS = """
SELECT s.call_id, s.agent_id, s.size_e6, s.inclusion_prob_e12, s.position, s.signals,
    ARRAY(SELECT a.id FROM assignments a WHERE (a.tenant_id, a.subject_id) = (s.tenant_id, s.id)
          AND (:all_verifiers::bool OR a.verifier_id = :verifier_id) ORDER BY a.scoring_round) AS assignment_ids
FROM selections s
"""
_SELECTED_CALLS = "SELECT call_id FROM selections WHERE draw_id = :draw_id ORDER BY position"
_FAULT_CHECKS = """
SELECT id AS draw_id, plan_id, fault_check_commitment AS commitment, drawn_at AS committed_at, fault_check_seed AS seed,
    parameters ->> 'fault_check_rate' AS rate
FROM draws WHERE id = :draw_id AND fault_check_seed IS NOT NULL
"""
_BY_ID = Keyset({"d.id": UUID})


async def complete_draw(session: Session, draw: Draw, fault_check_seed: bytes | None) -> None:
    """Write the results of a draw into the row of its commitment, with the seed of its fault checks."""
    await session.execute(
        _COMPLETE_DRAW,
        id=draw.id,
        frame_size=draw.frame_size,
        sample_size=draw.sample_size,
        frame_digest=draw.frame_digest,
        parameters=dumps(draw.parameters),
        drawn_at=draw.drawn_at,
        fault_check_seed=fault_check_seed,
        fault_check_commitment=draw.fault_check_commitment,
    )


async def insert_sample(session: Session, draw: Draw, sample: Sample) -> None:
    """The strata and selections of a draw: a statement each, however many calls."""
    columns = ("agent_ids", "calls", "sizes", "expected", "selected")
    strata = ((s.agent_id, s.calls, s.size_e6, s.expected_n_e12, s.selected) for s in sample.strata)
    keys = {"tenant_id": session.tenant_id, "draw_id": draw.id}
    await session.execute(_INSERT_STRATA, **keys, **_columns(columns, strata))
    selections = ((sample.ids[s.call.call_id], *_selection_values(s, sample.started_at)) for s in sample.selections)
    await session.execute(_INSERT_SELECTIONS, **keys, **_columns(_SELECTION_COLUMNS, selections))


async def draw_by_id(session: Session, draw_id: UUID) -> Draw | None:
    row = await session.fetch_optional(_DRAW_BY_ID, id=draw_id)
    return None if row is None else _draw(row)


async def fault_check_draw(session: Session, draw_id: UUID) -> FaultCheckDraw | None:
    row = await session.fetch_optional(_FAULT_CHECKS, draw_id=draw_id)
    if row is None:
        return None
    return FaultCheckDraw(
        draw_id=row.draw_id,
        plan_id=row.plan_id,
        commitment=bytes(row.commitment),
        committed_at=row.committed_at,
        seed=bytes(row.seed),
        inclusion_prob_e12=to_trillionths(Decimal(row.rate)),
    )


async def page_of_draws(session: Session, page: PageRequest, plan_id: UUID | None, state: DrawState) -> Page[Draw]:
    where = Where().add(_IN_STATE[state]).given("d.plan_id = :plan_id", plan_id=plan_id)
    return await fetch_page(session, _DRAWS, where, page, keyset=_BY_ID, read=_draw)


async def strata_of_draw(session: Session, draw_id: UUID) -> list[DrawnStratum]:
    return [DrawnStratum(*row) for row in await session.fetch_all(_STRATA, draw_id=draw_id)]


async def page_of_selections(
    session: Session, draw_id: UUID, page: PageRequest, verifier_id: UUID | None
) -> Page[SelectionView]:
    """The selections with the assignments of all verifiers, or of one."""
    where = Where().add("s.draw_id = :draw_id", draw_id=draw_id)
    asked = {"all_verifiers": verifier_id is None, "verifier_id": verifier_id}
    return await fetch_page(session, _SELECTIONS, where, page, keyset=_BY_POSITION, read=_selection_view, **asked)


async def selected_calls(session: Session, draw_id: UUID) -> list[UUID]:
    """The calls that were drawn, in their display order."""
    return await session.fetch_column(_SELECTED_CALLS, draw_id=draw_id)


def read_signals(documents: list[dict[str, Any]]) -> tuple[Signal, ...]:
    """Signals from the documents that are stored with a selection."""
    return tuple(Signal(SignalName(one["name"]), one["multiplier"], one["explanation"]) for one in documents)


def _position(text: str) -> int:
    position = int(text)
    if not 0 < position < 2**31:
        raise ValueError("no selection has such a position")
    return position


_BY_POSITION = Keyset({"s.position": _position})


def _columns(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """Rows as the named columns that `unnest` takes."""
    return dict(zip(names, list(zip(*rows, strict=True)) or [()] * len(names), strict=True))


def _selection_values(selection: Selection, started_at: Mapping[UUID, datetime]) -> tuple[Any, ...]:
    call = selection.call
    signals = [{"name": s.name, "multiplier": s.multiplier_e6, "explanation": s.explanation} for s in call.signals]
    drawn = (selection.position, call.size_e6, selection.inclusion_prob_e12, started_at[call.call_id])
    return (call.call_id, call.agent_id, *drawn, dumps(signals))


def _draw(row: Row) -> Draw:
    kind = WindowKind(row.window_kind)
    # The instants as they were at the commitment: a country may change its clocks afterwards.
    end_on = window_of(kind, row.timezone, row.window_start).end_on
    return Draw(
        id=row.id,
        plan_id=row.plan_id,
        supplement_no=row.supplement_no,
        window=Window(kind, row.timezone, row.window_start, end_on, row.starts_at, row.ends_at),
        seed_commitment=bytes(row.seed_commitment),
        committed_at=row.committed_at,
        frame_size=row.frame_size,
        sample_size=row.sample_size,
        frame_digest=row.frame_digest and bytes(row.frame_digest),
        seed=row.seed and bytes(row.seed),
        parameters=row.parameters,
        drawn_at=row.drawn_at,
        fault_check_commitment=row.fault_check_commitment and bytes(row.fault_check_commitment),
        refused_at=row.refused_at,
        failure_reason=row.failure_reason,
        voided_at=row.voided_at,
    )


def _selection_view(row: Row) -> SelectionView:
    call = SizedCall(row.call_id, row.agent_id, row.size_e6, read_signals(row.signals))
    return SelectionView(Selection(call, row.inclusion_prob_e12, row.position), tuple(row.assignment_ids))
