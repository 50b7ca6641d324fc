"""The queue engine's own schema, as the pinned release declares it, and the runtime role's use of it."""

from alembic import op
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.domain.settings import DBSettings

from migrations.tenancy import RUNTIME

revision = "20261121_queue"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "pgqueuer"


def run_script(script: str) -> None:
    """Several statements at once, which a prepared statement cannot hold."""
    op.get_bind().connection.dbapi_connection.run_async(lambda connection: connection.execute(script))


def upgrade() -> None:
    run_script(QueryBuilderEnvironment(DBSettings(db_schema=SCHEMA)).build_install_query())
    run_script(
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {RUNTIME};"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {SCHEMA} TO {RUNTIME};"
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {SCHEMA} TO {RUNTIME};"
    )


def downgrade() -> None:
    run_script(f"DROP SCHEMA {SCHEMA} CASCADE")
