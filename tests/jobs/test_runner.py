"""One attempt at a time, in this process: what is refused, what is kept, what is handed back."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from app import events, jobs
from app.jobs import JobContext, JobKind, JobState, PermanentFailure
from app.jobs.engine import QueueMessage
from app.jobs.errors import AttemptStopped, LeaseLost, RetryLater
from app.jobs.runner import Runner, back_off
from app.platform.database import Database
from app.platform.database.scope import System, SystemUse, Tenant
from app.platform.errors import Conflict, NotFound, Unavailable
from app.platform.ids import new_id
from tests.jobs import kinds
from tests.jobs.enqueueing import count_events, enqueue
from tests.journal import JobDone
from tests.people import Centre

QUEUE = "runner"
Handler = Callable[[JobContext], Awaitable[None]]


@pytest.fixture(autouse=True)
def _kinds() -> None:
    kinds.register(QUEUE)


@pytest.fixture
def runner(database: Database) -> Runner:
    return Runner(database, {}, lease_s=3, stopping=asyncio.Event(), grace_s=0.1)


async def job_of(database: Database, centre: Centre, job_id: UUID) -> jobs.Job:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        return await jobs.get_job(session, job_id)


async def change(database: Database, centre: Centre, job_id: UUID, assignment: str) -> None:
    """Change the job's row behind the back of who runs it."""
    async with database.begin(Tenant(centre.tenant_id)) as session:
        await session.execute(f"UPDATE jobs SET {assignment} WHERE id = :id", id=job_id)


async def enqueue_handled(database: Database, centre: Centre, handler: Handler) -> QueueMessage:
    """A job of a kind of its own with this handler."""
    name = f"{QUEUE}.{new_id()}"
    jobs.register(JobKind(name, handler, queue=QUEUE, on_failure=kinds.record_failure))
    return QueueMessage(centre.tenant_id, await enqueue(database, centre.tenant_id, name))


async def steal(context: JobContext) -> None:
    """Let another worker have the job."""
    async with context.database.begin(Tenant(context.tenant_id)) as session:
        statement = "UPDATE jobs SET lease_token = :token WHERE id = :id"
        await session.execute(statement, token=new_id(), id=context.job_id)


async def note(context: JobContext) -> None:
    async with context.finishing() as session:
        await events.record(session, JobDone(subject_id=context.job_id))


async def test_a_job_and_its_message_roll_back_with_their_transaction(centre: Centre, database: Database) -> None:
    job_ids: list[UUID] = []

    async def enqueue_and_fail() -> None:
        async with database.begin(Tenant(centre.tenant_id)) as session:
            job_ids.append(await jobs.enqueue(session, f"{QUEUE}.act", {}))
            raise RuntimeError("rolled back")

    with pytest.raises(RuntimeError, match="rolled back"):
        await enqueue_and_fail()
    (job_id,) = job_ids
    with pytest.raises(NotFound):
        await job_of(database, centre, job_id)
    async with database.begin(System(SystemUse.MEASURE_QUEUES)) as session:
        payload = QueueMessage(centre.tenant_id, job_id).to_bytes()
        query = "SELECT count(*) FROM pgqueuer.pgqueuer WHERE payload = :payload"
        assert await session.fetch_value(query, payload=payload) == 0


async def test_the_same_message_twice_runs_the_job_once(centre: Centre, database: Database, runner: Runner) -> None:
    message = QueueMessage(centre.tenant_id, await enqueue(database, centre.tenant_id, f"{QUEUE}.act"))
    await runner.run(message)
    await runner.run(message)
    assert await count_events(database, centre.tenant_id) == 1


async def test_a_message_of_a_job_that_is_being_run_is_kept(centre: Centre, database: Database, runner: Runner) -> None:
    other: list[RetryLater] = []

    async def meet(context: JobContext) -> None:
        with pytest.raises(RetryLater) as later:
            await runner.run(message)
        other.append(later.value)

    message = await enqueue_handled(database, centre, meet)
    await runner.run(message)
    assert timedelta(seconds=3) < other[0].delay < timedelta(seconds=5)


async def test_a_lease_that_has_run_out_is_not_taken_while_its_holder_writes(
    centre: Centre, database: Database, runner: Runner
) -> None:
    async def outstay(context: JobContext) -> None:
        await change(database, centre, context.job_id, "lease_until = now() - interval '1 minute'")
        async with context.finishing() as session:
            await events.record(session, JobDone(subject_id=context.job_id))
            with pytest.raises(RetryLater):
                await runner.run(message)

    message = await enqueue_handled(database, centre, outstay)
    await runner.run(message)
    assert await count_events(database, centre.tenant_id) == 1


async def test_what_is_written_after_the_lease_was_lost_is_refused_and_the_message_kept(
    centre: Centre, database: Database, runner: Runner
) -> None:
    async def late(context: JobContext) -> None:
        await steal(context)
        await note(context)

    message = await enqueue_handled(database, centre, late)
    with pytest.raises(RetryLater):
        await runner.run(message)
    assert await count_events(database, centre.tenant_id) == 0
    assert (await job_of(database, centre, message.job_id)).state == JobState.RUNNING


async def test_a_plain_transaction_of_a_lost_job_is_refused_too(
    centre: Centre, database: Database, runner: Runner
) -> None:
    async def late(context: JobContext) -> None:
        await steal(context)
        with pytest.raises(LeaseLost):
            async with context.begin():
                pass
        raise LeaseLost

    with pytest.raises(RetryLater):
        await runner.run(await enqueue_handled(database, centre, late))


