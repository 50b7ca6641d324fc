"""SQL of draws: completed in a few statements, however many calls, and never changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.platform.database import Row, Session, dumps
from app.platform.database.compat import driver_sql
from app.platform.ids import new_id
from app.platform.pagination import PageRequest
from app.sampling.drawing import DrawnSample
from app.sampling.records import Draw, DrawnCall, DrawnStratum, DrawState, Plan, read_signals
from app.sampling.types import Selection, SizedCall, Window, WindowKind
from app.sampling.windows import window_of

_COMPLETE_DRAW = """
UPDATE draws SET frame_size = $2, sample_size = $3, frame_digest = $4, parameters = $5, drawn_at = $6,
    refused_at = NULL, refusal = NULL, refused_version = NULL
WHERE id = $1
"""
_INSERT_STRATA = """
INSERT INTO draw_strata (tenant_id, draw_id, agent_id, calls, size, expected, selected)
SELECT $1, $2, * FROM unnest($3::uuid[], $4::int[], $5::bigint[], $6::bigint[], $7::int[])
"""
_INSERT_SELECTIONS = """
INSERT INTO selections (tenant_id, draw_id, id, call_id, agent_id, position, size, inclusion, started_at, signals)
SELECT $1, $2, id, call_id, agent_id, position, size, inclusion, started_at, signals::jsonb
FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::int[], $7::bigint[], $8::bigint[], $9::timestamptz[], $10::text[])
    AS new (id, call_id, agent_id, position, size, inclusion, started_at, signals)
"""
_INSERT_ASSIGNMENTS = """
INSERT INTO assignments
    (tenant_id, scorecard_id, created_at, due_at, version, id, selection_id, call_id, verifier_id, place)
SELECT $1, $2, $3, $4, 1, * FROM unnest($5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[], $9::int[])
"""
# A seed is a secret until its draw has been made.
_DRAW = """
SELECT d.id, d.plan_id, d.window_kind, d.timezone, d.window_start, d.part, d.starts_at, d.ends_at, d.frame_size,
    d.sample_size, d.frame_digest, d.seed_commitment, d.committed_at, d.parameters, d.drawn_at, d.refused_at,
    d.refusal, d.voided_at, CASE WHEN d.drawn_at IS NOT NULL THEN d.seed END AS seed
FROM draws d
"""
_DRAW_BY_ID = f"{_DRAW} WHERE d.id = $1"
_IN_STATE = {
    DrawState.DRAWN: "d.drawn_at IS NOT NULL",
    DrawState.VOID: "d.voided_at IS NOT NULL",
    DrawState.REFUSED: "d.refused_at IS NOT NULL AND d.drawn_at IS NULL AND d.voided_at IS NULL",
    DrawState.COMMITTED: "d.refused_at IS NULL AND d.drawn_at IS NULL AND d.voided_at IS NULL",
}
_DRAWS = """
{draw}
WHERE {state} AND ($1::uuid IS NULL OR d.plan_id = $1) AND ($2::uuid IS NULL OR d.id > $2) ORDER BY d.id LIMIT $3
"""
_STRATA = "SELECT agent_id, calls, size, expected, selected FROM draw_strata WHERE draw_id = $1 ORDER BY agent_id"
_SELECTIONS = """
SELECT s.call_id, s.agent_id, s.size, s.inclusion, s.position, s.signals,
    ARRAY(SELECT a.id FROM assignments a WHERE (a.tenant_id, a.selection_id) = (s.tenant_id, s.id)
          AND ($2::uuid IS NULL OR a.verifier_id = $2) ORDER BY a.place) AS assignment_ids
