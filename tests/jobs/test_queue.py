"""The order of the queue, and messages that the engine has put aside."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
from fastapi import FastAPI
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver

from app.api.context import AppContext
from app.jobs.engine import QueueMessage, clean_up, queries
from app.platform.database import Database
from app.platform.database.scope import System, SystemUse
from app.platform.ids import new_id
from tests.conftest import DatabaseUrls
from tests.jobs import kinds
from tests.jobs.enqueueing import enqueue, enqueue_many
from tests.people import Centre, make_centre


async def waiting(database: Database, queue: str) -> Sequence[UUID]:
    """The jobs of a queue, in the order in which they will be taken."""
    async with database.begin(System(SystemUse.MEASURE_QUEUES)) as session:
        query = (
            "SELECT payload FROM pgqueuer.pgqueuer WHERE entrypoint = :queue AND status = 'queued' "
            "ORDER BY priority DESC, id"
        )
        return [QueueMessage.from_bytes(payload).job_id for payload in await session.fetch_column(query, queue=queue)]


async def mark(database: Database, jobs: Sequence[UUID], tenant_id: UUID, status: str) -> None:
    """Put the messages of jobs into a state, as the engine does."""
    async with database.begin(System(SystemUse.MEASURE_QUEUES)) as session:
        statement = (
            "UPDATE pgqueuer.pgqueuer SET status = CAST(:status::text AS pgqueuer.pgqueuer_status) "
            "WHERE payload = ANY(:payloads)"
        )
        payloads = [QueueMessage(tenant_id, job_id).to_bytes() for job_id in jobs]
        await session.execute(statement, status=status, payloads=payloads)


async def test_a_newcomer_goes_before_the_backlog_of_another_tenant(
    app: FastAPI, context: AppContext, centre: Centre, database: Database
) -> None:
    queue = new_queue()
    backlog = await enqueue_many(database, centre.tenant_id, f"{queue}.fair", 4)
    async with make_centre(app, context) as other:
        newcomers = await enqueue_many(database, other.tenant_id, f"{queue}.fair", 2)
    assert await waiting(database, queue) == [backlog[0], newcomers[0], backlog[1], newcomers[1], *backlog[2:]]


async def test_a_backlog_is_not_overtaken_for_ever_by_single_jobs(
    app: FastAPI, context: AppContext, centre: Centre, database: Database
) -> None:
    queue = new_queue()
    backlog = await enqueue_many(database, centre.tenant_id, f"{queue}.fair", 6)
    await mark(database, backlog[:4], centre.tenant_id, "picked")
    async with make_centre(app, context) as other:
        single = await enqueue(database, other.tenant_id, f"{queue}.fair")
    assert await waiting(database, queue) == [backlog[4], single, backlog[5]]


async def test_jobs_of_a_kind_that_is_not_fair_are_taken_in_their_order(
    app: FastAPI, context: AppContext, centre: Centre, database: Database
) -> None:
    queue = new_queue()
    first = await enqueue_many(database, centre.tenant_id, f"{queue}.act", 3)
    async with make_centre(app, context) as other:
        last = await enqueue(database, other.tenant_id, f"{queue}.act")
    assert await waiting(database, queue) == [*first, last]


async def test_a_message_that_the_engine_put_aside_is_offered_again(
    centre: Centre, database: Database, urls: DatabaseUrls
) -> None:
    queue = new_queue()
    job_id = await enqueue(database, centre.tenant_id, f"{queue}.act")
    await mark(database, [job_id], centre.tenant_id, "failed")
    assert await waiting(database, queue) == []
    connection = await asyncpg.connect(urls.runtime)
    await clean_up(queries(AsyncpgDriver(connection)))
    await connection.close()
    assert await waiting(database, queue) == [job_id]


async def test_the_engines_log_is_kept_for_a_week(centre: Centre, database: Database, urls: DatabaseUrls) -> None:
    queue = new_queue()
    await enqueue_many(database, centre.tenant_id, f"{queue}.act", 2)
    connection = await asyncpg.connect(urls.runtime)
    age = "UPDATE pgqueuer.pgqueuer_log SET created = now() - interval '8 days' WHERE id = (%s)"
    await connection.execute(age % f"SELECT min(id) FROM pgqueuer.pgqueuer_log WHERE entrypoint = '{queue}'")
    await clean_up(queries(AsyncpgDriver(connection)))
    left = await connection.fetchval("SELECT count(*) FROM pgqueuer.pgqueuer_log WHERE entrypoint = $1", queue)
    await connection.close()
    assert left == 1


def new_queue() -> str:
    queue = f"queue-{new_id()}"
    kinds.register(queue)
    return queue
