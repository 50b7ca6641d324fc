"""Submitting a 30-item evaluation over HTTP beside a bare handler that sends the same SQL, turn by turn.

Ours authenticates, validates, scores and journals; the bare one
(benchmarks/bare.py) does none of that, but sends the statements that ours was recorded to send. Each is served
by uvicorn in a process of its own, on the same database. The client is a plain socket, so that what is measured is
not the client.
"""

import asyncio
import os
import pickle
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import httpx
import orjson

from app import main as service_main
from app.api.context import AppContext
from benchmarks.bare import Recording, Sent
from benchmarks.service import Service, running_service
from tests.evaluations.factories import good_answers
from tests.processes import ROOT, free_port, stop, wait_until_alive
from tests.scorecards.factories import publish_scorecard, thirty_items

ROUNDS = 8
REQUESTS = 250
CONNECTIONS = 8

_CALLS = """
INSERT INTO calls (tenant_id, id, source, external_id, project_id, agent_id, started_at, duration_s, direction,
                   complaint, tags, attributes)
SELECT $1, gen_random_uuid(), 'bench', number::text, $2, $3, now() - number * interval '1 minute', 312, 'inbound',
       false, '{}', '{}'
FROM generate_series(1, $4::int) AS number RETURNING id
"""
_WRITTEN = "SELECT count(*) AS answers, count(DISTINCT revision_id) AS revisions FROM answers"

_ERRORS: dict[str, dict[str, Any]] = {
    "i3": {"value": "bad", "fault": "agent", "reason": "forgot", "comment": "Did not ask for the name.", "at_s": 41.5},
    "i10": {"value": 2, "fault": "process", "reason": "no_article"},
    "i17": {"value": "part", "fault": "unclear", "comment": "The line was bad.", "at_s": 187},
}


@dataclass(frozen=True, slots=True)
class Result:
    """Seconds of each round, by either way."""

    ours: tuple[float, ...]
    bare: tuple[float, ...]
    statements: int

    @property
    def ratio(self) -> float:
        """Our throughput by the bare one's: the median of rounds that ran one after the other on the same machine."""
        return median(bare / ours for bare, ours in zip(self.bare, self.ours, strict=True))

    def row(self) -> str:
        ours, bare = (REQUESTS / median(seconds) for seconds in (self.ours, self.bare))
        what = f"submitting a 30-item evaluation ({self.statements} statements)"
        return f"| {what} | {ours:,.0f} requests/s | bare {bare:,.0f} requests/s | {self.ratio:.2f} | ≥ 0.6 |"


async def measure() -> Result:
    async with running_service() as service, service.client() as client:
        bodies = await _bodies(service, client)
        recording = await _record(service, bodies.pop())
        async with _running_bare(service, recording) as bare_url:
            ours, bare = await _interleaved(service, bare_url, bodies)
        await _check(service)
    return Result(ours, bare, len(recording.statements))


