"""Whose data a transaction may touch. Nothing is read or written outside such a scope.

The scope becomes a transaction-local setting, which the row-level security policy of every tenant table compares with
`tenant_id`. The system scope belongs to no tenant. It names its use, and a few tables have policies that say which use
may run which command on them (migrations/tenancy.py); every other table is empty in it.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Tenant:
    id: UUID


class SystemUse(StrEnum):
    """What the system scope is used for. The policies of the tables name these values."""

    # Find the user and the tenant of an e-mail address, and record the sign-in.
    SIGN_IN = "sign_in"
    # Insert a tenant, its first user and the event of both.
    CREATE_TENANT = "create_tenant"
    # Read which tenants exist.
    LIST_TENANTS = "list_tenants"
    # Find the scheduled work that is due in any tenant, and enqueue a job for each piece of it.
    RUN_SCHEDULES = "run_schedules"
    # Delete answers stored under an idempotency key and failed sign-ins of a day ago; old jobs, events, figures.
    DISCARD_OLD = "discard_old"
    # Count the messages in the queues and the jobs that wait for a retry.
    MEASURE_QUEUES = "measure_queues"
    # Read which tenants have events to seal or to consume, and for how long.
    FOLLOW_EVENTS = "follow_events"


@dataclass(frozen=True, slots=True)
class System:
    use: SystemUse


Scope = Tenant | System


def scope_statement(scope: Scope, mode: str = "") -> str:
    """Begin a transaction of the mode in the scope. Both settings end with it."""
    tenant_id, use = (str(scope.id), "") if isinstance(scope, Tenant) else ("", scope.use.value)
    return (
        # A message of two statements takes no parameters. An id and the name of a use need no quoting.
        f"BEGIN{mode}; SELECT set_config('app.tenant_id', '{tenant_id}', true), set_config('app.system', '{use}', true)"
    )


def snapshot_statement(scope: Tenant) -> str:
    """Begin a transaction that only reads, and in which every statement sees the database as of one moment.

    A statement may take as long as its reader does, which may be an object store. Who waits longer than ten minutes
    for the next statement loses the transaction.
    """
    limits = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = '10min'"
    return f"{scope_statement(scope, ' ISOLATION LEVEL REPEATABLE READ READ ONLY')}; {limits}"
