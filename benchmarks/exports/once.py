"""One export in a process of its own, so that its memory can be told from everybody else's.

`python -m benchmarks.exports.once DATABASE_URL DATA_DIR TENANT_ID USER_ID FORMAT` asks for everything, runs the job as
a worker does, and prints a JSON document of what it took.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from app import exports, wiring
from app.exports import Export, ExportFormat, ExportState, NewExport
from app.jobs import Runner
from app.jobs.engine import QueueMessage
from app.platform.actor import Actor
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.platform.settings import Settings
from app.platform.storage import create_store
from benchmarks.draw_once import peak_kb


async def main(url: str, data_dir: Path, tenant_id: UUID, user_id: UUID, file_format: ExportFormat) -> dict[str, Any]:
    settings = Settings(data_dir=data_dir)
    wiring.connect(settings)
    database, store = Database(url, pool_size=3), create_store(settings)
    await store.prepare()
    export = await _ask(database, tenant_id, user_id, file_format)
    runner = Runner(database, {"settings": settings, "store": store}, lease_s=60, stopping=asyncio.Event())
    before = peak_kb()
    started, used = time.perf_counter(), time.process_time()
    await runner.run(QueueMessage(tenant_id, export.job_id))
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - used
    grown_mb = (peak_kb() - before) / 1024
    async with database.begin(Tenant(tenant_id)) as session:
        made = await exports.get_export(session, export.id)
    assert made.state is ExportState.READY, made.error
    assert made.storage_key
    await store.delete(made.storage_key)
    await database.close()
    figures = {"rows": made.row_count, "size_mb": (made.size_bytes or 0) / 1e6, "grown_mb": grown_mb}
    return {"seconds": seconds, "cpu_seconds": cpu_seconds, **figures}


async def _ask(database: Database, tenant_id: UUID, user_id: UUID, file_format: ExportFormat) -> Export:
    async with database.begin(Tenant(tenant_id)) as session:
        act_as(session, Actor("user", user_id))
        new = NewExport(tables=None, format=file_format, recordings=False, requested_by=user_id)
        return await exports.request_export(session, new)


if __name__ == "__main__":
    url, data_dir, tenant, user, wanted = sys.argv[1:]
    print(json.dumps(asyncio.run(main(url, Path(data_dir), UUID(tenant), UUID(user), ExportFormat(wanted)))))
