"""The schema of the queue engine, as the pinned release declares it, and what the runtime role may do in it."""

from typing import Any

from alembic import op
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.domain.settings import DBSettings

from migrations.tenancy import RUNTIME, grant

revision = "20261128_queue_tables"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "pgqueuer"


def run_script(script: str) -> None:
    """Run several statements at once: a prepared statement holds only one."""
    adapter: Any = op.get_bind().connection.dbapi_connection
    adapter.run_async(lambda connection: connection.execute(script))


def upgrade() -> None:
    run_script(QueryBuilderEnvironment(DBSettings(db_schema=SCHEMA)).build_install_query())
    run_script(
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {RUNTIME};"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {SCHEMA} TO {RUNTIME};"
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {SCHEMA} TO {RUNTIME};"
    )
    # The service is ready only when the database is at the newest migration.
    grant("alembic_version", "SELECT")


def downgrade() -> None:
    run_script(f"DROP SCHEMA {SCHEMA} CASCADE")
