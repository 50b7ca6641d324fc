"""Who may be sent reports: users who may read them at the time of sending."""

from app.identity import GRANTS, Role
from app.platform.database import Row
from app.reporting.types import LeftOut

READ = "reports:read"


def may_read(role: str) -> bool:
    return READ in GRANTS[Role(role)]


def reason_against(user: Row) -> LeftOut | None:
    """Why the user, who has a role and may be active, is sent nothing; None if nothing is against it."""
    if not user.active:
        return LeftOut.INACTIVE
    return None if may_read(user.role) else LeftOut.MAY_NOT_READ_REPORTS
