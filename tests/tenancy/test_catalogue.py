"""What the database itself says about tenancy: read from its catalogue, so that a new table cannot slip by."""

import re
from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.platform.database.scope import SystemUse
from tests.conftest import DatabaseUrls

# Tables without a tenant, each for a reason: the tenants themselves, failed sign-ins by name (no tenant is known
# then), and the migration's own bookkeeping.
WITHOUT_TENANT = {"tenants", "sign_in_failures", "alembic_version"}
# What the uses of the system scope may do with the rows of every tenant.
SYSTEM_USES = {
    ("tenants", "SELECT"): {"sign_in", "list_tenants"},
    ("tenants", "INSERT"): {"create_tenant"},
    ("users", "SELECT"): {"sign_in"},
    ("users", "INSERT"): {"create_tenant"},
    ("events", "INSERT"): {"sign_in", "create_tenant"},
    ("unsealed_events", "INSERT"): {"sign_in", "create_tenant"},
    ("unsealed_events", "SELECT"): {"follow_events"},
    ("event_seals", "SELECT"): {"follow_events"},
    ("event_backlogs", "SELECT"): {"follow_events"},
    ("event_cursors", "SELECT"): {"follow_events"},
    ("idempotency_keys", "SELECT"): {"discard_old"},
    ("idempotency_keys", "DELETE"): {"discard_old"},
    ("jobs", "SELECT"): {"run_schedules", "discard_old", "measure_queues"},
    ("jobs", "INSERT"): {"run_schedules"},
    ("jobs", "DELETE"): {"discard_old"},
    ("live_events", "SELECT"): {"discard_old"},
    ("live_events", "DELETE"): {"discard_old"},
    ("emails", "SELECT"): {"discard_old"},
    ("emails", "DELETE"): {"discard_old"},
    ("report_figures", "SELECT"): {"discard_old"},
    ("report_figures", "DELETE"): {"discard_old"},
    ("sampling_plans", "SELECT"): {"run_schedules"},
    ("calibration_sessions", "SELECT"): {"run_schedules"},
    ("draws", "SELECT"): {"run_schedules"},
    ("exports", "SELECT"): {"run_schedules"},
    ("report_schedules", "SELECT"): {"run_schedules"},
    ("draw_rollups", "SELECT"): {"run_schedules"},
}
APPEND_ONLY = {
    "events",
    "event_seals",
    "event_seal_entries",
    "evaluation_revisions",
    "answers",
    "draw_strata",
    "frame_classes",
    "selections",
    "double_score_decisions",
    "fault_check_reveals",
}


@pytest.fixture(scope="module")
async def catalogue(urls: DatabaseUrls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.admin)
    yield connection
    await connection.close()


async def tenant_tables(catalogue: asyncpg.Connection) -> set[str]:
    rows = await catalogue.fetch(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    )
    return {row["relname"] for row in rows} - WITHOUT_TENANT


async def test_every_table_has_a_tenant_that_cannot_be_null(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        "SELECT table_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND column_name = 'tenant_id' AND is_nullable = 'NO'"
    )
    assert {row["table_name"] for row in rows} == await tenant_tables(catalogue)


async def test_every_table_enforces_row_level_security_on_its_owner_too(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity "
        "AND relnamespace = 'public'::regnamespace"
    )
    assert {row["relname"] for row in rows} == await tenant_tables(catalogue) | {"tenants"}


async def test_the_tenant_policy_guards_reading_and_writing_of_every_table(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        "SELECT tablename, cmd, permissive, qual, with_check FROM pg_policies WHERE policyname = 'tenant'"
    )
    assert {row["tablename"] for row in rows} == await tenant_tables(catalogue) | {"tenants"}
    for row in rows:
        column = "id" if row["tablename"] == "tenants" else "tenant_id"
        assert row["cmd"] == "ALL"
        assert row["qual"] == row["with_check"]
        assert row["qual"].startswith(f"({column} = (NULLIF(current_setting('app.tenant_id'::text, true)")


