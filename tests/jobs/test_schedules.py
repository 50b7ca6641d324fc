"""Work by the clock for tenants: who gets a job, and what happens to the others when one hangs or fails."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app import events, jobs
from app.api.context import AppContext
from app.jobs import DueJob, JobContext, JobSchedule, Runner
from app.jobs.engine import QueueMessage
from app.jobs.errors import RetryLater
from app.jobs.registry import JobHandler
from app.jobs.schedules import QUEUE
from app.platform.database import Database, Session, System, SystemUse, Tenant
from app.platform.errors import Conflict
from app.platform.ids import new_id
from tests.jobs.enqueueing import count_events
from tests.journal import JobDone
from tests.people import Centre, make_centre
from tests.queries import QueryRecorder


@pytest.fixture
async def tenants(app: FastAPI, context: AppContext) -> AsyncIterator[list[Centre]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(make_centre(app, context)) for _ in range(3)]


@pytest.fixture
def runner(database: Database) -> Runner:
    return new_runner(database)


def new_runner(database: Database) -> Runner:
    return Runner(database, {}, lease_s=1, stopping=asyncio.Event(), grace_s=0.1)


def schedule_for(tenants: Sequence[Centre], work: JobHandler, time_limit_s: float = 20) -> JobSchedule:
    """A schedule, registered, for which exactly these tenants have work."""

    async def find_due(_: Session) -> list[DueJob]:
        return [DueJob(centre.tenant_id) for centre in tenants]

    schedule = JobSchedule(f"test.{new_id()}", "* * * * *", find_due, work, time_limit_s)
    jobs.register(schedule.kind)
    return schedule


async def record_work(context: JobContext) -> None:
    async with context.begin() as session:
        await events.record(session, JobDone(subject_id=context.job_id))


async def jobs_of(database: Database, schedule: JobSchedule) -> dict[UUID, tuple[UUID, str]]:
    """The jobs of a schedule, by tenant: id and state."""
    async with database.begin(System(SystemUse.MEASURE_QUEUES)) as session:
        rows = await session.fetch_all("SELECT tenant_id, id, state FROM jobs WHERE kind = :kind", kind=schedule.name)
    return {row.tenant_id: (row.id, row.state) for row in rows}


async def messages_of(database: Database, schedule: JobSchedule) -> list[QueueMessage]:
    """The messages that the queue holds for the jobs of a schedule."""
    async with database.begin(System(SystemUse.MEASURE_QUEUES)) as session:
        ids = await session.fetch_column("SELECT id FROM jobs WHERE kind = :kind", kind=schedule.name)
        payloads = await session.fetch_column(
            "SELECT payload FROM pgqueuer.pgqueuer WHERE entrypoint = :queue ORDER BY id", queue=QUEUE
        )
    return [message for message in map(QueueMessage.from_bytes, payloads) if message.job_id in ids]


async def deliver(runners: Sequence[Runner], messages: Sequence[QueueMessage]) -> None:
    """Each message to the next runner in turn, all at once."""
    deliveries = (runners[place % len(runners)].run(message) for place, message in enumerate(messages))
    outcomes = await asyncio.gather(*deliveries, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} <= {type(None), RetryLater}


async def let_retry(database: Database, tenant_id: UUID, schedule: JobSchedule) -> None:
    """End the lease of the schedule's job in a tenant, as time would."""
    async with database.begin(Tenant(tenant_id)) as session:
        statement = "UPDATE jobs SET lease_until = now() - interval '1 s' WHERE kind = :kind AND state = 'running'"
        await session.execute(statement, kind=schedule.name)


class TestEnqueueing:
    async def test_each_tenant_that_has_work_gets_one_job(self, tenants: list[Centre], database: Database) -> None:
        schedule = schedule_for(tenants[:2], record_work)
        assert await schedule.enqueue_due(database) == 2
        assert set(await jobs_of(database, schedule)) == {centre.tenant_id for centre in tenants[:2]}
        assert len(await messages_of(database, schedule)) == 2

    async def test_a_tenant_whose_job_is_unfinished_gets_no_second_one(
        self, tenants: list[Centre], database: Database
    ) -> None:
        schedule = schedule_for(tenants, record_work)
        assert [await schedule.enqueue_due(database) for _ in range(3)] == [3, 0, 0]
        assert len(await messages_of(database, schedule)) == 3

    async def test_a_tenant_gets_a_job_for_each_payload(self, tenants: list[Centre], database: Database) -> None:
        tenant_id = tenants[0].tenant_id

        async def find_due(_: Session) -> list[DueJob]:
            return [DueJob(tenant_id, {"plan": plan, "draw": 1}) for plan in ("a", "b")]

        schedule = JobSchedule(f"test.{new_id()}", "* * * * *", find_due, record_work)
        jobs.register(schedule.kind)
        assert [await schedule.enqueue_due(database) for _ in range(2)] == [2, 0]
        async with database.begin(Tenant(tenant_id)) as session:
            same = await jobs.enqueue_once(session, schedule.name, {"draw": 1, "plan": "a"})
            assert same in await session.fetch_column("SELECT id FROM jobs WHERE kind = :kind", kind=schedule.name)
        assert len(await messages_of(database, schedule)) == 2

    async def test_two_clocks_at_the_same_moment_enqueue_one_job_for_each_tenant(
        self, tenants: list[Centre], database: Database
    ) -> None:
        schedule = schedule_for(tenants, record_work)
        counts = await asyncio.gather(*(schedule.enqueue_due(database) for _ in range(4)))
        assert sum(counts) == 3
        assert len(await messages_of(database, schedule)) == 3

    async def test_a_job_that_is_done_leaves_no_row_and_the_next_time_gives_a_new_one(
        self, tenants: list[Centre], database: Database, runner: Runner
    ) -> None:
        schedule = schedule_for(tenants[:1], record_work)
        for count in (1, 2):
            assert await schedule.enqueue_due(database) == 1
            await deliver([runner], await messages_of(database, schedule))
            assert await jobs_of(database, schedule) == {}
            assert await count_events(database, tenants[0].tenant_id) == count

    async def test_tenants_without_work_cost_no_statement_of_their_own(
        self, database: Database, queries: QueryRecorder
    ) -> None:
        schedule = schedule_for([], record_work)
        assert await schedule.enqueue_due(database) == 0
        # The one that begins the transaction.
        assert len(queries) == 1, queries.statements

    async def test_tenants_with_work_are_enqueued_in_two_statements(
        self, tenants: list[Centre], database: Database, queries: QueryRecorder
    ) -> None:
        schedule = schedule_for(tenants, record_work)
        queries.clear()
        await schedule.enqueue_due(database)
        assert len(queries) == 3, queries.statements


