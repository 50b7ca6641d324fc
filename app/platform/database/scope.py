"""Whose data a transaction may touch. Nothing is read or written outside such a scope.

The scope becomes a transaction-local setting which the row-level security policies of every tenant table
compare with `tenant_id`. The few tables that must be read before a tenant is known have a second policy
for the system scope; entering that takes a reason, which is logged.
"""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Tenant:
    id: UUID


@dataclass(frozen=True, slots=True)
class System:
    reason: str


Scope = Tenant | System


def scope_statement(scope: Scope) -> str:
    """Begin a transaction in the scope. Both settings end with it."""
    tenant_id, reason = (str(scope.id), "") if isinstance(scope, Tenant) else ("", scope.reason)
    return (
        f"BEGIN; SELECT set_config('app.tenant_id', {_quoted(tenant_id)}, true), "
        f"set_config('app.system', {_quoted(reason)}, true)"
    )


def _quoted(text: str) -> str:
    """A text of SQL. The message has no parameters: it holds two statements."""
    return "'" + text.replace("'", "''") + "'"
