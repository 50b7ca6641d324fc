"""Whatever is done to the journal past the database's own guards is found and named."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.events import JournalFault, JournalFaultKind, merkle
from app.platform.database import Database
from app.platform.ids import new_id
from tests.conftest import DatabaseUrls
from tests.events.factories import FIRST, record, seal, tampering, verify
from tests.people import Centre


class Journal:
    """Three batches: what the centre began with, then four events, then two."""

    def __init__(self, database: Database, tenant_id: UUID, admin_url: str) -> None:
        self.database = database
        self.tenant_id = tenant_id
        self.admin_url = admin_url
        self.second: list[UUID] = []
        self.third: list[UUID] = []

    async def make(self) -> None:
        await seal(self.database, self.tenant_id, FIRST)
        self.second = await record(self.database, self.tenant_id, 4, amount=0.1)
        await seal(self.database, self.tenant_id, 4)
        self.third = await record(self.database, self.tenant_id, 2)
        await seal(self.database, self.tenant_id, 2)

    async def tamper(self, statement: str, *values: Any) -> None:
        """Run a statement past all guards; it must hit something."""
        async with tampering(self.admin_url) as connection:
            status = await connection.execute(statement, *values)
        assert not status.endswith(" 0"), status

    async def fault(self) -> JournalFault:
        found = await verify(self.database, self.tenant_id)
        assert not found.valid
        assert found.first_fault
        return found.first_fault


@pytest.fixture
async def journal(centre: Centre, database: Database, urls: DatabaseUrls) -> Journal:
    made = Journal(database, centre.tenant_id, urls.admin)
    await made.make()
    found = await verify(database, centre.tenant_id)
    assert (found.valid, found.sealed, found.pending) == (True, FIRST + 6, 0)
    return made


CHANGES = {
    "type": "'test.invented'",
    "occurred_at": "occurred_at - interval '1 microsecond'",
    "actor_kind": "'user'",
    "actor_id": "id",
    "request_id": "''",
    "subject_type": "'call'",
    "subject_id": "NULL",
    "before": "'{}'",
    "after": """'{"amount": 0.10000000000000000001}'""",
}


@pytest.mark.parametrize("column", CHANGES)
async def test_a_changed_event_is_named(journal: Journal, column: str) -> None:
    changed = journal.second[1]
    await journal.tamper(f"UPDATE events SET {column} = {CHANGES[column]} WHERE id = $1", changed)
    fault = await journal.fault()
    assert (fault.kind, fault.batch, fault.event_id) == (JournalFaultKind.EVENT_CHANGED, 2, changed)


async def test_every_column_but_the_key_is_among_the_changes() -> None:
    assert {"tenant_id", "id", *CHANGES} == set(merkle.EVENT_COLUMNS)


async def test_an_event_taken_away_is_named(journal: Journal) -> None:
    await journal.tamper("DELETE FROM events WHERE id = $1", journal.third[0])
    fault = await journal.fault()
    assert (fault.kind, fault.batch, fault.event_id) == (JournalFaultKind.EVENT_MISSING, 3, journal.third[0])


async def test_the_first_of_several_faults_is_named(journal: Journal) -> None:
    await journal.tamper("UPDATE events SET type = 'x' WHERE id = ANY($1)", [*journal.third, *journal.second[2:]])
    fault = await journal.fault()
    assert (fault.batch, fault.event_id) == (2, journal.second[2])


async def test_an_event_taken_away_with_its_entry_shows_in_its_batch(journal: Journal) -> None:
    await journal.tamper("DELETE FROM event_seal_entries WHERE event_id = $1", journal.second[-1])
    await journal.tamper("DELETE FROM events WHERE id = $1", journal.second[-1])
    fault = await journal.fault()
    assert (fault.kind, fault.batch) == (JournalFaultKind.BATCH_CHANGED, 2)


INSERT = """
INSERT INTO events (tenant_id, id, type, occurred_at, actor_kind, subject_type)
SELECT tenant_id, $2, 'test.invented', occurred_at, actor_kind, subject_type FROM events WHERE id = $1
"""


async def test_an_inserted_event_is_named_and_never_sealed(journal: Journal, database: Database) -> None:
    invented = new_id()
    await journal.tamper(INSERT, journal.second[0], invented)
    fault = await journal.fault()
    assert (fault.kind, fault.event_id) == (JournalFaultKind.EVENT_INSERTED, invented)
    await record(database, journal.tenant_id)
    await seal(database, journal.tenant_id, 1)
    assert (await journal.fault()).event_id == invented


async def test_an_event_removed_before_it_is_sealed_is_named(journal: Journal, database: Database) -> None:
    (removed,) = await record(database, journal.tenant_id)
    await journal.tamper("DELETE FROM events WHERE id = $1", removed)
    fault = await journal.fault()
    assert (fault.kind, fault.event_id) == (JournalFaultKind.EVENT_MISSING, removed)
    await record(database, journal.tenant_id)
    await seal(database, journal.tenant_id, 1)
    assert (await journal.fault()).event_id == removed


async def test_an_event_inserted_into_a_sealed_batch_is_found_there(journal: Journal) -> None:
    invented = new_id()
    await journal.tamper(INSERT, journal.second[0], invented)
    await journal.tamper(
        "INSERT INTO event_seal_entries SELECT tenant_id, seal_id, 4, $2, digest FROM event_seal_entries "
        "WHERE event_id = $1",
        journal.second[0],
        invented,
    )
    fault = await journal.fault()
    assert (fault.kind, fault.batch, fault.event_id) == (JournalFaultKind.EVENT_CHANGED, 2, invented)


async def test_entries_in_another_order_show_in_their_batch(journal: Journal) -> None:
    await journal.tamper(
        "UPDATE event_seal_entries SET position = 1000 - position WHERE event_id = ANY($1)", journal.second
    )
    await journal.tamper(
        "UPDATE event_seal_entries SET position = position - 997 WHERE event_id = ANY($1)", journal.second
    )
    fault = await journal.fault()
    assert (fault.kind, fault.batch) == (JournalFaultKind.BATCH_CHANGED, 2)


async def test_an_event_changed_together_with_its_digest_shows_in_its_batch(journal: Journal) -> None:
    await journal.tamper("UPDATE events SET type = 'test.invented' WHERE id = $1", journal.second[0])
    async with tampering(journal.admin_url) as connection:
        digest = merkle.leaf(await text_of(connection, journal.second[0]))
        await connection.execute(
            "UPDATE event_seal_entries SET digest = $2 WHERE event_id = $1", journal.second[0], digest
        )
    fault = await journal.fault()
    assert (fault.kind, fault.batch) == (JournalFaultKind.BATCH_CHANGED, 2)


async def text_of(connection: "asyncpg.Connection[Any]", event_id: UUID) -> list[str | None]:
    columns = [f"{name}::text" for name in merkle.EVENT_COLUMNS]
    columns[3] = "extract(epoch FROM occurred_at)::text"
    return list(await connection.fetchrow(f"SELECT {', '.join(columns)} FROM events WHERE id = $1", event_id))


@pytest.mark.parametrize(
    "change",
    [
        "sealed_at = sealed_at - interval '1 day'",
        "events = 5",
        "root = sha256('')",
        "previous_root = sha256('')",
        "chained_root = sha256('')",
        "id = gen_random_uuid()",
    ],
)
async def test_a_changed_seal_is_named(journal: Journal, change: str) -> None:
    await journal.tamper(f"UPDATE event_seals SET {change} WHERE tenant_id = $1 AND number = 2", journal.tenant_id)
    fault = await journal.fault()
    assert (fault.kind, fault.batch) == (JournalFaultKind.BATCH_CHANGED, 2)


async def remove_batch(journal: Journal, number: int) -> None:
    await journal.tamper(
        "DELETE FROM event_seal_entries WHERE seal_id = "
        "(SELECT id FROM event_seals WHERE tenant_id = $1 AND number = $2)",
        journal.tenant_id,
        number,
    )
    await journal.tamper("DELETE FROM event_seals WHERE tenant_id = $1 AND number = $2", journal.tenant_id, number)


@pytest.mark.parametrize("number", [1, 2])
async def test_a_batch_taken_out_is_missed(journal: Journal, number: int) -> None:
    await remove_batch(journal, number)
    fault = await journal.fault()
    assert (fault.kind, fault.batch) == (JournalFaultKind.BATCH_MISSING, number)


async def renumber(journal: Journal) -> None:
    """Take the second batch out and close the gap."""
    await remove_batch(journal, 2)
    await journal.tamper("UPDATE event_seals SET number = 2 WHERE tenant_id = $1 AND number = 3", journal.tenant_id)


async def drop_last_seal(journal: Journal) -> None:
    await journal.tamper("DELETE FROM event_seals WHERE tenant_id = $1 AND number = 3", journal.tenant_id)


@pytest.mark.parametrize(
    ("tamper", "kind"), [(renumber, JournalFaultKind.BATCH_CHANGED), (drop_last_seal, JournalFaultKind.BATCH_MISSING)]
)
async def test_a_chain_with_a_batch_less_does_not_fit_together(
    journal: Journal, tamper: Callable[[Journal], Awaitable[None]], kind: JournalFaultKind
) -> None:
    await tamper(journal)
    assert (await journal.fault()).kind == kind


async def test_an_end_cut_off_is_missed_by_who_noted_the_head(journal: Journal, database: Database) -> None:
    noted = (await verify(database, journal.tenant_id)).head
    await remove_batch(journal, 3)
    await journal.tamper("DELETE FROM events WHERE id = ANY($1)", journal.third)
    assert (await verify(database, journal.tenant_id)).valid
    fault = (await verify(database, journal.tenant_id, known_head=noted)).first_fault
    assert fault
    assert (fault.kind, fault.batch) == (JournalFaultKind.BATCH_MISSING, 3)


LIST = "INSERT INTO unsealed_events (tenant_id, event_id) SELECT tenant_id, id FROM events WHERE id = ANY($1)"


async def test_a_chain_made_anew_is_not_the_one_that_was_noted(journal: Journal, database: Database) -> None:
    noted = (await verify(database, journal.tenant_id)).head
    for number in (3, 2):
        await remove_batch(journal, number)
    await journal.tamper("DELETE FROM events WHERE id = $1", journal.second[0])
    await journal.tamper(LIST, [*journal.second[1:], *journal.third])
    await seal(database, journal.tenant_id, 5, batch=3)
    assert (await verify(database, journal.tenant_id)).valid
    fault = (await verify(database, journal.tenant_id, known_head=noted)).first_fault
    assert fault
    assert (fault.kind, fault.batch) == (JournalFaultKind.BATCH_CHANGED, 3)


async def test_a_noted_head_that_is_still_in_the_chain_is_no_fault(journal: Journal, database: Database) -> None:
    noted = (await verify(database, journal.tenant_id)).head
    await record(database, journal.tenant_id)
    await seal(database, journal.tenant_id, 1)
    assert (await verify(database, journal.tenant_id, known_head=noted)).valid


@pytest.mark.parametrize("table", ["events", "event_seals", "event_seal_entries"])
@pytest.mark.parametrize("role", ["runtime", "owner"])
async def test_the_database_itself_refuses_changes(journal: Journal, urls: DatabaseUrls, table: str, role: str) -> None:
    connection = await asyncpg.connect(getattr(urls, role))
    await connection.execute("SELECT set_config('app.tenant_id', $1, false)", str(journal.tenant_id))
    for statement in (f"UPDATE {table} SET tenant_id = tenant_id", f"DELETE FROM {table}"):
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.IntegrityConstraintViolationError)):
            await connection.execute(statement)
    await connection.close()