class TestFailing:
    async def test_a_tenant_whose_work_hangs_delays_no_other(
        self, tenants: list[Centre], database: Database, runner: Runner
    ) -> None:
        stuck = tenants[0].tenant_id

        async def hang(context: JobContext) -> None:
            if context.tenant_id == stuck:
                await asyncio.sleep(60)
            await record_work(context)

        schedule = schedule_for(tenants, hang, time_limit_s=0.5)
        await schedule.enqueue_due(database)
        async with asyncio.timeout(10):
            await deliver([runner], await messages_of(database, schedule))
        assert [await count_events(database, centre.tenant_id) for centre in tenants] == [0, 1, 1]
        assert {tenant_id: state for tenant_id, (_, state) in (await jobs_of(database, schedule)).items()} == {
            stuck: "held"
        }

    async def test_failed_work_says_why_and_is_tried_again_until_it_succeeds(
        self, tenants: list[Centre], database: Database, runner: Runner
    ) -> None:
        reasons = [Conflict("not yet"), ConnectionError("no line"), *[Conflict("not yet")] * 5]

        async def fail_at_first(context: JobContext) -> None:
            if reasons:
                raise reasons.pop()
            await record_work(context)

        schedule = schedule_for(tenants[:1], fail_at_first)
        await schedule.enqueue_due(database)
        messages = await messages_of(database, schedule)
        for _ in range(7):
            await deliver([runner], messages)
        (job_id, state) = (await jobs_of(database, schedule))[tenants[0].tenant_id]
        job = (await tenants[0].admin.get(f"/v1/jobs/{job_id}")).json()
        assert (state, job["error"], job["attempts"]) == ("held", "Conflict: not yet", 7)
        await deliver([runner], messages)
        assert await jobs_of(database, schedule) == {}
        assert await count_events(database, tenants[0].tenant_id) == 1

    async def test_failed_work_is_on_the_metrics_page(
        self, tenants: list[Centre], database: Database, runner: Runner, stranger: httpx.AsyncClient
    ) -> None:
        async def fail(_: JobContext) -> None:
            raise ConnectionError("no line")

        schedule = schedule_for(tenants[:2], fail)
        await schedule.enqueue_due(database)
        await deliver([runner], await messages_of(database, schedule))
        assert f'qmt_schedule_failures{{schedule="{schedule.name}"}} 2.0' in (await stranger.get("/metrics")).text

    async def test_work_that_fails_is_not_enqueued_again_while_it_waits(
        self, tenants: list[Centre], database: Database, runner: Runner
    ) -> None:
        async def fail(_: JobContext) -> None:
            raise ConnectionError("no line")

        schedule = schedule_for(tenants[:1], fail)
        await schedule.enqueue_due(database)
        await deliver([runner], await messages_of(database, schedule))
        assert await schedule.enqueue_due(database) == 0

    async def test_work_goes_on_with_another_worker_after_a_crash(
        self, tenants: list[Centre], database: Database, runner: Runner
    ) -> None:
        schedule = schedule_for(tenants[:1], record_work)
        await schedule.enqueue_due(database)
        messages = await messages_of(database, schedule)
        async with database.begin(Tenant(tenants[0].tenant_id)) as session:
            statement = (
                "UPDATE jobs SET state = 'running', lease_token = :token, attempts = 1, "
                "lease_until = now() + interval '1 minute' WHERE id = :id"
            )
            await session.execute(statement, token=new_id(), id=messages[0].job_id)
        await deliver([runner], messages)
        assert await count_events(database, tenants[0].tenant_id) == 0
        await let_retry(database, tenants[0].tenant_id, schedule)
        await deliver([runner], messages)
        assert await count_events(database, tenants[0].tenant_id) == 1


async def test_two_workers_share_the_work_and_each_tenant_is_served_once(
    tenants: list[Centre], database: Database
) -> None:
    first, second = new_runner(database), new_runner(database)
    schedule = schedule_for(tenants, record_work)
    await schedule.enqueue_due(database)
    messages = await messages_of(database, schedule)
    await asyncio.gather(deliver([first, second], messages), deliver([second, first], messages))
    assert [await count_events(database, centre.tenant_id) for centre in tenants] == [1, 1, 1]
