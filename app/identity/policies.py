"""The permissions of each role. The scopes of API keys are permissions too: `<resource>:read|write`.

`session:read` and `session:write` are for the calibration sessions that one takes part in; a guest has nothing else.
`calibration:lead` is for arranging sessions and deciding what verifiers disagree about.
`reports:own` is for the reports of which an agent may read the own figures; who has `reports:read` reads all of them.
"""

from dataclasses import dataclass
from uuid import UUID

from app.identity.types import Principal, Role

RESOURCES = (
    "calls",
    "recordings",
    "transcripts",
    "scorecards",
    "sampling",
    "evaluations",
    "calibration",
    "feedback",
    "reports",
    "exports",
    "webhooks",
    "admin",
)
SCOPES = frozenset(f"{resource}:{action}" for resource in RESOURCES for action in ("read", "write"))

# Every user and key may read itself, the user's inbox and the progress of its jobs.
COMMON = frozenset({"self:read", "inbox:read", "jobs:read"})
# A key needs no scope for these: an integration that pushes calls must find their projects and agents.
KEY_COMMON = COMMON | {"directory:read"}
# Projects, teams and agents; and the users with their e-mail addresses.
DIRECTORY = frozenset({"directory:read", "people:read"})

TAKE_PART = frozenset({"session:read", "session:write"})
# What a scope of a key allows beside itself, as far as the role of its user allows it.
IMPLIED = {
    "calibration:read": frozenset({"session:read"}),
    "calibration:write": frozenset({"session:write", "calibration:lead"}),
    "reports:read": frozenset({"reports:own"}),
}

PERMISSIONS = SCOPES | COMMON | DIRECTORY | TAKE_PART | {"calibration:lead", "reports:own"}

GRANTS: dict[Role, frozenset[str]] = {
    Role.ADMIN: PERMISSIONS,
    Role.LEADER: COMMON
    | DIRECTORY
    | TAKE_PART
    | {
        "calls:read",
        "recordings:read",
        "transcripts:read",
        "transcripts:write",
        "scorecards:read",
        "scorecards:write",
        "sampling:read",
        "sampling:write",
        "evaluations:read",
        "evaluations:write",
        "calibration:read",
        "calibration:write",
        "calibration:lead",
        "feedback:read",
        "feedback:write",
        "reports:read",
        "reports:own",
        "reports:write",
    },
    Role.VERIFIER: COMMON
    | TAKE_PART
    | {
        "directory:read",
        "calls:read",
        "recordings:read",
        "transcripts:read",
        "scorecards:read",
        "sampling:read",
        "evaluations:read",
        "evaluations:write",
        "calibration:read",
        "calibration:write",
        "feedback:read",
    },
    Role.AGENT: COMMON | {"evaluations:read", "feedback:read", "reports:own"},
    Role.CLIENT: frozenset({"self:read"}) | TAKE_PART,
}


def permissions_of(role: Role) -> frozenset[str]:
    return GRANTS[role]


def permissions_of_key(scopes: list[str], role: Role) -> frozenset[str]:
    """What a key may do: what its scopes allow, as far as the role of its user allows it too.

    A key with `admin:write` may do everything that its user may do.
    """
    granted = permissions_of(role)
    if "admin:write" in scopes and "admin:write" in granted:
        return granted
    implied = frozenset().union(*(IMPLIED.get(scope, frozenset()) for scope in scopes))
    return COMMON | (granted & (KEY_COMMON | frozenset(scopes) | implied))


@dataclass(frozen=True, slots=True)
class VisibilityScope:
    """Whose work a principal may see: that of one verifier, that about one agent's user, or all of it."""

    verifier_id: UUID | None = None
    agent_user_id: UUID | None = None


def visibility_of(principal: Principal) -> VisibilityScope:
    """Verifiers see only their own work, so that they do not know how another one scores the same call.

    A guest sees none: no work is that of a guest's id.
    """
    if principal.role in (Role.ADMIN, Role.LEADER):
        return VisibilityScope()
    if principal.role is Role.AGENT:
        return VisibilityScope(agent_user_id=principal.user_id)
    return VisibilityScope(verifier_id=principal.user_id)
