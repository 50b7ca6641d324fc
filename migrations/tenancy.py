"""What every migration that makes a table says about it, once: who may see its rows and who may change them."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op

RUNTIME = "qmt_app"

_TENANT = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"
_SYSTEM = "current_setting('app.system', true) <> ''"


def protect(table: str, *, system: bool = False, append_only: bool = False, column: str = "tenant_id") -> None:
    """Enable and force row-level security on a tenant table and grant the runtime role its use.

    `system`: the table must also be reachable before a tenant is known.
    `append_only`: rows are inserted and read, never changed or deleted, whoever asks.
    """
    condition = _TENANT.replace("tenant_id =", f"{column} =", 1)
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {table} USING ({condition}) WITH CHECK ({condition})")
    if system:
        op.execute(f"CREATE POLICY system ON {table} USING ({_SYSTEM}) WITH CHECK ({_SYSTEM})")
    if append_only:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO {RUNTIME}")
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    else:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {RUNTIME}")


@contextmanager
def seeing_all(*tables: str) -> Iterator[None]:
    """Let the owner, who migrates, see the rows of all tenants: row-level security is forced on the owner too."""
    for table in tables:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    yield
    for table in tables:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