FROM selections s
WHERE s.draw_id = $1 AND ($3::int IS NULL OR s.position > $3) ORDER BY s.position LIMIT $4
"""


async def complete_draw(session: Session, draw: Draw) -> None:
    """Write what has come of a draw over what was committed to."""
    parameters = dumps(draw.parameters)
    values = (draw.id, draw.frame_size, draw.sample_size, draw.frame_digest, parameters, draw.drawn_at)
    await driver_sql(session, _COMPLETE_DRAW, *values)


async def insert_sample(session: Session, draw: Draw, sample: DrawnSample, plan: Plan) -> None:
    """The strata, selections and assignments of a draw: a statement each, however many calls."""
    tenant_id, created_at = session.tenant_id, draw.drawn_at
    assert created_at is not None
    strata = ((s.agent_id, s.calls, s.size, s.expected, s.selected) for s in sample.strata)
    await driver_sql(session, _INSERT_STRATA, tenant_id, draw.id, *_arrays(5, strata))
    ids = {selection.call.call_id: new_id() for selection in sample.selections}
    selections = ((ids[s.call.call_id], *_selection_values(s, sample.started_at)) for s in sample.selections)
    await driver_sql(session, _INSERT_SELECTIONS, tenant_id, draw.id, *_arrays(8, selections))
    assignments = ((new_id(), ids[a.call_id], a.call_id, a.verifier_id, a.place) for a in sample.assignments)
    terms = (plan.scorecard_id, created_at, created_at + timedelta(days=plan.due_days))
    await driver_sql(session, _INSERT_ASSIGNMENTS, tenant_id, *terms, *_arrays(5, assignments))


async def draw_by_id(session: Session, draw_id: UUID) -> Draw | None:
    row = (await driver_sql(session, _DRAW_BY_ID, draw_id)).one_or_none()
    return None if row is None else _draw(row)


async def page_of_draws(session: Session, page: PageRequest, plan_id: UUID | None, state: DrawState) -> list[Draw]:
    after = page.after(UUID)
    statement = _DRAWS.format(draw=_DRAW, state=_IN_STATE[state])
    rows = await driver_sql(session, statement, plan_id, after and after[0], page.limit + 1)
    return [_draw(row) for row in rows]


async def strata_of_draw(session: Session, draw_id: UUID) -> list[DrawnStratum]:
    rows = await driver_sql(session, _STRATA, draw_id)
    return [DrawnStratum(**row) for row in rows.mappings()]


async def page_of_selections(
    session: Session, draw_id: UUID, page: PageRequest, verifier_id: UUID | None
) -> list[DrawnCall]:
    """The selections with the assignments of all verifiers, or of one."""
    after = page.after(_position)
    rows = await driver_sql(session, _SELECTIONS, draw_id, verifier_id, after and after[0], page.limit + 1)
    return [_drawn_call(row) for row in rows]


def _position(text: str) -> int:
    position = int(text)
    if not 0 < position < 2**31:
        raise ValueError("a position that no selection has")
    return position


def _arrays(width: int, rows: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
    """Rows as the columns that `unnest` takes."""
    return list(zip(*rows, strict=True)) or [()] * width


def _selection_values(selection: Selection, started_at: Mapping[UUID, datetime]) -> tuple[Any, ...]:
    call = selection.call
    signals = [{"name": s.name, "multiplier": s.multiplier, "explanation": s.explanation} for s in call.signals]
    drawn = (selection.position, call.size, selection.inclusion, started_at[call.call_id])
    return (call.call_id, call.agent_id, *drawn, dumps(signals))


def _draw(row: Row) -> Draw:
    kind = WindowKind(row.window_kind)
    # The instants as they were at the commitment: a country may change its clocks afterwards.
    end_on = window_of(kind, row.timezone, row.window_start).end_on
    return Draw(
        id=row.id,
        plan_id=row.plan_id,
        part=row.part,
        window=Window(kind, row.timezone, row.window_start, end_on, row.starts_at, row.ends_at),
        seed_commitment=bytes(row.seed_commitment),
        committed_at=row.committed_at,
        frame_size=row.frame_size,
        sample_size=row.sample_size,
        frame_digest=row.frame_digest and bytes(row.frame_digest),
        seed=row.seed and bytes(row.seed),
        parameters=row.parameters,
        drawn_at=row.drawn_at,
        refused_at=row.refused_at,
        refusal=row.refusal,
        voided_at=row.voided_at,
    )


def _drawn_call(row: Row) -> DrawnCall:
    call = SizedCall(row.call_id, row.agent_id, row.size, read_signals(row.signals))
    return DrawnCall(Selection(call, row.inclusion, row.position), tuple(row.assignment_ids))