async def _interleaved(
    service: Service, bare_url: str, bodies: Sequence[bytes]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    rounds = [bodies[start : start + REQUESTS] for start in range(0, len(bodies), REQUESTS)]
    ours, bare = [], []
    for theirs, own in zip(rounds[::2], rounds[1::2], strict=True):
        bare.append(await _send(bare_url, service.token, theirs))
        ours.append(await _send(service.base_url, service.token, own))
    return tuple(ours[1:]), tuple(bare[1:])  # the first ones only warm up


async def _bodies(service: Service, client: httpx.AsyncClient) -> list[bytes]:
    """A body for every request: each evaluates a call of its own."""
    definition = thirty_items()
    scorecard = await publish_scorecard(client, definition)
    project = {"name": "Cards", "timezone": "Europe/Moscow", "language": "ru"}
    project_id = (await client.post("/v1/projects", json=project)).json()["id"]
    agent = await client.put("/v1/agents/by-external-id/a-1", json={"full_name": "Agent"})
    calls = await _calls(service, project_id, agent.json()["id"], 2 * (ROUNDS + 1) * REQUESTS + 1)
    evaluation = {
        "scorecard_id": scorecard["id"],
        "answers": good_answers(definition, **_ERRORS),
        "comment": "Polite, but could not find the tariff.",
        "submit": True,
    }
    return [orjson.dumps({"call_id": call_id, **evaluation}) for call_id in calls]


async def _calls(service: Service, project_id: str, agent_id: str, count: int) -> list[str]:
    connection = await asyncpg.connect(service.postgres.admin_url)
    try:
        rows = await connection.fetch(_CALLS, service.tenant_id, project_id, agent_id, count)
        # This table alone: of one that is still empty the planner would learn that scanning it costs nothing.
        await connection.execute("ANALYZE calls")
        return [str(row["id"]) for row in rows]
    finally:
        await connection.close()


async def _record(service: Service, body: bytes) -> Recording:
    """The statements of one submission, with what was sent along."""
    app = service_main.create(service.settings)
    sent: list[Sent] = []
    async with app.router.lifespan_context(app):
        context: AppContext = app.state.context
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://qmt.test") as client:
            # Once to fill what is kept in the process: the scorecard's version.
            await client.get("/v1/me", headers=_headers(service))
            context.database.listeners.append(lambda statement, values, _: sent.append(Sent(statement, values)))
            began_at = datetime.now(UTC)
            answer = await client.post("/v1/evaluations", content=body, headers=_headers(service))
            assert answer.status_code == 201, answer.text
    statements = [one for one in sent if "definition FROM scorecard_versions" not in one.statement]
    return Recording(UUID(orjson.loads(body)["call_id"]), began_at, statements)


def _headers(service: Service) -> dict[str, str]:
    return {"Authorization": f"Bearer {service.token}", "Content-Type": "application/json"}


@asynccontextmanager
async def _running_bare(service: Service, recording: Recording) -> AsyncIterator[str]:
    port = free_port()
    process = _start_bare(service, recording, port)
    try:
        base_url = f"http://127.0.0.1:{port}"
        await wait_until_alive(base_url, process)
        yield base_url
    finally:
        stop(process)


def _start_bare(service: Service, recording: Recording, port: int) -> "subprocess.Popen[bytes]":
    recorded = service.settings.data_dir / "statements"
    recorded.write_bytes(pickle.dumps(recording))
    command = ("uvicorn", "benchmarks.bare:create", "--factory", "--port", str(port), "--no-access-log")
    env = {**os.environ, "BARE_URL": service.postgres.database_url, "BARE_STATEMENTS": str(recorded)}
    return subprocess.Popen([sys.executable, "-m", *command, "--log-level", "warning"], env=env, cwd=ROOT)


async def _send(base_url: str, token: str, bodies: Sequence[bytes]) -> float:
    """Seconds that it takes to have all the bodies answered, over a few connections."""
    waiting = [_request(token, body) for body in bodies]
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(_drain(base_url, waiting))
    return time.perf_counter() - started


def _request(token: str, body: bytes) -> bytes:
    head = (
        "POST /v1/evaluations HTTP/1.1\r\nHost: qmt.test\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _drain(base_url: str, waiting: list[bytes]) -> None:
    address = urlsplit(base_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    while waiting:
        writer.write(waiting.pop())
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        answer = await reader.readexactly(int(length.partition(b":")[2]))
        assert head.startswith(b"HTTP/1.1 201"), answer
    writer.close()
    await writer.wait_closed()


async def _check(service: Service) -> None:
    """Both wrote whole evaluations: thirty answers each, one for every request."""
    connection = await asyncpg.connect(service.postgres.admin_url)
    try:
        written = await connection.fetchrow(_WRITTEN)
    finally:
        await connection.close()
    revisions = 2 * (ROUNDS + 1) * REQUESTS + 1
    assert tuple(written) == (30 * revisions, revisions), written


def main() -> Result:
    """Measure, print a row of a Markdown table, and return it."""
    result = asyncio.run(measure())
    print(result.row())
    return result


if __name__ == "__main__":
    main()