async def test_every_system_policy_names_one_command_and_the_uses_that_may_run_it(
    catalogue: asyncpg.Connection,
) -> None:
    rows = await catalogue.fetch(
        "SELECT tablename, cmd, coalesce(qual, with_check) AS condition FROM pg_policies WHERE policyname <> 'tenant'"
    )
    assert len(rows) == len(SYSTEM_USES)
    assert {(row["tablename"], row["cmd"]): uses_named(row["condition"]) for row in rows} == SYSTEM_USES


def uses_named(condition: str) -> set[str]:
    """The uses in a policy's condition, which compares the setting with them and does nothing else."""
    setting = r"current_setting\('app\.system'::text, true\)"
    compared = re.fullmatch(rf"\({setting} = (?:ANY \(ARRAY\[(.+)\]\)|(.+))\)", condition)
    assert compared, condition
    uses = set(re.findall(r"'(\w+)'::text", compared[1] or compared[2]))
    assert uses <= set(SystemUse), condition
    return uses


async def test_every_view_shows_its_reader_what_the_reader_may_see(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        """
        SELECT relname, relkind::text AS kind, coalesce('security_invoker=true' = ANY (reloptions), false) AS invoker,
               has_table_privilege('qmt_app', oid, 'SELECT') AS readable,
               has_table_privilege('qmt_app', oid, 'INSERT, UPDATE, DELETE') AS writable
        FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace
        """
    )
    assert {"current_revisions", "published_versions"} <= {row["relname"] for row in rows}
    for row in rows:
        assert (row["kind"], row["invoker"], row["readable"], row["writable"]) == ("v", True, True, False), row


async def test_every_primary_unique_and_foreign_key_includes_the_tenant(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        """
        SELECT c.conrelid::regclass::text AS table_name, c.conname, c.contype::text AS kind,
               c.confrelid::regclass::text AS target,
               (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_attribute a
                WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)) AS columns
        FROM pg_constraint c
        WHERE c.contype IN ('p', 'u', 'f') AND c.connamespace = 'public'::regnamespace
        """
    )
    checked = [row for row in rows if row["table_name"] not in WITHOUT_TENANT]
    assert len(checked) > 60
    for row in checked:
        assert "tenant_id" in row["columns"], row["conname"]
        if row["kind"] == "f" and row["target"] != "tenants":
            assert len(row["columns"]) > 1, row["conname"]


async def test_every_unique_index_includes_the_tenant(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        """
        SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
        FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
        WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace AND NOT c.relname = ANY ($1)
        """,
        sorted(WITHOUT_TENANT),
    )
    assert rows
    for row in rows:
        assert re.search(r"[(, ]tenant_id[,)]", row["definition"]), row["name"]


async def test_every_tenant_reference_leads_to_the_tenants(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        "SELECT conrelid::regclass::text AS table_name FROM pg_constraint "
        "WHERE contype = 'f' AND confrelid = 'tenants'::regclass"
    )
    assert {row["table_name"] for row in rows} == await tenant_tables(catalogue)


async def test_the_runtime_role_is_nobody_special(catalogue: asyncpg.Connection) -> None:
    role = await catalogue.fetchrow(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = 'qmt_app'"
    )
    assert role is not None
    assert not any(role.values())
    owned = await catalogue.fetchval(
        "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = 'qmt_app'"
    )
    assert owned == 0


async def test_what_is_append_only_can_neither_be_changed_nor_deleted(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants "
        "WHERE grantee = 'qmt_app' AND table_schema = 'public'"
    )
    grants: dict[str, set[str]] = {}
    for row in rows:
        grants.setdefault(row["table_name"], set()).add(row["privilege_type"])
    assert {name for name, granted in grants.items() if granted == {"SELECT", "INSERT"}} == APPEND_ONLY
    triggers = await catalogue.fetch(
        "SELECT tgrelid::regclass::text AS table_name FROM pg_trigger WHERE tgname = 'append_only' AND tgenabled = 'O'"
    )
    assert {row["table_name"] for row in triggers} == APPEND_ONLY


async def test_even_the_owner_cannot_rewrite_the_journal(urls: DatabaseUrls) -> None:
    owner = await asyncpg.connect(urls.owner)
    try:
        for statement in ("UPDATE events SET type = 'forged'", "DELETE FROM events", "TRUNCATE events CASCADE"):
            with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="append-only"):
                await owner.execute(statement)
    finally:
        await owner.close()
