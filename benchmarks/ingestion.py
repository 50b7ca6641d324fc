"""Batches of calls over HTTP beside PostgreSQL's COPY of the same rows into the same table, turn by turn.

COPY gets its rows as text made beforehand and checks nothing but the table's own constraints; we get them as a client
sends them, with authentication, validation, upsert and journal.
"""

import asyncio
import csv
import io
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from app.platform.ids import new_id
from benchmarks.service import Service, running_service

BATCHES = 20
ROWS = 5000
AGENTS = 200

COLUMNS = (
    "tenant_id",
    "id",
    "source",
    "external_id",
    "project_id",
    "agent_id",
    "started_at",
    "duration_s",
    "direction",
    "language",
    "hold_s",
    "hold_count",
    "csat",
    "complaint",
    "customer_ref",
    "tags",
    "attributes",
    "channel_roles",
)


@dataclass(frozen=True, slots=True)
class Result:
    """Seconds of each batch, by either way."""

    ours: tuple[float, ...]
    copy: tuple[float, ...]
    rows: int

    @property
    def ratio(self) -> float:
        """Our throughput by that of COPY; medians, so that a neighbour on the machine decides nothing."""
        return median(self.copy) / median(self.ours)

    def row(self) -> str:
        ours, copy = (self.rows / median(seconds) for seconds in (self.ours, self.copy))
        return f"| batch ingestion of calls | {ours:,.0f} rows/s | COPY {copy:,.0f} rows/s | {self.ratio:.2f} | ≥ 0.3 |"


async def measure() -> Result:
    async with running_service() as service, service.client() as client:
        project_id = UUID(await _make(client.post("/v1/projects", json=_PROJECT)))
        agents = {name: UUID(await _make(_put_agent(client, name))) for name in _agent_names()}
        batches = [_batch(project_id, number) for number in range(BATCHES + 1)]
        connection = await asyncpg.connect(service.postgres.admin_url)
        try:
            times = [await _both(client, connection, batch, service, agents) for batch in batches]
        finally:
            await connection.close()
    ours, copy = zip(*times[1:], strict=True)  # the first one only warms up
    return Result(ours, copy, ROWS)


_PROJECT = {"name": "Cards", "timezone": "Europe/Moscow", "language": "ru"}


def _agent_names() -> list[str]:
    return [f"a-{number}" for number in range(AGENTS)]


async def _put_agent(client: httpx.AsyncClient, name: str) -> httpx.Response:
    return await client.put(f"/v1/agents/by-external-id/{name}", json={"full_name": f"Agent {name}"})


async def _make(request: Any) -> str:
    answer: httpx.Response = await request
    answer.raise_for_status()
    return str(answer.json()["id"])


def _batch(project_id: UUID, number: int) -> list[dict[str, Any]]:
    rng = random.Random(number)
    start = datetime(2026, 11, 2, tzinfo=UTC) + timedelta(hours=number)
    return [
        {
            "source": "crm",
            "external_id": f"call-{number:03}-{place:05}",
            "project_id": str(project_id),
            "agent_external_id": f"a-{rng.randrange(AGENTS)}",
            "started_at": (start + timedelta(seconds=rng.randrange(3600))).isoformat(),
            "duration_s": rng.randrange(20, 1200),
            "direction": rng.choice(("inbound", "outbound")),
            "language": "ru",
            "hold_s": rng.randrange(0, 200),
            "hold_count": rng.randrange(0, 4),
            "csat": rng.choice((None, 1, 2, 3, 4, 5)),
            "complaint": rng.random() < 0.03,
            "customer_ref": f"c-{rng.randrange(100_000)}",
            "tags": rng.sample(("billing", "cards", "fraud", "delivery"), rng.randrange(3)),
            "attributes": {"queue": "cards", "menu": rng.randrange(9)},
            "channel_roles": ["agent", "customer"],
        }
        for place in range(ROWS)
    ]


async def _both(
    client: httpx.AsyncClient,
    connection: Any,
    batch: Sequence[dict[str, Any]],
    service: Service,
    agents: dict[str, UUID],
) -> tuple[float, float]:
    lines = "\n".join(json.dumps(row) for row in batch).encode()
    text = _as_csv(batch, service.tenant_id, agents)
    return await _ours(client, lines), await _copy(connection, text)


async def _ours(client: httpx.AsyncClient, lines: bytes) -> float:
    started = time.perf_counter()
    headers = {"Content-Type": "application/x-ndjson"}
    answer = await client.post("/v1/calls/batch", content=lines, headers=headers)
    seconds = time.perf_counter() - started
    assert answer.is_success, answer.text
    assert answer.json()["created"] == ROWS
    return seconds


async def _copy(connection: Any, text: bytes) -> float:
    started = time.perf_counter()
    await connection.copy_to_table("calls", source=io.BytesIO(text), columns=COLUMNS, format="csv")
    return time.perf_counter() - started


def _as_csv(batch: Sequence[dict[str, Any]], tenant_id: UUID, agents: dict[str, UUID]) -> bytes:
    """The same calls as rows of the table, of a source of their own."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in batch:
        stored = row | {
            "tenant_id": tenant_id,
            "id": new_id(),
            "source": "copy",
            "agent_id": agents[row["agent_external_id"]],
            "tags": "{" + ",".join(row["tags"]) + "}",
            "attributes": json.dumps(row["attributes"]),
            "channel_roles": "{agent,customer}",
        }
        writer.writerow([stored[column] for column in COLUMNS])
    return out.getvalue().encode()


def main() -> Result:
    """Measure, print a row of a Markdown table, and return it."""
    result = asyncio.run(measure())
    print(result.row())
    return result


if __name__ == "__main__":
    main()
