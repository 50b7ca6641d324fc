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

SET_SCOPE = "SELECT set_config('app.tenant_id', $1, true), set_config('app.system', $2, true)"


def scope_settings(scope: Scope) -> tuple[str, str]:
    return (str(scope.id), "") if isinstance(scope, Tenant) else ("", scope.reason)
