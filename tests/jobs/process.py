"""`python -m tests.jobs.process QUEUE PORT`: a worker that serves one queue of test jobs, its metrics on a port."""

import asyncio
import sys

from app.platform.settings import Settings
from app.worker import work
from tests.jobs import kinds

if __name__ == "__main__":
    queue, port = sys.argv[1:]
    kinds.register(queue)
    asyncio.run(work(Settings(), frozenset({queue}), metrics_port=int(port)))
