"""Checks without which the application does not start."""

from app.platform.database.database import Database

_ROLE = """
SELECT current_user AS name, r.rolsuper, r.rolbypassrls,
       EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p')
                 AND n.nspname NOT IN ('pg_catalog', 'information_schema')) AS owns
FROM pg_roles r WHERE r.rolname = current_user
"""


class UnsafeRole(RuntimeError):
    """The database role could see past row-level security."""


async def check_runtime_role(database: Database) -> None:
    """Refuse a role to which row-level security does not apply."""
    async with database.connection() as connection:
        role = await connection.fetchrow(_ROLE)
    faults = [
        what
        for what, bad in (
            ("is a superuser", role.rolsuper),
            ("has BYPASSRLS", role.rolbypassrls),
            ("owns tables", role.owns),
        )
        if bad
    ]
    if faults:
        raise UnsafeRole(
            f"the database role {role.name!r} {' and '.join(faults)}; QMT_DATABASE_URL must name a role that "
            "row-level security applies to (docs/operations.md, Roles)"
        )
