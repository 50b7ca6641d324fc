"""SQL of draws: written in a few statements, however many calls, and never changed."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.db import dumps
from app.platform.ids import new_id
from app.platform.pagination import PageRequest
from app.platform.records import tenant_of
from app.platform.sql import driver_sql
from app.sampling.drawing import DrawnSample
from app.sampling.records import Draw, DrawnCall, DrawnStratum, read_signals
from app.sampling.types import Selection, SizedCall, Window, WindowKind
from app.sampling.windows import window_of

_OVERLAPPING_DRAW = "SELECT id FROM draws WHERE plan_id = $1 AND starts_at < $3 AND ends_at > $2 LIMIT 1"
_INSERT_DRAW = """
INSERT INTO draws (tenant_id, id, plan_id, window_start, part, starts_at, ends_at, frame_size, sample_size,
    frame_digest, seed_commitment, seed, parameters, drawn_at, assignment_seed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""
_INSERT_STRATA = """
INSERT INTO draw_strata (tenant_id, draw_id, agent_id, calls, size, expected, selected)
SELECT $1, $2, * FROM unnest($3::uuid[], $4::int[], $5::bigint[], $6::bigint[], $7::int[])
"""
_INSERT_FRAME = """
INSERT INTO frame_calls (tenant_id, draw_id, call_id, agent_id, size, inclusion)
SELECT $1, $2, * FROM unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[])
"""
_INSERT_SELECTIONS = """
INSERT INTO selections (tenant_id, draw_id, id, call_id, agent_id, position, size, inclusion, signals)
SELECT $1, $2, id, call_id, agent_id, position, size, inclusion, signals::jsonb
FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::int[], $7::bigint[], $8::bigint[], $9::text[])
    AS new (id, call_id, agent_id, position, size, inclusion, signals)
"""
_INSERT_ASSIGNMENTS = """
INSERT INTO assignments
    (tenant_id, scorecard_id, created_at, version, id, selection_id, call_id, verifier_id, place)
SELECT $1, $2, $3, 1, * FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::int[])
"""
_DRAW = """
SELECT d.id, d.plan_id, d.window_start, d.part, d.starts_at, d.ends_at, d.frame_size, d.sample_size, d.frame_digest,
    d.seed_commitment, d.seed, d.parameters, d.drawn_at
FROM draws d
"""
_DRAW_BY_ID = f"{_DRAW} WHERE d.id = $1"
_DRAWS = f"""
{_DRAW}
WHERE ($1::uuid IS NULL OR d.plan_id = $1) AND ($2::uuid IS NULL OR d.id > $2) ORDER BY d.id LIMIT $3
"""
_STRATA = "SELECT agent_id, calls, size, expected, selected FROM draw_strata WHERE draw_id = $1 ORDER BY agent_id"
_SELECTIONS = """
SELECT s.call_id, s.agent_id, s.size, s.inclusion, s.position, s.signals,
    ARRAY(SELECT a.id FROM assignments a WHERE (a.tenant_id, a.selection_id) = (s.tenant_id, s.id)
          AND ($2::uuid IS NULL OR a.verifier_id = $2) ORDER BY a.place) AS assignment_ids
FROM selections s
WHERE s.draw_id = $1 AND ($3::int IS NULL OR s.position > $3) ORDER BY s.position LIMIT $4
"""


async def overlapping_draw(session: AsyncSession, plan_id: UUID, window: Window) -> UUID | None:
    found = await driver_sql(session, _OVERLAPPING_DRAW, plan_id, window.starts_at, window.ends_at)
    draw_id: UUID | None = found.scalar_one_or_none()
    return draw_id


async def insert_draw(session: AsyncSession, draw: Draw, sample: DrawnSample, scorecard_id: UUID) -> None:
    """The draw, its frame, selections and assignments: a few statements, however many calls."""
    tenant_id = tenant_of(session)
    await driver_sql(session, _INSERT_DRAW, tenant_id, *_draw_values(draw), sample.seeds.assignment)
    strata = ((s.agent_id, s.calls, s.size, s.expected, s.selected) for s in sample.strata)
    await driver_sql(session, _INSERT_STRATA, tenant_id, draw.id, *_arrays(5, strata))
    frame = ((d.call.call_id, d.call.agent_id, d.call.size, d.inclusion) for d in sample.calls)
    await driver_sql(session, _INSERT_FRAME, tenant_id, draw.id, *_arrays(4, frame))
    ids = {selection.call.call_id: new_id() for selection in sample.selections}
    selections = ((ids[s.call.call_id], *_selection_values(s)) for s in sample.selections)
    await driver_sql(session, _INSERT_SELECTIONS, tenant_id, draw.id, *_arrays(7, selections))
    assignments = ((new_id(), ids[a.call_id], a.call_id, a.verifier_id, a.place) for a in sample.assignments)
    await driver_sql(session, _INSERT_ASSIGNMENTS, tenant_id, scorecard_id, draw.drawn_at, *_arrays(5, assignments))


async def draw_by_id(session: AsyncSession, draw_id: UUID) -> Draw | None:
    row = (await driver_sql(session, _DRAW_BY_ID, draw_id)).one_or_none()
    return None if row is None else _draw(row)


async def page_of_draws(session: AsyncSession, page: PageRequest, plan_id: UUID | None) -> list[Draw]:
    after = page.after(UUID)
    rows = await driver_sql(session, _DRAWS, plan_id, after and after[0], page.limit + 1)
    return [_draw(row) for row in rows]


async def strata_of_draw(session: AsyncSession, draw_id: UUID) -> list[DrawnStratum]:
    rows = await driver_sql(session, _STRATA, draw_id)
    return [DrawnStratum(**row) for row in rows.mappings()]


async def page_of_selections(
    session: AsyncSession, draw_id: UUID, page: PageRequest, verifier_id: UUID | None
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


def _draw_values(draw: Draw) -> tuple[Any, ...]:
    return (
        draw.id,
        draw.plan_id,
        draw.window.start_on,
        draw.part,
        draw.window.starts_at,
        draw.window.ends_at,
        draw.frame_size,
        draw.sample_size,
        draw.frame_digest,
        draw.seed_commitment,
        draw.seed,
        dumps(draw.parameters),
        draw.drawn_at,
    )


def _selection_values(selection: Selection) -> tuple[Any, ...]:
    call = selection.call
    signals = dumps([asdict(signal) for signal in call.signals])
    return (call.call_id, call.agent_id, selection.position, call.size, selection.inclusion, signals)


def _draw(row: Row[Any]) -> Draw:
    kind, timezone = WindowKind(row.parameters["window"]), row.parameters["timezone"]
    # The instants as they were at the draw: a country may change its clocks afterwards.
    end_on = window_of(kind, timezone, row.window_start).end_on
    return Draw(
        id=row.id,
        plan_id=row.plan_id,
        part=row.part,
        window=Window(kind, timezone, row.window_start, end_on, row.starts_at, row.ends_at),
        frame_size=row.frame_size,
        sample_size=row.sample_size,
        frame_digest=bytes(row.frame_digest),
        seed_commitment=bytes(row.seed_commitment),
        seed=bytes(row.seed),
        parameters=row.parameters,
        drawn_at=row.drawn_at,
    )


def _drawn_call(row: Row[Any]) -> DrawnCall:
    call = SizedCall(row.call_id, row.agent_id, row.size, read_signals(row.signals))
    return DrawnCall(Selection(call, row.inclusion, row.position), tuple(row.assignment_ids))
