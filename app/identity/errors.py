"""The errors of identity."""

from app.platform.errors import Conflict, Unauthenticated


class SignInRefused(Unauthenticated):
    code = "sign_in_refused"


class TenantExists(Conflict):
    code = "tenant_exists"


class EmailTaken(Conflict):
    code = "email_taken"
    title = "There is already a user of that e-mail address"


class LastAdmin(Conflict):
    code = "last_admin"
    title = "A tenant keeps at least one active administrator"


class RoleInUse(Conflict):
    code = "role_in_use"
    title = "The user is linked in a way that needs the present role"


class TeamNameTaken(Conflict):
    code = "team_name_taken"
    title = "There is already a team of that name"


class ProjectNameTaken(Conflict):
    code = "project_name_taken"
    title = "There is already a project of that name"


class AgentExists(Conflict):
    code = "agent_exists"
    title = "There is already an agent of that external id"


class UserLinked(Conflict):
    code = "user_linked"
    title = "The user is already linked to another agent"


class LinkRevoked(Conflict):
    code = "link_revoked"
    title = "The link of the guest no longer works"
