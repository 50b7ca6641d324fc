"""Who may see the rows of a table and who may change them: every migration that creates a table says it with these."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from alembic import op

RUNTIME = "qmt_app"

_TENANT = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"
# What a policy for a command checks: the rows that there are, or those that come new.
_CHECKS = {"SELECT": "USING", "DELETE": "USING", "INSERT": "WITH CHECK"}


def protect(
    table: str,
    *,
    system: Mapping[str, tuple[str, ...]] | None = None,
    append_only: bool = False,
    granted: str = "SELECT, INSERT, UPDATE, DELETE",
    column: str = "tenant_id",
) -> None:
    """Enable and force row-level security on a tenant table and grant its use to the runtime role.

    `system`: the uses of the system scope, by command, that may run it on the rows of every tenant
    (app/platform/database/scope.py).
    `append_only`: rows are inserted and read; nobody changes or deletes them. Needs `refuse_change()`.
    """
    condition = _TENANT.replace("tenant_id =", f"{column} =", 1)
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {table} USING ({condition}) WITH CHECK ({condition})")
    for command, uses in (system or {}).items():
        named = ", ".join(f"'{use}'" for use in uses)
        op.execute(
            f"CREATE POLICY system_{command.lower()} ON {table} FOR {command} "
            f"{_CHECKS[command]} (current_setting('app.system', true) IN ({named}))"
        )
    grant(table, "SELECT, INSERT" if append_only else granted)
    if append_only:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def grant(table: str, privileges: str) -> None:
    """Grant the runtime role the use of a table."""
    op.execute(f"GRANT {privileges} ON {table} TO {RUNTIME}")


def create_view(name: str, query: str) -> None:
    """Create a view that shows each reader the rows that this reader may see, and grant its use."""
    op.execute(f"CREATE VIEW {name} WITH (security_invoker = true) AS {query}")
    grant(name, "SELECT")


def create_refusal(function: str, message: str) -> None:
    """Create a trigger function that raises an error. `message` is what follows RAISE EXCEPTION."""
    op.execute(
        f"""
CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION {message} USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
    )


def freeze(table: str, *, when: str, function: str) -> None:
    """Let a trigger function refuse each change of a row for which the condition holds."""
    op.execute(
        f"CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {function}()"
    )


@contextmanager
def seeing_all(*tables: str) -> Iterator[None]:
    """Let the owner, who migrates, see the rows of all tenants: row-level security is forced on the owner too."""
    for table in tables:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    yield
    for table in tables:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