async def test_work_is_ended_when_its_lease_is_lost(centre: Centre, database: Database, runner: Runner) -> None:
    async def endless(context: JobContext) -> None:
        await steal(context)
        await asyncio.sleep(60)

    message = await enqueue_handled(database, centre, endless)
    async with asyncio.timeout(5):
        with pytest.raises(RetryLater):
            await runner.run(message)


async def test_a_renewal_that_waits_for_the_last_commit_does_not_take_the_job_for_lost(
    centre: Centre, database: Database, runner: Runner
) -> None:
    async def long_goodbye(context: JobContext) -> None:
        async with context.finishing() as session:
            await events.record(session, JobDone(subject_id=context.job_id))
            await asyncio.sleep(1.5)

    await runner.run(await enqueue_handled(database, centre, long_goodbye))
    assert await count_events(database, centre.tenant_id) == 1


async def test_a_permanent_failure_is_told_to_the_kind_in_the_same_transaction(
    centre: Centre, database: Database, runner: Runner
) -> None:
    message = QueueMessage(
        centre.tenant_id, await enqueue(database, centre.tenant_id, f"{QUEUE}.act", permanent="no sound")
    )
    await runner.run(message)
    job = await job_of(database, centre, message.job_id)
    assert (job.state, job.error, job.attempts) == (JobState.FAILED, "no sound", 1)
    assert await count_events(database, centre.tenant_id, "test.given_up") == 1


async def test_a_kind_that_cannot_bear_its_failure_keeps_the_job_unfailed(
    centre: Centre, database: Database, runner: Runner
) -> None:
    async def refuse(*_: object) -> None:
        raise RuntimeError("not now")

    async def fail(_: JobContext) -> None:
        raise PermanentFailure("no sound")

    jobs.register(JobKind(f"{QUEUE}.bad", fail, queue=QUEUE, on_failure=refuse))
    message = QueueMessage(centre.tenant_id, await enqueue(database, centre.tenant_id, f"{QUEUE}.bad"))
    with pytest.raises(RuntimeError, match="not now"):
        await runner.run(message)
    assert (await job_of(database, centre, message.job_id)).state == JobState.RUNNING


async def test_a_refusal_of_the_domain_is_permanent(centre: Centre, database: Database, runner: Runner) -> None:
    async def refuse(_: JobContext) -> None:
        raise Conflict("it is closed")

    message = await enqueue_handled(database, centre, refuse)
    await runner.run(message)
    job = await job_of(database, centre, message.job_id)
    assert (job.state, job.error) == (JobState.FAILED, "it is closed")


async def test_a_part_that_is_unavailable_is_tried_again(centre: Centre, database: Database, runner: Runner) -> None:
    async def unavailable(_: JobContext) -> None:
        raise Unavailable("the store is away")

    message = await enqueue_handled(database, centre, unavailable)
    with pytest.raises(RetryLater):
        await runner.run(message)
    assert (await job_of(database, centre, message.job_id)).state == JobState.WAITING_FOR_RETRY


async def test_a_job_that_kills_its_workers_is_record_failure(
    centre: Centre, database: Database, runner: Runner
) -> None:
    message = QueueMessage(centre.tenant_id, await enqueue(database, centre.tenant_id, f"{QUEUE}.act"))
    await change(database, centre, message.job_id, f"state = 'running', attempts = {kinds.MAX_ATTEMPTS}")
    await runner.run(message)
    job = await job_of(database, centre, message.job_id)
    assert (job.state, job.error) == (JobState.FAILED, "given up: its worker died in each of 2 attempts")
    assert await count_events(database, centre.tenant_id) == 0


async def test_a_job_that_reports_progress_is_handed_back_at_its_next_report(
    centre: Centre, database: Database, runner: Runner
) -> None:
    async def report(context: JobContext) -> None:
        runner.stopping.set()
        await asyncio.to_thread(context.progress, 1, 2, "halves")
        raise AssertionError("went on")

    message = await enqueue_handled(database, centre, report)
    with pytest.raises(RetryLater):
        await runner.run(message)
    job = await job_of(database, centre, message.job_id)
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)


async def test_a_thread_learns_from_its_progress_that_nobody_waits_for_it(
    centre: Centre, database: Database, runner: Runner
) -> None:
    seen: list[JobContext] = []

    async def leave(context: JobContext) -> None:
        seen.append(context)
        await steal(context)
        await asyncio.sleep(60)

    with pytest.raises(RetryLater):
        await runner.run(await enqueue_handled(database, centre, leave))
    with pytest.raises(AttemptStopped):
        await asyncio.to_thread(seen[0].progress, 1, 2, "halves")


async def test_a_stopping_worker_begins_nothing(centre: Centre, database: Database, runner: Runner) -> None:
    message = QueueMessage(centre.tenant_id, await enqueue(database, centre.tenant_id, f"{QUEUE}.act"))
    runner.stopping.set()
    with pytest.raises(RetryLater):
        await runner.run(message)
    assert (await job_of(database, centre, message.job_id)).attempts == 0


async def test_a_job_of_the_system_scope_is_refused(database: Database) -> None:
    with pytest.raises(TypeError, match="system scope has no tenant"):
        async with database.begin(System(SystemUse.MEASURE_QUEUES)) as session:
            await jobs.enqueue(session, f"{QUEUE}.act", {})


@pytest.mark.parametrize(("attempt", "longest_s"), [(1, 2), (3, 8), (8, 256), (9, 300), (2000, 300)])
def test_back_off_doubles_up_to_five_minutes(attempt: int, longest_s: int) -> None:
    delays = [back_off(attempt).total_seconds() for _ in range(200)]
    assert longest_s / 2 <= min(delays) < max(delays) <= longest_s
