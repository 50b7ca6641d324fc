"""One draw in a process of its own, so that its memory can be told from everybody else's.

`python -m benchmarks.draw_once DATABASE_URL TENANT_ID DRAW_ID` prints a JSON document of what it took.
"""

import asyncio
import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID

from app import wiring
from app.platform.actor import Actor
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.platform.settings import Settings
from app.sampling import get_draw, make_draw

# Which part of a draw a statement belongs to, by how it begins.
PARTS = {
    "INSERT INTO frame_classes": "frame",
    "SELECT sha256(": "digest",
    "SELECT o.agent_id, p.call_id": "selection",
    "INSERT INTO": "rows",
}


async def main(url: str, tenant_id: UUID, draw_id: UUID) -> dict[str, Any]:
    wiring.connect(Settings())
    database = Database(url, pool_size=1)
    async with database.connection():
        pass
    spent = _time_statements(database)
    before = peak_kb()
    started = time.perf_counter()
    async with database.begin(Tenant(tenant_id)) as session:
        act_as(session, Actor("system", None))
        await make_draw(session, draw_id)
        made, _ = await get_draw(session, draw_id)
    seconds = time.perf_counter() - started
    grown = peak_kb() - before
    await database.close()
    return {"seconds": seconds, "grown_mb": grown / 1024, "sample_size": made.sample_size, "parts": spent}


def _time_statements(database: Database) -> dict[str, float]:
    """Seconds by part of the draw, filled in as statements are run."""
    spent: dict[str, float] = defaultdict(float)

    def note(statement: str, _values: tuple[Any, ...], seconds: float) -> None:
        text = " ".join(statement.split())
        part = next((part for start, part in PARTS.items() if text.startswith(start)), "other")
        spent[part] += seconds

    database.listeners.append(note)
    return spent


def peak_kb() -> int:
    """The highest resident memory of this process so far, in KiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], UUID(sys.argv[2]), UUID(sys.argv[3])))))
