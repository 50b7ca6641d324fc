"""Which assignments somebody may see."""

from uuid import UUID

from app.identity import Principal, Role


def own_only(principal: Principal) -> UUID | None:
    """The user whose assignments alone the principal sees; None for leaders, who see all.

    A verifier who saw those of others would learn which calls are scored twice.
    """
    return principal.user_id if principal.role is Role.VERIFIER else None
